"""Bring whatever a caller passes as a reply to one text or one parsed value."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any, Final

from ..errors import excerpt, expected, file_reason
from ..status import ReplyStatus
from .containers import MASK_TEXT
from .recovery.cursor import TooDeep
from .reply_source import ReplySource, absent_reply
from .response import is_response, read_response, response_in, responses_in

_MARKS: Final = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
"""Byte order marks; UTF-32's come first, because the little-endian one begins like UTF-16's."""

_WIDE: Final[dict[tuple[bool, ...], str]] = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
"""Encodings without a byte order mark, by which of the first four bytes are zero; the text begins with ASCII."""

_SIGNATURES: Final = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip data"),
)


def unwrap_reply(reply: Any) -> ReplySource:
    """Bring a reply to text or to a parsed value.

    >>> unwrap_reply(b"[]").text
    '[]'

    Text parts of a response are joined, thought parts skipped. A dict that looks like the JSON of a response is one,
    from the REST interface or from a row of a batch output.

    Raises
    ------
    maskmill.errors.ArgumentError
        `reply` is not a text, bytes, a path, list, dict, None or response; or its file cannot be read.
    """
    if reply is None:
        return absent_reply(ReplyStatus.EMPTY, "expected a reply, got None; the response says why its text is None")
    if isinstance(reply, str):
        return ReplySource(reply.removeprefix("\ufeff"))
    if isinstance(reply, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(reply))
    if isinstance(reply, os.PathLike):
        return _from_bytes(_read_file(reply))
    if isinstance(reply, dict):
        return _from_mapping(reply)
    if isinstance(reply, (list, tuple)):
        return _from_sequence(reply)
    if is_response(reply):
        return read_response(reply)
    if hasattr(reply, "model_dump"):  # a model of Pydantic, such as `response.parsed`
        return ReplySource(value=reply.model_dump())
    raise expected("str, bytes, a path, list, dict, None or a response of an SDK", reply, "reply")


def file_kind(raw: bytes) -> str:
    """Name the kind of a binary file by its first bytes; empty for what may be text.

    >>> file_kind(b"%PDF-1.7"), file_kind(b"[]")
    ('a PDF', '')
    """
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "a WebP image"
    return next((kind for signature, kind in _SIGNATURES if raw.startswith(signature)), "")


def _from_bytes(raw: bytes) -> ReplySource:
    kind = file_kind(raw)
    if kind:
        return absent_reply(ReplyStatus.NO_JSON, f"expected the text of a reply, got {kind}", excerpt(raw, 16))
    return ReplySource(_decode(raw))


def _read_file(path: os.PathLike[str]) -> bytes:
    try:
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise expected("a file that can be read", f"{os.fspath(path)}: {file_reason(error)}", "reply") from None


def _decode(raw: bytes) -> str:
    for start, encoding in _MARKS:
        if raw.startswith(start):
            return raw.decode(encoding, "replace")
    zeros = tuple(byte == 0 for byte in raw[:4])
    return raw.decode(_WIDE.get(zeros, "utf-8-sig"), "replace")


def _from_mapping(reply: dict[Any, Any]) -> ReplySource:
    response = response_in(reply)
    return ReplySource(value=reply) if response is None else read_response(response)


def _from_sequence(reply: list[Any] | tuple[Any, ...]) -> ReplySource:
    """Return a parsed list, or what a list of one text, or of responses, messages or pieces of a streamed one, says."""
    if len(reply) == 1 and _is_text(reply[0]):
        return unwrap_reply(reply[0])
    sources = responses_in([list(reply)])
    return sources[0] if len(sources) == 1 else ReplySource(value=list(reply))


def _is_text(value: Any) -> bool:
    """Tell whether the only entry of a list is the text of a reply, and no mask."""
    return isinstance(value, (bytes, bytearray)) or (isinstance(value, str) and MASK_TEXT.match(value) is None)


def to_json_types(value: Any, depth: int) -> Any:
    """Copy a parsed value to JSON's types; a value nested deeper than `depth` becomes an empty `TooDeep`.

    >>> to_json_types({"box_2d": (1, 2, 3, 4)}, 64)
    {'box_2d': [1, 2, 3, 4]}
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _as_text(bytes(value))
    if hasattr(value, "tolist"):  # NumPy's arrays and numbers
        value = value.tolist()
    if hasattr(value, "model_dump") and not is_response(value):
        value = value.model_dump()
    if not isinstance(value, (list, tuple, dict)) or isinstance(value, TooDeep):
        return value
    if depth == 0:
        return TooDeep()
    if isinstance(value, dict):
        return {str(key): to_json_types(inner, depth - 1) for key, inner in value.items()}
    return [to_json_types(inner, depth - 1) for inner in value]


def _as_text(raw: bytes) -> str:
    """Return bytes among parsed values as text: a picture in base64, run lengths and others as they are."""
    return base64.b64encode(raw).decode() if file_kind(raw) else raw.decode("utf-8", "replace")
