"""Work on several threads, in order, with as much in flight as memory is given."""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Any, Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_AHEAD: Final = 2
"""Pieces that are read before a thread is free."""

_PATIENCE: Final = 100
"""Hundredths of a second in which the reader ends; one that waits for a pipe is left to wait."""

_END: Final = object()


def in_order(
    pieces: Iterator[T], work: Callable[[T], R], weight: Callable[[T], int], threads: int, budget: int
) -> Generator[tuple[T, R], None, None]:
    """Each piece with what became of it, in order.

    >>> list(in_order(iter([1, 2, 3]), lambda n: n * n, lambda n: 1, threads=2, budget=10))
    [(1, 1), (2, 4), (3, 9)]

    Parameters
    ----------
    pieces
        Read in a thread of its own, a little ahead.
    work
        Runs on `threads` threads.
    weight
        Of a piece. Pieces together past `budget` are not taken in, but one always is: whoever takes the results slowly
        holds up the reading, not the memory.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="maskmill")
    waiting: deque[tuple[T, Future[R]]] = deque()
    held = 0
    try:
        with closing(_ahead(pieces)) as read:
            for piece in read:
                while waiting and (held + weight(piece) > budget or len(waiting) > threads + _AHEAD):
                    done, future = waiting.popleft()
                    yield done, future.result()
                    held -= weight(done)
                waiting.append((piece, pool.submit(work, piece)))
                held += weight(piece)
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _ahead(pieces: Iterator[T]) -> Generator[T, None, None]:
    """The pieces, read by a thread that is one ahead; what it raises is raised here."""
    ready: queue.Queue[Any] = queue.Queue(1)
    stop = threading.Event()
    thread = threading.Thread(target=_read, args=(pieces, ready, stop), name="maskmill-reader", daemon=True)
    thread.start()
    try:
        while (piece := ready.get()) is not _END:
            if isinstance(piece, BaseException):
                raise piece
            yield piece
    finally:
        stop.set()
        for _ in range(_PATIENCE):
            _drain(ready)  # it may be waiting for room
            thread.join(0.01)
            if not thread.is_alive():
                break


def _read(pieces: Iterator[T], ready: queue.Queue[Any], stop: threading.Event) -> None:
    try:
        for piece in pieces:
            ready.put(piece)
            if stop.is_set():
                return
    except BaseException as error:
        ready.put(error)
    else:
        ready.put(_END)


def _drain(ready: queue.Queue[Any]) -> None:
    with suppress(queue.Empty):
        ready.get_nowait()
