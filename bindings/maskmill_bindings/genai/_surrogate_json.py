"""JSON as models write it: a text may hold half of a surrogate pair, which orjson refuses and the service sends."""

from __future__ import annotations

import json
from typing import Any

import orjson


def parsed(body: str | bytes) -> Any:
    r"""The value of JSON.

    >>> parsed(r'{"text": "\ud83d"}')
    {'text': '\ud83d'}

    Raises
    ------
    ValueError
        It is no JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


def dumped(value: Any) -> bytes:
    r"""A value as JSON.

    >>> dumped({"text": "\ud83d"})
    b'{"text": "\\ud83d"}'
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value).encode()
