"""Threads that do stints of work, and the rate at which they do them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import perf_counter
from types import TracebackType
from typing import Final, Self

Stint = Callable[[int], float]

_BEST_OF: Final = 2


class Crew:
    """A pool for a whole run: threads that live on keep their buffers.

    >>> with Crew(2) as crew:
    ...     crew.rate(lambda number: 1, threads=2, stints=10) > 0
    True
    """

    def __init__(self, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="maskmill-bench")
        self._stopped = False

    def __enter__(self) -> Self:
        """Nothing is started before it is needed."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End the threads after the stint that each is in."""
        self._stopped = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def rate(self, stint: Stint, threads: int, stints: int) -> float:
        """Units of work a second: the better of two short tries."""
        return max(self._rate(stint, threads, stints) for _ in range(_BEST_OF))

    def stints_for(self, stint: Stint, threads: int, seconds: float) -> int:
        """How many stints so many threads do in about so many seconds: a whole number for each."""
        done = 1
        while (spent := self._seconds(stint, 1, done)) < seconds / 4:
            done *= 2
        return threads * max(1, round(done * seconds / spent))

    def _rate(self, stint: Stint, threads: int, stints: int) -> float:
        start = perf_counter()
        units = self._do(stint, threads, stints)
        return units / (perf_counter() - start)

    def _seconds(self, stint: Stint, threads: int, stints: int) -> float:
        start = perf_counter()
        self._do(stint, threads, stints)
        return perf_counter() - start

    def _do(self, stint: Stint, threads: int, stints: int) -> float:
        numbers = count()
        return sum(self._pool.map(lambda _: self._toil(stint, numbers, stints), range(threads)))

    def _toil(self, stint: Stint, numbers: Iterator[int], stints: int) -> float:
        """Take the next stint that nobody has taken, so that a thread that is held up holds up no other."""
        units = 0.0
        while not self._stopped and (number := next(numbers)) < stints:
            units += stint(number)
        return units
