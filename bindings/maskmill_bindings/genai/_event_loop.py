"""Coroutines from code that is none."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end, also where a loop runs already, as in a notebook.

    >>> async def one() -> int:
    ...     return 1
    >>> run(one())
    1
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _alone(work)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _alone(work: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(work)
    except asyncio.CancelledError:  # by the second Ctrl-C
        raise KeyboardInterrupt from None


def on_interrupt(stop: Callable[[], None]) -> None:
    """Call `stop` at the first Ctrl-C, in the running loop; the second one interrupts as always."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows: Ctrl-C interrupts at once
        loop.add_signal_handler(signal.SIGINT, _first, loop, stop, asyncio.current_task(loop))


def _first(loop: asyncio.AbstractEventLoop, stop: Callable[[], None], task: asyncio.Task[Any] | None) -> None:
    if task is not None:
        loop.add_signal_handler(signal.SIGINT, task.cancel)
    stop()
