"""What a caller may hand over as a reply, brought to one text or one parsed value."""

from __future__ import annotations

from typing import Any, Final

from ..errors import excerpt, expected
from ..status import ReplyStatus
from .recovery.cursor import TooDeep
from .response import Source, is_response, lacking, read, read_stream, response_in

_MARKS: Final = (
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
"""Byte order marks; that of UTF-32 begins as that of UTF-16 does."""

_WIDE: Final[dict[tuple[bool, ...], str]] = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
"""Encodings without such a mark, by which of the first four bytes are zero: the text begins with two of ASCII's."""

_SIGNATURES: Final = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "gzip data"),
)


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
        return lacking(ReplyStatus.EMPTY, "expected a reply, got None; the response says why its text is None")
    if isinstance(reply, str):
        return Source(reply.removeprefix("\ufeff"))
    if isinstance(reply, (bytes, bytearray, memoryview)):
        return _from_bytes(bytes(reply))
    if isinstance(reply, dict):
        return _from_mapping(reply)
    if isinstance(reply, (list, tuple)):
        return _from_sequence(reply)
    if hasattr(reply, "candidates"):
        return read(reply)
    raise expected("str, bytes, list, dict, None or a google-genai response", reply, "reply")


def file_kind(raw: bytes) -> str:
    """What a file that is no text is, by its first bytes; empty for what may be text.

    >>> file_kind(b"%PDF-1.7"), file_kind(b"[]")
    ('a PDF', '')
    """
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "a WebP image"
    return next((kind for signature, kind in _SIGNATURES if raw.startswith(signature)), "")


def _from_bytes(raw: bytes) -> Source:
    kind = file_kind(raw)
    if kind:
        return lacking(ReplyStatus.NO_JSON, f"expected the text of a reply, got {kind}", excerpt(raw, 16))
    return Source(_decode(raw))


def _decode(raw: bytes) -> str:
    for start, encoding in _MARKS:
        if raw.startswith(start):
            return raw.decode(encoding, "replace")
    zeros = tuple(byte == 0 for byte in raw[:4])
    return raw.decode(_WIDE.get(zeros, "utf-8-sig"), "replace")


def _from_mapping(reply: dict[Any, Any]) -> Source:
    response = response_in(reply)
    return Source(value=reply) if response is None else read(response)


def _from_sequence(reply: list[Any] | tuple[Any, ...]) -> Source:
    """A parsed list; or the pieces of a streamed response, which are joined."""
    if not reply or not all(map(is_response, reply)):
        return Source(value=list(reply))
    sources = read_stream(list(reply))
    return sources[0] if len(sources) == 1 else Source("\n".join(source.text for source in sources))


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
