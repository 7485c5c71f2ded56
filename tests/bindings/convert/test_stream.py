"""Order, back-pressure and errors of work on several threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from maskmill_bindings.convert._ordered_pool import in_order


def weight_of_one(_: int) -> int:
    return 1


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_order_whatever_takes_how_long(threads: int) -> None:
    def work(n: int) -> int:
        time.sleep(0.001 * (n % 3))
        return -n

    assert list(in_order(iter(range(40)), work, weight_of_one, threads, 100)) == [(n, -n) for n in range(40)]


def test_a_slow_taker_holds_up_the_reading() -> None:
    taken = []

    def numbers() -> Iterator[int]:
        for n in range(1000):
            taken.append(n)
            yield n

    results = in_order(numbers(), lambda n: n, weight_of_one, 2, 1000)
    next(results)
    time.sleep(0.2)
    assert len(taken) < 12
    results.close()


def test_weights_past_the_budget_wait_but_one_always_goes() -> None:
    at_work, most, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.005)
        with lock:
            at_work -= 1

    assert len(list(in_order(iter(range(20)), work, lambda _: 60, 4, 100))) == 20
    assert most == 1
    assert len(list(in_order(iter(range(3)), work, lambda _: 10**9, 4, 100))) == 3


def test_an_error_of_the_reader_comes_after_the_results_before_it() -> None:
    def numbers() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    results = in_order(numbers(), lambda n: n, weight_of_one, 2, 10)
    with pytest.raises(OSError, match="gone"):
        list(results)


def test_an_error_of_the_work_is_raised_in_its_turn() -> None:
    results = in_order(iter([1, 2, 0, 3]), lambda n: 6 // n, weight_of_one, 2, 10)
    assert [next(results), next(results)] == [(1, 6), (2, 3)]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_no_thread_is_left_when_the_taker_stops() -> None:
    before = threading.active_count()
    results = in_order(iter(range(1000)), lambda n: n, weight_of_one, 3, 100)
    next(results)
    results.close()
    assert threading.active_count() == before
