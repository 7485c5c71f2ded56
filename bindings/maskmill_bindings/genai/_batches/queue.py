"""Questions on their way through batches, and the errands that wait for each: equal images are one question."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from .._ledger.ledger import Answer
from .._photos.photo import PhotoError
from .._requests.online import Done
from .._requests.outcome import Outcome
from .._tasks import Errand


class Pending:
    """What is under way, and what is to be asked again.

    Attributes
    ----------
    again
        Errands for a further job.
    left
        Errands that no job is going to answer.
    others
        Errands whose questions another run has in flight.
    reasons
        Why a job has not answered a question, by its id; the last one.
    """

    def __init__(self, done: Done) -> None:
        self._done, self._telling = done, asyncio.Lock()
        self._waiting: dict[str, list[Errand]] = {}
        self.again: deque[Errand] = deque()
        self.left: list[Errand] = []
        self.others: deque[Errand] = deque()
        self.reasons: dict[str, Outcome] = {}

    def expect(self, ids: Iterable[str], *errands: Errand) -> None:
        """Take it that questions are under way."""
        for id in ids:
            self._waiting[id] = [*errands]

    def join(self, errand: Errand) -> bool:
        """Have an errand wait for its question, if that is under way."""
        waiting = self._waiting.get(errand.question.id)
        if waiting is not None:
            waiting.append(errand)
        return waiting is not None

    def is_wanted(self, ids: Iterable[str]) -> bool:
        """Tell whether an errand waits for any of these questions."""
        return any(self._waiting.get(id) for id in ids)

    def take(self, ids: Iterable[str]) -> list[Errand]:
        """The errands that wait for questions, which are under way no more."""
        return [errand for id in ids for errand in self._waiting.pop(id, ())]

    async def tell(self, id: str, came: Answer | PhotoError) -> None:
        """Tell those that wait for a question what came of it."""
        await self.tell_all(self.take([id]), came)

    async def tell_all(self, errands: Sequence[Errand], came: Answer | PhotoError) -> None:
        """Tell what came of errands with the same question, which is paid for once."""
        async with self._telling:
            for errand in errands:
                await asyncio.to_thread(self._done, errand, came)
                came = replace(came, is_new=False) if isinstance(came, Answer) else came
