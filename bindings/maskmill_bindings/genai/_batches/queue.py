"""The tasks of a batch run: in flight, to submit again, or left without an answer.

Tasks about equal images share one question, so several of them may wait for the same answer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from .._ledger.ledger import LedgerAnswer
from .._outcome import RequestOutcome
from .._photos.photo import PhotoError
from .._requests.online import AnswerCallback
from .._tasks import RequestTask


class BatchQueue:
    """The tasks that have no answer yet, by what they wait for.

    Parameters
    ----------
    on_answer : callable
        Gets the result of each task.

    Attributes
    ----------
    to_resubmit : deque of RequestTask
        Tasks for a further job.
    unanswered : list of RequestTask
        Tasks that no job is going to answer.
    claimed_elsewhere : deque of RequestTask
        Tasks whose questions another run has in flight.
    failures : dict
        Last reason why a job did not answer a question, by the question's id.
    """

    def __init__(self, on_answer: AnswerCallback) -> None:
        self._on_answer, self._reporting = on_answer, asyncio.Lock()
        self._waiting: dict[str, list[RequestTask]] = {}
        self.to_resubmit: deque[RequestTask] = deque()
        self.unanswered: list[RequestTask] = []
        self.claimed_elsewhere: deque[RequestTask] = deque()
        self.failures: dict[str, RequestOutcome] = {}

    def mark_in_flight(self, ids: Iterable[str], *tasks: RequestTask) -> None:
        """Mark questions as in flight, and let tasks wait for each of them."""
        for id in ids:
            self._waiting[id] = [*tasks]

    def join(self, task: RequestTask) -> bool:
        """Let a task wait for its question, if that is in flight; tell whether it is."""
        waiting = self._waiting.get(task.question.id)
        if waiting is not None:
            waiting.append(task)
        return waiting is not None

    def has_waiting(self, ids: Iterable[str]) -> bool:
        """Tell whether a task waits for any of these questions."""
        return any(self._waiting.get(id) for id in ids)

    def pop_waiting(self, ids: Iterable[str]) -> list[RequestTask]:
        """Return the tasks that wait for questions, which are no longer in flight."""
        return [task for id in ids for task in self._waiting.pop(id, ())]

    async def resolve(self, id: str, result: LedgerAnswer | PhotoError) -> None:
        """Report the result of a question to the tasks that wait for it."""
        await self.resolve_all(self.pop_waiting([id]), result)

    async def resolve_all(self, tasks: Sequence[RequestTask], result: LedgerAnswer | PhotoError) -> None:
        """Report the result of tasks with the same question, which is paid for once."""
        async with self._reporting:
            for task in tasks:
                await asyncio.to_thread(self._on_answer, task, result)
                result = replace(result, is_new=False) if isinstance(result, LedgerAnswer) else result
