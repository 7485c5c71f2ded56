"""Questions asked in batches: at half the price, within a day.

Jobs are found again by name, and one of which nobody knows whether it was submitted by its title, so a run that is
killed asks nothing twice: it goes on with the jobs that it left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from maskmill.errors import expected

from .._ledger.ledger import Answer, Submitted
from .._requests.online import Done, ask_online
from .._requests.outcome import Kind, Outcome
from .._requests.requester import Asker, StoppedError
from .._run_limits import check_positive
from .._tasks import Errand
from .job_file import Chunk
from .packing import Filler
from .polling import Follower
from .queue import Pending

_NO_REASON: Final = Outcome(Kind.FAULT, "unanswered", "its jobs had no row for it")
_POLL: Final = 0.25
"""Seconds between looks at a question that another run has in flight."""

_MOST_BYTES: Final = 2 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """How questions are put into batches.

    >>> BatchOptions(rows=500).tries
    3

    Attributes
    ----------
    rows, bytes
        Of one job, at most. The service takes 2 GB.
    jobs
        That are open at a time, at most.
    poll
        Seconds between looks at a job; less at its beginning.
    hours
        After which a job is cancelled that has not ended. The service aims at 24.
    tries
        Jobs that a question goes into.
    rest
        What becomes of questions that none of them answered: ``"record"`` them as failed, with the last reason, or ask
        them ``"online"``, at full price.
    after
        What becomes of the questions of a job that failed, expired or was cancelled: ``"resubmit"`` them, or ask them
        ``"online"`` at once.

    Raises
    ------
    maskmill.errors.ArgumentError
        One of them cannot be used.
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
        if self.bytes > _MOST_BYTES:
            raise expected(f"at most {_MOST_BYTES} bytes", self.bytes, "bytes")
        if self.rest not in ("record", "online"):
            raise expected("record or online", self.rest, "rest")
        if self.after not in ("resubmit", "online"):
            raise expected("resubmit or online", self.after, "after")


async def ask_in_batches(asker: Asker, errands: Iterator[Errand], done: Done, options: BatchOptions) -> None:
    """Ask all questions in batches; those that a stop left unasked stay so, and open jobs stay open for the next run.

    What was answered by a job of an earlier run before its errand came up is in the ledger, and `done` is not called.

    Parameters
    ----------
    asker
        Whose connection, ledger and limits are used, and which notes how many jobs are open.
    errands
        The questions; read as far as there are jobs for them.
    done
        Told what came of each, see `Done`.
    options
        How they are put into jobs.
    """
    pending = Pending(done)
    filler = Filler(asker, pending, errands, options.rows, options.bytes, options.tries)
    follower = Follower(asker, pending, options.poll, options.hours * 3600, options.after)
    work = _Work(asker, pending, filler, follower, options.jobs)
    try:
        await work.run()
    except StoppedError:
        await work.come_in()
        return
    finally:
        await work.end()
    if "online" in (options.rest, options.after):
        await ask_online(asker, iter(pending.left), done, asker.limits.concurrency)
    else:
        await _record(asker, pending)


async def _record(asker: Asker, pending: Pending) -> None:
    """Keep that no batch answered what is left, and why."""
    for errand in pending.left:
        reason = pending.reasons.get(errand.question.id) or _NO_REASON
        answer = Answer(b"", f"batch_{reason.code}", f"no batch has answered it: {reason.message}", "batch")
        await asyncio.to_thread(asker.ledger.record, errand.question, answer)
        await pending.tell_all([errand], answer)


class _Work:
    """Jobs under way, each with a task."""

    def __init__(self, asker: Asker, pending: Pending, filler: Filler, follower: Follower, most: int) -> None:
        self._asker, self._pending, self._filler, self._follower, self._most = asker, pending, filler, follower, most
        self._tasks: dict[asyncio.Task[None], Submitted | Chunk] = {}

    async def run(self) -> None:
        """Until every question has come to something, or is left to be asked online."""
        for job in await asyncio.to_thread(self._asker.ledger.take_jobs):
            self._pending.expect(job.ids)
            self._tasks[asyncio.create_task(self._follower.resume(job))] = job
        while True:
            chunk = await self._filler.fill()
            if chunk is not None:
                await self._start(chunk)
            elif self._open():
                await self._wait()
            elif self._pending.others:
                await self._wait_for_others()
            elif not self._pending.again:
                return

    async def _wait_for_others(self) -> None:
        """Until another run has an answer, or gives a question up, which then goes into a job of this one."""
        errand = self._pending.others[0]
        known = await asyncio.to_thread(self._asker.ledger.answer, errand.question)
        if known is not None:
            await self._pending.tell_all([errand], known)
        elif await asyncio.to_thread(self._asker.ledger.is_held, errand.question):
            await self._asker.sleep(_POLL)
            return
        else:
            self._pending.again.append(errand)
        self._pending.others.popleft()

    async def _start(self, chunk: Chunk) -> None:
        """Begin a job, as soon as there may be one more."""
        try:
            while self._open() >= self._most:
                await self._wait()
        except BaseException:
            chunk.close()
            raise
        self._tasks[asyncio.create_task(self._follower.carry(chunk))] = chunk

    def _open(self) -> int:
        """How many jobs are to be waited for; those that an earlier run left for other questions are not."""
        return sum(self._is_awaited(work) for work in self._tasks.values())

    def _is_awaited(self, work: Submitted | Chunk) -> bool:
        return isinstance(work, Chunk) or not work.ids or self._pending.is_wanted(work.ids)

    async def _wait(self) -> None:
        """Until a job has ended."""
        ended, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            del self._tasks[task]
            await task

    async def come_in(self) -> None:
        """Let the requests end that are in flight; nothing is asked any more."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def end(self) -> None:
        """End whatever is left."""
        for task in self._tasks:
            task.cancel()
        await self.come_in()
        await self._filler.close()
