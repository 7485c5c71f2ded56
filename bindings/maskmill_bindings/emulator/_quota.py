"""A quota that the server keeps: a sliding window, which tells the time that is really left."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import NamedTuple

from maskmill.errors import expected


class Excess(NamedTuple):
    """Which quota is used up, and for how long."""

    quota: str
    value: int
    seconds: float


class Quota:
    """So many requests in any span of `window` seconds, and so many in `day`; requests refused are not counted.

    >>> quota = Quota(requests_per_minute=1)
    >>> quota.take("gemini-2.5-flash") is None
    True
    >>> quota.take("gemini-2.5-flash").quota
    'GenerateRequestsPerMinutePerProjectPerModel-FreeTier'

    Parameters
    ----------
    requests_per_minute
        Of each model; None: any number.
    requests_per_day
        Of each model; None: any number.
    window
        Seconds of a minute, less of them for tests.
    day
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
        self._bounds = [(name, most, span) for name, most, span in bounds if most is not None]
        self._taken: dict[tuple[str, str], deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, model: str) -> Excess | None:
        """Count a request; or say which quota is used up, and do not count it."""
        with self._lock:
            now = time.monotonic()
            for name, most, span in self._bounds:
                taken = self._taken.setdefault((name, model), deque())
                while taken and taken[0] <= now - span:
                    taken.popleft()
                if len(taken) >= most:
                    quota = f"GenerateRequests{name}PerProjectPerModel-FreeTier"
                    return Excess(quota, most, taken[len(taken) - most] + span - now)
            for name, _, _ in self._bounds:
                self._taken[name, model].append(now)
            return None
