"""The outcome of a request: an answer, a transient fault, a refusal of this question, or of every question.

The bodies are those of the REST interface (https://ai.google.dev/api/generate-content,
https://cloud.google.com/apis/design/errors). They were checked against the SDK, the emulator, and error bodies that
users have published; Google's own server was not available.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from json import JSONDecodeError
from typing import Any, Final

from maskmill._reply.response import read_response
from maskmill.errors import excerpt

from .._safe_text import replace_surrogates
from ._surrogate_json import load_json

_TRANSPORTS: Final = ("httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "h11", "ssl", "socket")
"""Packages whose exceptions mean that the connection failed."""

_WRONG_URL_ERRORS: Final = ("InvalidURL", "UnsupportedProtocol", "InvalidUrlClientError", "NonHttpUrlClientError")
_UNREACHED_ERRORS: Final = (
    "ConnectError",
    "ConnectTimeout",
    "ClientConnectorError",
    "ConnectionRefusedError",
    "gaierror",
)
_TRANSIENT_STATUSES: Final = (408, 409, 425, 429, 499)
_SECONDS: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)s?")
_RETRY_MESSAGE: Final = re.compile(r"retry in ([0-9]+(?:\.[0-9]+)?)s", re.IGNORECASE)


class OutcomeKind(StrEnum):
    """What to do about an outcome."""

    ANSWERED = "answered"
    """Keep the body, whatever it says."""

    FAULT = "fault"
    """Try again: the failure may be transient."""

    BUSY = "busy"
    """Send fewer requests, then try again: the server refused it as too many."""

    REFUSED = "refused"
    """Give this question up: it is not going to be answered."""

    STOP = "stop"
    """Stop: no question is going to be answered before somebody, or the next day, changes something."""


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """The outcome of one request.

    Attributes
    ----------
    kind : OutcomeKind
        What to do about it.
    code : str
        Short name of what happened: ``answered``, ``http_503``, ``daily_quota``, ``timed_out``, …
    message : str
        Message of the server or the connection.
    body : str
        The response as received; empty unless it is an answer.
    delay : float or None
        Seconds for which the server wants no request; None where it does not say.
    was_reached : bool
        Whether a server was reached.
    """

    kind: OutcomeKind
    code: str
    message: str = ""
    body: str = ""
    delay: float | None = None
    was_reached: bool = True

    def as_transient(self) -> RequestOutcome:
        """Return the outcome with an unexpected error as a transient one.

        This is for calls whose response the SDK parses itself: a broken response may be valid the next time.
        """
        return replace(self, kind=OutcomeKind.FAULT) if self.code == "unexpected" else self


def outcome_of_body(body: str | None) -> RequestOutcome:
    """Return the outcome of a body with status 200, which is an answer only if it is the API's JSON.

    >>> outcome_of_body("<html>sign in</html>").code, outcome_of_body('{"candidates": [{"finishReason": "STOP"}]}').code
    ('not_json', 'answered')
    """
    if not body:
        return RequestOutcome(OutcomeKind.FAULT, "empty_response", "the response has no body")
    try:
        value = load_json(body)
    except ValueError:
        return RequestOutcome(OutcomeKind.FAULT, "not_json", f"the response is no JSON: {excerpt(body)}")
    if not isinstance(value, dict) or not (_list(value, "candidates") or value.get("promptFeedback")):
        return RequestOutcome(OutcomeKind.FAULT, "no_candidates", f"the response has no candidates: {excerpt(body)}")
    return RequestOutcome(OutcomeKind.ANSWERED, "answered", body=body)


@dataclass(frozen=True, slots=True)
class ModelOutput:
    """The content of an answer's body.

    Attributes
    ----------
    text : str
        All text parts but thoughts, joined.
    finish_reason : str
        The candidate's ``finishReason``.
    model_version : str
        The model that answered; empty where the response does not say.
    code, message : str
        Why there is no text; empty where there is.
    """

    text: str
    finish_reason: str
    model_version: str
    code: str = ""
    message: str = ""


def read_model_output(value: Mapping[str, Any]) -> ModelOutput:
    """Read the text of a response, or why it has none.

    >>> read_model_output({"candidates": [{"finishReason": "SAFETY"}]}).code
    'finish_safety'
    """
    candidates = _list(value, "candidates")
    first = candidates[0] if candidates and isinstance(candidates[0], dict) else {}
    finish, version = _text(first, "finishReason"), _text(value, "modelVersion").removeprefix("models/")
    source = read_response(value)
    if source.absence is None:
        return ModelOutput(replace_surrogates(source.whole_text()), finish, version)
    feedback = value.get("promptFeedback")
    is_blocked = isinstance(feedback, dict) and "blockReason" in feedback
    code = "prompt_blocked" if is_blocked else "no_text" if finish in ("", "STOP") else f"finish_{finish.lower()}"
    return ModelOutput("", finish, version, code, source.absence.message)


def outcome_of_error(error: Exception) -> RequestOutcome:
    """Return the outcome that an exception of the SDK means.

    >>> outcome_of_error(TimeoutError()).code
    'timed_out'
    """
    from google.genai.errors import APIError

    if isinstance(error, APIError):
        return _outcome_of_api_error(error)
    names = [kind.__name__ for kind in type(error).__mro__]
    packages = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    if any(name in _WRONG_URL_ERRORS for name in names):
        return RequestOutcome(OutcomeKind.STOP, "wrong_url", f"the address cannot be used: {_message(error)}")
    if any("Timeout" in name for name in names) and not any(name in _UNREACHED_ERRORS for name in names):
        return RequestOutcome(OutcomeKind.FAULT, "timed_out", "no answer in time")
    if packages & set(_TRANSPORTS) or isinstance(error, OSError | EOFError):
        return RequestOutcome(
            OutcomeKind.FAULT, "connection", _message(error), was_reached=not any(n in _UNREACHED_ERRORS for n in names)
        )
    if isinstance(error, UnicodeError | JSONDecodeError):
        return RequestOutcome(OutcomeKind.FAULT, "not_json", f"the response is no JSON: {_message(error)}")
    return RequestOutcome(OutcomeKind.REFUSED, "unexpected", _message(error))


def _outcome_of_api_error(error: Any) -> RequestOutcome:
    body = error.details if isinstance(error.details, dict) else {}
    headers = getattr(error.response, "headers", None)
    return outcome_of_status(int(error.code or 0), body, headers)


def outcome_of_status(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> RequestOutcome:
    """Return the outcome of an HTTP status other than 200.

    >>> outcome_of_status(503, {}).kind, outcome_of_status(404, {"error": {"message": "no such model"}}).message
    (<OutcomeKind.FAULT: 'fault'>, 'no such model')

    Parameters
    ----------
    status : int
        HTTP status.
    body : mapping
        The body, parsed; an error object, or an object whose ``error`` is one.
    headers : mapping, optional
        The headers, of which ``retry-after`` counts.
    """
    inner = body.get("error")
    error: Mapping[str, Any] = inner if isinstance(inner, dict) else body
    message = _text(error, "message") or f"HTTP status {status}"
    details = [detail for detail in _list(error, "details") if isinstance(detail, dict)]
    delay = _delay(details, headers or {}, message)
    if status == 429 or _text(error, "status") == "RESOURCE_EXHAUSTED":
        is_daily = any("PerDay" in quota for quota in _quotas(details))
        return (
            RequestOutcome(OutcomeKind.STOP, "daily_quota", f"the quota of the day is spent: {message}")
            if is_daily
            else RequestOutcome(OutcomeKind.BUSY, "http_429", message, delay=delay)
        )
    if status in _TRANSIENT_STATUSES or status >= 500 or status < 400:
        return RequestOutcome(OutcomeKind.FAULT, f"http_{status}", message, delay=delay)
    return _refusal(status, error, details, message)


def _refusal(status: int, error: Mapping[str, Any], details: list[dict[str, Any]], message: str) -> RequestOutcome:
    reasons = {_text(detail, "reason") for detail in details}
    if "files/" in message or " File " in message:
        return RequestOutcome(OutcomeKind.FAULT, "file_gone", message)
    if status == 401 or "API_KEY_INVALID" in reasons or "api key" in message.lower():
        return RequestOutcome(OutcomeKind.STOP, "wrong_key", message)
    if status in (402, 403) or _text(error, "status") == "FAILED_PRECONDITION":
        return RequestOutcome(OutcomeKind.STOP, "not_permitted", message)
    if status == 404:
        return RequestOutcome(OutcomeKind.STOP, "no_such_model", message)
    return RequestOutcome(OutcomeKind.REFUSED, f"http_{status}", message)


def _quotas(details: list[dict[str, Any]]) -> Iterator[str]:
    for detail in details:
        for violation in _list(detail, "violations"):
            if isinstance(violation, dict):
                yield _text(violation, "quotaId")


def _delay(details: list[dict[str, Any]], headers: Mapping[str, str], message: str) -> float | None:
    """Return the seconds to wait, from RetryInfo, else from the header Retry-After, else from the message."""
    for detail in details:
        if "retryDelay" in detail:
            seconds = _SECONDS.fullmatch(str(detail["retryDelay"]))
            if seconds:
                return float(seconds[1])
    header = str(headers.get("retry-after", "")).strip()
    if header:
        return _retry_after(header)
    in_message = _RETRY_MESSAGE.search(message)
    return float(in_message[1]) if in_message else None


def _retry_after(text: str) -> float | None:
    """Return the seconds of a Retry-After, which is a number of them or a date."""
    if seconds := _SECONDS.fullmatch(text):
        return float(seconds[1])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((at - datetime.now(at.tzinfo or UTC)).total_seconds(), 0.0) if at.tzinfo else None


def _message(error: BaseException) -> str:
    """Return an exception's message, or its class where it has none."""
    return str(error).strip() or type(error).__name__


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    item = value.get(name)
    return item if isinstance(item, list) else []


def _text(value: Mapping[str, Any], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""
