"""One question to its answer: tries, waits, time-outs, claims; and a stop for all of them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from math import inf
from typing import Any, Final, TypeVar

from maskmill.errors import MaskmillError

from .._ledger.ledger import Answer, Ledger
from .._ledger.question import Question
from .._models.cost import Usage
from .._photos.photo import Photo
from .._run_limits import Limits
from .._surrogate_json import parsed
from .outcome import Kind, Outcome
from .rate_limit import Pace, doubled
from .sdk import Wire, file_part, inline_part
from .uploads import Uploads

_IN_A_ROW: Final = 50
"""Questions without an answer, one after the other, after which something is wrong with all of them."""

T = TypeVar("T")

_POLL: Final = 0.25
"""Seconds between looks at a question that another run has claimed."""

_START_DELAY: Final = 3.0
"""Longest wait in seconds between tries as long as no server has ever been reached."""

_MOST_DOUBLINGS: Final = 16
_MOST_INLINE: Final = 14 * 2**20
"""Bytes of an image that is sent in its request, of which the service takes 20 MB, a third more being its base64."""


class StoppedError(MaskmillError):
    """Nothing more is asked.

    Attributes
    ----------
    code
        ``daily_quota``, ``quota``, ``wrong_key``, ``not_permitted``, ``no_such_model``, ``no_connection``,
        ``wrong_url``, ``failing``, ``cost``, ``interrupted``, ``no_tokens``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, str(self))


class Asker:
    """Asks questions over one connection, and keeps the answers in the ledger.

    It belongs to one event loop. `ask` may run as often at a time as one likes: the pace of each model bounds what is
    in flight. `note` is told what is waited for, and an empty text when that has come.
    """

    def __init__(
        self, wire: Wire, ledger: Ledger, limits: Limits, note: Callable[[str], None] = lambda _text: None
    ) -> None:
        self.wire, self.ledger, self.limits, self.note = wire, ledger, limits, note
        self._paces: dict[str, Pace] = {}
        self.uploads = Uploads(wire, ledger)
        self._stopped = asyncio.Event()
        self._was_reached = False
        self._in_a_row = 0
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
            if (known := await asyncio.to_thread(self.ledger.answer, question)) is not None:
                return known
            await self.sleep(_POLL)  # another run has it in flight
        try:
            answer = await self._answer(question, await photo(), expected)
            await asyncio.shield(asyncio.to_thread(self.ledger.record, question, answer))
        except BaseException:
            self.ledger.release(question)
            raise
        return answer

    async def _claim(self, question: Question) -> bool:
        """Take a question; whoever is cancelled meanwhile gives it back."""
        claiming = asyncio.get_running_loop().run_in_executor(None, self.ledger.claim, question)
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            if await claiming:
                self.ledger.release(question)
            raise

    async def _answer(self, question: Question, photo: Photo, expected: Usage) -> Answer:
        outcome = Outcome(Kind.FAULT, "deadline", "it was not asked in time")
        tries = 0
        loop = asyncio.get_running_loop()
        until: float | None = None
        while tries < self.limits.tries:
            try:
                async with asyncio.timeout_at(until):
                    outcome = await self._try(question, photo, expected)
            except TimeoutError:
                break
            until = until or loop.time() + self.limits.deadline
            if outcome.kind is Kind.ANSWERED:
                self._in_a_row = 0
                return Answer(outcome.body.encode())
            if outcome.kind is Kind.REFUSED:
                break
            if outcome.kind is Kind.STOP:
                raise self.stopped(outcome)
            if outcome.kind is Kind.FAULT:
                tries += 1
                if tries < self.limits.tries and not await self._wait(outcome, tries, until - loop.time()):
                    break
        return self._failed(outcome, tries)

    def _failed(self, outcome: Outcome, tries: int) -> Answer:
        if not self._was_reached:
            self.stop("no_connection", f"no server was reached in {tries} tries: {outcome.message}")
            raise self.stop_error or StoppedError(outcome.code, outcome.message)
        self._in_a_row += 1
        if self._in_a_row == _IN_A_ROW:
            self.stop(
                "failing", f"{_IN_A_ROW} questions one after the other got no answer; the last: {outcome.message}"
            )
        return Answer(b"", outcome.code, outcome.message)

    async def _try(self, question: Question, photo: Photo, expected: Usage) -> Outcome:
        """Ask once, when the pace allows it."""
        pace = self._pace(question.model)
        image = await self.image(photo)
        if isinstance(image, Outcome):
            self._was_reached = self._was_reached or image.was_reached
            return image
        async with pace.turn(expected.total) as turn:
            outcome = await self.wire.generate(question.model, [image, {"text": question.prompt}], question.settings)
            turn.outcome = outcome
            turn.tokens = _tokens(outcome, turn.tokens)
        self._was_reached = self._was_reached or outcome.was_reached
        self.note(_waited_for(outcome))
        if outcome.code == "file_gone":
            self.uploads.forget(photo)
        return self._patient(outcome)

    def _patient(self, outcome: Outcome) -> Outcome:
        """The outcome; a stop where the server wants a wait that is longer than any question has."""
        if outcome.kind is not Kind.BUSY or (outcome.delay or 0.0) <= self.limits.deadline:
            return outcome
        return replace(outcome, kind=Kind.STOP, code="quota")

    async def persist(self, request: Callable[[], Awaitable[T | Outcome]]) -> T | Outcome:
        """What a request comes to that is no question, tried again as questions are; an outcome where it failed.

        Raises
        ------
        StoppedError
            Nothing is asked any more, or what came of this is the reason for that.
        """
        failures = waits = 0
        while True:
            if self.stop_error is not None:
                raise self.stop_error
            found = await request()
            if not isinstance(found, Outcome):
                self._was_reached = True
                return found
            self._was_reached = self._was_reached or found.was_reached
            if found.kind is Kind.STOP:
                raise self.stopped(found)
            failures, waits = failures + (found.kind is Kind.FAULT), waits + 1
            if found.kind is Kind.REFUSED or failures == self.limits.tries:
                if not self._was_reached:
                    self._failed(found, failures)
                return found
            self.note(_waited_for(found))
            await self._wait(found, min(waits, _MOST_DOUBLINGS), inf)

    def stopped(self, outcome: Outcome) -> StoppedError:
        """Stop for what came of a request; the reason, which is another where there was one before."""
        self.stop(outcome.code, outcome.message)
        return self.stop_error or StoppedError(outcome.code, outcome.message)

    def _pace(self, model: str) -> Pace:
        if model not in self._paces:
            self._paces[model] = Pace(self.limits)
            if self.stop_error is not None:
                self._paces[model].end(self.stop_error)
        return self._paces[model]

    async def image(self, photo: Photo) -> dict[str, Any] | Outcome:
        """The image as a part of the request, or what came of its upload, which no pace bounds: too many is a fault."""
        if len(photo.data) <= _MOST_INLINE:
            return inline_part(photo)
        uri = await self.uploads.uri_of(photo)
        if isinstance(uri, Outcome):
            return replace(uri, kind=Kind.FAULT) if uri.kind is Kind.BUSY else uri
        return file_part(uri, photo.mime)

    async def _wait(self, outcome: Outcome, tries: int, left: float) -> bool:
        """Wait before the next try; False where no time is left for one."""
        limits = self.limits
        longest = limits.longest_delay if self._was_reached else min(_START_DELAY, limits.longest_delay)
        delay = doubled(limits.first_delay, tries - 1, longest) * random.uniform(0.5, 1)
        delay = max(delay, outcome.delay or 0.0)
        if delay >= left:
            return False
        await self.sleep(delay)
        return True

    async def sleep(self, seconds: float) -> None:
        """Wait, unless nothing is asked any more."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)
        if self.stop_error is not None:
            raise self.stop_error


def _waited_for(outcome: Outcome) -> str:
    """What an outcome makes one wait for, in words."""
    if outcome.kind is Kind.BUSY:
        return "the service wants fewer requests" + (f", none for {outcome.delay:.0f} s" if outcome.delay else "")
    return f"trying again: {outcome.message[:60]}" if outcome.kind is Kind.FAULT else ""


def _tokens(outcome: Outcome, expected: int) -> int:
    """What a request has cost, which counts against the limit of a minute."""
    if outcome.kind is not Kind.ANSWERED:
        return expected
    return Usage.from_metadata(parsed(outcome.body).get("usageMetadata")).total or expected
