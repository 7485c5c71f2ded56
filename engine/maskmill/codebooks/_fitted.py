"""A codebook fitted to pairs of tokens and maps, and its file.

A row is known if each of its tokens was in at least `MIN_TOKEN_PAIRS` pairs. Its confidence is the mean intersection
over union of held-out pairs whose rarest token was about as rare.
"""

from __future__ import annotations

from os import PathLike
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._forms.results import Dialect
from .._kernels.cpu.png.binary_png import Words
from .._kernels.cpu.token_fields.neighbour_sums import TABLE_COUNT
from .._kernels.cpu.token_fields.upsample import MAX_FACTOR, NODES, unpack_maps, upsample_columns
from ..errors import ArgumentError
from . import _npz_file
from ._codebook import GRID, TOKENS_PER_ROW, Codebook, TokenRows
from ._field_model import PATCH, FieldModel, Floats, compute_fields, to_probabilities
from ._scores import Scores

VERSION: Final = 1
MIN_TOKEN_PAIRS: Final = 2
"""Number of pairs that must hold a token for it to be known."""

RARITY_CLASSES: Final = 16
"""Number of rarity classes: the rarest token of a row was in 0, 1, 2-3, 4-7, … pairs."""

_MAX_VOCABULARY: Final = 1024
_MAX_LENGTH: Final = 4096
_MAX_VALUE: Final = 1e4
"""Bounds the model's parameters, so that their sums stay finite."""

_BATCH_ROWS: Final = 256


class Evidence(NamedTuple):
    """The data behind a fitted codebook, and how well it did on held-out pairs.

    Attributes
    ----------
    pairs : int
        Number of pairs.
    counts : NDArray[np.int64]
        (vocabulary,) number of pairs that hold each token.
    scores : Scores
        Held-out intersection over union.
    expected : NDArray[np.float64]
        (16,) expected intersection over union by rarity class.
    """

    pairs: int
    counts: NDArray[np.int64]
    scores: Scores
    expected: NDArray[np.float64]


class Fitted(Codebook):
    """A codebook fitted to pairs of tokens and maps; returned by `maskmill.codebooks.fit`.

    Attributes
    ----------
    pairs : int
        Number of pairs it was fitted to.
    counts : NDArray[np.int64]
        (vocabulary,) number of pairs that held each token.
    unseen : list[int]
        Tokens that no pair held.
    scores : Scores
        Held-out intersection over union, beside that of simpler predictions.
    is_soft : bool
        Whether its maps have values between 0 and 255.
    """

    kind: ClassVar[str] = "fitted"
    dialect: ClassVar[Dialect] = "gemini"

    def __init__(self, model: FieldModel, side: int, steepness: float, evidence: Evidence) -> None:
        self.vocabulary = model.tables.shape[1] - 1
        self.map_size = side, side
        self.is_soft = steepness > 0
        self._model, self._steepness, self._evidence = model, steepness, evidence

    @property
    def pairs(self) -> int:
        """Number of pairs it was fitted to."""
        return self._evidence.pairs

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of pairs that held each token, (vocabulary,)."""
        return self._evidence.counts

    @property
    def unseen(self) -> list[int]:
        """Tokens that no pair held."""
        return [int(token) for token in np.flatnonzero(self.counts == 0)]

    @property
    def scores(self) -> Scores:
        """Held-out intersection over union."""
        return self._evidence.scores

    @property
    def is_binary(self) -> bool:
        """Whether maps hold 0 and 255 only."""
        return not self.is_soft

    def columns(self, tokens: ArrayLike) -> Words:
        """Return the maps thresholded and packed by columns, uint32 (N, width, height / 32).

        Bit ``y % 32`` of ``columns[n, x, y // 32]`` is whether the pixel (x, y) is above 127.
        """
        return self._columns(self._rows(tokens))

    def save(self, path: str | PathLike[str]) -> None:
        """Write a file that `load` reads."""
        evidence = self._evidence
        numbers: dict[str, Any] = dict(zip(FieldModel._fields, self._model, strict=True))
        with open(path, "wb") as file:
            np.savez_compressed(
                file,
                maskmill_codebook=np.array(VERSION), kind=np.array(self.kind), grid=np.array(GRID),
                vocabulary=np.array(self.vocabulary), map_size=np.array(self.map_size),
                steepness=np.array(self._steepness), pairs=np.array(evidence.pairs),
                counts=evidence.counts, scores=evidence.scores.array(),
                expected=evidence.expected, **numbers,
            )  # fmt: skip

    def _columns(self, rows: TokenRows) -> Words:
        return upsample_columns(compute_fields(self._model, self._table_rows(rows)), self.map_size[0] // NODES)

    def _maps(self, rows: TokenRows) -> NDArray[np.uint8]:
        out = np.empty((len(rows), *self.map_size), np.uint8)
        for start in range(0, len(rows), _BATCH_ROWS):
            part = rows[start : start + _BATCH_ROWS]
            out[start : start + _BATCH_ROWS] = (
                self._soft_maps(part) if self.is_soft else unpack_maps(self._columns(part), height=len(out[0]))
            )
        return out

    def _soft_maps(self, rows: TokenRows) -> NDArray[np.uint8]:
        import cv2

        fields = compute_fields(self._model, self._table_rows(rows))
        large = np.stack([cv2.resize(f, self.map_size, interpolation=cv2.INTER_LINEAR) for f in fields])
        levels = np.rint(255 * to_probabilities(large, self._steepness))
        maps: NDArray[np.uint8] = np.where(large > 0, np.maximum(levels, 128), np.minimum(levels, 127)).astype(np.uint8)
        return maps

    def _table_rows(self, rows: TokenRows) -> TokenRows:
        """Return the rows as indices into the tables, whose last row is the unknown token's."""
        return np.where(rows < 0, self.vocabulary, rows)

    def _rarest_counts(self, rows: TokenRows) -> NDArray[np.int64]:
        """Return the number of pairs that held the rarest token of each row."""
        rarest: NDArray[np.int64] = np.append(self.counts, 0)[self._table_rows(rows)].min(axis=1)
        return rarest

    def _known(self, rows: TokenRows) -> NDArray[np.bool_]:
        return self._rarest_counts(rows) >= MIN_TOKEN_PAIRS

    def _confidence(self, rows: TokenRows) -> NDArray[np.float32]:
        rarest = self._rarest_counts(rows)
        expected = self._evidence.expected[rarity_class(rarest)]
        return np.where(rarest >= MIN_TOKEN_PAIRS, expected, np.nan).astype(np.float32)


def rarity_class(rarest: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rarity class of rows whose rarest token was in so many pairs.

    >>> rarity_class(np.array([0, 1, 2, 3, 4])).tolist()
    [0, 1, 2, 2, 3]
    """
    classes: NDArray[np.int64] = np.minimum(np.frexp(rarest)[1], RARITY_CLASSES - 1).astype(np.int64)
    return classes


def read_fitted(arrays: _npz_file.Arrays, at: str) -> Fitted:
    """Return the codebook in the arrays of a file; `at` names the file in errors.

    Raises
    ------
    maskmill.errors.ArgumentError
        An array is missing, or has another shape or type, or numbers out of range.
    """
    version = _read_integer(arrays, "maskmill_codebook", 1, 2**31, at)
    if version != VERSION:
        raise ArgumentError(f"a codebook of version {VERSION}", str(version), at)
    if tuple(_npz_file.get_array(arrays, "grid", (2,), np.integer, at)) != GRID:
        raise ArgumentError("a grid of 4x4 tokens", "another", f"{at}['grid']")
    vocabulary = _read_integer(arrays, "vocabulary", 1, _MAX_VOCABULARY, at)
    side = _read_side(arrays, at)
    model = _read_model(arrays, vocabulary, at)
    counts = _npz_file.get_array(arrays, "counts", (vocabulary,), np.integer, at).astype(np.int64)
    scores = Scores.from_array(_npz_file.get_array(arrays, "scores", (3, 6), np.floating, at))
    expected = _npz_file.get_array(arrays, "expected", (RARITY_CLASSES,), np.floating, at).astype(np.float64)
    steepness = float(_npz_file.get_array(arrays, "steepness", (), np.floating, at))
    if not 0 <= steepness <= _MAX_VALUE:
        raise ArgumentError(f"a number from 0 to {_MAX_VALUE:g}", str(steepness), f"{at}['steepness']")
    pairs = _read_integer(arrays, "pairs", 1, 2**31, at)
    return Fitted(model, side, steepness, Evidence(pairs, counts, scores, expected))


def _read_model(arrays: _npz_file.Arrays, vocabulary: int, at: str) -> FieldModel:
    def part(name: str, *shape: int | None) -> Floats:
        array = _npz_file.get_array(arrays, name, shape, np.floating, at)
        if max(array.shape) > _MAX_LENGTH:
            raise ArgumentError(f"at most {_MAX_LENGTH} numbers along each side", str(array.shape), f"{at}[{name!r}]")
        if array.size and max(-array.min(), array.max()) > _MAX_VALUE:
            raise ArgumentError(f"numbers up to {_MAX_VALUE:g}", "a larger one", f"{at}[{name!r}]")
        return np.ascontiguousarray(array, np.float32)

    basis = part("basis", None, PATCH)
    outer = part("outer", None, len(basis))
    width = len(outer) + len(basis)
    tables, biases = part("tables", TABLE_COUNT, vocabulary + 1, width), part("biases", TOKENS_PER_ROW, width)
    return FieldModel(tables, biases, outer, basis, part("middle", PATCH))


def _read_side(arrays: _npz_file.Arrays, at: str) -> int:
    height, width = (int(v) for v in _npz_file.get_array(arrays, "map_size", (2,), np.integer, at))
    if height != width or height % NODES or not 0 < height <= NODES * MAX_FACTOR:
        raise ArgumentError(
            f"square maps, a multiple of {NODES} up to {NODES * MAX_FACTOR}", f"{width}x{height}", f"{at}['map_size']"
        )
    return height


def _read_integer(arrays: _npz_file.Arrays, name: str, low: int, high: int, at: str) -> int:
    number = int(_npz_file.get_array(arrays, name, (), np.integer, at))
    if not low <= number <= high:
        raise ArgumentError(f"a number from {low} to {high}", str(number), f"{at}[{name!r}]")
    return number
