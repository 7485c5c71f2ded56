"""Baselines of the machine without maskmill: memory, inflating, and a fixed loop that shows the clock rate.

They are measured in turn with the cases, so that whatever slows the machine slows both.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

import numpy as np

_MIN_ARRAY_BYTES: Final = 64 * 2**20
_CACHE_MULTIPLE: Final = 4
_BLOCK_BYTES: Final = 4 * 2**20
_NEW_MEMORY_BYTES: Final = 64 * 2**20
"""As large as the largest results, and more than an allocator keeps, so that pages come from the system."""

_MAP_BYTES: Final = 256 * 257
_HASHED_BYTES: Final = bytes(2**18)


@dataclass(frozen=True)
class Baseline:
    """One baseline.

    Attributes
    ----------
    name : str
        As in the report.
    unit : str
        What is counted per second.
    task : callable
        Work for one thread, to be repeated; takes a number and returns how much of the unit it was.
    is_threaded : bool
        Whether it is measured on several threads too.
    """

    name: str
    unit: str
    task: Callable[[int], float]
    is_threaded: bool = True


def build_baselines(streams: Sequence[bytes], cache: int, memory: int) -> list[Baseline]:
    """Return the baselines of the CPU.

    Parameters
    ----------
    streams : Sequence[bytes]
        Zlib streams of 256x256 maps.
    cache : int
        Bytes of the last-level cache.
    memory : int
        Bytes of memory.
    """
    copy, fill = _memory_tasks(choose_array_bytes(cache, memory))
    return [
        Baseline("copy", "GB", copy),
        Baseline("fill", "GB", fill),
        Baseline("fill of new memory", "GB", _fill_new_memory),
        Baseline("inflate", "maps", _inflate_task(streams), is_threaded=False),
        Baseline("loop", "loops", _run_loop),
    ]


def choose_array_bytes(cache: int, memory: int) -> int:
    """Return the size of the arrays to copy and fill: too large for the cache, small beside the memory."""
    return max(min(_CACHE_MULTIPLE * cache, memory // 8), _MIN_ARRAY_BYTES) // _BLOCK_BYTES * _BLOCK_BYTES


def _memory_tasks(size: int) -> tuple[Callable[[int], float], Callable[[int], float]]:
    """Return tasks that copy and fill one block after the other, so that no block is still in a cache."""
    source, target = np.ones(size, np.uint8), np.ones(size, np.uint8)
    numbers = count()

    def next_block() -> slice:
        start = next(numbers) % (size // _BLOCK_BYTES) * _BLOCK_BYTES
        return slice(start, start + _BLOCK_BYTES)

    def copy(_: int) -> float:
        block = next_block()
        np.copyto(target[block], source[block])
        return 2 * _BLOCK_BYTES / 1e9

    def fill(_: int) -> float:
        target[next_block()].fill(1)
        return _BLOCK_BYTES / 1e9

    return copy, fill


def _fill_new_memory(_: int) -> float:
    np.empty(_NEW_MEMORY_BYTES, np.uint8).fill(1)
    return _NEW_MEMORY_BYTES / 1e9


def _inflate_task(streams: Sequence[bytes]) -> Callable[[int], float]:
    """Return a task that inflates with libdeflate, which holds the interpreter's lock: measured on one thread only."""

    def inflate(_: int) -> float:
        import deflate

        for stream in streams:
            deflate.zlib_decompress(stream, _MAP_BYTES)
        return len(streams)

    return inflate


def _run_loop(_: int) -> float:
    """Hash a quarter of a megabyte: no memory traffic, no branches, each step waits for the one before."""
    hashlib.blake2b(_HASHED_BYTES).digest()
    return 1
