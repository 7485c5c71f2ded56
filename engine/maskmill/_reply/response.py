"""Responses of a service to the text that the model wrote in them, or to the reason why there is none.

A response is Google's, as an object of its SDK or as JSON (``candidates``), alone or in the row of a batch; the content
or the parts of one; or JSON in the style of OpenAI (``choices``). The pieces of a streamed response are one text. They
look like responses of their own, so several of them are one stream unless each text is by itself a sound reply.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ..errors import excerpt
from ..status import Note, ReplyStatus
from .keys import FIELDS, named, normal
from .recovery.cursor import Recovered
from .strict_json import parse

_TEXT_KEYS: Final = ("text", "reply", "response", "content", "output")
_WRAPPERS: Final = ("response", "body")
_LEVELS: Final = 4
_CHOICES: Final = ("candidates", "choices")
_OF_CHOICE: Final = ("content", "finishReason", "finish_reason", "message", "delta", "index")
_OWN_KEYS: Final = frozenset(
    map(normal, ("candidates", "usage_metadata", "model_version", "response_id", "create_time", "sdk_http_response"))
)
"""Keys that a response without candidates may have, in their normal form."""

_ORDINARY: Final = ("", "STOP", "MAX_TOKENS", "LENGTH", "FINISH_REASON_UNSPECIFIED")
_TRANSIENT: Final = (4, 8, 13, 14, 408, 429)
"""Codes of errors that pass, of gRPC as batches write them and of HTTP, beside those from 500 on."""


class Source(NamedTuple):
    """A reply: its text, or its parsed value, or what it lacks, a note whose code is the status of the reply."""

    text: str = ""
    value: Any = None
    lack: Note | None = None


def lacking(status: ReplyStatus, message: str, found: str = "") -> Source:
    """A source without anything to read, and why."""
    return Source(lack=Note(str(status), message, found))


def response_in(value: Any) -> Any:
    """The response that a value is, or that stands in it as in the row of a batch; None if there is none.

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
    """Tell whether a value is a response, or a piece of a streamed one."""
    if not isinstance(value, dict):
        return hasattr(value, "candidates")
    if "promptFeedback" in value or "prompt_feedback" in value:
        return True
    choices = value.get("candidates") or value.get("choices")
    if choices:
        return isinstance(choices, list) and all(map(_is_choice, choices))
    if "candidates" in value or "usageMetadata" in value or "usage_metadata" in value:
        return all(normal(str(key)) in _OWN_KEYS for key in value)
    return _has_parts(value) and FIELDS.isdisjoint(named(value))


def read(response: Any) -> Source:
    """The text of a response, thought parts skipped, or why it has none.

    >>> read({"candidates": [{"content": {"parts": [{"text": "[]"}]}}]}).text
    '[]'
    """
    choices = _get(response, *_CHOICES)
    choices = choices if isinstance(choices, (list, tuple)) else ()
    holders = choices or ((response,) if isinstance(response, dict) else ())
    text = next((text for choice in holders if (text := _text(choice)).strip()), "")
    return Source(text) if text else _without_text(response, choices[0] if choices else None)


def read_stream(responses: list[Any]) -> list[Source]:
    """The one text of a streamed response; or of each response, if each text is by itself a sound reply."""
    sources = [read(response) for response in responses]
    texts = [source.text for source in sources if source.text]
    if not texts:
        said = [source for source, response in zip(sources, responses, strict=True) if _get(response, *_CHOICES)]
        return [next(filter(_is_blocked, sources), (said or sources)[-1])]
    if len(texts) > 1 and all(parse(text) is not None for text in texts):
        return sources
    return [Source("".join(texts))]


def texts_in(values: list[Any]) -> list[Source]:
    """The texts that parsed values wrap: responses, objects around a text, or lists of nothing but these.

    >>> texts_in([{"text": "[]"}])[0].text
    '[]'
    """
    pieces = [piece for value in values for piece in _pieces(value)]
    if pieces and all(map(is_response, pieces)):
        return read_stream(pieces)
    return [read(response) if (response := response_in(piece)) else Source(_held(piece)) for piece in pieces]


def api_error(value: Any) -> Note | None:
    """What an error of the API says, if a value is one: alone, in the list of a stream, or in the row of a batch.

    >>> api_error({"error": {"code": 400, "message": "Bad"}}).message
    "expected a reply, got error 400 of the API, 'Bad'; correct the request before it is sent again"
    """
    holder = value[0] if isinstance(value, list) and value else value
    error = holder.get("error") if isinstance(holder, dict) else None
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        return None
    code = error.get("code")
    passes = isinstance(code, int) and (code in _TRANSIENT or code >= 500)
    remedy = "wait, then send the request again" if passes else "correct the request before it is sent again"
    said = excerpt(error["message"], 200)
    return Note("api_error", f"expected a reply, got error {excerpt(code)} of the API, {said}; {remedy}")


def _pieces(value: Any) -> list[dict[Any, Any]]:
    """The responses and holders of texts that a value consists of; empty if it is anything else."""
    pieces = []
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, dict) and (response_in(entry) is not None or _held(entry)):
            pieces.append(entry)
        elif not (isinstance(entry, Recovered) and entry.cut):
            return []
    return pieces


def _held(piece: dict[Any, Any]) -> str:
    """The text that an object holds under one of the usual keys; empty if it holds none, or is an item."""
    texts = [piece[key] for key in _TEXT_KEYS if isinstance(piece.get(key), str)]
    return texts[0] if len(texts) == 1 and FIELDS.isdisjoint(named(piece)) else ""


def _is_choice(value: Any) -> bool:
    """Tell whether an object is one of the answers in a response, and no item."""
    return isinstance(value, dict) and (not value or any(key in value for key in _OF_CHOICE))


def _has_parts(value: dict[Any, Any]) -> bool:
    """Tell whether an object is the content of a response, or holds it."""
    content = value.get("content")
    parts = content.get("parts") if isinstance(content, dict) else value.get("parts")
    return isinstance(parts, list) and bool(parts) and all(isinstance(p, dict) and "text" in p for p in parts)


def _is_blocked(source: Source) -> bool:
    return source.lack is not None and source.lack.code == ReplyStatus.BLOCKED


def _text(choice: Any) -> str:
    """The text parts of one of the answers in a response, joined; thought parts skipped."""
    inner = choice
    for _ in range(_LEVELS):
        inner = _get(inner, "content", "message", "delta", "parts", "text")
        if isinstance(inner, str):
            return inner
        if isinstance(inner, (list, tuple)):
            texts = [_get(part, "text") for part in inner if not _get(part, "thought")]
            return "".join(text for text in texts if isinstance(text, str))
    return ""


def _without_text(response: Any, choice: Any) -> Source:
    """Why there is no text: the service refused, or the response came to an ordinary end before any."""
    feedback = _get(response, "prompt_feedback", "promptFeedback")
    reason = _get(feedback, "block_reason", "blockReason") or _get(choice, "finish_reason", "finishReason")
    name = str(getattr(reason, "name", reason or ""))
    if name.upper() not in _ORDINARY:
        return lacking(ReplyStatus.BLOCKED, f"the service refused: {name}")
    cause = f"its finish reason is {name or 'not given'}"
    remedy = "send the request again"
    if name.upper() in ("MAX_TOKENS", "LENGTH"):
        remedy = "thinking takes from the same limit, so raise max_output_tokens or switch thinking off"
    return lacking(ReplyStatus.EMPTY, f"expected text in the response, got none, and {cause}; {remedy}")


def _get(holder: Any, *names: str) -> Any:
    """The first of these fields that is there, of an object or a mapping."""
    for name in names:
        value = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
        if value is not None:
            return value
    return None
