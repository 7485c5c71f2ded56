"""Recognise what a text is before it is read: escapes around it, placeholders, references, addresses, pictures."""

from __future__ import annotations

import html
import re
from typing import Any, Final

import orjson

from .._reply import read_literal, unescape
from ..errors import excerpt
from ..status import Note, Status
from . import base64_text
from .results import MaskValue, NoMask

PNG: Final = re.compile(r"data\s*:\s*image/|iVBORw0KGgo", re.IGNORECASE)
BASE64: Final = re.compile(r"[A-Za-z0-9+/_=\s-]{64,}")

_ENTITY: Final = re.compile(r"&(?:lt|gt|quot|apos|amp|nbsp|#\d{1,5}|#[xX][0-9a-fA-F]{1,5});")
_PLACEHOLDER: Final = re.compile(
    r"\W*gimme_mask\w*\W*|\W*\w*(?:placeholder|your_?base64)\w*\W*"
    r"|(?:data:image/\w+;base64,)?\s*(?:\.{3}|…|<(?!start_of_mask|seg_|loc)[^<>]{1,60}>)",
    re.IGNORECASE,
)
_PERCENT: Final = re.compile(rb"%([0-9a-fA-F]{2})")
_QUOTES: Final = ("```", "`", '"', "'")
_ATTRIBUTE: Final = re.compile(r"""(?:points|d)\s*=\s*(?:"([^"]*)"|'([^']*)')\s*/?>?""")
_FENCE: Final = re.compile(r"```[\w-]{0,20}[ \t]*\n")
_REFERENCE: Final = re.compile(r"[A-Za-z_#$/][\w.:/#$-]{0,63}")
_ADDRESS: Final = re.compile(r"(?:https?|ftp|gs|s3|file|blob|az)://\S{1,2000}", re.IGNORECASE)
_FILE_NAME: Final = re.compile(
    r"[\w.:/\\ ()~-]{1,250}\.(?:png|jpe?g|webp|gif|bmp|tiff?|npy|npz|json|svg|txt|mask|pkl)", re.IGNORECASE
)
_SVG_URI: Final = re.compile(r"data\s*:\s*image/svg\+xml([^,]{0,60}),", re.IGNORECASE)


def undo_escapes(text: str) -> tuple[str, list[Note]]:
    r"""Return a text without JSON's and HTML's escapes of angle brackets, and a note about the latter.

    >>> undo_escapes("&amp;lt;seg_4&amp;gt;")[0], undo_escapes("\\u003cseg_4>")[0]
    ('<seg_4>', '<seg_4>')
    """
    if "\\u003c" in text:  # escaped twice
        text = unescape(text)
    if "&" not in text or not _ENTITY.search(text):
        return text, []
    for _ in range(3):
        text, before = html.unescape(text), text
        if text == before:
            break
    return text.strip(), [Note("html_unescaped", "undid the HTML escapes of the mask's text")]


def without_quotes(text: str) -> str:
    """Return a text without quotes, back-ticks or a fence around all of it, or the attribute of SVG that it fills.

    >>> without_quotes('"1,2"'), without_quotes('"a" or "b"'), without_quotes('points="1,2 3,4"')
    ('1,2', '"a" or "b"', '1,2 3,4')
    """
    attribute = _ATTRIBUTE.fullmatch(text)
    if attribute is not None:
        return (attribute[1] or attribute[2] or "").strip()
    fence = _FENCE.match(text)
    if fence is not None and text.endswith("```") and text.count("```") == 2:
        return text[fence.end() : -3].strip()
    parsed = parse_json(text) if text.startswith('"') else None
    if isinstance(parsed, str):
        return parsed.strip()
    literal = text[1:] if text[:2] in ("b'", 'b"') else text
    for quote in _QUOTES:
        inner = literal.removeprefix(quote).removesuffix(quote)
        if len(inner) == len(literal) - 2 * len(quote) and quote not in inner:
            return inner.strip()
    return text


def parse_json(text: str) -> Any:
    """Parse JSON inside a string, or a literal of Python: a list, an object, lists side by side; None for others."""
    square = text.replace("(", "[").replace(")", "]") if "(" in text and '"' not in text else text
    for candidate in (square, f"[{square}]"):
        try:
            return orjson.loads(candidate)
        except orjson.JSONDecodeError:
            continue
    return read_literal(text) if "'" in text or "None" in text or "True" in text else None


def svg_of_uri(text: str) -> str | None:
    """Return the document of an SVG data URI; None for any other text.

    >>> svg_of_uri("data:image/svg+xml,%3Csvg/%3E")
    '<svg/>'
    """
    match = _SVG_URI.match(text)
    if match is None:
        return None
    if "base64" in match[1].lower():
        return base64_text.decode_base64(text).decode("utf-8", "replace").strip()
    data = _PERCENT.sub(lambda found: bytes([int(found[1], 16)]), text[match.end() :].encode("utf-8", "replace"))
    return data.decode("utf-8", "replace").strip()


def read_placeholder(text: str) -> MaskValue | None:
    """Return the reason of a text that a service leaves where a mask belongs; None for any other text."""
    if len(text) >= 100 or not _PLACEHOLDER.fullmatch(text):
        return None
    return MaskValue("placeholder", NoMask(Status.PLACEHOLDER, f"got the placeholder {excerpt(text)}"))


def read_reference(text: str) -> MaskValue | None:
    """Return the reason of a text that names something elsewhere; None for any other text."""
    for pattern, what in ((_ADDRESS, "address"), (_FILE_NAME, "file name")):
        if pattern.fullmatch(text):
            message = f"expected the mask itself, got the {what} {excerpt(text)}, which is not opened"
            return MaskValue("reference", NoMask(Status.NOTHING, message))
    if _REFERENCE.fullmatch(text):
        return MaskValue("reference", NoMask(Status.NOTHING, f"the reference {excerpt(text)} leads nowhere"))
    return None
