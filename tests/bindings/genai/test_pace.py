"""The pace, by a clock of its own: time passes only when everybody waits."""

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

from maskmill_bindings.genai import Limits
from maskmill_bindings.genai._requests.outcome import Kind, Outcome
from maskmill_bindings.genai._requests.rate_limit import Pace
from support.corpus import cases

FINE = Outcome(Kind.ANSWERED, "answered", body="{}")
FAULT = Outcome(Kind.FAULT, "http_503")


def busy(delay: float | None = None) -> Outcome:
    return Outcome(Kind.BUSY, "http_429", delay=delay)


class _Selector(selectors.SelectSelector):
    """Instead of waiting, moves the clock on; a little at each look, as clocks do."""

    now = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        self.now += 1e-7
        if not ready and timeout:
            self.now += timeout
        return ready


def in_no_time(work: Callable[[Callable[[], float]], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine in a loop whose time is free; it gets the clock."""
    selector = _Selector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now  # type: ignore[method-assign]
    loop._clock_resolution = 1e-6  # type: ignore[attr-defined]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(asyncio.wait_for(work(loop.time), 1e7))


async def ask(pace: Pace, outcome: Outcome | None, seconds: float = 0.0, tokens: int = 0) -> None:
    async with pace.turn(tokens) as turn:
        await asyncio.sleep(seconds)
        turn.outcome = outcome


async def together(*work: Awaitable[None]) -> None:
    await asyncio.gather(*work)


def test_the_window_falls_to_one_and_grows_fast_to_its_half_then_by_one_a_window() -> None:
    async def work(clock: Callable[[], float]) -> None:
        pace = Pace(Limits(concurrency=8), clock)
        await together(*(ask(pace, busy(0.0), 1) for _ in range(8)))
        assert pace.window == 1
        for _ in range(3):
            await ask(pace, FINE, 1)
        assert pace.window == 4
        await together(*(ask(pace, FINE, 1) for _ in range(4)))
        assert 4.8 < pace.window <= 5
        await together(*(ask(pace, FAULT, 1) for _ in range(8)))
        assert 4.8 < pace.window <= 5
        for _ in range(99):
            await ask(pace, FINE)
        assert pace.window == 8
        for _ in range(9):
            await ask(pace, busy(0.0))
        assert pace.window == 1

    in_no_time(work)


def test_never_more_in_flight_than_the_window() -> None:
    async def work(clock: Callable[[], float]) -> None:
        pace, rng = Pace(Limits(concurrency=5), clock), random.Random(3)
        met = []

        async def one() -> None:
            async with pace.turn() as turn:
                assert pace.in_flight <= max(int(pace.window), 1) or pace.window < 5
                met.append(pace.in_flight)
                await asyncio.sleep(rng.random())
                turn.outcome = rng.choice([FINE, FAULT, busy(0.1), None])

        await together(*(one() for _ in range(200)))
        assert max(met) == 5
        assert pace.in_flight == 0

    in_no_time(work)


def test_nothing_goes_out_before_the_moment_that_was_told() -> None:
    async def work(clock: Callable[[], float]) -> None:
        pace = Pace(Limits(concurrency=4), clock)
        await together(ask(pace, busy(7.0), 1), ask(pace, busy(30.0), 2), ask(pace, busy(1.0), 3))
        await ask(pace, FINE)
        assert clock() == pytest.approx(32, abs=0.01)
        assert clock() >= 32

    in_no_time(work)


def test_refusals_without_a_delay_wait_longer_each_time_but_not_for_ever() -> None:
    async def work(clock: Callable[[], float]) -> None:
        pace = Pace(Limits(concurrency=4, longest_delay=8.0), clock)
        began = []
        for _ in range(7):
            await ask(pace, busy())
            began.append(clock())
        assert [round(b - a, 2) for a, b in pairwise(began)] == [1, 2, 4, 8, 8, 8]
        for _ in range(1100):  # more doublings than a float bears
            await ask(pace, busy())
        for _ in range(4):  # a whole window of answers
            await ask(pace, FINE)
        began = [clock()]
        await ask(pace, busy())
        await ask(pace, FINE)
        assert round(clock() - began[0], 2) == 1

    in_no_time(work)


def test_first_come_first_served() -> None:
    async def work(clock: Callable[[], float]) -> None:
        pace, order = Pace(Limits(concurrency=2), clock), list[int]()

        async def one(number: int) -> None:
            async with pace.turn():
                order.append(number)
                await asyncio.sleep(1 + number % 3)

        await together(*(one(number) for number in range(30)))
        assert order == list(range(30))

    in_no_time(work)


def test_the_end_reaches_whoever_waits_and_whoever_comes() -> None:
    async def work(clock: Callable[[], float]) -> None:
        pace = Pace(Limits(concurrency=1), clock)
        waiting = [asyncio.create_task(ask(pace, FINE, 5)) for _ in range(4)]
        await asyncio.sleep(1)
        pace.end(KeyError("over"))
        found = await asyncio.gather(*waiting, ask(pace, FINE), return_exceptions=True)
        assert [type(one) for one in found] == [type(None), *[KeyError] * 4]

    in_no_time(work)


def test_who_gives_up_waiting_leaves_no_trace() -> None:
    async def work(clock: Callable[[], float]) -> None:
        pace = Pace(Limits(concurrency=1), clock)
        first = asyncio.create_task(ask(pace, FINE, 10))
        await asyncio.sleep(1)
        waiting = [asyncio.create_task(ask(pace, FINE)) for _ in range(3)]
        await asyncio.sleep(1)
        for task in waiting[:2]:
            task.cancel()
        await asyncio.gather(first, *waiting, return_exceptions=True)
        assert [task.cancelled() for task in waiting] == [True, True, False]
        assert pace.in_flight == 0
        assert clock() == pytest.approx(10, abs=0.1)

    in_no_time(work)


def test_one_question_may_be_larger_than_the_limit_and_goes_alone() -> None:
    async def work(clock: Callable[[], float]) -> None:
        pace = Pace(Limits(tokens_per_minute=100), clock)
        await ask(pace, FINE, tokens=60)
        await ask(pace, FINE, tokens=1000)
        assert clock() >= 60
        await ask(pace, FINE, tokens=1)
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
        pace = Pace(Limits(concurrency=5, requests_per_minute=requests, tokens_per_minute=tokens), clock)
        sent = list[tuple[float, int]]()

        async def one(pause: float, seconds: float, cost: int) -> None:
            await asyncio.sleep(pause)
            async with pace.turn(cost) as turn:
                sent.append((clock(), cost))
                await asyncio.sleep(seconds)
                turn.outcome = FINE

        await together(*(one(*question) for question in questions))
        assert len(sent) == len(questions)
        for number, (at, _) in enumerate(sent):
            minute = [cost for when, cost in sent[number:] if when < at + 60 - 1e-6]
            assert len(minute) <= requests
            assert sum(minute) <= tokens or len(minute) == 1

    in_no_time(work)
