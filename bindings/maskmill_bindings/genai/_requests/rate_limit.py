"""When the next request may go out.

Three things hold it back: a window of requests in flight, which falls to one when the server has had too many, grows by
one an answer up to half of what it was, and then by one a window of answers, as TCP does it; the moment before which
the server wants none; and limits per minute, counted in any sixty seconds, not from minute to minute.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Final

from .._run_limits import Limits
from .outcome import Kind, Outcome

_MINUTE: Final = 60.0
_UNTOLD: Final = 1.0
"""Seconds to hold back after the first of several refusals without a delay; doubled after each further one."""
_DOUBLINGS: Final = 30
"""Of a delay, at most: more seconds than anybody waits, and still a number."""


class Turn:
    """One request in flight; its holder says how it went."""

    __slots__ = ("number", "outcome", "tokens")

    def __init__(self, number: int, tokens: int) -> None:
        self.number = number
        self.tokens = tokens
        self.outcome: Outcome | None = None


class Pace:
    """The pace of the requests to one model, in one event loop.

    Parameters
    ----------
    limits
        Its `concurrency`, `requests_per_minute`, `tokens_per_minute` and `longest_delay`.
    clock
        Seconds that only grow; tests set their own.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = monotonic) -> None:
        self._limits, self._clock = limits, clock
        self.window = float(limits.concurrency)
        self.in_flight = 0
        self._opens = 0.0
        self._refusals = self._answers = 0
        self._numbers = 0
        self._cut_at = 0
        self._sent: deque[tuple[float, Turn]] = deque()
        self._first = asyncio.Lock()
        self._changed = asyncio.Event()
        self._half = 0.0
        self._end: Exception | None = None

    def end(self, error: Exception) -> None:
        """Let no request go out any more: whoever waits for one gets this error."""
        self._end = error
        self._changed.set()

    @asynccontextmanager
    async def turn(self, tokens: int = 0) -> AsyncIterator[Turn]:
        """Wait until a request may go out, and hold its place until it is done.

        `tokens` is what it is expected to cost; its holder may correct that, and sets its `outcome`.
        """
        turn = await self._start(tokens)
        try:
            yield turn
        finally:
            self.in_flight -= 1
            if turn.outcome is not None:
                self._learn(turn, turn.outcome)
            self._changed.set()

    async def _start(self, tokens: int) -> Turn:
        async with self._first:  # one waits in front, the others behind it in their order
            while (wait := self._wait(tokens)) is None or wait > 0:
                self._changed.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._changed.wait(), wait)
            self._numbers += 1
            turn = Turn(self._numbers, tokens)
            self._sent.append((self._clock(), turn))
            self.in_flight += 1
            return turn

    def _wait(self, tokens: int) -> float | None:
        """Seconds until there may be another request; None: when one in flight is done."""
        if self._end is not None:
            raise self._end
        now = self._clock()
        if now < self._opens:
            return self._opens - now
        if self.in_flight >= int(self.window):
            return None
        return self._wait_for_minute(now, tokens)

    def _wait_for_minute(self, now: float, tokens: int) -> float:
        requests, most = self._limits.requests_per_minute, self._limits.tokens_per_minute
        while self._sent and self._sent[0][0] <= now - _MINUTE:
            self._sent.popleft()
        if requests is None and most is None:
            self._sent.clear()
            return 0.0
        spent = sum(turn.tokens for _, turn in self._sent) + tokens
        count, wait = len(self._sent) + 1, 0.0
        for at, turn in self._sent:  # the oldest leave first
            if (requests is None or count <= max(requests, 1)) and (most is None or spent <= most):
                break
            count, spent, wait = count - 1, spent - turn.tokens, at + _MINUTE - now
        return wait

    def _learn(self, turn: Turn, outcome: Outcome) -> None:
        is_news = turn.number > self._cut_at  # those that were in flight at the last cut say nothing new
        if outcome.kind is Kind.ANSWERED and is_news:
            self._answers += 1
            if self._answers >= self._limits.concurrency:
                self._refusals = 0
            grown = self.window + (1.0 if self.window < self._half else 1 / self.window)
            self.window = min(grown, float(self._limits.concurrency))
        if outcome.kind is not Kind.BUSY:
            return
        if is_news:
            self._cut_at = self._numbers
            self._refusals += 1
            self._answers = 0
            self._half, self.window = self.window / 2, 1.0
        self._opens = max(self._opens, self._clock() + self._pause(outcome.delay))

    def _pause(self, told: float | None) -> float:
        """Seconds without a request: what the server says, and more each time that this was too little."""
        longest = self._limits.longest_delay
        if told is None:
            return doubled(_UNTOLD, self._refusals - 1, longest)
        return told + (doubled(_UNTOLD, self._refusals - 2, longest) if self._refusals > 1 else 0.0)


def doubled(first: float, times: int, longest: float) -> float:
    """A delay that was doubled so often, at most the longest.

    >>> doubled(1.0, 3, 30.0), doubled(1.0, 10**6, 30.0)
    (8.0, 30.0)
    """
    return min(first * 2.0 ** min(times, _DOUBLINGS), longest)
