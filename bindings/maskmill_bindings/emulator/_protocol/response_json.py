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


EVENTS: Final = "text/event-stream"
EVENT_END: Final = b"\r\n\r\n"


class Answer(NamedTuple):
    """What goes back: a status, a body, and headers beside its type and length."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    type: str = "application/json; charset=UTF-8"

    @property
    def head(self) -> bytes:
        """Everything before the body."""
        pairs = [("Content-Type", self.type), *self.headers, self._length]
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}", *(f"{k}: {v}" for k, v in pairs)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    @property
    def framed(self) -> bytes:
        """The body as it is sent: a stream in chunks, one an event."""
        if self.type != EVENTS:
            return self.body
        chunks = [event + EVENT_END for event in self.body.split(EVENT_END)]
        chunks[-1] = chunks[-1].removesuffix(EVENT_END)  # what follows the last end, mostly nothing
        return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + b"0\r\n\r\n"

    @property
    def _length(self) -> tuple[str, str]:
        is_stream = self.type == EVENTS
        return ("Transfer-Encoding", "chunked") if is_stream else ("Content-Length", str(len(self.body)))


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
