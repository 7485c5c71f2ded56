"""Parse the JSON of a row."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import orjson

from maskmill._reply.prints.parser import parse_print
from maskmill._reply.source import to_json_types

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_RECORD_SEPARATOR: Final = b"\x1e"
"""What begins each text of a JSON text sequence: RFC 7464."""

_PRINTED: Final = re.compile(r"\s*[\[(]*\s*(?:\{\s*)?'")
_MAX_DEPTH: Final = 64


def parse_row(raw: bytes) -> tuple[Any, str]:
    """Return the value of a row's JSON and ``""``, or None and the reason why it cannot be parsed.

    >>> parse_row(b'{"width": 640}'), parse_row(b'{"width": 640')
    (({'width': 640}, ''), (None, "broken JSON at byte 13: Expecting ',' delimiter"))
    """
    try:
        return orjson.loads(raw), ""
    except orjson.JSONDecodeError:
        return _parse_leniently(raw.rstrip())


def _parse_leniently(raw: bytes) -> tuple[Any, str]:
    """Parse what the strict parser refuses: NaN, lone surrogates, a byte order mark; and what Python prints."""
    if raw.startswith(_RECORD_SEPARATOR):
        return parse_row(raw.lstrip(_RECORD_SEPARATOR))
    skipped = len(_BYTE_ORDER_MARK) if raw.startswith(_BYTE_ORDER_MARK) else 0
    try:
        text = raw[skipped:].decode()
    except UnicodeDecodeError as error:
        return None, f"text that is not UTF-8 at byte {skipped + error.start}"
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        if (printed := _parse_printed(text)) is not None:
            return printed, ""
        message = error.msg.removesuffix(" at").removesuffix(" starting")
        return None, f"broken JSON at byte {skipped + len(text[: error.pos].encode())}: {message}"
    except RecursionError:
        return None, "JSON that is nested too deeply"
    except ValueError:
        return None, "JSON with a number of too many digits"


def _parse_printed(text: str) -> Any:
    """Return the value that Python printed as a text; None where it is none, or leaves something out."""
    if not _PRINTED.match(text):
        return None
    start = len(text) - len(text.lstrip())
    printed = parse_print(text, start, False)
    if printed is None or printed.is_cut or printed.has_gap or text[printed.stop :].strip():
        return None
    return to_json_types(printed.value, _MAX_DEPTH)


def find_key(raw: bytes, names: Sequence[str]) -> str:
    r"""Return the key in the bytes of a row that cannot be parsed; empty where none is found.

    >>> find_key(b'{"id": "a\\u0062", "reply": "[{', ("key", "id"))
    'ab'
    """
    for name in names:
        field = re.escape(orjson.dumps(name))
        match = re.search(field + rb'\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+(?=\s*[,}]))', raw)
        if match:
            value, _ = parse_row(match[1])
            return "" if value is None else escape_surrogates(str(value))
    return ""


def escape_surrogates(text: str) -> str:
    r"""Return a text with lone surrogates escaped, since no format can hold them; distinct keys stay distinct.

    >>> escape_surrogates("a\ud800")
    'a\\ud800'
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
