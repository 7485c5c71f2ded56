"""PaliGemma's decoder against two references: a slow one that always runs, and PyTorch where it is installed."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maskmill import codebooks
from maskmill.codebooks import _loading, _paligemma
from maskmill.codebooks._paligemma import PaliGemma
from maskmill.errors import ArgumentError
from support.codebooks import reference_decoder
from support.tiers import spread, thorough

IS_SLOW = bool(numba.config.DISABLE_JIT)
"""A map takes a quarter of a second, and what a kernel reads and writes is the same for all of them."""

TOKENS = reference_decoder.every_token_everywhere()[: 4 if IS_SLOW else None]


@pytest.fixture(scope="module")
def weights() -> reference_decoder.Weights:
    return reference_decoder.random_weights(1)


@pytest.fixture(scope="module")
def codebook(weights: reference_decoder.Weights) -> PaliGemma:
    return PaliGemma(weights)


@pytest.fixture
def file(weights: reference_decoder.Weights, tmp_path: Path) -> Path:
    path = tmp_path / "vae-oid.npz"
    np.savez(path, **weights)
    return path


@thorough
def test_every_token_in_every_position(weights: reference_decoder.Weights, codebook: PaliGemma) -> None:
    wanted = reference_decoder.decode(weights, TOKENS)
    assert wanted.min() < -1
    assert wanted.max() > 1
    assert np.abs(codebook._floats(TOKENS) - wanted).max() < 1e-4


@pytest.mark.parametrize("seed", spread([2, 3], 1))
@pytest.mark.parametrize("alike", [True, False], ids=["one-token", "mixed"])
def test_other_weights(seed: int, alike: bool) -> None:
    weights = reference_decoder.random_weights(seed)
    tokens = np.full((1, 16), 82) if alike else np.random.default_rng(seed).integers(0, 128, (3, 16))
    assert np.abs(PaliGemma(weights)._floats(tokens) - reference_decoder.decode(weights, tokens)).max() < 1e-4


@pytest.mark.parametrize("count", [1, 2, 4] if IS_SLOW else spread([1, 2, 3, 4, 12, 13, 47, 48, 49, 51, 60, 61, 97], 5))
def test_batches_of_every_remainder(codebook: PaliGemma, count: int) -> None:
    """Maps are decoded in batches of 48, 12 and 3, in tiles of six rows: none may depend on its neighbours."""
    tokens = TOKENS[:count]
    alone = np.concatenate([codebook._floats(tokens[i : i + 1]) for i in {0, count // 2, count - 1}])
    assert np.array_equal(codebook._floats(tokens)[list({0, count // 2, count - 1})], alone)


def test_pytorch_agrees(weights: reference_decoder.Weights, codebook: PaliGemma) -> None:
    torch = pytest.importorskip("torch")
    wanted = _with_pytorch(torch, weights)(TOKENS)
    assert np.abs(codebook._floats(TOKENS) - wanted).max() < 1e-4


def test_pytorch_agrees_with_its_own_first_weights() -> None:
    """Weights as PyTorch starts with: outputs are small, and biases weigh more than in ours."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(5)
    network = _network(torch)
    weights = {f"decoder.{name}": values.detach().numpy() for name, values in network.named_parameters()}
    weights[reference_decoder.EMBEDDING] = torch.randn(128, 512).numpy()
    wanted = _with_pytorch(torch, weights)(TOKENS)
    assert np.abs(PaliGemma(weights)._floats(TOKENS) - wanted).max() < 1e-4


def _with_pytorch(torch: Any, weights: reference_decoder.Weights) -> Callable[[Any], Any]:
    """The decoder as a network that takes the weights by their own names."""
    network = _network(torch)
    network.load_state_dict(
        {name.removeprefix("decoder."): torch.tensor(w) for name, w in weights.items() if "vq" not in name}
    )

    def decode(tokens: Any) -> Any:
        embedded = torch.tensor(weights[reference_decoder.EMBEDDING])[torch.tensor(tokens)]
        with torch.no_grad():
            return network(embedded.reshape(-1, 4, 4, 512).permute(0, 3, 1, 2))[:, 0].numpy()

    return decode


def _network(torch: Any) -> Any:
    layers = torch.nn

    class Residual(layers.Module):  # type: ignore[name-defined, misc]
        def __init__(self) -> None:
            super().__init__()
            three = [layers.Conv2d(128, 128, 3, padding=1) for _ in range(2)]
            self.net = layers.Sequential(three[0], layers.ReLU(), three[1], layers.ReLU(), layers.Conv2d(128, 128, 1))

        def forward(self, image: Any) -> Any:
            return image + self.net(image)

    wider = [layers.ConvTranspose2d(a, b, 4, stride=2, padding=1) for a, b in reference_decoder.WIDER.values()]
    pairs = [layer for one in wider for layer in (one, layers.ReLU())]
    start = layers.Conv2d(512, 128, 1), layers.ReLU(), Residual(), Residual()
    return layers.Sequential(*start, *pairs, layers.Conv2d(16, 1, 1))


def test_a_map_is_cut_off_not_rounded(codebook: PaliGemma) -> None:
    """The rule of the demo beside the published weights, in NumPy, on the same floats."""
    floats = codebook._floats(TOKENS)
    wanted = (np.clip(floats * 0.5 + 0.5, 0, 1) * 255).astype("uint8")
    assert {0, 127, 128, 255} <= set(wanted.ravel().tolist())
    assert np.array_equal(codebook.decode(TOKENS), wanted)


def test_equal_rows_give_equal_maps_in_the_order_asked(codebook: PaliGemma) -> None:
    order = [2, 3, 2, 2, 0, 3]
    assert np.array_equal(codebook.decode(TOKENS[order]), codebook.decode(TOKENS)[order])


def test_no_rows(codebook: PaliGemma) -> None:
    assert codebook.decode([]).shape == (0, 64, 64)
    assert codebook.known([]).shape == (0,)


@pytest.mark.parametrize("stranger", [128, -1, -2, 2**62, -(2**63)])
def test_strangers_stand_for_the_mean_token(
    weights: reference_decoder.Weights, codebook: PaliGemma, stranger: int
) -> None:
    tokens = TOKENS[:1].copy()
    tokens[0, 6] = stranger
    embedded = weights[reference_decoder.EMBEDDING][TOKENS[:1]].astype(float)
    embedded[0, 6] = weights[reference_decoder.EMBEDDING].astype(float).mean(axis=0)
    wanted = np.clip(reference_decoder.run(weights, embedded) / 2 + 0.5, 0, 1) * 255
    assert np.abs(codebook.decode(tokens) - wanted).max() < 1 + 255e-4  # a fraction, and the tolerance of a float
    assert codebook.known(np.concatenate([tokens, TOKENS[:1]])).tolist() == [False, True]


def test_nothing_was_measured(codebook: PaliGemma) -> None:
    assert np.isnan(codebook.confidence(TOKENS)).all()


def test_what_it_says_of_itself(codebook: PaliGemma) -> None:
    assert (codebook.kind, codebook.dialect, codebook.vocabulary, codebook.map_size) == ("paligemma",) * 2 + (
        128,
        (64, 64),
    )
    assert repr(codebook) == "<Codebook: paligemma, 128 tokens, maps of 64x64, not the published weights>"


def test_the_published_file_is_recognised_by_its_digest(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The published file cannot be had here; another is called so, and one byte more makes a stranger of it."""
    assert _paligemma.PUBLISHED_SHA256 == "5586010257b8536dddefab65e7755077f21d5672d5674dacf911f73ae95a4447"
    assert not _loading.load(file).is_public  # type: ignore[attr-defined]
    monkeypatch.setattr(_paligemma, "PUBLISHED_SHA256", hashlib.sha256(file.read_bytes()).hexdigest())
    public = codebooks.load(file)
    assert isinstance(public, PaliGemma)
    assert public.is_public
    assert repr(public).endswith(", the published weights>")
    file.write_bytes(file.read_bytes() + b"\0")
    assert not codebooks.load(file).is_public  # type: ignore[attr-defined]


def test_other_arrays_are_ignored(weights: reference_decoder.Weights, codebook: PaliGemma, tmp_path: Path) -> None:
    np.savez(tmp_path / "both.npz", **weights, **{"encoder.0.weight": np.full((2, 2), np.nan), "step": np.array(7)})  # type: ignore[arg-type]
    assert np.array_equal(codebooks.load(tmp_path / "both.npz").decode(TOKENS[:3]), codebook.decode(TOKENS[:3]))


@pytest.mark.parametrize("name", ["own.npz", "own", "own.codebook"])
def test_saved_and_loaded(codebook: PaliGemma, tmp_path: Path, name: str) -> None:
    codebook.save(tmp_path / name)
    assert np.array_equal(codebooks.load(tmp_path / name).decode(TOKENS), codebook.decode(TOKENS))


def test_a_file_of_the_same_time_and_size_is_read_anew(weights: reference_decoder.Weights, file: Path) -> None:
    before, found = codebooks.resolve_codebook(file), file.stat()
    assert codebooks.resolve_codebook(file) is before
    other = file.with_name("other.npz")
    np.savez(other, **(weights | {"decoder.12.bias": weights["decoder.12.bias"] + 1}))
    other.replace(file)
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    assert file.stat().st_size == found.st_size
    again = codebooks.resolve_codebook(file)
    assert before is not None
    assert again is not None
    assert not np.array_equal(again.decode(TOKENS[:1]), before.decode(TOKENS[:1]))


def test_no_place_to_save(codebook: PaliGemma, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"expected a file that can be written, got .*No such file"):
        codebook.save(tmp_path / "none" / "own.npz")


def test_pickled(codebook: PaliGemma) -> None:
    again = pickle.loads(pickle.dumps(codebook))
    assert np.array_equal(again.decode(TOKENS[:3]), codebook.decode(TOKENS[:3]))


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64, ">f4"])
def test_floats_of_other_sizes(weights: reference_decoder.Weights, kind: Any) -> None:
    turned = {name: array.astype(kind) for name, array in weights.items()}
    plain = {name: array.astype(np.float32) for name, array in turned.items()}
    assert np.array_equal(PaliGemma(turned)._floats(TOKENS[:2]), PaliGemma(plain)._floats(TOKENS[:2]))


def test_fortran_order(weights: reference_decoder.Weights, codebook: PaliGemma, tmp_path: Path) -> None:
    np.savez(tmp_path / "f.npz", **{name: np.asfortranarray(array) for name, array in weights.items()})
    assert np.array_equal(codebooks.load(tmp_path / "f.npz").decode(TOKENS[:3]), codebook.decode(TOKENS[:3]))


def test_threads_share_it(codebook: PaliGemma) -> None:
    wanted = codebook.decode(TOKENS)
    pieces = [TOKENS[i : i + 16] for i in range(0, len(TOKENS), 16)]
    with ThreadPoolExecutor(4) as threads:
        assert np.array_equal(np.concatenate(list(threads.map(codebook.decode, pieces))), wanted)


@pytest.mark.parametrize(
    "name", [reference_decoder.EMBEDDING, "decoder.0.bias", "decoder.3.net.2.weight", "decoder.12.weight"]
)
def test_each_array_is_needed(weights: reference_decoder.Weights, name: str) -> None:
    with pytest.raises(ArgumentError, match=rf"expected an array of this name, got .* - at `codebook\['{name}'\]`"):
        PaliGemma({other: array for other, array in weights.items() if other != name})


WRONG: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "a million rows": (
        reference_decoder.EMBEDDING,
        lambda a: np.zeros((1_000_000, 8), np.float32),
        r"floating \(128, 512\)",
    ),
    "one row more": (reference_decoder.EMBEDDING, lambda a: np.zeros((129, 512)), r"floating \(128, 512\)"),
    "inputs and outputs swapped": ("decoder.6.weight", lambda a: a.swapaxes(0, 1), r"floating \(128, 64, 4, 4\)"),
    "flat": ("decoder.4.weight", lambda a: a.reshape(-1), r"floating \(128, 128, 4, 4\)"),
    "whole numbers": ("decoder.12.bias", lambda a: a.astype(np.int32), r"floating \(1\), got int32"),
    "text": ("decoder.12.bias", lambda a: a.astype(str), r"floating \(1\), got <U"),
    "NaN": ("decoder.10.weight", lambda a: np.where(a == a.max(), np.nan, a), "finite numbers, got NaN or infinity"),
    "infinity": ("decoder.10.bias", lambda a: a + np.inf, "finite numbers, got NaN or infinity"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_arrays(weights: reference_decoder.Weights, tmp_path: Path, wrong: str) -> None:
    name, change, said = WRONG[wrong]
    np.savez(tmp_path / "wrong.npz", **(weights | {name: change(weights[name])}))
    with pytest.raises(ArgumentError, match=rf"{said}.* - at `--codebook\['{name}'\]`"):
        codebooks.load(tmp_path / "wrong.npz", at="--codebook")


@pytest.fixture(scope="module")
def content(weights: reference_decoder.Weights) -> bytes:
    stream = io.BytesIO()
    np.savez(stream, **weights)  # type: ignore[arg-type]
    return stream.getvalue()


@thorough
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(flips=st.lists(st.tuples(st.booleans(), st.integers(0, 3_000), st.integers(1, 255)), min_size=1, max_size=3))
def test_flipped_bytes(content: bytes, tmp_path: Path, flips: list[tuple[bool, int, int]]) -> None:
    """Near the beginning, where headers are, and near the end, where the directory is."""
    changed = bytearray(content)
    for from_end, place, mask in flips:
        changed[-1 - place if from_end else place] ^= mask
    (tmp_path / "flipped.npz").write_bytes(changed)
    with suppress(ArgumentError):
        assert isinstance(codebooks.load(tmp_path / "flipped.npz"), PaliGemma)


def test_weights_out_of_all_proportion(weights: reference_decoder.Weights) -> None:
    with pytest.raises(
        ArgumentError, match=r"numbers within 1,000,000, got one of 1\.5e\+30 - at `codebook\['decoder.10.bias'"
    ):
        PaliGemma(weights | {"decoder.10.bias": np.full(16, 1.5e30)})  # type: ignore[dict-item]


def test_sums_that_overflow_are_some_map(weights: reference_decoder.Weights) -> None:
    large = {name: array / np.abs(array).max() * np.float32(1e6) for name, array in weights.items()}
    with np.errstate(all="ignore"):  # NumPy would warn, where it stands for the kernels
        assert PaliGemma(large).decode(TOKENS[:2]).shape == (2, 64, 64)
