"""Attributes of a tag in a text: ``name="value"``, ``name='value'`` or ``name=value``, in any order and case."""

from __future__ import annotations

import html
import re
from typing import Final

ATTRIBUTES: Final = r"""(?:[^<>"'/]|/(?!>)|"[^"<]{0,500}"|'[^'<]{0,500}'){0,2000}?"""
"""The text between the name of a tag and its end."""

_PAIR: Final = re.compile(r"""([\w-]{1,40})\s{0,9}=\s{0,9}(?:\\?"([^"<\\]{0,500})\\?"|'([^'<]{0,500})'|([^\s"'<>]+))""")
_ANY_LENGTH: Final = re.compile(r"""([\w:-]{1,40})\s{0,9}=\s{0,9}(?:"([^"]*+)"|'([^']*+)')""")


def read_attributes(text: str) -> dict[str, str]:
    """Return the attributes by their name in lower case, their entities undone; of two alike, the first.

    >>> read_attributes(' Mention="a &amp; b" t=0.5')
    {'mention': 'a & b', 't': '0.5'}
    """
    attributes: dict[str, str] = {}
    for name, *values in _PAIR.findall(text):
        attributes.setdefault(name.lower(), html.unescape(next(filter(None, values), "")))
    return attributes


def attribute(text: str, name: str) -> str:
    """Return the value of one attribute, of any length and in quotes; empty if there is none.

    >>> attribute('id="a &amp; b" points="0,0 9,9"', "points")
    '0,0 9,9'
    """
    found = (match for match in _ANY_LENGTH.finditer(text) if match[1].lower() == name)
    match = next(found, None)
    return "" if match is None else html.unescape(match[2] if match[2] is not None else match[3])
