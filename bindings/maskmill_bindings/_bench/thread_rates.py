"""A thread pool that measures how fast it runs a task."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import perf_counter
from types import TracebackType
from typing import Final, Self

Task = Callable[[int], float]
"""Runs the piece of work of a number, and returns how many units it was."""

_BEST_OF: Final = 2


class BenchThreads:
    """A pool of threads for a whole run of the bench, since threads that live on keep their buffers.

    >>> with BenchThreads(2) as pool:
    ...     pool.measure_rate(lambda number: 1, threads=2, repeats=10) > 0
    True
    """

    def __init__(self, max_threads: int) -> None:
        self._pool = ThreadPoolExecutor(max_threads, thread_name_prefix="maskmill-bench")
        self._stopped = False

    def __enter__(self) -> Self:
        """Start no thread before it is needed."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the threads after their current tasks."""
        self._stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def measure_rate(self, task: Task, threads: int, repeats: int) -> float:
        """Return the units of work per second: the better of two short tries.

        Parameters
        ----------
        task : callable
            Does one unit of work.
        threads : int
            Number of threads that run it.
        repeats : int
            How often all threads together run it.
        """
        return max(self._rate(task, threads, repeats) for _ in range(_BEST_OF))

    def count_tasks(self, task: Task, threads: int, seconds: float) -> int:
        """Return how often threads run a task in about some seconds: a multiple of their number.

        Parameters
        ----------
        task : callable
            Does one unit of work.
        threads : int
            Number of threads.
        seconds : float
            How long it should take.
        """
        done = 1
        while (spent := self._seconds(task, 1, done)) < seconds / 4:
            done *= 2
        return threads * max(1, round(done * seconds / spent))

    def _rate(self, task: Task, threads: int, repeats: int) -> float:
        start = perf_counter()
        units = self._run_tasks(task, threads, repeats)
        return units / (perf_counter() - start)

    def _seconds(self, task: Task, threads: int, repeats: int) -> float:
        start = perf_counter()
        self._run_tasks(task, threads, repeats)
        return perf_counter() - start

    def _run_tasks(self, task: Task, threads: int, repeats: int) -> float:
        numbers = count()
        return sum(self._pool.map(lambda _: self._work(task, numbers, repeats), range(threads)))

    def _work(self, task: Task, numbers: Iterator[int], repeats: int) -> float:
        """Run the next piece that no thread has begun, so that a delayed thread delays no other."""
        units = 0.0
        while not self._stopped and (number := next(numbers)) < repeats:
            units += task(number)
        return units
