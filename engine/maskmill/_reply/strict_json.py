"""Text that a JSON parser takes as a whole: bare, in one fence, or encoded more than once."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

_LANGUAGE: Final = re.compile(r"[ \t]*[\w-]*")
_ENCODED: Final = re.compile(r"\s*[\[{\"`]")


def parse(text: str) -> Any:
    r"""Parse a list or an object; None for anything else.

    >>> parse('```json\n[1]\n```'), parse('"[1]"'), parse("[1"), parse("1")
    ([1], [1], None, None)
    """
    try:
        value = orjson.loads(without_fence(text.strip()))
    except orjson.JSONDecodeError:
        return None
    if isinstance(value, str) and _ENCODED.match(value):
        return parse(value)
    return value if isinstance(value, (list, dict)) else None


def without_fence(text: str) -> str:
    r"""A text without the one fence around it, if that is all there is around it.

    >>> without_fence("```json\n[]\n```")
    '\n[]\n'
    """
    if not (text.startswith("```") and text.endswith("```")):
        return text
    inner = text.strip("`")
    language = _LANGUAGE.match(inner)
    return inner[language.end() :] if language else inner
