"""Errors of the API in place of a response, alone, in a stream or in the row of a batch."""

from __future__ import annotations

import re
from typing import Any, Final

from ...errors import excerpt
from .access import get_field, is_record

_TRANSIENT: Final = (4, 8, 13, 14, 408, 429)
"""Codes of transient errors below 500: gRPC's, as batches write them, and HTTP's."""

_MESSAGES: Final = ("message", "msg", "error_message", "error_msg", "detail", "description", "title", "reason")
_CODES: Final = ("code", "status_code", "statusCode", "status")
_FAILED: Final = ("error", "failed", "failure", "fail", "cancelled", "canceled", "aborted")
_FIRST_OF_ERRORS: Final = 400
_OF_MODEL: Final = re.compile(
    r"^\W*(?:no|none|nothing)\b|\b(?:masks?|objects?|items?)\b.{0,60}\b(?:found|visible|detected|present)\b"
    r"|\b(?:find|detect|locate) (?:any|the|an?)\b",
    re.IGNORECASE,
)
"""A sentence that a model may write under the name of an error: what it did not find."""

_TRANSIENT_WORDS: Final = ("overload", "rate_limit", "unavailable", "timeout", "server_error", "exhausted", "internal")


def api_error(value: Any) -> str:
    """Describe an error of the API, alone, in a stream, or in the row of a batch; empty for any other value.

    >>> api_error({"error": {"code": 400, "message": "Bad"}})
    "error 400 of the API, 'Bad'; correct the request before it is sent again"
    >>> api_error({"candidates": []})
    ''
    """
    holder = value[0] if isinstance(value, list) and value else value
    if not isinstance(holder, dict):
        return ""
    error = holder.get("error")
    if isinstance(error, dict) and isinstance(error.get("message"), str):
        return describe_error(error)
    words = _words_of_error(holder, error)
    return f"an error: {excerpt(words, 200)}" if words else ""


def _words_of_error(holder: dict[Any, Any], error: Any) -> str:
    """Return the sentence of an error under the names that services give it; empty where nothing says that it is one.

    Lists in the object are what a model answers, and are left to others.
    """
    if any(isinstance(held, list) and name not in ("errors", "detail") for name, held in holder.items()):
        return ""
    if said := _sentence(error):
        return "" if len(holder) == 1 and _OF_MODEL.search(said) else said
    if said := reasons_in(holder.get("errors")) or _sentence(holder.get("errorMessage")):
        return said
    if "detail" in holder and (len(holder) == 1 or _says_failure(holder)):
        return _sentence(holder["detail"]) or _reasons_of_detail(holder["detail"])
    if not _says_failure(holder):
        return ""
    return next((said for name in _MESSAGES if (said := _sentence(holder.get(name)))), "")


def _says_failure(holder: dict[Any, Any]) -> bool:
    """Tell whether the fields of an object say that a request failed."""
    code = next((holder[name] for name in _CODES if type(holder.get(name)) is int), 0)
    words = (holder.get(name) for name in ("object", "type", "status"))
    is_named = any(isinstance(word, str) and word.lower() in _FAILED for word in words)
    return is_named or code >= _FIRST_OF_ERRORS or holder.get("success") is False or holder.get("ok") is False


def _reasons_of_detail(detail: Any) -> str:
    """Return the messages of a request that is not valid, as FastAPI lists them."""
    listed = detail if isinstance(detail, list) else [detail]
    return "; ".join(
        entry["msg"][:200] for entry in listed[:4] if is_record(entry) and _sentence(get_field(entry, "msg"))
    )


def _sentence(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


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
