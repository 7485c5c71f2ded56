"""Answer one question: requests, retries, waits, time-outs, claims; and a stop for all questions."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from math import inf
from typing import Any, Final, TypeVar

from maskmill.errors import MaskmillError

from .._ledger.ledger import Ledger, LedgerAnswer
from .._ledger.question import Question
from .._models.cost import Usage
from .._outcome import OutcomeKind, RequestOutcome
from .._photos.photo import Photo
from .._run_limits import RunLimits
from .._surrogate_json import load_json
from .rate_limit import AdaptiveLimiter, doubled_delay
from .sdk import SdkClient, file_part, inline_part
from .uploads import UploadCache

T = TypeVar("T")

_MAX_CONSECUTIVE_FAILURES: Final = 50
"""Questions in a row without an answer after which something is wrong with all of them."""

_POLL: Final = 0.25
"""Seconds between looks at a question that another run has claimed."""

_START_DELAY: Final = 3.0
"""Longest wait in seconds between requests as long as no server has been reached."""

_MAX_DOUBLINGS: Final = 16
_MAX_INLINE_BYTES: Final = 14 * 2**20
"""Largest image that is sent in its request, of which the service takes 20 MB; base64 adds a third."""


class StoppedError(MaskmillError):
    """Nothing more is asked.

    Attributes
    ----------
    code : str
        ``daily_quota``, ``quota``, ``wrong_key``, ``not_permitted``, ``no_such_model``, ``no_connection``,
        ``wrong_url``, ``failing``, ``cost``, ``interrupted``, ``no_tokens``.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.code, str(self))


class Requester:
    """Asks questions over one connection, and records the answers in the ledger.

    It belongs to one event loop. `ask` may run any number of times at once: the limiter of each model bounds the
    requests in flight.

    Parameters
    ----------
    sdk : SdkClient
        Connection to the service.
    ledger : Ledger
        Gets the answers.
    limits : RunLimits
        Bounds on the requests.
    show_wait : callable, optional
        Called with what the requester waits for, and with an empty text when that is over.

    Attributes
    ----------
    stop_error : StoppedError or None
        Why nothing more is asked.
    """

    def __init__(
        self, sdk: SdkClient, ledger: Ledger, limits: RunLimits, show_wait: Callable[[str], None] = lambda _text: None
    ) -> None:
        self.sdk, self.ledger, self.limits, self.show_wait = sdk, ledger, limits, show_wait
        self._limiters: dict[str, AdaptiveLimiter] = {}
        self.uploads = UploadCache(sdk, ledger)
        self._stopped = asyncio.Event()
        self._was_reached = False
        self._consecutive_failures = 0
        self.stop_error: StoppedError | None = None

    def stop(self, code: str, message: str) -> None:
        """Ask nothing more; requests in flight finish."""
        if self.stop_error is None:
            self.stop_error = StoppedError(code, message)
            self._stopped.set()
            for limiter in self._limiters.values():
                limiter.close(self.stop_error)

    async def ask(
        self, question: Question, load_photo: Callable[[], Awaitable[Photo]], expected_usage: Usage
    ) -> LedgerAnswer:
        """Return the answer to a question, from the ledger or else from the service.

        Parameters
        ----------
        question : Question
            What to ask.
        load_photo : callable
            Loads the image, where a request is needed.
        expected_usage : Usage
            Tokens that the question is likely to use.

        Raises
        ------
        StoppedError
            Nothing more is asked, or the answer to this question is the reason to stop.
        PhotoError
            The image cannot be sent.
        """
        while not await self._claim(question):
            if (known := await asyncio.to_thread(self.ledger.answer, question)) is not None:
                return known
            await self.sleep(_POLL)  # another run has it in flight
        try:
            return await self._answer(question, await load_photo(), expected_usage)
        except BaseException:
            self.ledger.release(question)
            raise

    async def _claim(self, question: Question) -> bool:
        """Claim a question; release it where this is cancelled meanwhile."""
        claiming = asyncio.get_running_loop().run_in_executor(None, self.ledger.claim, question)
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            if await claiming:
                self.ledger.release(question)
            raise

    async def _answer(self, question: Question, photo: Photo, expected_usage: Usage) -> LedgerAnswer:
        outcome = RequestOutcome(OutcomeKind.FAULT, "deadline", "it was not asked in time")
        failures = 0
        loop = asyncio.get_running_loop()
        until: float | None = None
        while failures < self.limits.tries:
            try:
                outcome = await self._request(question, photo, expected_usage, until)
            except TimeoutError:
                break
            until = until or loop.time() + self.limits.deadline
            if outcome.kind is OutcomeKind.ANSWERED:
                self._consecutive_failures = 0
                return _answer_in(outcome)
            if outcome.kind is OutcomeKind.REFUSED:
                break
            if outcome.kind is OutcomeKind.STOP:
                raise self.stop_for(outcome)
            if outcome.kind is OutcomeKind.FAULT:
                failures += 1
                if failures < self.limits.tries and not await self._wait(outcome, failures, until - loop.time()):
                    break
        return await self._record(question, self._failed_answer(outcome, failures))

    async def _record(self, question: Question, answer: LedgerAnswer) -> LedgerAnswer:
        """Write an answer to the ledger, also where this is cancelled meanwhile."""
        await asyncio.shield(asyncio.to_thread(self.ledger.record, question, answer))
        return answer

    def _failed_answer(self, outcome: RequestOutcome, failures: int) -> LedgerAnswer:
        if not self._was_reached:
            self.stop("no_connection", f"no server was reached in {failures} tries: {outcome.message}")
            raise self.stop_error or StoppedError(outcome.code, outcome.message)
        self._consecutive_failures += 1
        if self._consecutive_failures == (count := _MAX_CONSECUTIVE_FAILURES):
            self.stop("failing", f"{count} questions one after the other got no answer; the last: {outcome.message}")
        return LedgerAnswer(b"", outcome.code, outcome.message)

    async def _request(
        self, question: Question, photo: Photo, expected_usage: Usage, until: float | None
    ) -> RequestOutcome:
        """Send one request, when the limiter allows it; give its slot back when its answer is in the ledger.

        Whoever kills the process then loses at most the answers of as many requests as may be in flight.
        """
        limiter = self._limiter(question.model)
        async with AsyncExitStack() as stack:
            async with asyncio.timeout_at(until):
                image = await self.image_part(photo)
                if isinstance(image, RequestOutcome):
                    self._was_reached = self._was_reached or image.was_reached
                    return image
                slot = await stack.enter_async_context(limiter.slot(expected_usage.total))
                outcome = await self.sdk.generate(question.model, [image, {"text": question.prompt}], question.settings)
            slot.outcome = outcome
            slot.tokens = _tokens(outcome, slot.tokens)
            if outcome.kind is OutcomeKind.ANSWERED:
                await self._record(question, _answer_in(outcome))
        self._was_reached = self._was_reached or outcome.was_reached
        self.show_wait(_wait_text(outcome))
        if outcome.code == "file_gone":
            self.uploads.forget(photo)
        return self._stop_for_long_delay(outcome)

    def _stop_for_long_delay(self, outcome: RequestOutcome) -> RequestOutcome:
        """Return the outcome, as a stop where the server asks for a wait beyond any question's deadline."""
        if outcome.kind is not OutcomeKind.BUSY or (outcome.delay or 0.0) <= self.limits.deadline:
            return outcome
        return replace(outcome, kind=OutcomeKind.STOP, code="quota")

    async def call_with_retries(self, request: Callable[[], Awaitable[T | RequestOutcome]]) -> T | RequestOutcome:
        """Return the result of a request other than a question, retried as questions are; an outcome where it failed.

        Raises
        ------
        StoppedError
            Nothing more is asked, or this request is the reason to stop.
        """
        failures = waits = 0
        while True:
            if self.stop_error is not None:
                raise self.stop_error
            result = await request()
            if not isinstance(result, RequestOutcome):
                self._was_reached = True
                return result
            self._was_reached = self._was_reached or result.was_reached
            if result.kind is OutcomeKind.STOP:
                raise self.stop_for(result)
            failures, waits = failures + (result.kind is OutcomeKind.FAULT), waits + 1
            if result.kind is OutcomeKind.REFUSED or failures == self.limits.tries:
                if not self._was_reached:
                    self._failed_answer(result, failures)
                return result
            self.show_wait(_wait_text(result))
            await self._wait(result, min(waits, _MAX_DOUBLINGS), inf)

    def stop_for(self, outcome: RequestOutcome) -> StoppedError:
        """Stop because of an outcome, and return the error to raise: that of an earlier stop where there was one."""
        self.stop(outcome.code, outcome.message)
        return self.stop_error or StoppedError(outcome.code, outcome.message)

    def _limiter(self, model: str) -> AdaptiveLimiter:
        if model not in self._limiters:
            self._limiters[model] = AdaptiveLimiter(self.limits)
            if self.stop_error is not None:
                self._limiters[model].close(self.stop_error)
        return self._limiters[model]

    async def image_part(self, photo: Photo) -> dict[str, Any] | RequestOutcome:
        """Return the image as a part of the request; an outcome where its upload failed.

        No limiter bounds uploads, so one that the server refuses as too many counts as a transient fault.
        """
        if len(photo.data) <= _MAX_INLINE_BYTES:
            return inline_part(photo)
        uri = await self.uploads.get_uri(photo)
        if isinstance(uri, RequestOutcome):
            return replace(uri, kind=OutcomeKind.FAULT) if uri.kind is OutcomeKind.BUSY else uri
        return file_part(uri, photo.mime)

    async def _wait(self, outcome: RequestOutcome, failures: int, seconds_left: float) -> bool:
        """Wait before the next request; False, without waiting, where no time is left for one."""
        limits = self.limits
        longest = limits.longest_delay if self._was_reached else min(_START_DELAY, limits.longest_delay)
        delay = doubled_delay(limits.first_delay, failures - 1, longest) * random.uniform(0.5, 1)
        delay = max(delay, outcome.delay or 0.0)
        if delay >= seconds_left:
            return False
        await self.sleep(delay)
        return True

    async def sleep(self, seconds: float) -> None:
        """Wait; raise the reason of a stop as soon as there is one."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)
        if self.stop_error is not None:
            raise self.stop_error


def _wait_text(outcome: RequestOutcome) -> str:
    """Return what an outcome makes the run wait for; empty where it waits for nothing."""
    if outcome.kind is OutcomeKind.BUSY:
        return "the service wants fewer requests" + (f", none for {outcome.delay:.0f} s" if outcome.delay else "")
    return f"trying again: {outcome.message[:60]}" if outcome.kind is OutcomeKind.FAULT else ""


def _answer_in(outcome: RequestOutcome) -> LedgerAnswer:
    """Return what the ledger keeps of a request that was answered."""
    return LedgerAnswer(outcome.body.encode())


def _tokens(outcome: RequestOutcome, expected_tokens: int) -> int:
    """Return the tokens that a request used, which count against the limit per minute."""
    if outcome.kind is not OutcomeKind.ANSWERED:
        return expected_tokens
    return Usage.from_metadata(load_json(outcome.body).get("usageMetadata")).total or expected_tokens
