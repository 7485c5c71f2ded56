"""Undo the quoting of another medium: JSON out of a log, a web page, a word processor or a ``repr``.

This is done only where no key of the text has ordinary quotes: beside ordinary quotes, other quotes are content.
"""

from __future__ import annotations

import html
import re
from typing import Final

from .recovery import python_literals
from .recovery.strings import unescape

_MAX_LAYERS: Final = 3
_PLAIN_KEY: Final = re.compile(r"""(?<!\\)(?:"\w{1,40}"|'\w{1,40}')\s{0,9}:""")
_ESCAPED_KEY: Final = re.compile(r'\\"\w{1,40}\\{1,8}"\s{0,9}:')
_DOUBLED_KEY: Final = re.compile(r'""\w{1,40}""\s{0,9}:')
_ENTITY: Final = r"&(?:amp;){0,3}(?:quot|apos|#0?3[49]|#x2[27]);"
_ENTITY_KEY: Final = re.compile(rf"{_ENTITY}\w{{1,40}}{_ENTITY}\s{{0,9}}:", re.IGNORECASE)
_TYPOGRAPHIC: Final = tuple(
    (re.compile(rf"[{signs}]\w{{1,40}}[{signs}]\s{{0,9}}:"), dict.fromkeys(map(ord, signs), quote))
    for signs, quote in (("“”„‟″＂", '"'), ("‘’‚‛′＇", "'"))
)


def unwrap_text(text: str) -> str:
    r"""Return the text as the model wrote it; the same object if nothing has to be undone.

    >>> unwrap_text(r"[{\"label\": 1}]"), unwrap_text("[{&quot;label&quot;: 1}]"), unwrap_text("[{“label”: 1}]")
    ('[{"label": 1}]', '[{"label": 1}]', '[{"label": 1}]')
    """
    for _ in range(_MAX_LAYERS):
        inner = _inner(text)
        if inner is None:
            break
        text = inner
    return text


def _inner(text: str) -> str | None:
    """Return the text without its outermost layer of quoting, or None if it has none."""
    content = python_literals.read_string_literal(text)
    if content is not None:
        return content
    if _PLAIN_KEY.search(text):
        return None
    if _DOUBLED_KEY.search(text):
        return text.replace('""', '"')
    if _ESCAPED_KEY.search(text):
        return unescape(text)
    if _ENTITY_KEY.search(text):
        return html.unescape(text)
    return next((text.translate(table) for key, table in _TYPOGRAPHIC if key.search(text)), None)
