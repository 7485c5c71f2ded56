"""A codebook learnt from pairs: what it gives, what it says of itself, and its file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from maskmill.codebooks import Fitted, load
from maskmill.errors import ArgumentError
from support.codebooks.drawn_pairs import pairs
from support.tiers import thorough

SIDE, TOKENS, UNSEEN = 64, 4, 100


def asked(n: int, seed: int) -> NDArray[np.int64]:
    """Rows of the tokens that `quick` has learnt."""
    return pairs(n, seed, SIDE, TOKENS)[0]


def iou(some: NDArray[Any], others: NDArray[Any]) -> NDArray[np.float64]:
    a, b = some > 127, others > 127
    return np.asarray((a & b).sum((1, 2)) / np.maximum((a | b).sum((1, 2)), 1))


def mean_patches(tokens: NDArray[np.int64], maps: NDArray[np.uint8], rows: NDArray[np.int64]) -> NDArray[np.uint8]:
    """The mean patch of each token, thresholded; of one that was not seen, the mean of all."""
    side, cell = maps.shape[1], maps.shape[1] // 4
    patches = maps.reshape(-1, 4, cell, 4, cell).transpose(0, 1, 3, 2, 4).reshape(-1, cell, cell).astype(float)
    flat = tokens.reshape(-1)
    known = {t: patches[flat == t].mean(0) for t in np.unique(flat)}
    found = np.stack([known.get(t, patches.mean(0)) for t in rows.reshape(-1)]).reshape(-1, 4, 4, cell, cell)
    return np.where(found.transpose(0, 1, 3, 2, 4).reshape(-1, side, side) > 127, 255, 0).astype(np.uint8)


@thorough
def test_it_beats_the_mean_patch_on_maps_it_has_not_seen(fitted: Fitted) -> None:
    tokens, maps = pairs(100, seed=1, side=SIDE)
    ours, theirs = iou(fitted.decode(tokens), maps), iou(mean_patches(*pairs(80, side=SIDE), tokens), maps)
    assert np.median(ours) > np.median(theirs)
    assert ours.mean() > theirs.mean()


@thorough
def test_its_scores_are_what_new_maps_show(fitted: Fitted) -> None:
    tokens, maps = pairs(200, seed=2, side=SIDE)
    found = iou(fitted.decode(tokens), maps)
    assert fitted.scores.fitted.mean == pytest.approx(found.mean(), abs=0.03)
    assert fitted.scores.patches.mean < fitted.scores.fitted.mean
    assert fitted.confidence(tokens).mean() == pytest.approx(found.mean(), abs=0.03)


def test_maps_are_as_binary_as_those_it_learnt_from(quick: Fitted) -> None:
    assert set(np.unique(quick.decode(asked(5, seed=3)))) == {0, 255}
    assert not quick.is_soft


def test_columns_are_the_bits_of_the_maps(quick: Fitted) -> None:
    tokens = asked(9, seed=4)
    bits = np.unpackbits(quick.columns(tokens).view(np.uint8), axis=2, bitorder="little")
    np.testing.assert_array_equal(bits.transpose(0, 2, 1) * 255, quick.decode(tokens))


def test_equal_rows_have_equal_maps(quick: Fitted) -> None:
    tokens = asked(3, seed=5)
    maps = quick.decode(tokens[[0, 1, 0, 2, 1]])
    np.testing.assert_array_equal(maps, quick.decode(tokens)[[0, 1, 0, 2, 1]])


def test_tokens_that_were_never_seen_are_not_known(quick: Fitted) -> None:
    rows = asked(2, seed=6)
    rows[1, 7] = UNSEEN
    assert quick.known(rows).tolist() == [True, False]
    assert np.isnan(quick.confidence(rows)).tolist() == [False, True]
    assert UNSEEN in quick.unseen
    assert len(quick.unseen) == 128 - TOKENS


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.integers(-(2**62), 2**62), min_size=16, max_size=16), max_size=4))
def test_any_number_is_decoded(quick: Fitted, rows: list[list[int]]) -> None:
    assert quick.decode(rows).shape == (len(rows), SIDE, SIDE)
    assert quick.known(rows).shape == (len(rows),)


def test_a_file_gives_the_same_codebook(quick: Fitted, tmp_path: Path) -> None:
    quick.save(tmp_path / "a.npz")
    again = load(tmp_path / "a.npz")
    assert isinstance(again, Fitted)
    tokens = asked(6, seed=7)
    np.testing.assert_array_equal(again.decode(tokens), quick.decode(tokens))
    np.testing.assert_array_equal(again.confidence(tokens), quick.confidence(tokens))
    assert (again.scores, again.pairs, again.unseen) == (quick.scores, quick.pairs, quick.unseen)
    assert repr(again) == repr(quick) == "<Codebook: fitted, 128 tokens, maps of 64x64>"


HOSTILE: dict[str, tuple[str, Any]] = {
    "another version": ("maskmill_codebook", np.array(2)),
    "a version that is no number": ("maskmill_codebook", np.array("x")),
    "another grid": ("grid", np.array([8, 8])),
    "a million rows": ("tables", np.zeros((25, 10**6, 2), np.float16)),
    "more tokens than tables": ("vocabulary", np.array(500)),
    "tables of another width": ("tables", np.zeros((25, 129, 3), np.float32)),
    "NaN": ("middle", np.full(256, np.nan, np.float32)),
    "numbers whose sums are infinite": ("middle", np.full(256, 1e30, np.float32)),
    "a basis of other patches": ("basis", np.zeros((32, 64), np.float32)),
    "a map that is not square": ("map_size", np.array([256, 128])),
    "a map of a terabyte": ("map_size", np.array([2**20, 2**20])),
    "counts below those of its tokens": ("counts", np.zeros(3, np.int64)),
    "scores that are missing": ("scores", None),
    "no pairs": ("pairs", np.array(0)),
    "a steepness below 0": ("steepness", np.array(-1.0)),
}


@pytest.mark.parametrize("hazard", HOSTILE)
def test_a_hostile_file_is_refused(hazard: str, quick: Fitted, tmp_path: Path) -> None:
    quick.save(tmp_path / "good.npz")
    with np.load(tmp_path / "good.npz") as good:
        arrays = dict(good)
    name, array = HOSTILE[hazard]
    arrays[name] = array
    np.savez(tmp_path / "bad.npz", **{key: value for key, value in arrays.items() if value is not None})
    with pytest.raises(ArgumentError, match=r"expected .*, got .* - at `codebook"):
        load(tmp_path / "bad.npz")


def test_a_file_cut_anywhere_is_refused(quick: Fitted, tmp_path: Path) -> None:
    quick.save(tmp_path / "good.npz")
    data = (tmp_path / "good.npz").read_bytes()
    for length in (0, 10, len(data) // 2, len(data) - 1):
        (tmp_path / "bad.npz").write_bytes(data[:length])
        with pytest.raises(ArgumentError, match=r"expected .*, got .* - at `codebook"):
            load(tmp_path / "bad.npz")
