"""One job from its submission to its end: asked for by name, read by key, forgotten when all of it is in the ledger.

Between the submission of a job and the note of its name lies a gap in which a run can die. The ledger holds the job's
title before; who finds a job there without a name looks for the title at the service, and submits nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from itertools import islice
from time import time
from typing import BinaryIO, Final, TypeVar
from uuid import uuid4

from .._ledger.ledger import Answer, Submitted
from .._requests.outcome import Kind, Outcome
from .._requests.requester import Asker, StoppedError
from .batch_api import GONE, Batch, Batches
from .job_file import Chunk, Row, read_rows
from .queue import Pending

T = TypeVar("T")

_MIME: Final = "application/jsonl"
_FIRST_POLL: Final = 2.0
_SLOWER: Final = 1.5
_LAST_POLLS: Final = 10
"""Looks at a job that was cancelled, before it is given up."""

_DOWNLOADS: Final = 3
"""Of an output that seems cut off: a line is no JSON, or a row is missing. To read it again costs nothing."""

_AT_ONCE: Final = 256
"""Rows that are recorded together."""


class Follower:
    """Submits jobs and waits for them.

    Parameters
    ----------
    asker
        Whose connection and ledger are used.
    pending
        Told what came of questions, or given them back.
    poll
        Seconds between looks at a job.
    limit
        Seconds after which a job is cancelled.
    after
        ``online``: the questions of a job that came to nothing go into no further job.
    """

    def __init__(self, asker: Asker, pending: Pending, poll: float, limit: float, after: str) -> None:
        self._asker, self._pending, self._ledger = asker, pending, asker.ledger
        self._service = Batches(asker.wire)
        self._poll, self._limit, self._after = poll, limit, after
        self._jobs = self._answered = self._rows = 0

    def _note(self, jobs: int = 0, answered: int = 0, rows: int = 0) -> None:
        """Count, and tell people what is waited for."""
        self._jobs, self._answered, self._rows = self._jobs + jobs, self._answered + answered, self._rows + rows
        of = "1 job" if self._jobs == 1 else f"{self._jobs} jobs"
        self._asker.note(f"{of} open, {self._answered:,} of {self._rows:,} rows" if self._jobs else "")

    # Submission.

    async def carry(self, chunk: Chunk) -> None:
        """Submit a chunk, and wait for its end.

        Raises
        ------
        StoppedError
            It was not taken, or nothing is asked any more.
        """
        title = f"maskmill-{uuid4().hex}"
        try:
            send = self._asker.uploads.send
            file = await self._got(partial(send, chunk.stream, chunk.nbytes, _MIME, title))
        finally:
            chunk.close()
        await asyncio.to_thread(self._ledger.announce_job, title, file.name, chunk.model, chunk.ids)
        batch = await self._got(self._creation(chunk.model, file.name, title))
        await asyncio.to_thread(self._ledger.record_job, title, batch.name)
        await self._follow(Submitted(batch.name, title, file.name, chunk.model, time(), set(chunk.ids)))

    def _creation(self, model: str, file: str, title: str) -> Callable[[], Awaitable[Batch | Outcome]]:
        """A request for a job that may be repeated: one whose answer was lost is found instead of made anew."""
        is_first = True

        async def create() -> Batch | Outcome:
            nonlocal is_first
            found = None if is_first else await self._service.titled(title)
            is_first = False
            return found or await self._service.create(model, file, title)

        return create

    async def _got(self, request: Callable[[], Awaitable[T | Outcome]]) -> T:
        """What a request comes to without which nothing can go on."""
        found = await self._asker.persist(request)
        if isinstance(found, Outcome):
            raise self._refused(found)
        return found

    def _refused(self, found: Outcome) -> StoppedError:
        return self._asker.stopped(replace(found, message=f"batches do not work: {found.message}"))

    async def _passed(self, request: Callable[[], Awaitable[T | Outcome]]) -> T | Outcome:
        """What a request comes to; an outcome where it may go well later, or never, since what it is about is gone."""
        found = await self._asker.persist(request)
        if isinstance(found, Outcome) and found.kind is not Kind.FAULT and found.code != GONE:
            raise self._refused(found)
        return found

    async def resume(self, job: Submitted) -> None:
        """Go on with a job of an earlier run."""
        if not job.name:
            batch = await self._got(partial(self._service.titled, job.title))
            if batch is None:
                await asyncio.to_thread(self._ledger.forget_job, job.title)
                self._pending.again.extend(self._pending.take(job.ids))
                await self._service.delete_file(job.file)
                return
            await asyncio.to_thread(self._ledger.record_job, job.title, batch.name)
            job.name = batch.name
        await self._follow(job)

    # Until its end.

    async def _follow(self, job: Submitted) -> None:
        self._note(jobs=1, rows=len(job.ids))
        delay, polls_left = min(_FIRST_POLL, self._poll), _LAST_POLLS
        while not await self._has_ended(job):
            if time() > job.at + self._limit:
                if polls_left == _LAST_POLLS:
                    await self._service.cancel(job.name)
                if not polls_left:
                    return await self._end(job, "GIVEN_UP", is_lost=True)
                polls_left -= 1
            self._note()
            await self._asker.sleep(delay)
            delay = min(delay * _SLOWER, self._poll)
        return None

    async def _has_ended(self, job: Submitted) -> bool:
        """Look at a job; where it is over, keep what came of it."""
        batch = await self._passed(partial(self._service.get, job.name))
        if isinstance(batch, Outcome):
            if batch.code == GONE:
                await self._end(job, "GONE", is_lost=True)
            return batch.code == GONE
        if not batch.is_over or (batch.output and not await self._settle(job, batch.output)):
            return False
        await self._end(job, batch.state, batch.is_lost)
        return True

    async def _settle(self, job: Submitted, output: str) -> bool:
        """Keep what stands in the output of a job; False where it cannot be had now."""
        stream = Chunk(self._ledger.path.parent, job.model)
        try:
            for _ in range(_DOWNLOADS):
                found = await self._passed(partial(self._service.download, output, stream.stream))
                if found is not None:
                    return found.code == GONE
                if await self._read(job, stream.stream):
                    break
            return True
        finally:
            stream.close()

    async def _read(self, job: Submitted, stream: BinaryIO) -> bool:
        """Keep the rows of an output; False where it seems cut off."""
        stream.seek(0)
        rows, missing = read_rows(stream), set(job.ids)
        is_sound = True
        while some := await asyncio.to_thread(lambda: list(islice(rows, _AT_ONCE))):
            missing.difference_update(row.key for row in some)
            is_sound = is_sound and all(row.key for row in some)
            await self._keep(job, some)
        return is_sound and not missing

    async def _keep(self, job: Submitted, rows: list[Row]) -> None:
        """Record what is final, then tell it."""
        answers = {row.key: _answer(row) for row in rows if row.key in job.ids and _is_final(row)}
        self._pending.reasons |= {row.key: row.outcome for row in rows if not _is_final(row)}
        await asyncio.to_thread(self._ledger.record_all, answers)
        job.ids.difference_update(answers)
        self._note(answered=len(answers))
        for id, answer in answers.items():
            await self._pending.tell(id, answer)

    async def _end(self, job: Submitted, state: str, is_lost: bool) -> None:
        """Close a job, and give back what it did not answer."""
        await asyncio.to_thread(self._ledger.close_job, job.name, state)
        if is_lost:
            reason = Outcome(Kind.FAULT, state.lower(), f"its job ended as {state}")
            self._pending.reasons |= dict.fromkeys(job.ids, reason)
        unanswered = self._pending.take(job.ids)
        if is_lost and self._after == "online":
            self._pending.left.extend(unanswered)
        else:
            self._pending.again.extend(unanswered)
        self._note(jobs=-1, rows=-len(job.ids))
        job.ids.clear()
        await self._service.delete_file(job.file)


def _is_final(row: Row) -> bool:
    return row.outcome.kind in (Kind.ANSWERED, Kind.REFUSED)


def _answer(row: Row) -> Answer:
    found = row.outcome
    if found.kind is Kind.ANSWERED:
        return Answer(found.body.encode(), by="batch")
    return Answer(b"", found.code, found.message, "batch")
