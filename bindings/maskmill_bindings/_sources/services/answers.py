"""Read what batch services wrap around a response, and the errors that they give in its place."""

from __future__ import annotations

from typing import Any, Final

from maskmill.errors import excerpt

_MESSAGES: Final = ("message", "errorMessage", "error_message", "detail", "msg", "details")
_CODES: Final = ("code", "errorCode", "error_code", "status_code", "type", "status")
_STATUS_CODES: Final = ("status_code", "statusCode")

_UNFINISHED: Final = ("errored", "canceled", "cancelled", "expired")
"""What Anthropic calls requests of a batch that have no message."""

_TRANSIENT: Final = (4, 8, 13, 14, 408, 429)
"""Codes below 500 of errors that pass: gRPC's and HTTP's."""

_TRANSIENT_WORDS: Final = (
    *("rate_limit", "overloaded", "server_error", "api_error", "timeout", "expired"),
    *("cancel", "throttl", "unavailable", "exhausted", "quota"),
)
"""Words in the names of errors that pass."""

_SUCCESS: Final = (None, 0, 200, "0", "OK", "ok")
"""Codes of a status that is no error."""

_WAIT: Final = "wait, then send the request again"
_CORRECT: Final = "correct the request before it is sent again"

_MAX_SHOWN: Final = 200
"""Characters kept of a message."""


def unwrap_answer(answer: Any, beside: Any = None) -> tuple[Any, str]:
    """Return the response inside what a batch service gives for a request and ``""``, or None and the error.

    >>> unwrap_answer({"status_code": 200, "body": {"choices": [{}]}})
    ({'choices': [{}]}, '')
    >>> unwrap_answer({"type": "expired"})
    (None, 'the request has expired; send it again')

    `beside` is the error that the row states beside the answer.
    """
    if type(answer) is not dict or ("candidates" in answer and "error" not in answer):
        return answer, ""
    if failure := describe_failure(answer, beside):
        return None, failure
    if answer.get("type") == "succeeded" and answer.get("message") is not None:
        return answer["message"], ""
    if answer.get("body") is not None and _status_code(answer) is not None:
        return answer["body"], ""
    return answer, ""


def is_message(value: Any) -> bool:
    """Return whether an object is a whole response whose fields look like those of a row.

    >>> is_message({"type": "message", "content": []}), is_message({"content": "[]"})
    (True, False)
    """
    if type(value) is not dict:
        return False
    return (value.get("type") == "message" and "content" in value) or value.get("object") == "response"


def is_unfinished(answer: dict[str, Any]) -> bool:
    """Return whether a batch service says that a request has no message."""
    return answer.get("type") in _UNFINISHED and type(answer.get("message")) is not dict


def describe_failure(holder: dict[str, Any], beside: Any = None) -> str:
    """Describe the error that a row or an answer holds instead of a response; empty where it holds none.

    >>> describe_failure({"status_code": 429, "body": {"error": {"message": "Slow down"}}})
    "error 429 of the API, 'Slow down'; wait, then send the request again"

    `beside` is another error, whose message counts where this one has none.
    """
    error, status = _error_in(holder), _status_code(holder)
    has_failed_status = status is not None and status >= 400
    if not error and is_unfinished(holder) and holder["type"] != "errored":
        return _describe_end(holder["type"])
    if not error and not has_failed_status and not is_unfinished(holder):
        return ""
    code = status if has_failed_status else _first(error, _CODES)
    message = _first(error, _MESSAGES) or _first(holder, ("body", "error", *_MESSAGES))
    if message is None:
        message = _first(beside, _MESSAGES) if type(beside) is dict else beside or None
    return _describe(code, message)


def _describe_end(outcome: str) -> str:
    return "the request has expired; send it again" if outcome == "expired" else f"the request was {outcome}"


def _describe(code: Any, message: Any) -> str:
    named = f"error {excerpt(code)}" if code is not None else "an error"
    shown = f", {excerpt(message, _MAX_SHOWN)}" if message is not None else ""
    remedy = (
        "wait, then send the request again" if _is_transient(code) else "correct the request before it is sent again"
    )
    return f"{named} of the API{shown}; {remedy}"


def _is_transient(code: Any) -> bool:
    if type(code) is str and not code.isdecimal():
        return any(word in code.lower() for word in _TRANSIENT_WORDS)
    number = int(code) if type(code) is int or (type(code) is str and len(code) < 8) else 0
    return number in _TRANSIENT or number >= 500


def _error_in(holder: dict[str, Any], levels: int = 3) -> dict[str, Any]:
    """Return the error with a message in an object, its body or its error; empty where there is none."""
    for name in ("error", "body", "status"):
        inner = holder.get(name)
        if type(inner) is not dict or (name == "status" and _first(inner, _CODES) in _SUCCESS):
            continue
        if levels and (deeper := _error_in(inner, levels - 1)):
            return deeper
        if name != "body" and type(_first(inner, _MESSAGES)) is str:
            return inner
    return {}


def _status_code(holder: dict[str, Any]) -> int | None:
    code = _first(holder, _STATUS_CODES)
    if type(code) is str and code.isdecimal() and len(code) < 8:
        return int(code)
    return code if type(code) is int else None


def _first(holder: dict[str, Any], names: tuple[str, ...]) -> Any:
    return next((holder[name] for name in names if holder.get(name) is not None), None)
