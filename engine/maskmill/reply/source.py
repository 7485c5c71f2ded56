"""What a caller may hand over as a reply, brought to one text or one parsed value."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ..errors import expected
from .cursor import TooDeep
from .keys import FIELDS, named

_TEXT_KEYS: Final = ("text", "reply", "response", "content", "output")


class Source(NamedTuple):
    """A reply: its text, or its parsed value, or why the service gave none."""

    text: str = ""
    value: Any = None
    blocked: str = ""


def unwrap(reply: Any) -> Source:
    """Bring a reply to text or to a parsed value.

    >>> unwrap(b"[]").text
    '[]'

    Text parts of a response are joined, thought parts skipped. The JSON of a response (of the REST interface, or a row
    of a batch output) is known by its ``candidates``.

    Raises
    ------
    maskmill.errors.ArgumentError
        `reply` is no text, bytes, list, dict, None or response.
    """
    if reply is None:
        return Source()
    if isinstance(reply, str):
        return Source(reply.removeprefix("\ufeff"))
    if isinstance(reply, (bytes, bytearray, memoryview)):
        return Source(_decode(bytes(reply)))
    if isinstance(reply, dict):
        return _from_mapping(reply)
    if isinstance(reply, (list, tuple)):
        return _from_sequence(reply)
    if hasattr(reply, "candidates"):
        return _from_response(reply)
    raise expected("str, bytes, list, dict, None or a google-genai response", reply, "reply")


def texts_in(value: Any) -> list[Source]:
    """The texts that a parsed value wraps: a response, an object around a text, or a list of nothing but these.

    >>> texts_in({"text": "[]"})[0].text
    '[]'
    """
    pieces = value if isinstance(value, list) else [value]
    if not pieces or not all(isinstance(piece, dict) for piece in pieces):
        return []
    sources = [_from_mapping(piece) if _wraps_response(piece) else _from_holder(piece) for piece in pieces]
    return [source for source in sources if source is not None] if all(sources) else []


def _from_holder(piece: dict[Any, Any]) -> Source | None:
    texts = [piece[key] for key in _TEXT_KEYS if isinstance(piece.get(key), str)]
    return Source(texts[0]) if len(texts) == 1 and FIELDS.isdisjoint(named(piece)) else None


def _wraps_response(piece: dict[Any, Any]) -> bool:
    return _from_mapping(piece).value is None


def _decode(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8-sig", "replace")


def _from_mapping(reply: dict[Any, Any]) -> Source:
    inner = reply.get("response")
    if isinstance(inner, dict) and _is_response(inner):
        reply = inner
    return _from_response(reply) if _is_response(reply) else Source(value=reply)


def _from_sequence(reply: list[Any] | tuple[Any, ...]) -> Source:
    """A parsed list; or the pieces of a streamed response, which are joined."""
    if not reply or not all(isinstance(piece, dict) and _is_response(piece) for piece in reply):
        return Source(value=list(reply))
    pieces = [_from_response(piece) for piece in reply]
    text = "".join(piece.text for piece in pieces)
    return Source(text) if text.strip() else next((piece for piece in pieces if piece.blocked), Source())


def _is_response(reply: dict[Any, Any]) -> bool:
    if "promptFeedback" in reply or "prompt_feedback" in reply:
        return True
    candidates = reply.get("candidates")
    return isinstance(candidates, list) and all(isinstance(c, dict) for c in candidates) and bool(candidates)


def _from_response(response: Any) -> Source:
    candidates = _get(response, "candidates")
    candidates = candidates if isinstance(candidates, (list, tuple)) else ()
    text = next((text for candidate in candidates if (text := _text(candidate)).strip()), "")
    return Source(text) if text else Source(blocked=_reason(response, candidates[0] if candidates else None))


def _text(candidate: Any) -> str:
    """The text parts of a candidate, joined; thought parts skipped."""
    parts = _get(_get(candidate, "content"), "parts")
    texts = [_get(p, "text") for p in parts if not _get(p, "thought")] if isinstance(parts, (list, tuple)) else []
    return "".join(text for text in texts if isinstance(text, str))


def _reason(response: Any, candidate: Any) -> str:
    """Why there is no text; empty where the service gave no reason but an ordinary end."""
    feedback = _get(response, "prompt_feedback", "promptFeedback")
    reason = _get(feedback, "block_reason", "blockReason") or _get(candidate, "finish_reason", "finishReason")
    name = str(getattr(reason, "name", reason or ""))
    return "" if name in ("", "STOP", "MAX_TOKENS", "FINISH_REASON_UNSPECIFIED") else name


def _get(holder: Any, *names: str) -> Any:
    """The first of these fields that is there, of an object or a mapping."""
    for name in names:
        value = holder.get(name) if isinstance(holder, dict) else getattr(holder, name, None)
        if value is not None:
            return value
    return None


def plain(value: Any, depth: int) -> Any:
    """A copy of a parsed value in JSON's own types; nested deeper than `depth`, an empty list that says so.

    >>> plain({"box_2d": (1, 2, 3, 4)}, 64)
    {'box_2d': [1, 2, 3, 4]}
    """
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        value = value.tolist()
    if not isinstance(value, (list, tuple, dict)) or isinstance(value, TooDeep):
        return value
    if depth == 0:
        return TooDeep()
    if isinstance(value, dict):
        return {str(key): plain(inner, depth - 1) for key, inner in value.items()}
    return [plain(inner, depth - 1) for inner in value]
