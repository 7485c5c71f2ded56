"""Extract the model's text from a service's response, or the reason why there is none.

A response is Google's, as an object of its SDK or as JSON (``candidates``), alone or in the row of a batch; its content
or parts alone; or JSON in the style of OpenAI (``choices``). The pieces of a streamed response look like responses, so
several of them are joined to one text unless each text is a valid reply by itself.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ..errors import excerpt
from ..status import Note, ReplyStatus
from .keys import FIELDS, fold, fold_keys
from .recovery.cursor import Recovered
from .strict_json import parse_json

_TEXT_KEYS: Final = ("text", "reply", "response", "content", "output")
_WRAPPERS: Final = ("response", "body")
_LEVELS: Final = 4
_CHOICES: Final = ("candidates", "choices")
_OF_CHOICE: Final = ("content", "finishReason", "finish_reason", "message", "delta", "index")
_OWN_KEYS: Final = frozenset(
    map(fold, ("candidates", "usage_metadata", "model_version", "response_id", "create_time", "sdk_http_response"))
)
"""Folded keys that a response without candidates may have."""

_ORDINARY: Final = ("", "STOP", "MAX_TOKENS", "LENGTH", "FINISH_REASON_UNSPECIFIED")
_TRANSIENT: Final = (4, 8, 13, 14, 408, 429)
"""Codes of transient errors below 500: gRPC's, as batches write them, and HTTP's."""


class ReplySource(NamedTuple):
    """A reply: its text, its parsed value, or why there is neither.

    Attributes
    ----------
    text : str
        The text; empty where there is a value or none at all.
    value : list or dict or None
        The parsed value, if the caller passed one.
    absence : Note or None
        Why there is nothing to read; its code is the reply's status.
    """

    text: str = ""
    value: Any = None
    absence: Note | None = None


def absent_reply(status: ReplyStatus, message: str, shown: str = "") -> ReplySource:
    """Return a source without anything to read.

    Parameters
    ----------
    status : ReplyStatus
        The status that the reply gets.
    message : str
        Why there is nothing to read.
    shown : str
        An excerpt of what came instead.
    """
    return ReplySource(absence=Note(str(status), message, shown))


def response_in(value: Any) -> Any:
    """Return the response that a value is or wraps, as the row of a batch does; None if there is none.

    >>> response_in({"key": "row-7", "response": {"candidates": [{}]}})
    {'candidates': [{}]}
    """
    for _ in range(_LEVELS):
        if is_response(value):
            return value
        inner = [value.get(key) for key in _WRAPPERS] if isinstance(value, dict) else []
        value = next((held for held in inner if isinstance(held, dict)), None)
    return None


def is_response(value: Any) -> bool:
    """Tell whether a value is a response or a piece of a streamed one."""
    if not isinstance(value, dict):
        return hasattr(value, "candidates")
    if "promptFeedback" in value or "prompt_feedback" in value:
        return True
    choices = value.get("candidates") or value.get("choices")
    if choices:
        return isinstance(choices, list) and all(map(_is_choice, choices))
    if "candidates" in value or "usageMetadata" in value or "usage_metadata" in value:
        return all(fold(str(key)) in _OWN_KEYS for key in value)
    return _has_parts(value) and FIELDS.isdisjoint(fold_keys(value))


def read_response(response: Any) -> ReplySource:
    """Read the text of a response without its thought parts, or the reason why there is none.

    >>> read_response({"candidates": [{"content": {"parts": [{"text": "[]"}]}}]}).text
    '[]'
    """
    choices = _get(response, *_CHOICES)
    choices = choices if isinstance(choices, (list, tuple)) else ()
    holders = choices or ((response,) if isinstance(response, dict) else ())
    text = next((text for choice in holders if (text := _text(choice)).strip()), "")
    return ReplySource(text) if text else _without_text(response, choices[0] if choices else None)


def read_stream(responses: list[Any]) -> list[ReplySource]:
    """Read the joined text of a streamed response; or every text, if each is a valid reply by itself."""
    sources = [read_response(response) for response in responses]
    texts = [source.text for source in sources if source.text]
    if not texts:
        answered = [source for source, response in zip(sources, responses, strict=True) if _get(response, *_CHOICES)]
        return [next(filter(_is_blocked, sources), (answered or sources)[-1])]
    if len(texts) > 1 and all(parse_json(text) is not None for text in texts):
        return sources
    return [ReplySource("".join(texts))]


def wrapped_texts(values: list[Any]) -> list[ReplySource]:
    """Return the texts that parsed values wrap: responses, objects around one text, or lists of these alone.

    >>> wrapped_texts([{"text": "[]"}])[0].text
    '[]'
    """
    pieces = [piece for value in values for piece in _pieces(value)]
    if pieces and all(map(is_response, pieces)):
        return read_stream(pieces)
    return [
        read_response(response) if (response := response_in(piece)) else ReplySource(_held(piece)) for piece in pieces
    ]


def api_error(value: Any) -> str:
    """Describe an error of the API, alone, in a stream, or in the row of a batch; empty for any other value.

    >>> api_error({"error": {"code": 400, "message": "Bad"}})
    "error 400 of the API, 'Bad'; correct the request before it is sent again"
    >>> api_error({"candidates": []})
    ''
    """
    holder = value[0] if isinstance(value, list) and value else value
    error = holder.get("error") if isinstance(holder, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return ""
    code = error.get("code")
    is_transient = isinstance(code, int) and (code in _TRANSIENT or code >= 500)
    remedy = "wait, then send the request again" if is_transient else "correct the request before it is sent again"
    return f"error {excerpt(code)} of the API, {excerpt(error['message'], 200)}; {remedy}"


def _pieces(value: Any) -> list[dict[Any, Any]]:
    """Return the responses and text-holding objects that a value consists of; empty if it holds anything else."""
    pieces = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict) and (response_in(entry) is not None or _held(entry)):
            pieces.append(entry)
        elif not (isinstance(entry, Recovered) and entry.is_cut):
            return []
    return pieces


def _held(piece: dict[Any, Any]) -> str:
    """Return the text under one of the usual keys of an object; empty if there is none or the object is an item."""
    texts = [piece[key] for key in _TEXT_KEYS if isinstance(piece.get(key), str)]
    return texts[0] if len(texts) == 1 and FIELDS.isdisjoint(fold_keys(piece)) else ""


def _is_choice(value: Any) -> bool:
    """Tell whether an object is one of a response's choices and not an item."""
    return isinstance(value, dict) and (not value or any(key in value for key in _OF_CHOICE))


def _has_parts(value: dict[Any, Any]) -> bool:
    """Tell whether an object is or holds the content of a response."""
    content = value.get("content")
    parts = content.get("parts") if isinstance(content, dict) else value.get("parts")
    return isinstance(parts, list) and bool(parts) and all(isinstance(p, dict) and "text" in p for p in parts)


def _is_blocked(source: ReplySource) -> bool:
    return source.absence is not None and source.absence.code == ReplyStatus.BLOCKED


def _text(choice: Any) -> str:
    """Join the text parts of one choice of a response; thought parts are skipped."""
    inner = choice
    for _ in range(_LEVELS):
        inner = _get(inner, "content", "message", "delta", "parts", "text")
        if isinstance(inner, str):
            return inner
        if isinstance(inner, (list, tuple)):
            texts = [_get(part, "text") for part in inner if not _get(part, "thought")]
            return "".join(text for text in texts if isinstance(text, str))
    return ""


def _without_text(response: Any, choice: Any) -> ReplySource:
    """Explain why there is no text: the service refused, or the response ended before any."""
    feedback = _get(response, "prompt_feedback", "promptFeedback")
    reason = _get(feedback, "block_reason", "blockReason") or _get(choice, "finish_reason", "finishReason")
    name = str(getattr(reason, "name", reason or ""))
    if name.upper() not in _ORDINARY:
        return absent_reply(ReplyStatus.BLOCKED, f"the service refused: {name}")
    cause = f"its finish reason is {name or 'not given'}"
    remedy = "send the request again"
    if name.upper() in ("MAX_TOKENS", "LENGTH"):
        remedy = "thinking takes from the same limit, so raise max_output_tokens or switch thinking off"
    return absent_reply(ReplyStatus.EMPTY, f"expected text in the response, got none, and {cause}; {remedy}")


def _get(holder: Any, *names: str) -> Any:
    """Return the first of these fields that an object or mapping has."""
    for name in names:
        value = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
        if value is not None:
            return value
    return None
