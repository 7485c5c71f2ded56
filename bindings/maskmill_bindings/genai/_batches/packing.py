"""Errands to the input files of jobs: bounded by rows and by bytes, images made ahead on threads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from typing import Final

from .._ledger.ledger import Answer
from .._photos.photo import PhotoError
from .._requests.outcome import Outcome
from .._requests.requester import Asker
from .._tasks import Errand
from .job_file import Chunk, line_of
from .queue import Pending

_AHEAD: Final = 8
"""Rows that are made, or being made, beyond the one that is written."""

_Row = asyncio.Task[bytes | Answer | PhotoError]


class Filler:
    """Makes chunks of errands.

    Parameters
    ----------
    asker
        Whose ledger says what is left to ask, and which uploads images that are too large for a row.
    pending
        Gets the errands: under way, told, or left.
    errands
        What is asked.
    rows, nbytes
        Of one chunk, at most.
    tries
        Jobs that a question goes into.
    """

    def __init__(
        self, asker: Asker, pending: Pending, errands: Iterator[Errand], rows: int, nbytes: int, tries: int
    ) -> None:
        self._asker, self._pending, self._errands = asker, pending, errands
        self._rows, self._nbytes, self._tries = rows, nbytes, tries
        self._ready: deque[tuple[Errand, _Row]] = deque()

    async def fill(self) -> Chunk | None:
        """A chunk that is full, or has all that is there now; None: nothing is.

        Raises
        ------
        StoppedError
            Nothing is asked any more.
        """
        chunk: Chunk | None = None
        try:
            while (first := await self._first()) is not None:
                errand, line = first
                if chunk is None:
                    chunk = Chunk(self._asker.ledger.path.parent, errand.question.model)
                elif not self._fits(chunk, errand, line):
                    return chunk
                await asyncio.to_thread(chunk.add, errand.question.id, line)
                self._ready.popleft()
        except BaseException:
            if chunk is not None:
                chunk.close()
            raise
        return chunk

    def _fits(self, chunk: Chunk, errand: Errand, line: bytes) -> bool:
        is_small = len(chunk.ids) < self._rows and chunk.nbytes + len(line) <= self._nbytes
        return is_small and chunk.model == errand.question.model

    async def close(self) -> None:
        """Drop the rows that were made ahead."""
        for _, task in self._ready:
            task.cancel()
        await asyncio.gather(*(task for _, task in self._ready), return_exceptions=True)

    async def _first(self) -> tuple[Errand, bytes] | None:
        """The next row; what can be no row is told on the way."""
        while True:
            while len(self._ready) <= _AHEAD and (errand := await self._next()) is not None:
                self._ready.append((errand, asyncio.create_task(self._row(errand))))
            if not self._ready:
                return None
            errand, task = self._ready[0]
            line = await task
            if isinstance(line, bytes):
                return errand, line
            self._ready.popleft()
            await self._give_up(errand, line)

    async def _next(self) -> Errand | None:
        while True:
            if self._asker.stop_error is not None:
                raise self._asker.stop_error
            again = self._pending.again
            errand = again.popleft() if again else await asyncio.to_thread(next, self._errands, None)
            if errand is None or await self._is_to_ask(errand):
                return errand

    async def _is_to_ask(self, errand: Errand) -> bool:
        """Claim a question; False where it is under way, answered, or not to be asked in a batch."""
        pending, ledger, question = self._pending, self._asker.ledger, errand.question
        if pending.join(errand):
            return False
        if await asyncio.to_thread(ledger.submissions, question) >= self._tries:
            pending.left.append(errand)
            return False
        if await asyncio.to_thread(ledger.claim, question):
            pending.expect([question.id], errand)
            return True
        known = await asyncio.to_thread(ledger.answer, question)
        if known is None:
            pending.others.append(errand)
        else:
            await pending.tell_all([errand], known)
        return False

    async def _row(self, errand: Errand) -> bytes | Answer | PhotoError:
        """A question as a row, or what came of it."""
        asker = self._asker
        try:
            photo = await errand.photo()
        except PhotoError as error:
            return error
        image = await asker.image(photo)
        if isinstance(image, Outcome):
            image = await asker.persist(lambda: asker.image(photo))
        if isinstance(image, Outcome):
            return Answer(b"", image.code, image.message, "batch")
        return await asyncio.to_thread(line_of, errand.question, image)

    async def _give_up(self, errand: Errand, came: Answer | PhotoError) -> None:
        ledger, question = self._asker.ledger, errand.question
        if isinstance(came, Answer):
            await asyncio.to_thread(ledger.record, question, came)
        else:
            await asyncio.to_thread(ledger.release, question)
        await self._pending.tell(question.id, came)
