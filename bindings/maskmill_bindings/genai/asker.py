"""One question to its answer: tries, waits, time-outs, claims; and a stop for all of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from maskmill.errors import MaskmillError

from .cost import Usage
from .ledger import Answer, Ledger
from .limits import Limits
from .outcome import Kind, Outcome
from .pace import Pace, doubled
from .photo import Photo
from .question import Question
from .uploads import Uploads
from .wire import Wire, file_part, inline_part

_POLL: Final = 0.25
"""Seconds between looks at a question that another run has claimed."""

_START_DELAY: Final = 3.0
"""Longest wait in seconds between tries as long as no server has ever been reached."""

_MOST_INLINE: Final = 14 * 2**20
"""Bytes of an image that is sent in its request, of which the service takes 20 MB, a third more being its base64."""


class StoppedError(MaskmillError):
    """Nothing more is asked.

    Attributes
    ----------
    code
        ``daily_quota``, ``quota``, ``wrong_key``, ``not_permitted``, ``no_such_model``, ``no_connection``, ``cost``,
        ``interrupted``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, str(self))


class Asker:
    """Asks questions over one connection, and keeps the answers in the ledger.

    It belongs to one event loop. `ask` may run as often at a time as one likes: the pace of each model bounds what is
    in flight.
    """

    def __init__(self, wire: Wire, ledger: Ledger, limits: Limits) -> None:
        self._wire, self._ledger, self._limits = wire, ledger, limits
        self._paces: dict[str, Pace] = {}
        self._uploads = Uploads(wire, ledger)
        self._stopped = asyncio.Event()
        self._was_reached = False
        self.stop_error: StoppedError | None = None

    def stop(self, code: str, message: str) -> None:
        """Let what is in flight come in, and ask nothing more."""
        if self.stop_error is None:
            self.stop_error = StoppedError(code, message)
            self._stopped.set()
            for pace in self._paces.values():
                pace.end(self.stop_error)

    async def ask(self, question: Question, photo: Callable[[], Awaitable[Photo]], expected: Usage) -> Answer:
        """What comes of a question: from the ledger where it is there, else from the service.

        `photo` makes the image, where it is needed; `expected` is what the question is likely to cost.

        Raises
        ------
        StoppedError
            It was not asked, since nothing is any more; or was, and is the reason for that.
        PhotoError
            The image cannot be sent.
        """
        while not await self._claim(question):
            if (known := await asyncio.to_thread(self._ledger.answer, question)) is not None:
                return known
            await self._sleep(_POLL)  # another run has it in flight
        try:
            answer = await self._answer(question, await photo(), expected)
            await asyncio.shield(asyncio.to_thread(self._ledger.record, question, answer))
        except BaseException:
            self._ledger.release(question)
            raise
        return answer

    async def _claim(self, question: Question) -> bool:
        """Take a question; whoever is cancelled meanwhile gives it back."""
        claiming = asyncio.get_running_loop().run_in_executor(None, self._ledger.claim, question)
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            if await claiming:
                self._ledger.release(question)
            raise

    async def _answer(self, question: Question, photo: Photo, expected: Usage) -> Answer:
        outcome = Outcome(Kind.FAULT, "deadline", "it was not asked in time")
        tries = 0
        loop = asyncio.get_running_loop()
        until: float | None = None
        while tries < self._limits.tries:
            try:
                async with asyncio.timeout_at(until):
                    outcome = await self._try(question, photo, expected)
            except TimeoutError:
                break
            until = until or loop.time() + self._limits.deadline
            if outcome.kind is Kind.ANSWERED:
                return Answer(outcome.body.encode())
            if outcome.kind is Kind.REFUSED:
                break
            if outcome.kind is Kind.STOP:
                self.stop(outcome.code, outcome.message)
                raise self.stop_error or StoppedError(outcome.code, outcome.message)
            if outcome.kind is Kind.FAULT:
                tries += 1
                if tries < self._limits.tries and not await self._wait(outcome, tries, until - loop.time()):
                    break
        return self._failed(outcome, tries)

    def _failed(self, outcome: Outcome, tries: int) -> Answer:
        if not self._was_reached:
            self.stop("no_connection", f"no server was reached in {tries} tries: {outcome.message}")
            raise self.stop_error or StoppedError(outcome.code, outcome.message)
        return Answer(b"", outcome.code, outcome.message)

    async def _try(self, question: Question, photo: Photo, expected: Usage) -> Outcome:
        """Ask once, when the pace allows it."""
        pace = self._paces.setdefault(question.model, self._pace())
        image = await self._image(photo)
        if isinstance(image, Outcome):
            self._was_reached = self._was_reached or image.was_reached
            return image
        async with pace.turn(expected.input + expected.output + expected.thoughts) as turn:
            outcome = await self._wire.generate(question.model, [image, {"text": question.prompt}], question.settings)
            turn.outcome = outcome
        self._was_reached = self._was_reached or outcome.was_reached
        if outcome.code == "file_gone":
            self._uploads.forget(photo)
        return self._patient(outcome)

    def _patient(self, outcome: Outcome) -> Outcome:
        """The outcome; a stop where the server wants a wait that is longer than any question has."""
        if outcome.kind is not Kind.BUSY or (outcome.delay or 0.0) <= self._limits.deadline:
            return outcome
        return replace(outcome, kind=Kind.STOP, code="quota")

    def _pace(self) -> Pace:
        pace = Pace(self._limits)
        if self.stop_error is not None:
            pace.end(self.stop_error)
        return pace

    async def _image(self, photo: Photo) -> dict[str, Any] | Outcome:
        """The image as a part of the request, or what came of its upload, which no pace bounds: too many is a fault."""
        if len(photo.data) <= _MOST_INLINE:
            return inline_part(photo)
        uri = await self._uploads.uri_of(photo)
        if isinstance(uri, Outcome):
            return replace(uri, kind=Kind.FAULT) if uri.kind is Kind.BUSY else uri
        return file_part(uri, photo.mime)

    async def _wait(self, outcome: Outcome, tries: int, left: float) -> bool:
        """Wait before the next try; False where no time is left for one."""
        limits = self._limits
        longest = limits.longest_delay if self._was_reached else min(_START_DELAY, limits.longest_delay)
        delay = doubled(limits.first_delay, tries - 1, longest) * random.uniform(0.5, 1)
        delay = max(delay, outcome.delay or 0.0)
        if delay >= left:
            return False
        await self._sleep(delay)
        return True

    async def _sleep(self, seconds: float) -> None:
        """Wait, unless nothing is asked any more."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)
        if self.stop_error is not None:
            raise self.stop_error
