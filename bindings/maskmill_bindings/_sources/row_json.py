"""The bytes of a row to its value."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

import orjson

_MARK: Final = b"\xef\xbb\xbf"


def parse(raw: bytes) -> tuple[Any, str]:
    """The value of a row's JSON, or None and why it has none.

    >>> parse(b'{"width": 640}'), parse(b'{"width": 640')
    (({'width': 640}, ''), (None, "broken JSON at byte 13: Expecting ',' delimiter"))
    """
    try:
        return orjson.loads(raw), ""
    except orjson.JSONDecodeError:
        return _leniently(raw.rstrip())


def _leniently(raw: bytes) -> tuple[Any, str]:
    """The same for what the strict parser refuses: NaN, halves of surrogate pairs, a byte order mark."""
    skipped = len(_MARK) if raw.startswith(_MARK) else 0
    try:
        text = raw[skipped:].decode()
    except UnicodeDecodeError as error:
        return None, f"text that is not UTF-8 at byte {skipped + error.start}"
    try:
        return json.loads(text), ""
    except json.JSONDecodeError as error:
        what = error.msg.removesuffix(" at").removesuffix(" starting")
        return None, f"broken JSON at byte {skipped + len(text[: error.pos].encode())}: {what}"
    except RecursionError:
        return None, "JSON that is nested too deeply"
    except ValueError:
        return None, "JSON with a number of too many digits"


def key_in(raw: bytes, names: Sequence[str]) -> str:
    r"""The key in the bytes of a row that cannot be parsed; empty if none is seen.

    >>> key_in(b'{"id": "a\\u0062", "reply": "[{', ("key", "id"))
    'ab'
    """
    for name in names:
        field = re.escape(orjson.dumps(name))
        found = re.search(field + rb'\s*:\s*("(?:[^"\\]|\\.)*"|-?\d+(?=\s*[,}]))', raw)
        if found:
            value, _ = parse(found[1])
            return "" if value is None else sound(str(value))
    return ""


def sound(text: str) -> str:
    r"""A text without halves of surrogate pairs, which no format can hold: they are spelt out, so that keys stay apart.

    >>> sound("a\ud800")
    'a\\ud800'
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
