"""Run coroutines from synchronous code, also inside a running event loop."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


def run_coroutine(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; on a thread where an event loop is running already, as in a notebook.

    >>> async def one() -> int:
    ...     return 1
    >>> run_coroutine(one())
    1
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return _run_here(coroutine)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def _run_here(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        return asyncio.run(coroutine)
    except asyncio.CancelledError:  # by the second Ctrl-C
        raise KeyboardInterrupt from None


def on_interrupt(stop: Callable[[], None]) -> None:
    """Call `stop` at the first Ctrl-C, in the running loop; the second one raises KeyboardInterrupt."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows: Ctrl-C interrupts at once
        loop.add_signal_handler(signal.SIGINT, _stop_once, loop, stop, asyncio.current_task(loop))


def _stop_once(loop: asyncio.AbstractEventLoop, stop: Callable[[], None], task: asyncio.Task[Any] | None) -> None:
    if task is not None:
        loop.add_signal_handler(signal.SIGINT, task.cancel)
    stop()
