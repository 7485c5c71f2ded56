"""Follow one job from its submission to its end: poll it by name, read its output, record the answers.

Between the submission of a job and the record of its name there is a gap in which a run can die. So the ledger gets the
job's title before the submission. A run that finds a job without a name looks for the title at the service, and submits
nothing.
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

from .._ledger.ledger import LedgerAnswer, SubmittedJob
from .._outcome import OutcomeKind, RequestOutcome
from .._requests.requester import Requester, StoppedError
from .batch_api import GONE, BatchApi, ServiceBatch
from .job_file import JobFile, JobResult, read_results
from .queue import BatchQueue

T = TypeVar("T")

_MIME: Final = "application/jsonl"
_FIRST_POLL: Final = 2.0
_POLL_GROWTH: Final = 1.5
_POLLS_AFTER_CANCEL: Final = 10
"""Polls of a cancelled job before it is given up."""

_DOWNLOADS: Final = 3
"""Downloads of an output that seems cut off: a line is no JSON, or a result is missing. Another one costs nothing."""

_RESULTS_AT_ONCE: Final = 256
"""Results that are recorded together."""


class JobPoller:
    """Submits jobs and waits for them.

    Parameters
    ----------
    requester : Requester
        Its connection and ledger are used.
    queue : BatchQueue
        Gets the answers, and the tasks that a job did not answer.
    poll : float
        Seconds between polls of a job.
    max_age : float
        Seconds after which a job is cancelled.
    after : {"resubmit", "online"}
        What happens to the questions of a lost job, see `BatchOptions`.
    """

    def __init__(self, requester: Requester, queue: BatchQueue, poll: float, max_age: float, after: str) -> None:
        self._requester, self._queue, self._ledger = requester, queue, requester.ledger
        self._api = BatchApi(requester.sdk)
        self._poll, self._max_age, self._after = poll, max_age, after
        self._open_jobs = self._answered = self._rows = 0

    def _count(self, jobs: int = 0, answered: int = 0, rows: int = 0) -> None:
        """Add to the counts, and show what the run waits for."""
        self._open_jobs, self._answered, self._rows = (
            self._open_jobs + jobs,
            self._answered + answered,
            self._rows + rows,
        )
        noun = "1 job" if self._open_jobs == 1 else f"{self._open_jobs} jobs"
        self._requester.show_wait(f"{noun} open, {self._answered:,} of {self._rows:,} rows" if self._open_jobs else "")

    # Submission.

    async def submit(self, file: JobFile) -> None:
        """Submit a job file, and follow the job to its end.

        Raises
        ------
        StoppedError
            The service refused it, or nothing more is asked.
        """
        title = f"maskmill-{uuid4().hex}"
        try:
            upload = self._requester.uploads.upload
            uploaded = await self._call(partial(upload, file.stream, file.nbytes, _MIME, title))
        finally:
            file.close()
        await asyncio.to_thread(self._ledger.announce_job, title, uploaded.name, file.model, file.ids)
        batch = await self._call(self._repeatable_creation(file.model, uploaded.name, title))
        await asyncio.to_thread(self._ledger.record_job, title, batch.name)
        await self._follow(SubmittedJob(batch.name, title, uploaded.name, file.model, time(), set(file.ids)))

    def _repeatable_creation(
        self, model: str, file: str, title: str
    ) -> Callable[[], Awaitable[ServiceBatch | RequestOutcome]]:
        """Return a request that creates a batch; repeated after a lost response, it finds the batch instead."""
        is_first = True

        async def create() -> ServiceBatch | RequestOutcome:
            nonlocal is_first
            existing = None if is_first else await self._api.find_by_title(title)
            is_first = False
            return existing or await self._api.create(model, file, title)

        return create

    async def _call(self, request: Callable[[], Awaitable[T | RequestOutcome]]) -> T:
        """Return the result of a request that the run cannot do without."""
        result = await self._requester.call_with_retries(request)
        if isinstance(result, RequestOutcome):
            raise self._stop_for(result)
        return result

    def _stop_for(self, outcome: RequestOutcome) -> StoppedError:
        return self._requester.stop_for(replace(outcome, message=f"batches do not work: {outcome.message}"))

    async def _try_call(self, request: Callable[[], Awaitable[T | RequestOutcome]]) -> T | RequestOutcome:
        """Return the result of a request, or the outcome of a failure that is transient or due to a missing thing."""
        result = await self._requester.call_with_retries(request)
        if isinstance(result, RequestOutcome) and result.kind is not OutcomeKind.FAULT and result.code != GONE:
            raise self._stop_for(result)
        return result

    async def resume(self, job: SubmittedJob) -> None:
        """Follow a job of an earlier run to its end."""
        if not job.name:
            batch = await self._call(partial(self._api.find_by_title, job.title))
            if batch is None:
                await asyncio.to_thread(self._ledger.forget_job, job.title)
                self._queue.to_resubmit.extend(self._queue.pop_waiting(job.ids))
                await self._api.delete_file(job.file)
                return
            await asyncio.to_thread(self._ledger.record_job, job.title, batch.name)
            job.name = batch.name
        await self._follow(job)

    # Polling.

    async def _follow(self, job: SubmittedJob) -> None:
        self._count(jobs=1, rows=len(job.ids))
        delay, polls_left = min(_FIRST_POLL, self._poll), _POLLS_AFTER_CANCEL
        while not await self._has_ended(job):
            if time() > job.submitted_at + self._max_age:
                if polls_left == _POLLS_AFTER_CANCEL:
                    await self._api.cancel(job.name)
                if not polls_left:
                    return await self._close(job, "GIVEN_UP", is_lost=True)
                polls_left -= 1
            self._count()
            await self._requester.sleep(delay)
            delay = min(delay * _POLL_GROWTH, self._poll)
        return None

    async def _has_ended(self, job: SubmittedJob) -> bool:
        """Poll a job; record its results where it has ended."""
        batch = await self._try_call(partial(self._api.get, job.name))
        if isinstance(batch, RequestOutcome):
            if batch.code == GONE:
                await self._close(job, "GONE", is_lost=True)
            return batch.code == GONE
        if not batch.is_over or (batch.output and not await self._record_output(job, batch.output)):
            return False
        await self._close(job, batch.state, batch.is_lost)
        return True

    async def _record_output(self, job: SubmittedJob, output: str) -> bool:
        """Record the results in a job's output; False where it cannot be downloaded now."""
        file = JobFile(self._ledger.path.parent, job.model)
        try:
            for _ in range(_DOWNLOADS):
                failure = await self._try_call(partial(self._api.download, output, file.stream))
                if failure is not None:
                    return failure.code == GONE
                if await self._record_stream(job, file.stream):
                    break
            return True
        finally:
            file.close()

    async def _record_stream(self, job: SubmittedJob, stream: BinaryIO) -> bool:
        """Record the results in a stream; False where it seems cut off."""
        stream.seek(0)
        results, missing = read_results(stream), set(job.ids)
        has_keys = True
        while some := await asyncio.to_thread(lambda: list(islice(results, _RESULTS_AT_ONCE))):
            missing.difference_update(result.key for result in some)
            has_keys = has_keys and all(result.key for result in some)
            await self._record(job, some)
        return has_keys and not missing

    async def _record(self, job: SubmittedJob, results: list[JobResult]) -> None:
        """Record the results that are final, and report them."""
        answers = {r.key: _answer(r.outcome) for r in results if r.key in job.ids and _is_final(r.outcome)}
        self._queue.failures |= {r.key: r.outcome for r in results if not _is_final(r.outcome)}
        await asyncio.to_thread(self._ledger.record_all, answers)
        job.ids.difference_update(answers)
        self._count(answered=len(answers))
        for id, answer in answers.items():
            await self._queue.resolve(id, answer)

    async def _close(self, job: SubmittedJob, state: str, is_lost: bool) -> None:
        """Close a job, and queue the tasks that it did not answer."""
        await asyncio.to_thread(self._ledger.close_job, job.name, state)
        if is_lost:
            reason = RequestOutcome(OutcomeKind.FAULT, state.lower(), f"its job ended as {state}")
            self._queue.failures |= dict.fromkeys(job.ids, reason)
        unanswered = self._queue.pop_waiting(job.ids)
        if is_lost and self._after == "online":
            self._queue.unanswered.extend(unanswered)
        else:
            self._queue.to_resubmit.extend(unanswered)
        self._count(jobs=-1, rows=-len(job.ids))
        job.ids.clear()
        await self._api.delete_file(job.file)


def _is_final(outcome: RequestOutcome) -> bool:
    return outcome.kind in (OutcomeKind.ANSWERED, OutcomeKind.REFUSED)


def _answer(outcome: RequestOutcome) -> LedgerAnswer:
    if outcome.kind is OutcomeKind.ANSWERED:
        return LedgerAnswer(outcome.body.encode(), by="batch")
    return LedgerAnswer(b"", outcome.code, outcome.message, "batch")
