"""PaliGemma's tokens, decoded with the weights that their makers published."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from os import PathLike
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from .._forms.results import Dialect
from .._kernels.cpu.token_decoder import decoder
from ..errors import told
from . import _npz_file
from ._codebook import UNKNOWN, Codebook, Tokens
from ._paligemma_weights import TOKENS, prepare, shapes

PUBLIC: Final = "5586010257b8536dddefab65e7755077f21d5672d5674dacf911f73ae95a4447"
"""SHA-256 of ``vae-oid.npz`` as published."""

_MOST: Final = 1e6
"""Of a weight: sums of products of these are within single precision in each table."""

_threads = threading.local()


class PaliGemma(Codebook):
    """The decoder of ``vae-oid.npz``: 4x4 tokens to 64x64 pixels.

    >>> PaliGemma(np.load("vae-oid.npz"))  # doctest: +SKIP
    <Codebook: paligemma, 128 tokens, maps of 64x64, not the published weights>

    A map is ``uint8(clip(x / 2 + 1/2, 0, 1) * 255)`` of the decoder's output x, in single precision, the fraction cut
    off. So does ``segmentation.py`` of the demo beside the published weights (Hugging Face, google/paligemma), and what
    was made after it. big_vision's evaluator resizes x itself and takes ``x > 0``; a map above 127 is x at least 1/255.

    A number that is no token stands for the mean of all tokens.

    Parameters
    ----------
    arrays
        By name, in PyTorch's layout; what is not of the decoder is ignored.
    digest
        SHA-256 of the file that they come from, in hexadecimal digits.
    at
        What they are called in an error.

    Attributes
    ----------
    is_public
        Whether the file is the published one, byte for byte.

    Raises
    ------
    maskmill.errors.ArgumentError
        An array is missing, has another shape or type, or numbers that are not finite.
    """

    kind: ClassVar[str] = "paligemma"
    dialect: ClassVar[Dialect] = "paligemma"
    vocabulary: int = TOKENS
    map_size: tuple[int, int] = (decoder.SIDE, decoder.SIDE)

    def __init__(self, arrays: Mapping[str, NDArray[Any]], digest: str = "", at: str = "codebook") -> None:
        self._arrays = {name: _weights(arrays, name, shape, at) for name, shape in shapes().items()}
        self._digest = digest
        self.is_public = digest == PUBLIC
        self._decoder = prepare({name: array.astype(np.float64) for name, array in self._arrays.items()})

    def save(self, path: str | PathLike[str]) -> None:
        """Write a file that `load` reads: the decoder's arrays, so that it is not the published file any more."""
        _npz_file.write(path, self._arrays)

    def _maps(self, rows: Tokens) -> NDArray[np.uint8]:
        maps = np.empty((len(rows), *self.map_size), np.uint8)
        for first in range(0, len(rows), decoder.MAPS):
            some = slice(first, first + decoder.MAPS)
            decoder.to_bytes(self._floats(rows[some]), maps[some])
        return maps

    def _floats(self, rows: Tokens) -> NDArray[np.float32]:
        """The decoder's output, about -1 to 1."""
        maps = np.empty((len(rows), *self.map_size), np.float32)
        decoder.decode(np.where(rows == UNKNOWN, TOKENS, rows), self._decoder, _rooms(), maps)
        return maps

    def _known(self, rows: Tokens) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = (rows != UNKNOWN).all(axis=1)
        return known

    def _confidence(self, rows: Tokens) -> NDArray[np.float32]:
        return np.full(len(rows), np.nan, np.float32)  # nobody measured it

    def __repr__(self) -> str:
        """Kind, sizes, and whose weights they are."""
        return f"{super().__repr__()[:-1]}, {'' if self.is_public else 'not '}the published weights>"

    def __reduce__(self) -> Any:
        """Pickled by its arrays: what is made of them must lie on lines of the cache."""
        return type(self), (self._arrays, self._digest)


def _weights(arrays: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, ...], at: str) -> NDArray[Any]:
    found = _npz_file.array(arrays, name, shape, np.floating, at)
    largest = float(np.abs(found).max())
    if largest > _MOST:
        raise told(f"numbers within {_MOST:,.0f}", f"one of {largest:.3g}", f"{at}[{name!r}]")
    return found


def _rooms() -> decoder.Rooms:
    """Scratch of this thread."""
    if not hasattr(_threads, "rooms"):
        _threads.rooms = decoder.new_rooms()
    rooms: decoder.Rooms = _threads.rooms
    return rooms
