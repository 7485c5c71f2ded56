"""CUDA streams with pinned memory to copy through, two per Python thread, and work that takes turns on them.

State: at any moment a thread uses one of its streams, which live as long as the thread. Pinned memory borrowed from a
stream stays untouched until the stream is synchronised, since a copy may be in progress.

Why it is fast: copies from pinned memory continue while the CPU does something else. Work yields where it would wait
for the device, so the work on the other stream continues: the CPU prepares one batch while the device runs another.
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
"""Work that yields where it would wait for the device, and returns its result."""

_STREAMS_PER_THREAD: Final = 2
_MIN_BUFFER: Final = 2**20
_MAX_KEPT: Final = 2**26
_ALIGNMENT: Final = 64

_cuda = cuda_module()
_thread = threading.local()


class CopyStream:
    """A CUDA stream with pinned memory for its copies; both are created when first used."""

    __slots__ = ("_buffer", "_full", "_stream", "_used")

    def __init__(self) -> None:
        self._stream: Any = None
        self._buffer, self._used = np.empty(0, np.uint8), 0
        self._full: list[NDArray[np.uint8]] = []

    @property
    def stream(self) -> Any:
        """Numba's stream."""
        if self._stream is None:
            self._stream = _cuda.stream()
        return self._stream

    def borrow_pinned(self, shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
        """Return an uninitialised array of pinned memory, valid until the stream is synchronised."""
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        start = -(-self._used // _ALIGNMENT) * _ALIGNMENT
        if start + nbytes > self._buffer.size:
            self._full.append(self._buffer)
            size = max(nbytes, 2 * self._buffer.size, _MIN_BUFFER)
            self._buffer, start = _cuda.pinned_array(size, np.uint8), 0
        self._used = start + nbytes
        return self._buffer[start : self._used].view(dtype).reshape(shape)

    def synchronize(self) -> None:
        """Wait for all launches and copies, raise their errors, and reclaim the borrowed memory."""
        self.stream.synchronize()
        self._used = 0
        self._full.clear()
        if self._buffer.size > _MAX_KEPT:
            self._buffer = np.empty(0, np.uint8)


def thread_streams() -> tuple[CopyStream, ...]:
    """Return the streams of this thread."""
    if not hasattr(_thread, "streams"):
        _thread.streams = tuple(CopyStream() for _ in range(_STREAMS_PER_THREAD))
        _thread.current = _thread.streams[0]
    streams: tuple[CopyStream, ...] = _thread.streams
    return streams


def current_stream() -> CopyStream:
    """Return the stream that this thread uses now."""
    thread_streams()
    current: CopyStream = _thread.current
    return current


def run_on(stream: CopyStream, steps: Steps[_T]) -> Steps[_T]:
    """Run work on a stream of this thread, whichever stream other work uses between its steps."""
    while True:
        _thread.current = stream
        try:
            next(steps)
        except StopIteration as done:
            result: _T = done.value
            return result
        yield


def run_to_end(steps: Steps[_T]) -> _T:
    """Run work without a pause and return its result."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: _T = done.value
            return result
