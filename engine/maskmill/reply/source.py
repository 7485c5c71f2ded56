"""What a caller may hand over as a reply, brought to one text or one parsed value."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ..errors import excerpt, expected
from ..status import Note, ReplyStatus
from .cursor import TooDeep
from .keys import FIELDS, named

_TEXT_KEYS: Final = ("text", "reply", "response", "content", "output")
_ORDINARY: Final = ("", "STOP", "MAX_TOKENS", "FINISH_REASON_UNSPECIFIED")
_TRANSIENT: Final = (4, 8, 13, 14, 408, 429)
"""Codes of errors that pass, of gRPC as batches write them and of HTTP, beside those from 500 on."""

_SIGNATURES: Final = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip data"),
)


class Source(NamedTuple):
    """A reply: its text, or its parsed value, or what it lacks, a note whose code is the status of the reply."""

    text: str = ""
    value: Any = None
    lack: Note | None = None


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
        return _lacking(ReplyStatus.EMPTY, "expected a reply, got None; the response says why its text is None")
    if isinstance(reply, str):
        return Source(reply.removeprefix("\ufeff"))
    if isinstance(reply, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(reply))
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


def file_kind(raw: bytes) -> str:
    """What a file that is no text is, by its first bytes; empty for what may be text.

    >>> file_kind(b"%PDF-1.7"), file_kind(b"[]")
    ('a PDF', '')
    """
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "a WebP image"
    return next((kind for signature, kind in _SIGNATURES if raw.startswith(signature)), "")


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


def _lacking(status: ReplyStatus, message: str, found: str = "") -> Source:
    return Source(lack=Note(str(status), message, found))


def _from_bytes(raw: bytes) -> Source:
    kind = file_kind(raw)
    if kind:
        return _lacking(ReplyStatus.NO_JSON, f"expected the text of a reply, got {kind}", excerpt(raw, 16))
    return Source(_decode(raw))


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
    return Source(text) if text.strip() else next(filter(_is_blocked, pieces), pieces[-1])


def _is_blocked(source: Source) -> bool:
    return source.lack is not None and source.lack.code == ReplyStatus.BLOCKED


def _is_response(reply: dict[Any, Any]) -> bool:
    if "promptFeedback" in reply or "prompt_feedback" in reply:
        return True
    candidates = reply.get("candidates")
    return isinstance(candidates, list) and all(isinstance(c, dict) for c in candidates) and bool(candidates)


def _from_response(response: Any) -> Source:
    candidates = _get(response, "candidates")
    candidates = candidates if isinstance(candidates, (list, tuple)) else ()
    text = next((text for candidate in candidates if (text := _text(candidate)).strip()), "")
    return Source(text) if text else _without_text(response, candidates[0] if candidates else None)


def _text(candidate: Any) -> str:
    """The text parts of a candidate, joined; thought parts skipped."""
    parts = _get(_get(candidate, "content"), "parts")
    texts = [_get(p, "text") for p in parts if not _get(p, "thought")] if isinstance(parts, (list, tuple)) else []
    return "".join(text for text in texts if isinstance(text, str))


def _without_text(response: Any, candidate: Any) -> Source:
    """Why there is no text: the service refused, or the response came to an ordinary end before any."""
    feedback = _get(response, "prompt_feedback", "promptFeedback")
    reason = _get(feedback, "block_reason", "blockReason") or _get(candidate, "finish_reason", "finishReason")
    name = str(getattr(reason, "name", reason or ""))
    if name not in _ORDINARY:
        return _lacking(ReplyStatus.BLOCKED, f"the service refused: {name}")
    cause = f"its finish reason is {name or 'not given'}"
    remedy = "send the request again"
    if name == "MAX_TOKENS":
        remedy = "thinking takes from the same limit, so raise max_output_tokens or switch thinking off"
    return _lacking(ReplyStatus.EMPTY, f"expected text in the response, got none, and {cause}; {remedy}")


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
