"""Find texts inside parsed values that may be replies, as a program logs them beside other fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from .keys import FIELDS, fold

_LEVELS: Final = 10
_MAX_TEXTS: Final = 8
_BRACKET: Final = re.compile(r"[\[{]|<(?:loc|poly|point)")
_UNSPOKEN: Final = re.compile(
    r"prompt|instruct|system|input|request|query|question|contents|user|schema|tool|function|think|thought|reason"
    r"|example|config|signature|context|history"
)
"""Parts of folded keys under which a text is no answer of the model."""


def texts_inside(values: list[Any]) -> list[str]:
    """Return different texts with a bracket that stand in parsed values, but those of prompts and thoughts.

    >>> texts_inside([{"prompt": "Give [...]", "log": {"raw": "Here: []"}}])
    ['Here: []']
    """
    return list(dict.fromkeys(_texts(values, _LEVELS)))[:_MAX_TEXTS]


def _texts(value: Any, levels: int) -> Iterator[str]:
    if isinstance(value, str):
        if _BRACKET.search(value):
            yield value
    elif levels and isinstance(value, dict):
        for key, inner in value.items():
            name = fold(str(key))
            if name not in FIELDS and not _UNSPOKEN.search(name):
                yield from _texts(inner, levels - 1)
    elif levels and isinstance(value, list):
        for inner in value:
            yield from _texts(inner, levels - 1)
