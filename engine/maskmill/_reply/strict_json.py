"""Valid JSON text: bare, in one code fence, or encoded as a JSON string once more."""

from __future__ import annotations

import re
from typing import Any, Final

import orjson

_LANGUAGE: Final = re.compile(r"[ \t]*[\w-]*")
_ENCODED: Final = re.compile(r"\s*[\[{\"`]")


def parse_json(text: str) -> Any:
    r"""Parse a JSON list or object; return None for anything else.

    >>> parse_json('```json\n[1]\n```'), parse_json('"[1]"'), parse_json("[1"), parse_json("1")
    ([1], [1], None, None)
    """
    try:
        value = orjson.loads(without_fence(text.strip()))
    except orjson.JSONDecodeError:
        return None
    if isinstance(value, str) and _ENCODED.match(value):
        return parse_json(value)
    return value if isinstance(value, (list, dict)) else None


def without_fence(text: str) -> str:
    r"""Return the text without the code fence around it; a text without such a fence stays as it is.

    >>> without_fence("```json\n[]\n```")
    '\n[]\n'
    """
    if not (text.startswith("```") and text.endswith("```")):
        return text
    inner = text.strip("`")
    language = _LANGUAGE.match(inner)
    return inner[language.end() :] if language else inner
