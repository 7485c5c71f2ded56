"""Pack tasks into the input files of jobs, bounded by lines and bytes; images are loaded ahead on threads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Final

from .._ledger.ledger import LedgerAnswer
from .._outcome import RequestOutcome
from .._photos.photo import PhotoError
from .._requests.requester import Requester
from .._tasks import RequestTask
from .job_file import JobFile, request_line
from .queue import BatchQueue

_AHEAD: Final = 8
"""Lines that are prepared beyond the one that is written."""

_Line = asyncio.Task[bytes | LedgerAnswer | PhotoError]
"""A line, or the result of a task that cannot become one."""


class JobPacker:
    """Packs tasks into job files.

    Parameters
    ----------
    requester : Requester
        Its ledger says what is still to be asked; it uploads images that are too large for a line.
    queue : BatchQueue
        Gets the tasks that are in flight, resolved or unanswered.
    tasks : iterator of RequestTask
        The pending requests.
    max_lines, max_bytes : int
        Bounds on one file.
    max_jobs : int
        Maximum number of jobs that a question is put into.
    """

    def __init__(
        self,
        requester: Requester,
        queue: BatchQueue,
        tasks: Iterator[RequestTask],
        max_lines: int,
        max_bytes: int,
        max_jobs: int,
    ) -> None:
        self._requester, self._queue, self._tasks = requester, queue, tasks
        self._max_lines, self._max_bytes, self._max_jobs = max_lines, max_bytes, max_jobs
        self._ready: deque[tuple[RequestTask, _Line]] = deque()

    async def next_file(self) -> JobFile | None:
        """Return a file that is full, or holds every task that is there now; None where there is none.

        Raises
        ------
        StoppedError
            Nothing more is asked.
        """
        file: JobFile | None = None
        try:
            while (first := await self._next_line()) is not None:
                task, line = first
                if file is None:
                    file = JobFile(self._requester.ledger.path.parent, task.question.model)
                elif not self._fits(file, task, line):
                    return file
                await asyncio.to_thread(file.add, task.question.id, line)
                self._ready.popleft()
        except BaseException:
            if file is not None:
                file.close()
            raise
        return file

    def _fits(self, file: JobFile, task: RequestTask, line: bytes) -> bool:
        is_within_bounds = len(file.ids) < self._max_lines and file.nbytes + len(line) <= self._max_bytes
        return is_within_bounds and file.model == task.question.model

    async def close(self) -> None:
        """Discard the lines that were prepared ahead."""
        for _, line in self._ready:
            line.cancel()
        await asyncio.gather(*(line for _, line in self._ready), return_exceptions=True)

    async def _next_line(self) -> tuple[RequestTask, bytes] | None:
        """Return the next task and its line; tasks that cannot become a line are resolved on the way."""
        while True:
            while len(self._ready) <= _AHEAD and (task := await self._next_task()) is not None:
                self._ready.append((task, asyncio.create_task(self._line(task))))
            if not self._ready:
                return None
            task, pending = self._ready[0]
            line = await pending
            if isinstance(line, bytes):
                return task, line
            self._ready.popleft()
            await self._give_up(task, line)

    async def _next_task(self) -> RequestTask | None:
        while True:
            if self._requester.stop_error is not None:
                raise self._requester.stop_error
            again = self._queue.to_resubmit
            task = again.popleft() if again else await asyncio.to_thread(next, self._tasks, None)
            if task is None or await self._claim(task):
                return task

    async def _claim(self, task: RequestTask) -> bool:
        """Claim a question; False where it is in flight, answered, or not to be asked in another batch."""
        queue, ledger, question = self._queue, self._requester.ledger, task.question
        if queue.join(task):
            return False
        if await asyncio.to_thread(ledger.count_submissions, question) >= self._max_jobs:
            queue.unanswered.append(task)
            return False
        if await asyncio.to_thread(ledger.claim, question):
            queue.mark_in_flight([question.id], task)
            return True
        known = await asyncio.to_thread(ledger.answer, question)
        if known is None:
            queue.claimed_elsewhere.append(task)
        else:
            await queue.resolve_all([task], known)
        return False

    async def _line(self, task: RequestTask) -> bytes | LedgerAnswer | PhotoError:
        """Return a task's line, or its result where it cannot become one."""
        requester = self._requester
        try:
            photo = await task.load_photo()
        except PhotoError as error:
            return error
        image = await requester.image_part(photo)
        if isinstance(image, RequestOutcome):
            image = await requester.call_with_retries(lambda: requester.image_part(photo))
        if isinstance(image, RequestOutcome):
            return LedgerAnswer(b"", image.code, image.message, "batch")
        return await asyncio.to_thread(request_line, task.question, image)

    async def _give_up(self, task: RequestTask, result: LedgerAnswer | PhotoError) -> None:
        ledger, question = self._requester.ledger, task.question
        if isinstance(result, LedgerAnswer):
            await asyncio.to_thread(ledger.record, question, result)
        else:
            await asyncio.to_thread(ledger.release, question)
        await self._queue.resolve(question.id, result)
