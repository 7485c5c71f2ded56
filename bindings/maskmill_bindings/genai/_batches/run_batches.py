"""Ask all questions of a round in batches.

Jobs are found again by name, or by title where it is not known whether they were submitted. So a run that is killed
asks nothing twice: the next one goes on with its jobs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from maskmill.errors import expected

from .._ledger.ledger import LedgerAnswer, SubmittedJob
from .._outcome import OutcomeKind, RequestOutcome
from .._requests.online import AnswerCallback, ask_online
from .._requests.requester import Requester, StoppedError
from .._run_limits import check_positive
from .._tasks import RequestTask
from .job_file import JobFile
from .job_packer import JobPacker
from .job_poller import JobPoller
from .queue import BatchQueue

_NO_REASON: Final = RequestOutcome(OutcomeKind.FAULT, "unanswered", "its jobs had no row for it")
_POLL: Final = 0.25
"""Seconds between looks at a question that another run has in flight."""

_MAX_BYTES: Final = 2 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How questions are put into batches.

    >>> BatchOptions(rows=500).tries
    3

    Attributes
    ----------
    rows, bytes : int
        Maximum size of one job. The service accepts 2 GB.
    jobs : int
        Maximum number of open jobs.
    poll : float
        Seconds between polls of a job; fewer at its beginning.
    hours : float
        Age at which an unfinished job is cancelled. The service aims at 24.
    tries : int
        Maximum number of jobs that a question is put into.
    rest : {"record", "online"}
        What happens to questions that none of them answered: ``"record"`` them as failed with the last reason, or ask
        them ``"online"`` at full price.
    after : {"resubmit", "online"}
        What happens to the questions of a job that failed, expired or was cancelled: ``"resubmit"`` them, or ask them
        ``"online"`` at once.

    Raises
    ------
    maskmill.errors.ArgumentError
        A value cannot be used.
    """

    rows: int = 2000
    bytes: int = 200 * 10**6
    jobs: int = 4
    poll: float = 30.0
    hours: float = 26.0
    tries: int = 3
    rest: Literal["record", "online"] = "record"
    after: Literal["resubmit", "online"] = "resubmit"

    def __post_init__(self) -> None:
        for name in ("rows", "bytes", "jobs", "tries"):
            check_positive(name, getattr(self, name), int)
        for name in ("poll", "hours"):
            check_positive(name, getattr(self, name), int | float)
        if self.bytes > _MAX_BYTES:
            raise expected(f"at most {_MAX_BYTES} bytes", self.bytes, "bytes")
        if self.rest not in ("record", "online"):
            raise expected("record or online", self.rest, "rest")
        if self.after not in ("resubmit", "online"):
            raise expected("resubmit or online", self.after, "after")


async def ask_in_batches(
    requester: Requester, tasks: Iterator[RequestTask], on_answer: AnswerCallback, options: BatchOptions
) -> None:
    """Ask all questions in batches; after a stop, the rest is left unasked and open jobs are left to the next run.

    A question that a job of an earlier run answers before its task comes up is in the ledger then, and `on_answer` is
    not called.

    Parameters
    ----------
    requester : Requester
        Its connection, ledger and limits are used; it shows how many jobs are open.
    tasks : iterator of RequestTask
        The pending requests, read as far as there are jobs for them.
    on_answer : callable
        Gets each result, see `AnswerCallback`.
    options : BatchOptions
        How questions are put into jobs.
    """
    queue = BatchQueue(on_answer)
    packer = JobPacker(requester, queue, tasks, options.rows, options.bytes, options.tries)
    poller = JobPoller(requester, queue, options.poll, options.hours * 3600, options.after)
    pool = _JobPool(requester, queue, packer, poller, options.jobs)
    try:
        await pool.run()
    except StoppedError:
        await pool.finish_requests()
        return
    finally:
        await pool.close()
    if "online" in (options.rest, options.after):
        await ask_online(requester, iter(queue.unanswered), on_answer, requester.limits.concurrency)
    else:
        await _record_failures(requester, queue)


async def _record_failures(requester: Requester, queue: BatchQueue) -> None:
    """Record that no batch answered the remaining questions, and why."""
    for task in queue.unanswered:
        reason = queue.failures.get(task.question.id) or _NO_REASON
        answer = LedgerAnswer(b"", f"batch_{reason.code}", f"no batch has answered it: {reason.message}", "batch")
        await asyncio.to_thread(requester.ledger.record, task.question, answer)
        await queue.resolve_all([task], answer)


class _JobPool:
    """The open jobs, each followed by an asyncio task."""

    def __init__(
        self, requester: Requester, queue: BatchQueue, packer: JobPacker, poller: JobPoller, max_jobs: int
    ) -> None:
        self._requester, self._queue, self._packer, self._poller = requester, queue, packer, poller
        self._max_jobs = max_jobs
        self._jobs: dict[asyncio.Task[None], SubmittedJob | JobFile] = {}

    async def run(self) -> None:
        """Work until every question has a result or is left to be asked online."""
        for job in await asyncio.to_thread(self._requester.ledger.adopt_jobs):
            self._queue.mark_in_flight(job.ids)
            self._jobs[asyncio.create_task(self._poller.resume(job))] = job
        while True:
            file = await self._packer.next_file()
            if file is not None:
                await self._start(file)
            elif self._count_awaited():
                await self._wait_for_job()
            elif self._queue.claimed_elsewhere:
                await self._wait_for_other_run()
            elif not self._queue.to_resubmit:
                return

    async def _wait_for_other_run(self) -> None:
        """Wait until another run has answered a question or given it up; then it goes into a job of this run."""
        task = self._queue.claimed_elsewhere[0]
        known = await asyncio.to_thread(self._requester.ledger.answer, task.question)
        if known is not None:
            await self._queue.resolve_all([task], known)
        elif await asyncio.to_thread(self._requester.ledger.is_held, task.question):
            await self._requester.sleep(_POLL)
            return
        else:
            self._queue.to_resubmit.append(task)
        self._queue.claimed_elsewhere.popleft()

    async def _start(self, file: JobFile) -> None:
        """Start a job, as soon as one more may be open."""
        try:
            while self._count_awaited() >= self._max_jobs:
                await self._wait_for_job()
        except BaseException:
            file.close()
            raise
        self._jobs[asyncio.create_task(self._poller.submit(file))] = file

    def _count_awaited(self) -> int:
        """Return the number of jobs that a task waits for; an earlier run may have left others."""
        return sum(self._is_awaited(job) for job in self._jobs.values())

    def _is_awaited(self, job: SubmittedJob | JobFile) -> bool:
        return isinstance(job, JobFile) or not job.ids or self._queue.has_waiting(job.ids)

    async def _wait_for_job(self) -> None:
        """Wait until a job has ended."""
        ended, _ = await asyncio.wait(self._jobs, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            del self._jobs[task]
            await task

    async def finish_requests(self) -> None:
        """Wait for the requests in flight; nothing more is asked."""
        await asyncio.gather(*self._jobs, return_exceptions=True)

    async def close(self) -> None:
        """Cancel everything that still runs."""
        for task in self._jobs:
            task.cancel()
        await self.finish_requests()
        await self._packer.close()
