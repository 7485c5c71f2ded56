"""Ask questions one by one, many at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from .._ledger.ledger import LedgerAnswer
from .._photos.photo import PhotoError
from .._tasks import RequestTask
from .requester import Requester, StoppedError

AnswerCallback = Callable[[RequestTask, LedgerAnswer | PhotoError], None]
"""Called with the result of each task, on a thread, one call at a time."""

_AHEAD: Final = 4
"""Images that are prepared while the maximum number of requests is in flight."""


async def ask_online(
    requester: Requester, tasks: Iterator[RequestTask], on_answer: AnswerCallback, concurrency: int
) -> None:
    """Ask all questions; after a stop, the remaining ones are left unasked.

    Images are loaded ahead of the requests, and answers are decoded while others are in flight, both on threads, so
    that the network waits for neither.

    Parameters
    ----------
    requester : Requester
        Sends the requests.
    tasks : iterator of RequestTask
        The pending requests; read on threads.
    on_answer : callable
        Gets each result.
    concurrency : int
        Maximum number of requests in flight.
    """
    reading, reporting = asyncio.Lock(), asyncio.Lock()

    async def work() -> None:
        while True:
            async with reading:
                task = await asyncio.to_thread(next, tasks, None)
            if task is None:
                return
            result: LedgerAnswer | PhotoError
            try:
                result = await requester.ask(task.question, task.load_photo, task.expected_usage)
            except PhotoError as error:
                result = error
            except StoppedError:
                return
            async with reporting:
                await asyncio.to_thread(on_answer, task, result)

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency + _AHEAD):
                group.create_task(work())
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
