"""The base class of codebooks: checks tokens, and decodes equal rows once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import ArgumentError, excerpt

if TYPE_CHECKING:
    from .._forms.results import Dialect

GRID: Final = 4, 4
"""Rows and columns of tokens, in row-major order."""

TOKENS_PER_ROW: Final = GRID[0] * GRID[1]
UNKNOWN: Final = -1
"""Stands for every number outside the vocabulary."""

_THRESHOLD: Final = 127
_WORD_BITS: Final = 32

TokenRows = NDArray[np.int64]


class Codebook(ABC):
    """A decoder from rows of 16 mask tokens to maps; immutable, and safe to share between threads.

    Attributes
    ----------
    kind : str
        ``fitted`` or ``paligemma``.
    dialect : str
        Whose tokens it reads: ``gemini`` or ``paligemma``.
    vocabulary : int
        Tokens are 0..vocabulary - 1.
    map_size : tuple[int, int]
        (height, width) of a map in pixels.
    """

    kind: ClassVar[str]
    dialect: ClassVar[Dialect]
    vocabulary: int
    map_size: tuple[int, int]

    def decode(self, tokens: ArrayLike) -> NDArray[np.uint8]:
        """Return the maps of rows of tokens: 255 where a pixel is certainly in the mask.

        Parameters
        ----------
        tokens : array_like
            (N, 16) integers: the 4x4 grid of each mask in row-major order. Numbers outside the vocabulary are decoded
            too, but `known` is False for their row.

        Returns
        -------
        NDArray[np.uint8]
            (N, height, width).

        Raises
        ------
        maskmill.errors.ArgumentError
            The tokens have another shape or type.
        """
        rows = self._rows(tokens)
        distinct, inverse = np.unique(rows, axis=0, return_inverse=True)
        if len(distinct) == len(rows):  # saves a copy of the maps
            return self._maps(rows)
        return self._maps(distinct)[inverse.reshape(-1)]

    def known(self, tokens: ArrayLike) -> NDArray[np.bool_]:
        """Return for each row of tokens whether the codebook knows all of them, bool (N,)."""
        return self._known(self._rows(tokens))

    def confidence(self, tokens: ArrayLike) -> NDArray[np.float32]:
        """Return the expected intersection over union of each row's map, float32 (N,); NaN if unknown."""
        return self._confidence(self._rows(tokens))

    @property
    def is_binary(self) -> bool:
        """Whether maps hold 0 and 255 only, so that `columns` loses nothing."""
        return False

    def columns(self, tokens: ArrayLike) -> NDArray[np.uint32]:
        """Return the maps, packed by columns, uint32 (N, width, (height + 31) // 32).

        They are cut at 127, whatever the decoder's threshold. Bit ``y % 32`` of ``[n, x, y // 32]`` is the pixel (x, y)
        of map n.
        """
        maps = self.decode(tokens).transpose(0, 2, 1) > _THRESHOLD
        padded = np.zeros((*maps.shape[:2], -(-maps.shape[2] // _WORD_BITS) * _WORD_BITS), np.bool_)
        padded[..., : maps.shape[2]] = maps
        return np.packbits(padded, axis=-1, bitorder="little").view("<u4").astype(np.uint32)

    @abstractmethod
    def save(self, path: str | PathLike[str]) -> None:
        """Write a file that `load` reads."""

    @abstractmethod
    def _maps(self, rows: TokenRows) -> NDArray[np.uint8]:
        """Return the maps of checked rows: (N, 16), each number in the vocabulary or `UNKNOWN`."""

    @abstractmethod
    def _known(self, rows: TokenRows) -> NDArray[np.bool_]:
        """Do the work of `known` for checked rows."""

    @abstractmethod
    def _confidence(self, rows: TokenRows) -> NDArray[np.float32]:
        """Do the work of `confidence` for checked rows."""

    def _rows(self, tokens: ArrayLike) -> TokenRows:
        """Return checked rows: (N, 16), each number in the vocabulary or `UNKNOWN`."""
        rows = to_token_rows(tokens)
        return np.where((rows >= 0) & (rows < self.vocabulary), rows, UNKNOWN)

    def __repr__(self) -> str:
        """Show kind and sizes."""
        height, width = self.map_size
        return f"<Codebook: {self.kind}, {self.vocabulary} tokens, maps of {width}x{height}>"


def to_token_rows(tokens: ArrayLike, at: str = "tokens") -> TokenRows:
    """Return rows of tokens as int64 (N, 16).

    >>> to_token_rows([[27] * 16]).shape
    (1, 16)

    Raises
    ------
    maskmill.errors.ArgumentError
        The tokens have another shape or type; the message calls them `at`.
    """
    rows: NDArray[Any]
    try:
        rows = np.asarray(tokens)
    except ValueError:  # rows of different lengths
        rows = np.empty(1, object)
    if rows.shape == (0,):
        rows = np.empty((0, TOKENS_PER_ROW), np.int64)
    if rows.ndim != 2 or rows.shape[1] != TOKENS_PER_ROW or not np.issubdtype(rows.dtype, np.integer):
        got = f"{rows.dtype} {rows.shape}" if rows.size else excerpt(tokens)
        raise ArgumentError(f"integers of shape (N, {TOKENS_PER_ROW})", got, at)
    return rows.astype(np.int64)
