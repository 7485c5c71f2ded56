"""The adaptive limiter, on a simulated clock: time passes only when everybody waits."""

from __future__ import annotations

import asyncio
import random
import selectors
from collections.abc import Awaitable, Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill_bindings.genai import RunLimits
from maskmill_bindings.genai._outcome import OutcomeKind, RequestOutcome
from maskmill_bindings.genai._requests.rate_limit import AdaptiveLimiter
from support.tiers import cases

FINE = RequestOutcome(OutcomeKind.ANSWERED, "answered", body="{}")
FAULT = RequestOutcome(OutcomeKind.FAULT, "http_503")


def busy(delay: float | None = None) -> RequestOutcome:
    return RequestOutcome(OutcomeKind.BUSY, "http_429", delay=delay)


class _Selector(selectors.SelectSelector):
    """Advances the clock instead of waiting, and a little at each look."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        self.now += 1e-7
        if not ready and timeout:
            self.now += timeout
        return ready


def in_no_time(work: Callable[[Callable[[], float]], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine, which gets the clock, in a loop with simulated time."""
    selector = _Selector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    loop._clock_resolution = 1e-6  # type: ignore[attr-defined]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(asyncio.wait_for(work(loop.time), 1e7))


async def ask(limiter: AdaptiveLimiter, outcome: RequestOutcome | None, seconds: float = 0.0, tokens: int = 0) -> None:
    async with limiter.slot(tokens) as slot:
        await asyncio.sleep(seconds)
        slot.outcome = outcome


async def together(*work: Awaitable[None]) -> None:
    await asyncio.gather(*work)


def test_the_window_falls_to_one_and_grows_fast_to_its_half_then_by_one_a_window() -> None:
    async def work(clock: Callable[[], float]) -> None:
        limiter = AdaptiveLimiter(RunLimits(concurrency=8), clock)
        await together(*(ask(limiter, busy(0.0), 1) for _ in range(8)))
        assert limiter.window == 1
        for _ in range(3):
            await ask(limiter, FINE, 1)
        assert limiter.window == 4
        await together(*(ask(limiter, FINE, 1) for _ in range(4)))
        assert 4.8 < limiter.window <= 5
        await together(*(ask(limiter, FAULT, 1) for _ in range(8)))
        assert 4.8 < limiter.window <= 5
        for _ in range(99):
            await ask(limiter, FINE)
        assert limiter.window == 8
        for _ in range(9):
            await ask(limiter, busy(0.0))
        assert limiter.window == 1

    in_no_time(work)


def test_never_more_in_flight_than_the_window() -> None:
    async def work(clock: Callable[[], float]) -> None:
        limiter, rng = AdaptiveLimiter(RunLimits(concurrency=5), clock), random.Random(3)
        met = []

        async def one() -> None:
            async with limiter.slot() as slot:
                assert limiter.in_flight <= max(int(limiter.window), 1) or limiter.window < 5
                met.append(limiter.in_flight)
                await asyncio.sleep(rng.random())
                slot.outcome = rng.choice([FINE, FAULT, busy(0.1), None])

        await together(*(one() for _ in range(200)))
        assert max(met) == 5
        assert limiter.in_flight == 0

    in_no_time(work)


def test_no_request_is_sent_before_the_delay_is_over() -> None:
    async def work(clock: Callable[[], float]) -> None:
        limiter = AdaptiveLimiter(RunLimits(concurrency=4), clock)
        await together(ask(limiter, busy(7.0), 1), ask(limiter, busy(30.0), 2), ask(limiter, busy(1.0), 3))
        await ask(limiter, FINE)
        assert clock() == pytest.approx(32, abs=0.01)
        assert clock() >= 32

    in_no_time(work)


def test_refusals_without_a_delay_wait_longer_each_time_but_not_for_ever() -> None:
    async def work(clock: Callable[[], float]) -> None:
        limiter = AdaptiveLimiter(RunLimits(concurrency=4, longest_delay=8.0), clock)
        began = []
        for _ in range(7):
            await ask(limiter, busy())
            began.append(clock())
        assert [round(b - a, 2) for a, b in pairwise(began)] == [1, 2, 4, 8, 8, 8]
        for _ in range(1100):  # more doublings than a float bears
            await ask(limiter, busy())
        for _ in range(4):  # a whole window of answers
            await ask(limiter, FINE)
        began = [clock()]
        await ask(limiter, busy())
        await ask(limiter, FINE)
        assert round(clock() - began[0], 2) == 1

    in_no_time(work)


def test_requests_are_sent_in_their_order() -> None:
    async def work(clock: Callable[[], float]) -> None:
        limiter, order = AdaptiveLimiter(RunLimits(concurrency=2), clock), list[int]()

        async def one(number: int) -> None:
            async with limiter.slot():
                order.append(number)
                await asyncio.sleep(1 + number % 3)

        await together(*(one(number) for number in range(30)))
        assert order == list(range(30))

    in_no_time(work)


def test_closing_reaches_waiting_and_later_requests() -> None:
    async def work(clock: Callable[[], float]) -> None:
        limiter = AdaptiveLimiter(RunLimits(concurrency=1), clock)
        waiting = [asyncio.create_task(ask(limiter, FINE, 5)) for _ in range(4)]
        await asyncio.sleep(1)
        limiter.close(KeyError("over"))
        found = await asyncio.gather(*waiting, ask(limiter, FINE), return_exceptions=True)
        assert [type(one) for one in found] == [type(None), *[KeyError] * 4]

    in_no_time(work)


def test_cancelled_waits_leave_no_trace() -> None:
    async def work(clock: Callable[[], float]) -> None:
        limiter = AdaptiveLimiter(RunLimits(concurrency=1), clock)
        first = asyncio.create_task(ask(limiter, FINE, 10))
        await asyncio.sleep(1)
        waiting = [asyncio.create_task(ask(limiter, FINE)) for _ in range(3)]
        await asyncio.sleep(1)
        for task in waiting[:2]:
            task.cancel()
        await asyncio.gather(first, *waiting, return_exceptions=True)
        assert [task.cancelled() for task in waiting] == [True, True, False]
        assert limiter.in_flight == 0
        assert clock() == pytest.approx(10, abs=0.1)

    in_no_time(work)


def test_one_question_may_be_larger_than_the_limit_and_goes_alone() -> None:
    async def work(clock: Callable[[], float]) -> None:
        limiter = AdaptiveLimiter(RunLimits(tokens_per_minute=100), clock)
        await ask(limiter, FINE, tokens=60)
        await ask(limiter, FINE, tokens=1000)
        assert clock() >= 60
        await ask(limiter, FINE, tokens=1)
        assert clock() >= 120

    in_no_time(work)


@settings(max_examples=cases(60), deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 40), st.floats(0, 20), st.integers(0, 120)), min_size=1, max_size=40),
    st.integers(1, 7),
    st.integers(100, 300),
)
def test_the_limits_hold_in_any_sixty_seconds(
    questions: list[tuple[float, float, int]], requests: int, tokens: int
) -> None:
    async def work(clock: Callable[[], float]) -> None:
        limiter = AdaptiveLimiter(
            RunLimits(concurrency=5, requests_per_minute=requests, tokens_per_minute=tokens), clock
        )
        sent = list[tuple[float, int]]()

        async def one(pause: float, seconds: float, cost: int) -> None:
            await asyncio.sleep(pause)
            async with limiter.slot(cost) as slot:
                sent.append((clock(), cost))
                await asyncio.sleep(seconds)
                slot.outcome = FINE

        await together(*(one(*question) for question in questions))
        assert len(sent) == len(questions)
        for number, (at, _) in enumerate(sent):
            minute = [cost for when, cost in sent[number:] if when < at + 60 - 1e-6]
            assert len(minute) <= requests
            assert sum(minute) <= tokens or len(minute) == 1

    in_no_time(work)
