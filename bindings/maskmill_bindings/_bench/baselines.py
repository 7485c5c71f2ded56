"""What the machine can do without us: memory, inflating, and a fixed calculation that shows its clock.

They are measured in turn with the cases, so that whatever slows the machine slows both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np

_LEAST: Final = 64 * 2**20
_TIMES_CACHE: Final = 4
_PIECE: Final = 4 * 2**20
_FRESH: Final = 64 * 2**20
"""As large as the largest results, and past what an allocator keeps: the pages come from the system."""

_MAP_BYTES: Final = 256 * 257
_LOOP: Final = bytes(2**18)


@dataclass(frozen=True)
class Yardstick:
    """One of them.

    Attributes
    ----------
    name, unit
        What is counted, a second.
    stint
        Work for one thread, any number of times; returns how much of the unit it was.
    threaded
        Whether it can be measured on several threads.
    """

    name: str
    unit: str
    stint: Callable[[int], float]
    threaded: bool = True


def yardsticks(streams: Sequence[bytes], cache: int, memory: int) -> list[Yardstick]:
    """All of them.

    Parameters
    ----------
    streams
        Zlib streams of maps of 256x256.
    cache, memory
        Bytes of the last-level cache and of memory.
    """
    copy, fill = _memory(array_bytes(cache, memory))
    return [
        Yardstick("copy", "GB", copy),
        Yardstick("fill", "GB", fill),
        Yardstick("fill of new memory", "GB", _fresh),
        Yardstick("inflate", "maps", _inflating(streams), threaded=False),
        Yardstick("loop", "loops", _loop),
    ]


def array_bytes(cache: int, memory: int) -> int:
    """Size of the arrays that are copied and filled: too large for the cache, small beside the memory."""
    return max(min(_TIMES_CACHE * cache, memory // 8), _LEAST) // _PIECE * _PIECE


def _memory(size: int) -> tuple[Callable[[int], float], Callable[[int], float]]:
    """Copying and filling, piece after piece, going on where the last call ended: none is in a cache any more."""
    source, target = np.ones(size, np.uint8), np.ones(size, np.uint8)
    numbers = count()

    def piece() -> slice:
        start = next(numbers) % (size // _PIECE) * _PIECE
        return slice(start, start + _PIECE)

    def copy(_: int) -> float:
        place = piece()
        np.copyto(target[place], source[place])
        return 2 * _PIECE / 1e9

    def fill(_: int) -> float:
        target[piece()].fill(1)
        return _PIECE / 1e9

    return copy, fill


def _fresh(_: int) -> float:
    np.empty(_FRESH, np.uint8).fill(1)
    return _FRESH / 1e9


def _inflating(streams: Sequence[bytes]) -> Callable[[int], float]:
    """libdeflate, which holds the interpreter's lock: measured on one thread."""

    def inflate(_: int) -> float:
        import deflate

        for stream in streams:
            deflate.zlib_decompress(stream, _MAP_BYTES)
        return len(streams)

    return inflate


def _loop(_: int) -> float:
    """A hash over a quarter of a megabyte: no memory, no branches, each step waiting for the one before."""
    hashlib.blake2b(_LOOP).digest()
    return 1
