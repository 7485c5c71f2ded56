"""HTTP responses and errors as the API spells them, in camelCase.

The bodies of errors follow what the google-genai SDK reads and what users of Google's server have reported. They were
not compared with Google's server.
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


EVENT_STREAM: Final = "text/event-stream"
EVENT_END: Final = b"\r\n\r\n"


class HttpResponse(NamedTuple):
    """A response: status, body, headers beside type and length, and the body's media type."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    type: str = "application/json; charset=UTF-8"

    @property
    def head(self) -> bytes:
        """The status line and the headers, as bytes."""
        pairs = [("Content-Type", self.type), *self.headers, self._length]
        lines = [f"HTTP/1.1 {self.status} {_REASONS.get(self.status, '')}", *(f"{k}: {v}" for k, v in pairs)]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    @property
    def framed(self) -> bytes:
        """The body as it is sent: a stream has one chunk per event."""
        if self.type != EVENT_STREAM:
            return self.body
        chunks = [event + EVENT_END for event in self.body.split(EVENT_END)]
        chunks[-1] = chunks[-1].removesuffix(EVENT_END)  # the rest after the last event, usually empty
        return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks if chunk) + b"0\r\n\r\n"

    @property
    def _length(self) -> tuple[str, str]:
        is_stream = self.type == EVENT_STREAM
        return ("Transfer-Encoding", "chunked") if is_stream else ("Content-Length", str(len(self.body)))


class RefusedError(Exception):
    """A request is answered with an error."""

    def __init__(self, status: int, message: str, *details: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.response = error_response(status, message, *details)

    @property
    def error(self) -> dict[str, Any]:
        """The error object in the body."""
        error: dict[str, Any] = json.loads(self.response.body)["error"]
        return error


def json_response(value: Any, *headers: tuple[str, str]) -> HttpResponse:
    """Return a response 200 with a JSON body."""
    return HttpResponse(200, json.dumps(value, ensure_ascii=False).encode(), headers)


def error_response(status: int, message: str, *details: Mapping[str, Any]) -> HttpResponse:
    """Return an error response as Google's server writes it.

    Parameters
    ----------
    status : int
        HTTP status.
    message : str
        Message of the error.
    *details : Mapping[str, Any]
        Objects of the error's ``details``.
    """
    error: dict[str, Any] = {"code": status, "message": message, "status": STATUSES[status]}
    if details:
        error["details"] = list(details)
    return HttpResponse(status, json.dumps({"error": error}, indent=2).encode())


def format_seconds(seconds: float) -> str:
    """Return a duration as the API writes it, rounded up to milliseconds.

    >>> format_seconds(0.2), format_seconds(58.0), format_seconds(0.12341)
    ('0.2s', '58s', '0.124s')
    """
    thousandths = -int(-seconds * 1000 // 1)
    return f"{thousandths / 1000:g}s"


def retry_info_detail(seconds: float) -> dict[str, str]:
    """Return the detail of an error that says when to retry."""
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": format_seconds(seconds)}


def quota_failure_detail(quota: str, model: str, value: int) -> dict[str, Any]:
    """Return the detail of an error that says which quota is used up.

    Parameters
    ----------
    quota : str
        Name of the quota.
    model : str
        The requested model.
    value : int
        Value of the quota.
    """
    metric = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
    dimensions = {"location": "global", "model": model}
    violation = {"quotaMetric": metric, "quotaId": quota, "quotaDimensions": dimensions, "quotaValue": str(value)}
    return {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [violation]}
