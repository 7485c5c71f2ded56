"""Answers as the API spells them, in camelCase.

Bodies of errors follow what the google-genai SDK reads and what users of Google's server have reported; nobody has
compared them with Google's server.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    411: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_REASONS: Final = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 409: "Conflict",
                   411: "Length Required", 429: "Too Many Requests", 500: "Internal Server Error",
                   502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}  # fmt: skip


class Answer(NamedTuple):
    """What goes back: a status, a body, and headers beside its type and length."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    type: str = "application/json; charset=UTF-8"

    def head(self, length: int | None = None) -> bytes:
        """Everything before the body, for one of `length` bytes."""
        size = len(self.body) if length is None else length
        pairs = [("Content-Type", self.type), *self.headers, ("Content-Length", str(size))]
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}", *(f"{k}: {v}" for k, v in pairs)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class RefusedError(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, *details: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.answer = refusal(status, message, *details)

    @property
    def error(self) -> dict[str, Any]:
        """The error of the body."""
        found: dict[str, Any] = json.loads(self.answer.body)["error"]
        return found


def as_json(value: Any, *headers: tuple[str, str]) -> Answer:
    """A good answer."""
    return Answer(200, json.dumps(value, ensure_ascii=False).encode(), headers)


def refusal(status: int, message: str, *details: Mapping[str, Any]) -> Answer:
    """An error as Google's server spells it."""
    error: dict[str, Any] = {"code": status, "message": message, "status": STATUSES[status]}
    if details:
        error["details"] = list(details)
    return Answer(status, json.dumps({"error": error}, indent=2).encode())


def seconds_text(seconds: float) -> str:
    """A duration as the API writes it, never less than it is.

    >>> seconds_text(0.2), seconds_text(58.0), seconds_text(0.12341)
    ('0.2s', '58s', '0.124s')
    """
    thousandths = -int(-seconds * 1000 // 1)
    return f"{thousandths / 1000:g}s"


def retry_info(seconds: float) -> dict[str, str]:
    """The detail of an error that says when to come again."""
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": seconds_text(seconds)}


def quota_failure(quota: str, model: str, value: int) -> dict[str, Any]:
    """The detail of an error that says which quota is used up."""
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    dimensions = {"location": "global", "model": model}
    violation = {"quotaMetric": metric, "quotaId": quota, "quotaDimensions": dimensions, "quotaValue": str(value)}
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
