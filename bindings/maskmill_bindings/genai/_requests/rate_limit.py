"""An adaptive limiter: when the next request may be sent.

Three things hold a request back. A window of requests in flight: it falls to one when the server refuses a request as
too many, grows by one per answer up to half of its former size, and then by one per window of answers, as in TCP. The
time before which the server wants no request. And limits per minute, counted in any sixty seconds, not per calendar
minute.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Final

from .._outcome import OutcomeKind, RequestOutcome
from .._run_limits import RunLimits

_MINUTE: Final = 60.0
_DEFAULT_PAUSE: Final = 1.0
"""Seconds to pause after the first of several refusals without a delay; doubled after each further one."""
_MAX_DOUBLINGS: Final = 30
"""Of a delay: more seconds than anybody waits, and still a number."""


class Slot:
    """One request in flight, whose holder sets the outcome."""

    __slots__ = ("number", "outcome", "tokens")

    def __init__(self, number: int, tokens: int) -> None:
        self.number = number
        self.tokens = tokens
        self.outcome: RequestOutcome | None = None


class AdaptiveLimiter:
    """Limits the requests to one model, in one event loop.

    Parameters
    ----------
    limits : RunLimits
        Of which `concurrency`, `requests_per_minute`, `tokens_per_minute` and `longest_delay` count.
    clock : callable
        Returns seconds that never decrease; tests pass their own.

    Attributes
    ----------
    window : float
        How many requests may be in flight now.
    in_flight : int
        How many are.
    """

    def __init__(self, limits: RunLimits, clock: Callable[[], float] = monotonic) -> None:
        self._limits, self._clock = limits, clock
        self.window = float(limits.concurrency)
        self.in_flight = 0
        self._opens_at = 0.0
        self._refusals = self._answers = 0
        self._slots = 0
        self._last_cut = 0
        self._sent: deque[tuple[float, Slot]] = deque()
        self._queue = asyncio.Lock()
        self._changed = asyncio.Event()
        self._half = 0.0
        self._error: Exception | None = None

    def close(self, error: Exception) -> None:
        """Send no further request: everyone who waits for a slot gets this error."""
        self._error = error
        self._changed.set()

    @asynccontextmanager
    async def slot(self, tokens: int = 0) -> AsyncIterator[Slot]:
        """Wait until a request may be sent, and hold its slot until it is done.

        `tokens` is its expected cost; the holder may correct it, and sets the slot's `outcome`.
        """
        slot = await self._acquire(tokens)
        try:
            yield slot
        finally:
            self.in_flight -= 1
            if slot.outcome is not None:
                self._adapt(slot, slot.outcome)
            self._changed.set()

    async def _acquire(self, tokens: int) -> Slot:
        async with self._queue:  # the first one waits for its time, the others behind it in their order
            while (wait := self._wait(tokens)) is None or wait > 0:
                self._changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), wait)
            self._slots += 1
            slot = Slot(self._slots, tokens)
            self._sent.append((self._clock(), slot))
            self.in_flight += 1
            return slot

    def _wait(self, tokens: int) -> float | None:
        """Return the seconds until a request may be sent; None: until one in flight is done."""
        if self._error is not None:
            raise self._error
        now = self._clock()
        if now < self._opens_at:
            return self._opens_at - now
        if self.in_flight >= int(self.window):
            return None
        return self._wait_for_minute(now, tokens)

    def _wait_for_minute(self, now: float, tokens: int) -> float:
        max_requests, max_tokens = self._limits.requests_per_minute, self._limits.tokens_per_minute
        while self._sent and self._sent[0][0] <= now - _MINUTE:
            self._sent.popleft()
        if max_requests is None and max_tokens is None:
            self._sent.clear()
            return 0.0
        spent = sum(slot.tokens for _, slot in self._sent) + tokens
        count, wait = len(self._sent) + 1, 0.0
        for at, slot in self._sent:  # the oldest leave the minute first
            fits = max_requests is None or count <= max(max_requests, 1)
            if fits and (max_tokens is None or spent <= max_tokens):
                break
            count, spent, wait = count - 1, spent - slot.tokens, at + _MINUTE - now
        return wait

    def _adapt(self, slot: Slot, outcome: RequestOutcome) -> None:
        is_news = slot.number > self._last_cut  # requests in flight at the last cut add no information
        if outcome.kind is OutcomeKind.ANSWERED and is_news:
            self._answers += 1
            if self._answers >= self._limits.concurrency:
                self._refusals = 0
            grown = self.window + (1.0 if self.window < self._half else 1 / self.window)
            self.window = min(grown, float(self._limits.concurrency))
        if outcome.kind is not OutcomeKind.BUSY:
            return
        if is_news:
            self._last_cut = self._slots
            self._refusals += 1
            self._answers = 0
            self._half, self.window = self.window / 2, 1.0
        self._opens_at = max(self._opens_at, self._clock() + self._pause(outcome.delay))

    def _pause(self, server_delay: float | None) -> float:
        """Return the seconds without a request: what the server asks for, and more each time it was too little."""
        longest = self._limits.longest_delay
        if server_delay is None:
            return doubled_delay(_DEFAULT_PAUSE, self._refusals - 1, longest)
        extra = doubled_delay(_DEFAULT_PAUSE, self._refusals - 2, longest) if self._refusals > 1 else 0.0
        return server_delay + extra


def doubled_delay(first: float, doublings: int, longest: float) -> float:
    """Return a delay after a number of doublings.

    >>> doubled_delay(1.0, 3, 30.0), doubled_delay(1.0, 10**6, 30.0)
    (8.0, 30.0)

    Parameters
    ----------
    first : float
        Seconds before the first doubling.
    doublings : int
        How often the delay is doubled.
    longest : float
        Maximum in seconds.
    """
    return min(first * 2.0 ** min(doublings, _MAX_DOUBLINGS), longest)
