"""What a request came to: an answer, a fault that may pass, a refusal of this question, or of all.

The bodies are those of the REST interface (https://ai.google.dev/api/generate-content,
https://cloud.google.com/apis/design/errors). Google's own server was not at hand: this is checked against the SDK, the
emulator, and error bodies that users have published.
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

from maskmill._reply.response import read
from maskmill.errors import excerpt

from ..._safe_text import sound
from .._surrogate_json import parsed

_TRANSPORTS: Final = ("httpx", "httpx2", "httpcore", "httpcore2", "aiohttp", "h11", "ssl", "socket")
"""Packages whose exceptions mean that the wire failed."""

_WRONG_URLS: Final = ("InvalidURL", "UnsupportedProtocol", "InvalidUrlClientError", "NonHttpUrlClientError")
_UNREACHED: Final = ("ConnectError", "ConnectTimeout", "ClientConnectorError", "ConnectionRefusedError", "gaierror")
_PASSING: Final = (408, 409, 425, 429, 499)
_SECONDS: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)s?")
_IN_WORDS: Final = re.compile(r"retry in ([0-9]+(?:\.[0-9]+)?)s", re.IGNORECASE)


class Kind(StrEnum):
    """What to do about an outcome."""

    ANSWERED = "answered"
    """There is a body to keep, whatever it says."""

    FAULT = "fault"
    """It failed, and may not fail again."""

    BUSY = "busy"
    """The server asks for fewer requests."""

    REFUSED = "refused"
    """This question is not going to be answered."""

    STOP = "stop"
    """No question is going to be answered until a person, or the next day, changes that."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request came to.

    Attributes
    ----------
    kind
        What to do about it.
    code
        Short name of what happened: ``answered``, ``http_503``, ``daily_quota``, ``timed_out``, …
    message
        What the server, or the wire, said.
    body
        The response as it came; only of what is answered.
    delay
        Seconds for which the server wants no request; None where it does not say.
    was_reached
        Whether a server was there at all.
    """

    kind: Kind
    code: str
    message: str = ""
    body: str = ""
    delay: float | None = None
    was_reached: bool = True

    def passing(self) -> Outcome:
        """The same, of a call which the SDK reads by itself: what it stumbles over may be whole the next time."""
        return replace(self, kind=Kind.FAULT) if self.code == "unexpected" else self


# Bodies.


def of_body(body: str | None) -> Outcome:
    """What a body with status 200 is: an answer only if it is the API's JSON.

    >>> of_body("<html>sign in</html>").code, of_body('{"candidates": [{"finishReason": "STOP"}]}').code
    ('not_json', 'answered')
    """
    if not body:
        return Outcome(Kind.FAULT, "empty_response", "the response has no body")
    try:
        value = parsed(body)
    except ValueError:
        return Outcome(Kind.FAULT, "not_json", f"the response is no JSON: {excerpt(body)}")
    if not isinstance(value, dict) or not (_list(value, "candidates") or value.get("promptFeedback")):
        return Outcome(Kind.FAULT, "no_candidates", f"the response has no candidates: {excerpt(body)}")
    return Outcome(Kind.ANSWERED, "answered", body=body)


@dataclass(frozen=True, slots=True)
class Said:
    """What an answer's body says.

    Attributes
    ----------
    text
        All text parts that are no thoughts, joined.
    finish
        The candidate's ``finishReason``.
    model_version
        The model that answered; empty where the response does not say.
    code, message
        Why there is no text; empty where there is.
    """

    text: str
    finish: str
    model_version: str
    code: str = ""
    message: str = ""


def read_answer(value: Mapping[str, Any]) -> Said:
    """What a response says.

    >>> read_answer({"candidates": [{"finishReason": "SAFETY"}]}).code
    'finish_safety'
    """
    candidates = _list(value, "candidates")
    first = candidates[0] if candidates and isinstance(candidates[0], dict) else {}
    finish, version = _text(first, "finishReason"), _text(value, "modelVersion").removeprefix("models/")
    source = read(value)
    if source.lack is None:
        return Said(sound(source.text), finish, version)
    feedback = value.get("promptFeedback")
    is_blocked = isinstance(feedback, dict) and "blockReason" in feedback
    code = "prompt_blocked" if is_blocked else "no_text" if finish in ("", "STOP") else f"finish_{finish.lower()}"
    return Said("", finish, version, code, source.lack.message)


# Errors of the SDK.


def of_error(error: Exception) -> Outcome:
    """What an exception out of the SDK means.

    >>> of_error(TimeoutError()).code
    'timed_out'
    """
    from google.genai.errors import APIError

    if isinstance(error, APIError):
        return _of_api_error(error)
    names = [kind.__name__ for kind in type(error).__mro__]
    packages = {kind.__module__.partition(".")[0] for kind in type(error).__mro__}
    if any(name in _WRONG_URLS for name in names):
        return Outcome(Kind.STOP, "wrong_url", f"the address cannot be used: {_told(error)}")
    if any("Timeout" in name for name in names) and not any(name in _UNREACHED for name in names):
        return Outcome(Kind.FAULT, "timed_out", "no answer in time")
    if packages & set(_TRANSPORTS) or isinstance(error, OSError | EOFError):
        return Outcome(Kind.FAULT, "connection", _told(error), was_reached=not any(n in _UNREACHED for n in names))
    if isinstance(error, UnicodeError | JSONDecodeError):
        return Outcome(Kind.FAULT, "not_json", f"the response is no JSON: {_told(error)}")
    return Outcome(Kind.REFUSED, "unexpected", _told(error))


def _of_api_error(error: Any) -> Outcome:
    body = error.details if isinstance(error.details, dict) else {}
    headers = getattr(error.response, "headers", None)
    return of_status(int(error.code or 0), body, headers)


def of_status(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Outcome:
    """What an HTTP status other than 200, with its body, means.

    >>> of_status(503, {}).kind, of_status(404, {"error": {"message": "no such model"}}).message
    (<Kind.FAULT: 'fault'>, 'no such model')
    """
    inner = body.get("error")
    found: Mapping[str, Any] = inner if isinstance(inner, dict) else body
    message = _text(found, "message") or f"HTTP status {status}"
    details = [detail for detail in _list(found, "details") if isinstance(detail, dict)]
    delay = _delay(details, headers or {}, message)
    if status == 429 or _text(found, "status") == "RESOURCE_EXHAUSTED":
        is_daily = any("PerDay" in quota for quota in _quotas(details))
        return (
            Outcome(Kind.STOP, "daily_quota", f"the quota of the day is spent: {message}")
            if is_daily
            else Outcome(Kind.BUSY, "http_429", message, delay=delay)
        )
    if status in _PASSING or status >= 500 or status < 400:
        return Outcome(Kind.FAULT, f"http_{status}", message, delay=delay)
    return _refusal(status, found, details, message)


def _refusal(status: int, found: Mapping[str, Any], details: list[dict[str, Any]], message: str) -> Outcome:
    reasons = {_text(detail, "reason") for detail in details}
    if "files/" in message or " File " in message:
        return Outcome(Kind.FAULT, "file_gone", message)
    if status == 401 or "API_KEY_INVALID" in reasons or "api key" in message.lower():
        return Outcome(Kind.STOP, "wrong_key", message)
    if status in (402, 403) or _text(found, "status") == "FAILED_PRECONDITION":
        return Outcome(Kind.STOP, "not_permitted", message)
    if status == 404:
        return Outcome(Kind.STOP, "no_such_model", message)
    return Outcome(Kind.REFUSED, f"http_{status}", message)


def _quotas(details: list[dict[str, Any]]) -> Iterator[str]:
    for detail in details:
        for violation in _list(detail, "violations"):
            if isinstance(violation, dict):
                yield _text(violation, "quotaId")


def _delay(details: list[dict[str, Any]], headers: Mapping[str, str], message: str) -> float | None:
    """Seconds to wait: RetryInfo's, else those of the header Retry-After, else those in the message."""
    for detail in details:
        if "retryDelay" in detail:
            found = _SECONDS.fullmatch(str(detail["retryDelay"]))
            if found:
                return float(found[1])
    after = str(headers.get("retry-after", "")).strip()
    if after:
        return _after(after)
    in_words = _IN_WORDS.search(message)
    return float(in_words[1]) if in_words else None


def _after(text: str) -> float | None:
    """Seconds of a Retry-After, which is a number of them or a date."""
    if found := _SECONDS.fullmatch(text):
        return float(found[1])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max((at - datetime.now(at.tzinfo or UTC)).total_seconds(), 0.0) if at.tzinfo else None


def _told(error: BaseException) -> str:
    """An exception in words, with the causes that say more than it does itself."""
    return str(error).strip() or type(error).__name__


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""
