"""Map a function over a stream on several threads, in order and in bounded memory."""

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
"""Items that are read before a thread is free."""

_JOIN_ATTEMPTS: Final = 100
"""Waits of 10 ms for the reader to end; a reader that waits for a pipe is abandoned."""

_END: Final = object()


def map_in_order(
    items: Iterator[T], function: Callable[[T], R], weight: Callable[[T], int], threads: int, max_weight: int
) -> Generator[tuple[T, R], None, None]:
    """Yield each item with its result, in order.

    >>> list(map_in_order(iter([1, 2, 3]), lambda n: n * n, lambda n: 1, threads=2, max_weight=10))
    [(1, 1), (2, 4), (3, 9)]

    Parameters
    ----------
    items : iterator
        Read in another thread, a little ahead.
    function : callable
        Called with each item, on one of `threads` threads.
    weight : callable
        Returns the weight of an item.
    threads : int
        Number of threads.
    max_weight : int
        Weight of all items in flight; a single heavier item is accepted. A slow consumer therefore delays the reading
        instead of filling the memory.
    """
    pool = ThreadPoolExecutor(threads, thread_name_prefix="maskmill")
    waiting: deque[tuple[T, Future[R]]] = deque()
    held = 0
    try:
        with closing(_read_ahead(items)) as read:
            for item in read:
                while waiting and (held + weight(item) > max_weight or len(waiting) > threads + _AHEAD):
                    done, future = waiting.popleft()
                    yield done, future.result()
                    held -= weight(done)
                waiting.append((item, pool.submit(function, item)))
                held += weight(item)
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _read_ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """Yield the items, which a thread reads one ahead; its exceptions are raised here."""
    ready: queue.Queue[Any] = queue.Queue(1)
    stop = threading.Event()
    thread = threading.Thread(target=_read, args=(items, ready, stop), name="maskmill-reader", daemon=True)
    thread.start()
    try:
        while (item := ready.get()) is not _END:
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        stop.set()
        for _ in range(_JOIN_ATTEMPTS):
            _drain(ready)  # the reader may wait to put an item
            thread.join(0.01)
            if not thread.is_alive():
                break


def _read(items: Iterator[T], ready: queue.Queue[Any], stop: threading.Event) -> None:
    """Put the items into the queue, then the end mark or the exception."""
    try:
        for item in items:
            ready.put(item)
            if stop.is_set():
                return
    except BaseException as error:
        ready.put(error)
    else:
        ready.put(_END)


def _drain(ready: queue.Queue[Any]) -> None:
    with suppress(queue.Empty):
        ready.get_nowait()
