"""JSON that may hold half of a surrogate pair, which models write, the service sends and orjson refuses."""

from __future__ import annotations

import json
from typing import Any

import orjson


def load_json(body: str | bytes) -> Any:
    r"""Parse JSON.

    >>> load_json(r'{"text": "\ud83d"}')
    {'text': '\ud83d'}

    Raises
    ------
    ValueError
        The text is not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


def dump_json(value: Any) -> bytes:
    r"""Serialise a value as JSON.

    >>> dump_json({"text": "\ud83d"})
    b'{"text": "\\ud83d"}'
    """
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value).encode()
