"""What a run may do: how fast, how long, at what cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from maskmill.errors import expected


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on the requests of a client.

    >>> Limits(concurrency=4, requests_per_minute=60).tries
    8

    Attributes
    ----------
    concurrency
        Requests in flight at a time, at most; fewer after the server has asked for fewer.
    requests_per_minute, tokens_per_minute
        In any sixty seconds, for each model; None: as many as the server takes.
    tries
        Requests for one question after which it counts as failed; those that the server refused as too many in a
        minute do not count.
    deadline
        Seconds for one question with all its tries and waits.
    timeout
        Seconds for one request. The service itself fails on less than ten.
    first_delay, longest_delay
        Seconds to wait after the first failure, doubled after each further one, up to the longest.

    Raises
    ------
    maskmill.errors.ArgumentError
        One of them is no positive number.
    """

    concurrency: int = 8
    requests_per_minute: float | None = None
    tokens_per_minute: float | None = None
    tries: int = 8
    deadline: float = 600.0
    timeout: float = 120.0
    first_delay: float = 1.0
    longest_delay: float = 30.0

    def __post_init__(self) -> None:
        for name in ("concurrency", "tries"):
            check_positive(name, getattr(self, name), int)
        for name in ("deadline", "timeout", "first_delay", "longest_delay"):
            check_positive(name, getattr(self, name), int | float)
        for name in ("requests_per_minute", "tokens_per_minute"):
            if getattr(self, name) is not None:
                check_positive(name, getattr(self, name), int | float)


def check_positive(name: str, value: Any, kinds: Any) -> None:
    """Refuse what is no positive number of these kinds."""
    if isinstance(value, bool) or not isinstance(value, kinds) or not 0 < value < float("inf"):
        raise expected(f"a positive {'integer' if kinds is int else 'number'}", value, name)
