"""Lanes: streams with the pinned memory through which they copy, two a Python thread; and work that takes turns there.

State: a thread is on one of its lanes at a time, kept until it ends. What is borrowed of a lane's memory stays as it is
until the lane is waited for, since a copy of it may be under way.

Why it is fast: copies out of pinned memory go on while the CPU does something else. Work yields where it would wait for
the device, so that the other lane's goes on meanwhile: the CPU prepares one batch while the device does another.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Generator, Sequence
from typing import Any, Final, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from .._jit import cuda_module

_T = TypeVar("_T")
Steps = Generator[None, None, _T]
"""Work that yields where it has to wait, and returns what it makes."""

_LANES: Final = 2
_LEAST: Final = 2**20
_MOST_KEPT: Final = 2**26
_ALIGNED: Final = 64

_cuda = cuda_module()
_thread = threading.local()


class Lane:
    """A stream, and memory for what it copies; nothing is made of CUDA before it is needed."""

    __slots__ = ("_full", "_room", "_stream", "_used")

    def __init__(self) -> None:
        self._stream: Any = None
        self._room, self._used = np.empty(0, np.uint8), 0
        self._full: list[NDArray[np.uint8]] = []

    @property
    def stream(self) -> Any:
        """Numba's stream."""
        if self._stream is None:
            self._stream = _cuda.stream()
        return self._stream

    def borrow(self, shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array of pinned memory, which is lent until the lane is waited for."""
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        start = -(-self._used // _ALIGNED) * _ALIGNED
        if start + nbytes > self._room.size:
            self._full.append(self._room)
            self._room, start = _cuda.pinned_array(max(nbytes, 2 * self._room.size, _LEAST), np.uint8), 0
        self._used = start + nbytes
        return self._room[start : self._used].view(dtype).reshape(shape)

    def synchronize(self) -> None:
        """Wait for all that was launched and copied, and take back what was lent; what failed meanwhile is raised."""
        self.stream.synchronize()
        self._used = 0
        self._full.clear()
        if self._room.size > _MOST_KEPT:
            self._room = np.empty(0, np.uint8)


def lanes() -> tuple[Lane, ...]:
    """Return the lanes of this thread."""
    if not hasattr(_thread, "lanes"):
        _thread.lanes = tuple(Lane() for _ in range(_LANES))
        _thread.lane = _thread.lanes[0]
    all_of_them: tuple[Lane, ...] = _thread.lanes
    return all_of_them


def lane() -> Lane:
    """Return the lane that this thread is on."""
    lanes()
    current: Lane = _thread.lane
    return current


def on(lane: Lane, steps: Steps[_T]) -> Steps[_T]:
    """Do work on a lane of this thread, whichever lane other work is on between its steps."""
    while True:
        _thread.lane = lane
        try:
            next(steps)
        except StopIteration as done:
            made: _T = done.value
            return made
        yield


def complete(steps: Steps[_T]) -> _T:
    """Do work without a pause."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            made: _T = done.value
            return made
