"""Bounds on the requests of a run: concurrency, rate, attempts, time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from maskmill.errors import expected


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """Bounds on the requests of a client or a run.

    >>> RunLimits(concurrency=4, requests_per_minute=60).tries
    8

    Attributes
    ----------
    concurrency : int
        Maximum number of requests in flight; fewer after the server has asked for fewer.
    requests_per_minute, tokens_per_minute : float or None
        Maximum in any sixty seconds, per model; None: as many as the server accepts.
    tries : int
        Failed requests per question after which it is recorded as failed. Requests that the server refuses because
        of a limit per minute do not count.
    deadline : float
        Seconds per question, over all its requests and waits.
    timeout : float
        Seconds per request. The service itself rejects less than ten.
    first_delay, longest_delay : float
        Seconds to wait after the first failure, doubled after each further one, and their maximum.

    Raises
    ------
    maskmill.errors.ArgumentError
        A value is not a positive number.
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


def check_positive(name: str, value: Any, types: Any) -> None:
    """Raise unless a value is a positive, finite number.

    Parameters
    ----------
    name : str
        Name of the option, for the message.
    value : object
        Value of the option.
    types : type or types.UnionType
        Accepted types: ``int``, or ``int | float``.

    Raises
    ------
    maskmill.errors.ArgumentError
        The value is something else.
    """
    if isinstance(value, bool) or not isinstance(value, types) or not 0 < value < float("inf"):
        raise expected(f"a positive {'integer' if types is int else 'number'}", value, name)
