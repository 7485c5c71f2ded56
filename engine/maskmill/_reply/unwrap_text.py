"""Text that was dressed for another medium, undressed: JSON out of a log, a web page, a word processor, a ``repr``.

Only where no key of the text has plain quotes: beside these, other quotes are content.
"""

from __future__ import annotations

import html
import re
from typing import Final

from .recovery import python_literals
from .recovery.strings import unescape

_MOST_LAYERS: Final = 3
_PLAIN_KEY: Final = re.compile(r"""(?<!\\)(?:"\w{1,40}"|'\w{1,40}')\s{0,9}:""")
_ESCAPED_KEY: Final = re.compile(r'\\"\w{1,40}\\{1,8}"\s{0,9}:')
_ENTITY: Final = r"&(?:amp;){0,3}(?:quot|apos|#0?3[49]|#x2[27]);"
_ENTITY_KEY: Final = re.compile(rf"{_ENTITY}\w{{1,40}}{_ENTITY}\s{{0,9}}:", re.IGNORECASE)
_TYPOGRAPHIC: Final = tuple(
    (re.compile(rf"[{signs}]\w{{1,40}}[{signs}]\s{{0,9}}:"), dict.fromkeys(map(ord, signs), quote))
    for signs, quote in (("“”„‟″＂", '"'), ("‘’‚‛′＇", "'"))
)


def undressed(text: str) -> str:
    r"""The text as its model wrote it; the same object if it is plain already.

    >>> undressed(r"[{\"label\": 1}]"), undressed("[{&quot;label&quot;: 1}]"), undressed("[{“label”: 1}]")
    ('[{"label": 1}]', '[{"label": 1}]', '[{"label": 1}]')
    """
    for _ in range(_MOST_LAYERS):
        inner = _inner(text)
        if inner is None:
            break
        text = inner
    return text


def _inner(text: str) -> str | None:
    """The text without one of its layers; None if it has none."""
    content = python_literals.text_in(text)
    if content is not None:
        return content
    if _PLAIN_KEY.search(text):
        return None
    if _ESCAPED_KEY.search(text):
        return unescape(text)
    if _ENTITY_KEY.search(text):
        return html.unescape(text)
    return next((text.translate(table) for key, table in _TYPOGRAPHIC if key.search(text)), None)
