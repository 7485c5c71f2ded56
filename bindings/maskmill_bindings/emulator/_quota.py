"""A request quota per model: a sliding window that knows when the next request will be accepted."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import NamedTuple

from maskmill.errors import expected


class QuotaExcess(NamedTuple):
    """The quota that is used up, its value, and the seconds until it is not."""

    quota: str
    value: int
    seconds: float


class Quota:
    """At most so many requests within any `window` seconds and any `day` seconds; refused requests do not count.

    >>> quota = Quota(requests_per_minute=1)
    >>> quota.take("gemini-2.5-flash") is None
    True
    >>> quota.take("gemini-2.5-flash").quota
    'GenerateRequestsPerMinutePerProjectPerModel-FreeTier'

    Parameters
    ----------
    requests_per_minute : int or None
        Limit per model; None: no limit.
    requests_per_day : int or None
        Limit per model; None: no limit.
    window : float
        Seconds of a minute; tests use fewer.
    day : float
        Seconds of a day.
    """

    def __init__(
        self,
        requests_per_minute: int | None = None,
        requests_per_day: int | None = None,
        window: float = 60.0,
        day: float = 86400.0,
    ) -> None:
        for name, value in (("requests_per_minute", requests_per_minute), ("requests_per_day", requests_per_day)):
            if value is not None and value < 1:
                raise expected("at least 1", value, name)
        if not (window > 0 and day > 0):
            raise expected("seconds above 0", (window, day), "window")
        bounds = (("PerDay", requests_per_day, day), ("PerMinute", requests_per_minute, window))
        self._bounds = [(name, limit, span) for name, limit, span in bounds if limit is not None]
        self._accepted: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, model: str) -> QuotaExcess | None:
        """Accept and count a request, or return which quota is used up."""
        with self._lock:
            now = time.monotonic()
            for name, limit, span in self._bounds:
                times = self._accepted.setdefault((name, model), deque())
                while times and times[0] <= now - span:
                    times.popleft()
                if len(times) >= limit:
                    quota = f"GenerateRequests{name}PerProjectPerModel-FreeTier"
                    return QuotaExcess(quota, limit, times[len(times) - limit] + span - now)
            for name, _, _ in self._bounds:
                self._accepted[name, model].append(now)
            return None
