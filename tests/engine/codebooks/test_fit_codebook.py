"""Learning: what is refused, what the weights and the seed do, soft maps, other sizes, the learning curve."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import config

from maskmill.codebooks import Fitted, fit, learning_curve
from maskmill.codebooks._fitting.fit_codebook import _isotonic
from maskmill.codebooks._scores import Spread
from maskmill.errors import ArgumentError
from support.codebooks.drawn_pairs import pairs, soft_pairs
from support.tiers import thorough

needs_machine_code = pytest.mark.skipif(config.DISABLE_JIT, reason="learning takes hours without machine code")
SIDE = 64
TOKENS, MAPS = pairs(8)

WRONG: dict[str, tuple[tuple[Any, ...], str]] = {
    "too few pairs": ((TOKENS[:3], MAPS[:3]), "expected at least 8 pairs, got 3 - at `tokens`"),
    "fifteen tokens": ((TOKENS[:, :15], MAPS), "integers of shape (N, 16), got int64 (8, 15) - at `tokens`"),
    "a token too large": ((TOKENS + 120, MAPS), "tokens from 0 to 127, got "),
    "a negative token": ((TOKENS - 5, MAPS), "tokens from 0 to 127, got -"),
    "fewer maps": ((TOKENS, MAPS[:7]), "(8, side, side), side a multiple of 64 up to 1024, got uint8 (7, 256, 256)"),
    "maps of floats": ((TOKENS, MAPS / 255), "got float64 (8, 256, 256) - at `maps`"),
    "maps not square": ((TOKENS, MAPS[:, :128]), "got uint8 (8, 128, 256) - at `maps`"),
    "maps of 100 pixels": ((TOKENS, MAPS[:, :100, :100]), "got uint8 (8, 100, 100) - at `maps`"),
    "maps of different sizes": ((TOKENS, [MAPS[0], MAPS[0, :9]]), "maps of one size"),
    "no maps": ((TOKENS, None), "- at `maps`"),
    "fewer weights": ((TOKENS, MAPS, [1.0]), "expected weights above 0 of shape (8,), got (1,) - at `weights`"),
    "a weight of nothing": ((TOKENS, MAPS, [0.0] * 8), "weights above 0"),
    "a weight that is not finite": ((TOKENS, MAPS, [np.nan] * 8), "weights above 0"),
    "weights of text": ((TOKENS, MAPS, ["a"] * 8), "- at `weights`"),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_input_is_refused(mistake: str) -> None:
    arguments, message = WRONG[mistake]
    with pytest.raises(ArgumentError) as raised:
        fit(*arguments)
    assert message in str(raised.value)


@thorough
@pytest.mark.usefixtures("brief")
def test_the_same_seed_gives_the_same_codebook() -> None:
    asked = pairs(4, seed=1, side=SIDE, tokens=4)[0]
    some, others = (fit(*pairs(8, side=SIDE, tokens=4), seed=3) for _ in range(2))
    np.testing.assert_array_equal(some.decode(asked), others.decode(asked))
    assert some.scores == others.scores


@pytest.mark.usefixtures("brief")
def test_tokens_that_tell_nothing_are_refused_unless_forced() -> None:
    random = np.random.default_rng(0)
    tokens, maps = random.integers(0, 4, (8, 16)), np.full((8, SIDE, SIDE), 255, np.uint8)
    maps[np.arange(8), random.integers(0, SIDE, 8)] = 0
    with pytest.raises(
        ArgumentError, match=r"expected pairs whose tokens predict .* filled box has 0\.98.* - at `maps`"
    ):
        fit(tokens, maps)
    assert fit(tokens, maps, force=True).decode(tokens).shape == maps.shape


@needs_machine_code
@pytest.mark.usefixtures("brief")
def test_pairs_of_low_weight_count_less() -> None:
    tokens, maps = pairs(60, side=SIDE)
    mixed, load = maps.copy(), np.ones(60)
    mixed[:20], load[:20] = 255 - maps[:20], 0.001
    asked, truth = pairs(60, seed=1, side=SIDE)
    wrong = [(fit(tokens, mixed, w, force=True).decode(asked) != truth).mean() for w in (load, None)]
    assert wrong[0] < wrong[1]


@needs_machine_code
@pytest.mark.usefixtures("brief")
def test_soft_maps_make_soft_maps_that_are_cut_alike() -> None:
    made = fit(*soft_pairs(40, side=SIDE, tokens=4))
    tokens, truth = soft_pairs(20, seed=1, side=SIDE, tokens=4)
    maps = made.decode(tokens)
    assert made.is_soft
    assert len(np.unique(maps)) > 20
    hard = np.where(maps > 127, 255, 0)
    assert np.abs(maps - truth.astype(float)).mean() < np.abs(hard - truth.astype(float)).mean()
    bits = np.unpackbits(made.columns(tokens).view(np.uint8), axis=2, bitorder="little").transpose(0, 2, 1)
    np.testing.assert_array_equal(maps > 127, bits == 1)


@needs_machine_code
@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("side", [128, 192])
def test_maps_of_other_sizes_of_truth_values(side: int) -> None:
    tokens, maps = pairs(16, side=side, tokens=4)
    made = fit(tokens, maps > 0)
    assert made.map_size == (side, side)
    assert made.decode(tokens).shape == maps.shape


@pytest.mark.usefixtures("brief")
def test_progress_only_rises() -> None:
    calls: list[tuple[str, float]] = []
    fit(*pairs(8, side=SIDE, tokens=4), progress=lambda what, share: calls.append((what, share)))
    shares = [share for _, share in calls]
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] <= 1
    assert calls[0][0] == "choosing a model"


@needs_machine_code
@pytest.mark.usefixtures("brief")
def test_a_curve_rises_and_shows_held_out_maps() -> None:
    curve = learning_curve(*pairs(120, side=SIDE), examples=4)
    assert [point.pairs for point in curve.points][-2:] == [50, 96]
    assert curve.points[-1].fitted.mean > curve.points[0].patches.mean
    assert curve.truth.shape == curve.fitted.shape == (4, SIDE, SIDE)


def test_a_curve_needs_pairs_to_hold_out() -> None:
    with pytest.raises(ArgumentError, match="expected at least 16 pairs, got 8 - at `tokens`"):
        learning_curve(TOKENS, MAPS)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.5, 9)), min_size=1, max_size=16))
def test_pooled_values_never_fall_and_keep_their_mean(pools: list[tuple[float, float]]) -> None:
    values, loads = np.array(pools).T
    found = _isotonic(values, loads)
    assert (np.diff(found) >= 0).all()
    assert np.average(found, weights=loads) == pytest.approx(np.average(values, weights=loads))


def test_a_spread_counts_by_weight() -> None:
    assert Spread.of([0.0, 1.0], [1, 3]).mean == 0.75
    assert Spread.of([0.2, 0.4, 0.6]).median == pytest.approx(0.4)


def test_what_is_fitted_is_a_codebook(quick: Fitted) -> None:
    assert (quick.kind, quick.dialect, quick.vocabulary, quick.map_size) == ("fitted", "gemini", 128, (SIDE, SIDE))
