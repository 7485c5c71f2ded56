"""Questions asked one by one, many at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from .._ledger.ledger import Answer
from .._photos.photo import PhotoError
from .._tasks import Errand
from .requester import Asker, StoppedError

Done = Callable[[Errand, Answer | PhotoError], None]
"""Told what came of each question; called on a thread of its own, one call at a time."""

_AHEAD: Final = 4
"""Images that are made ready while as many requests are in flight as may be."""


async def ask_online(asker: Asker, errands: Iterator[Errand], done: Done, concurrency: int) -> None:
    """Ask all questions; those that a stop left unasked stay so.

    The images are read ahead of the requests, and what comes back is decoded beside them, each on its own thread: the
    network waits for neither.
    """
    source, told = asyncio.Lock(), asyncio.Lock()

    async def work() -> None:
        while True:
            async with source:
                errand = await asyncio.to_thread(next, errands, None)
            if errand is None:
                return
            came: Answer | PhotoError
            try:
                came = await asker.ask(errand.question, errand.photo, errand.expected)
            except PhotoError as error:
                came = error
            except StoppedError:
                return
            async with told:
                await asyncio.to_thread(done, errand, came)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency + _AHEAD):
                group.create_task(work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
