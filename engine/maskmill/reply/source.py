"""What a caller may hand over as a reply, brought to one text or one parsed value."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..errors import expected


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
        return Source(value=list(reply))
    if hasattr(reply, "candidates"):
        return _from_response(reply)
    raise expected("str, bytes, list, dict, None or a google-genai response", reply, "reply")


def _decode(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8-sig", "replace")


def _from_mapping(reply: dict[Any, Any]) -> Source:
    inner = reply.get("response")
    if isinstance(inner, dict) and _is_response(inner):
        reply = inner
    return _from_response(reply) if _is_response(reply) else Source(value=reply)


def _is_response(reply: dict[Any, Any]) -> bool:
    if "promptFeedback" in reply or "prompt_feedback" in reply:
        return True
    candidates = reply.get("candidates")
    return isinstance(candidates, list) and all(isinstance(c, dict) for c in candidates) and bool(candidates)


def _from_response(response: Any) -> Source:
    candidates = _get(response, "candidates")
    first = candidates[0] if isinstance(candidates, (list, tuple)) and candidates else None
    parts = _get(_get(first, "content"), "parts")
    parts = parts if isinstance(parts, (list, tuple)) else ()
    texts = [_get(part, "text") for part in parts if not _get(part, "thought")]
    text = "".join(t for t in texts if isinstance(t, str))
    return Source(text) if text.strip() else Source(blocked=_reason(response, first))


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
