"""The codebook of PaliGemma's tokens: the decoder with the published weights."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from os import PathLike
from typing import Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from .._forms.results import Dialect
from .._kernels.cpu.token_decoder import decoder
from ..errors import ArgumentError
from . import _npz_file
from ._codebook import UNKNOWN, Codebook, TokenRows
from ._paligemma_weights import VOCABULARY, array_shapes, build_decoder

PUBLISHED_SHA256: Final = "5586010257b8536dddefab65e7755077f21d5672d5674dacf911f73ae95a4447"
"""SHA-256 of ``vae-oid.npz`` as published."""

_MAX_WEIGHT: Final = 1e6
"""Bound for a weight: sums of products of such weights stay within single precision."""

_threads = threading.local()


class PaliGemma(Codebook):
    """The decoder in ``vae-oid.npz``: 4x4 tokens to 64x64 pixels.

    >>> PaliGemma(np.load("vae-oid.npz"))  # doctest: +SKIP
    <Codebook: paligemma, 128 tokens, maps of 64x64, not the published weights>

    A map is ``uint8(clip(x / 2 + 1/2, 0, 1) * 255)`` of the decoder's output x, in single precision, truncated. This is
    what ``segmentation.py`` of the demo beside the published weights does (Hugging Face, google/paligemma), and code
    modelled on it. big_vision's evaluator resizes x itself and tests ``x > 0``; a map above 127 means x at least 1/255.

    A number outside the vocabulary is decoded as the mean of all tokens.

    Parameters
    ----------
    arrays : Mapping[str, NDArray]
        Weights by name, in PyTorch's layout; arrays that the decoder does not use are ignored.
    digest : str
        SHA-256 of the file of the arrays, in hexadecimal.
    at : str
        What errors call the file.

    Attributes
    ----------
    is_public : bool
        Whether the file is the published one, byte for byte.

    Raises
    ------
    maskmill.errors.ArgumentError
        An array is missing, has another shape or type, or numbers that are not finite.
    """

    kind: ClassVar[str] = "paligemma"
    dialect: ClassVar[Dialect] = "paligemma"
    vocabulary: int = VOCABULARY
    map_size: tuple[int, int] = (decoder.SIDE, decoder.SIDE)

    def __init__(self, arrays: Mapping[str, NDArray[Any]], digest: str = "", at: str = "codebook") -> None:
        self._arrays = {name: _check_weights(arrays, name, shape, at) for name, shape in array_shapes().items()}
        self._digest = digest
        self.is_public = digest == PUBLISHED_SHA256
        self._decoder = build_decoder({name: array.astype(np.float64) for name, array in self._arrays.items()})

    def save(self, path: str | PathLike[str]) -> None:
        """Write a file that `load` reads. It holds the decoder's arrays only, so it is not the published file."""
        _npz_file.write_npz(path, self._arrays)

    def _maps(self, rows: TokenRows) -> NDArray[np.uint8]:
        maps = np.empty((len(rows), *self.map_size), np.uint8)
        for first in range(0, len(rows), decoder.BATCH):
            some = slice(first, first + decoder.BATCH)
            decoder.maps_to_bytes(self._floats(rows[some]), maps[some])
        return maps

    def _floats(self, rows: TokenRows) -> NDArray[np.float32]:
        """Return the decoder's output, about -1 to 1."""
        maps = np.empty((len(rows), *self.map_size), np.float32)
        decoder.decode_maps(np.where(rows == UNKNOWN, VOCABULARY, rows), self._decoder, _thread_buffers(), maps)
        return maps

    def _known(self, rows: TokenRows) -> NDArray[np.bool_]:
        known: NDArray[np.bool_] = (rows != UNKNOWN).all(axis=1)
        return known

    def _confidence(self, rows: TokenRows) -> NDArray[np.float32]:
        return np.full(len(rows), np.nan, np.float32)  # never measured

    def __repr__(self) -> str:
        """Show kind, sizes, and whether the weights are the published ones."""
        return f"{super().__repr__()[:-1]}, {'' if self.is_public else 'not '}the published weights>"

    def __reduce__(self) -> Any:
        """Pickle the arrays only: what is built from them must be aligned to cache lines."""
        return type(self), (self._arrays, self._digest)


def _check_weights(arrays: Mapping[str, NDArray[Any]], name: str, shape: tuple[int, ...], at: str) -> NDArray[Any]:
    found = _npz_file.get_array(arrays, name, shape, np.floating, at)
    largest = float(np.abs(found).max())
    if largest > _MAX_WEIGHT:
        raise ArgumentError(f"numbers within {_MAX_WEIGHT:,.0f}", f"one of {largest:.3g}", f"{at}[{name!r}]")
    return found


def _thread_buffers() -> decoder.DecoderBuffers:
    """Return the scratch buffers of this thread."""
    if not hasattr(_threads, "rooms"):
        _threads.rooms = decoder.new_decoder_buffers()
    rooms: decoder.DecoderBuffers = _threads.rooms
    return rooms
