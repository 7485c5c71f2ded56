"""What every codebook can do: checks of its input, and equal rows decoded once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import excerpt, told

if TYPE_CHECKING:
    from .._forms.results import Dialect

GRID: Final = 4, 4
"""Rows and columns of tokens, in row-major order."""

COUNT: Final = GRID[0] * GRID[1]
UNKNOWN: Final = -1
"""Stands for every number that is no token of the vocabulary."""

_MIDDLE: Final = 127
_WORD: Final = 32

Tokens = NDArray[np.int64]


class Codebook(ABC):
    """A map for each row of 16 tokens; immutable, and shared by threads.

    Attributes
    ----------
    kind
        How it was made; its file says so.
    dialect
        Whose tokens it reads.
    vocabulary
        Tokens are 0..vocabulary - 1.
    map_size
        Rows and columns of a map.
    """

    kind: ClassVar[str]
    dialect: ClassVar[Dialect]
    vocabulary: int
    map_size: tuple[int, int]

    def decode(self, tokens: ArrayLike) -> NDArray[np.uint8]:
        """Return the maps of rows of tokens, uint8 (N, height, width): 255 where a pixel is surely in the mask.

        Parameters
        ----------
        tokens
            (N, 16) integers, the grid of each row by row. Any number is taken: see `known` for what it is worth.

        Raises
        ------
        maskmill.errors.ArgumentError
            The tokens are of another shape or type.
        """
        rows = self._rows(tokens)
        distinct, places = np.unique(rows, axis=0, return_inverse=True)
        if len(distinct) == len(rows):  # maps of their own size are not worth a copy
            return self._maps(rows)
        return self._maps(distinct)[places.reshape(-1)]

    def known(self, tokens: ArrayLike) -> NDArray[np.bool_]:
        """Tell for each row of tokens whether this codebook can stand for its map, bool (N,)."""
        return self._known(self._rows(tokens))

    def confidence(self, tokens: ArrayLike) -> NDArray[np.float32]:
        """Return the intersection over union to expect of each row's map, float32 (N,); NaN where it is not known."""
        return self._confidence(self._rows(tokens))

    @property
    def is_binary(self) -> bool:
        """Whether its maps are of 0 and 255 alone, so that `columns` has their bits."""
        return False

    def columns(self, tokens: ArrayLike) -> NDArray[np.uint32]:
        """Return the maps as the bits of their columns, uint32 (N, width, (height + 31) // 32).

        Bit ``r % 32`` of ``[n, c, r // 32]`` is the pixel in row r and column c of map n.
        """
        maps = self.decode(tokens).transpose(0, 2, 1) > _MIDDLE
        padded = np.zeros((*maps.shape[:2], -(-maps.shape[2] // _WORD) * _WORD), np.bool_)
        padded[..., : maps.shape[2]] = maps
        return np.packbits(padded, axis=-1, bitorder="little").view("<u4").astype(np.uint32)

    @abstractmethod
    def save(self, path: str | PathLike[str]) -> None:
        """Write a file that `load` reads."""

    @abstractmethod
    def _maps(self, rows: Tokens) -> NDArray[np.uint8]:
        """The maps of rows that are checked: (N, 16), each number in the vocabulary or `UNKNOWN`."""

    @abstractmethod
    def _known(self, rows: Tokens) -> NDArray[np.bool_]: ...

    @abstractmethod
    def _confidence(self, rows: Tokens) -> NDArray[np.float32]: ...

    def _rows(self, tokens: ArrayLike) -> Tokens:
        rows = read_tokens(tokens)
        return np.where((rows >= 0) & (rows < self.vocabulary), rows, UNKNOWN)

    def __repr__(self) -> str:
        """Kind and sizes."""
        height, width = self.map_size
        return f"<Codebook: {self.kind}, {self.vocabulary} tokens, maps of {width}x{height}>"


def read_tokens(tokens: ArrayLike, at: str = "tokens") -> Tokens:
    """Return rows of tokens as int64 (N, 16).

    >>> read_tokens([[27] * 16]).shape
    (1, 16)

    Raises
    ------
    maskmill.errors.ArgumentError
        They are of another shape or type.
    """
    rows: NDArray[Any]
    try:
        rows = np.asarray(tokens)
    except ValueError:  # rows of different lengths
        rows = np.empty(1, object)
    if rows.shape == (0,):
        rows = np.empty((0, COUNT), np.int64)
    if rows.ndim != 2 or rows.shape[1] != COUNT or not np.issubdtype(rows.dtype, np.integer):
        given = f"{rows.dtype} {rows.shape}" if rows.size else excerpt(tokens)
        raise told(f"integers of shape (N, {COUNT})", given, at)
    return rows.astype(np.int64)
