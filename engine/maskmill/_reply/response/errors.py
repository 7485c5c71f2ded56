"""Errors of the API in place of a response, alone, in a stream or in the row of a batch."""

from __future__ import annotations

from typing import Any, Final

from ...errors import excerpt
from .access import get_field, is_record

_TRANSIENT: Final = (4, 8, 13, 14, 408, 429)
"""Codes of transient errors below 500: gRPC's, as batches write them, and HTTP's."""

_TRANSIENT_WORDS: Final = ("overload", "rate_limit", "unavailable", "timeout", "server_error", "exhausted", "internal")


def api_error(value: Any) -> str:
    """Describe an error of the API, alone, in a stream, or in the row of a batch; empty for any other value.

    >>> api_error({"error": {"code": 400, "message": "Bad"}})
    "error 400 of the API, 'Bad'; correct the request before it is sent again"
    >>> api_error({"candidates": []})
    ''
    """
    holder = value[0] if isinstance(value, list) and value else value
    error = holder.get("error") if isinstance(holder, dict) else None
    return describe_error(error) if isinstance(error, dict) and isinstance(error.get("message"), str) else ""


def describe_error(error: Any) -> str:
    """Describe an error with its code and message, and say whether the request may simply be sent again.

    >>> describe_error({"type": "overloaded_error", "message": "Overloaded"})
    "error 'overloaded_error' of the API, 'Overloaded'; wait, then send the request again"
    """
    code = get_field(error, "code")
    code = get_field(error, "type", "status") if code is None else code
    message = get_field(error, "message")
    remedy = (
        "wait, then send the request again" if _is_transient(code) else "correct the request before it is sent again"
    )
    return f"error {excerpt(code)} of the API, {excerpt(message if isinstance(message, str) else '', 200)}; {remedy}"


def reasons_in(errors: Any) -> str:
    """Return the messages of errors that a response lists, joined; empty if it lists none.

    >>> reasons_in([{"code": "quota", "message": "no tokens left"}, {"message": "late"}])
    'no tokens left (quota); late'
    """
    described = []
    for error in errors if isinstance(errors, (list, tuple)) else [errors]:
        code, message = (get_field(error, "code"), get_field(error, "message")) if is_record(error) else (None, error)
        if isinstance(message, str) and message.strip():
            described.append(message.strip()[:200] + (f" ({str(code)[:60]})" if code else ""))
    return "; ".join(described[:4])


def _is_transient(code: Any) -> bool:
    if isinstance(code, str):
        return any(word in code.lower() for word in _TRANSIENT_WORDS)
    return isinstance(code, int) and (code in _TRANSIENT or code >= 500)
