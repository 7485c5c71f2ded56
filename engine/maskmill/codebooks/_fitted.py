"""A codebook learnt from pairs of tokens and maps, and its file.

Known is a row each of whose tokens was in at least `LEAST` of the pairs. Its confidence is the mean intersection over
union of held-out pairs whose rarest token was about as rare.
"""

from __future__ import annotations

from os import PathLike
from typing import Any, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._forms.results import Dialect
from .._kernels.cpu.png.binary_png import Words
from .._kernels.cpu.token_fields.neighbour_sums import PLACES
from .._kernels.cpu.token_fields.upsample import MOST_FACTOR, NODES, columns_of, maps_of
from ..errors import told
from . import _npz_file
from ._codebook import COUNT, GRID, Codebook, Tokens
from ._field_model import PATCH, Floats, Model, fields_of, odds_of
from ._scores import Scores

VERSION: Final = 1
LEAST: Final = 2
"""Pairs that a token must have been in to be known."""

RARITIES: Final = 16
"""Kinds of rarity: the rarest token of a row in 0, 1, 2-3, 4-7, … pairs."""

_MOST_TOKENS: Final = 1024
_MOST_UNITS: Final = 4096
_LARGEST: Final = 1e4
"""Of the model's numbers: what they sum up to is then finite."""

_AT_ONCE: Final = 256


class Evidence(NamedTuple):
    """What stands behind a fitted codebook.

    `counts` (vocabulary,): pairs that hold a token; `expected` (16,): held-out intersection over union by rarity.
    """

    pairs: int
    counts: NDArray[np.int64]
    scores: Scores
    expected: NDArray[np.float64]


class Fitted(Codebook):
    """A codebook learnt from pairs; made by `maskmill.codebooks.fit`.

    Attributes
    ----------
    pairs
        How many it was learnt from.
    counts
        In how many of them each token was, int64 (vocabulary,).
    scores
        Held-out intersection over union, beside that of simpler guesses.
    is_soft
        Whether its maps have values between 0 and 255.
    """

    kind: ClassVar[str] = "fitted"
    dialect: ClassVar[Dialect] = "gemini"

    def __init__(self, model: Model, side: int, steepness: float, evidence: Evidence) -> None:
        self.vocabulary = model.tables.shape[1] - 1
        self.map_size = side, side
        self.is_soft = steepness > 0
        self._model, self._steepness, self._evidence = model, steepness, evidence

    @property
    def pairs(self) -> int:
        """How many pairs it was learnt from."""
        return self._evidence.pairs

    @property
    def counts(self) -> NDArray[np.int64]:
        """In how many pairs each token was."""
        return self._evidence.counts

    @property
    def unseen(self) -> list[int]:
        """The tokens that no pair held."""
        return [int(token) for token in np.flatnonzero(self.counts == 0)]

    @property
    def scores(self) -> Scores:
        """Held-out intersection over union."""
        return self._evidence.scores

    @property
    def is_binary(self) -> bool:
        """Whether its maps are of 0 and 255 alone."""
        return not self.is_soft

    def columns(self, tokens: ArrayLike) -> Words:
        """Return the bits of the columns of the maps ``> 127``, uint32 (N, width, height / 32).

        Bit ``r % 32`` of ``columns[n, c, r // 32]`` is the pixel in row r and column c.
        """
        return self._columns(self._rows(tokens))

    def save(self, path: str | PathLike[str]) -> None:
        """Write a file that `load` reads."""
        evidence = self._evidence
        numbers: dict[str, Any] = dict(zip(Model._fields, self._model, strict=True))
        with open(path, "wb") as file:
            np.savez_compressed(
                file,
                maskmill_codebook=np.array(VERSION), kind=np.array(self.kind), grid=np.array(GRID),
                vocabulary=np.array(self.vocabulary), map_size=np.array(self.map_size),
                steepness=np.array(self._steepness), pairs=np.array(evidence.pairs),
                counts=evidence.counts, scores=evidence.scores.array(),
                expected=evidence.expected, **numbers,
            )  # fmt: skip

    def _columns(self, rows: Tokens) -> Words:
        return columns_of(fields_of(self._model, self._places(rows)), self.map_size[0] // NODES)

    def _maps(self, rows: Tokens) -> NDArray[np.uint8]:
        out = np.empty((len(rows), *self.map_size), np.uint8)
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            out[start : start + _AT_ONCE] = (
                self._soft(part) if self.is_soft else maps_of(self._columns(part), len(out[0]))
            )
        return out

    def _soft(self, rows: Tokens) -> NDArray[np.uint8]:
        import cv2

        fields = fields_of(self._model, self._places(rows))
        grown = np.stack([cv2.resize(f, self.map_size, interpolation=cv2.INTER_LINEAR) for f in fields])
        odds = np.rint(255 * odds_of(grown, self._steepness))
        found: NDArray[np.uint8] = np.where(grown > 0, np.maximum(odds, 128), np.minimum(odds, 127)).astype(np.uint8)
        return found

    def _places(self, rows: Tokens) -> Tokens:
        """Rows of the tables: the unknown token is behind the others."""
        return np.where(rows < 0, self.vocabulary, rows)

    def _rarest(self, rows: Tokens) -> NDArray[np.int64]:
        rarest: NDArray[np.int64] = np.append(self.counts, 0)[self._places(rows)].min(axis=1)
        return rarest

    def _known(self, rows: Tokens) -> NDArray[np.bool_]:
        return self._rarest(rows) >= LEAST

    def _confidence(self, rows: Tokens) -> NDArray[np.float32]:
        rarest = self._rarest(rows)
        found = self._evidence.expected[rarity(rarest)]
        return np.where(rarest >= LEAST, found, np.nan).astype(np.float32)


def rarity(rarest: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the kind of rarity of a number of pairs.

    >>> rarity(np.array([0, 1, 2, 3, 4])).tolist()
    [0, 1, 2, 2, 3]
    """
    kinds: NDArray[np.int64] = np.minimum(np.frexp(rarest)[1], RARITIES - 1).astype(np.int64)
    return kinds


def from_arrays(arrays: _npz_file.Arrays, _digest: str, at: str) -> Fitted:
    """Build a codebook of what a file holds, all of it checked."""
    version = _number(arrays, "maskmill_codebook", 1, 2**31, at)
    if version != VERSION:
        raise told(f"a codebook of version {VERSION}", str(version), at)
    if tuple(_npz_file.array(arrays, "grid", (2,), np.integer, at)) != GRID:
        raise told("a grid of 4x4 tokens", "another", f"{at}['grid']")
    vocabulary = _number(arrays, "vocabulary", 1, _MOST_TOKENS, at)
    side = _side(arrays, at)
    model = _model(arrays, vocabulary, at)
    counts = _npz_file.array(arrays, "counts", (vocabulary,), np.integer, at).astype(np.int64)
    scores = Scores.from_array(_npz_file.array(arrays, "scores", (3, 6), np.floating, at))
    expected = _npz_file.array(arrays, "expected", (RARITIES,), np.floating, at).astype(np.float64)
    steepness = float(_npz_file.array(arrays, "steepness", (), np.floating, at))
    if not 0 <= steepness <= _LARGEST:
        raise told(f"a number from 0 to {_LARGEST:g}", str(steepness), f"{at}['steepness']")
    pairs = _number(arrays, "pairs", 1, 2**31, at)
    return Fitted(model, side, steepness, Evidence(pairs, counts, scores, expected))


def _model(arrays: _npz_file.Arrays, vocabulary: int, at: str) -> Model:
    def part(name: str, *shape: int | None) -> Floats:
        found = _npz_file.array(arrays, name, shape, np.floating, at)
        if max(found.shape) > _MOST_UNITS:
            raise told(f"at most {_MOST_UNITS} numbers along each side", str(found.shape), f"{at}[{name!r}]")
        if found.size and max(-found.min(), found.max()) > _LARGEST:
            raise told(f"numbers up to {_LARGEST:g}", "a larger one", f"{at}[{name!r}]")
        return np.ascontiguousarray(found, np.float32)

    basis = part("basis", None, PATCH)
    outer = part("outer", None, len(basis))
    width = len(outer) + len(basis)
    tables, biases = part("tables", PLACES, vocabulary + 1, width), part("biases", COUNT, width)
    return Model(tables, biases, outer, basis, part("middle", PATCH))


def _side(arrays: _npz_file.Arrays, at: str) -> int:
    height, width = (int(v) for v in _npz_file.array(arrays, "map_size", (2,), np.integer, at))
    if height != width or height % NODES or not 0 < height <= NODES * MOST_FACTOR:
        raise told(
            f"square maps, a multiple of {NODES} up to {NODES * MOST_FACTOR}", f"{width}x{height}", f"{at}['map_size']"
        )
    return height


def _number(arrays: _npz_file.Arrays, name: str, least: int, most: int, at: str) -> int:
    found: Any = int(_npz_file.array(arrays, name, (), np.integer, at))
    if not least <= found <= most:
        raise told(f"a number from {least} to {most}", str(found), f"{at}[{name!r}]")
    return int(found)
