"""Order, back-pressure and errors of the ordered pool."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from maskmill_bindings.convert._ordered_pool import map_in_order


def weight_of_one(_: int) -> int:
    return 1


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_are_in_order_whatever_their_duration(threads: int) -> None:
    def work(n: int) -> int:
        time.sleep(0.001 * (n % 3))
        return -n

    assert list(map_in_order(iter(range(40)), work, weight_of_one, threads, 100)) == [(n, -n) for n in range(40)]


def test_a_slow_consumer_delays_the_reading() -> None:
    numbers_read = []

    def numbers() -> Iterator[int]:
        for n in range(1000):
            numbers_read.append(n)
            yield n

    results = map_in_order(numbers(), lambda n: n, weight_of_one, 2, 1000)
    next(results)
    time.sleep(0.2)
    assert len(numbers_read) < 12
    results.close()


def test_items_past_the_maximum_weight_wait_but_one_always_runs() -> None:
    running, max_running, lock = 0, 0, threading.Lock()

    def work(_: int) -> None:
        nonlocal running, max_running
        with lock:
            running += 1
            max_running = max(max_running, running)
        time.sleep(0.005)
        with lock:
            running -= 1

    assert len(list(map_in_order(iter(range(20)), work, lambda _: 60, 4, 100))) == 20
    assert max_running == 1
    assert len(list(map_in_order(iter(range(3)), work, lambda _: 10**9, 4, 100))) == 3


def test_an_error_of_the_reader_follows_the_earlier_results() -> None:
    def numbers() -> Iterator[int]:
        yield 1
        raise OSError("gone")

    results = map_in_order(numbers(), lambda n: n, weight_of_one, 2, 10)
    with pytest.raises(OSError, match="gone"):
        list(results)


def test_an_error_of_the_function_is_raised_in_order() -> None:
    results = map_in_order(iter([1, 2, 0, 3]), lambda n: 6 // n, weight_of_one, 2, 10)
    assert [next(results), next(results)] == [(1, 6), (2, 3)]
    with pytest.raises(ZeroDivisionError):
        next(results)


def test_threads_end_when_the_consumer_stops() -> None:
    before = threading.active_count()
    results = map_in_order(iter(range(1000)), lambda n: n, weight_of_one, 3, 100)
    next(results)
    results.close()
    assert threading.active_count() == before
