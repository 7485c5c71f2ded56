"""Choose the family of models whose marks a text holds; texts without them, and JSON, are refused at once."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Final, NamedTuple

from ...errors import excerpt
from ...status import Note, ReplyStatus
from .. import paligemma
from ..items import CollectedItems
from ..recovery.strings import unescape
from ..unwrap_text import unwrap_text
from .texts import boxes, cvat_masks, florence, geometry_text, molmo, network_tokens, perceptron, svg_documents

Reading = tuple[CollectedItems, ReplyStatus]

_ANY: Final = re.compile(
    r"<(?:loc_?\d|svg|path\s|mask\s|polyline|box\s|polygon|points?\b|tracks?\b|point_box|collection|(?:box|quad|patch_index_\d+)>"
    r"|\|(?:box|det|begin_of_box|quad|point|mt_)|\|?SEG)|\[SEG",
    re.IGNORECASE,
)
_OBJECT: Final = re.compile(r"""[{]\s{0,99}\\?["'“‘]?\w{1,40}\\?["'”’]?\s{0,99}:""")
_TEXTS: Final = re.compile(r"""\s*(?:`{3,}\w*\s*)?\[\s*["']""")
_FENCE: Final = re.compile(r"`{3,}[\w-]{0,20}")
_CHEAP: Final = ("<", "[SEG", "[seg]")
_ENTITY: Final = re.compile(r"&(?:amp;){0,3}(?:lt|#0?60|#x3c);", re.IGNORECASE)
_LAYERS: Final = 3


class _Family(NamedTuple):
    """Models that write alike: how to recognise their text, and how to read it."""

    is_marked: Callable[[str], object]
    read: Callable[[str], Reading]


_FAMILIES: Final = (
    _Family(paligemma.is_paligemma_reply, paligemma.read_paligemma),
    _Family(florence.MARK.search, florence.read),
    _Family(perceptron.is_marked, perceptron.read),
    _Family(molmo.MARK.search, molmo.read),
    _Family(boxes.MARK.search, boxes.read),
    _Family(network_tokens.MARK.search, network_tokens.read),
    _Family(cvat_masks.MARK.search, cvat_masks.read),
    _Family(svg_documents.MARK.search, svg_documents.read),
)


def read_marked_text(text: str) -> Reading | None:
    """Read a text with the marks of another model; return None for any other text, and for JSON.

    >>> collected, _ = read_marked_text("cat<loc_1><loc_2><loc_3><loc_4>")
    >>> collected.items[0].label
    'cat'
    >>> read_marked_text("no mark") is None
    True
    """
    text = _without_entities(text)
    if _OBJECT.search(text) or _TEXTS.match(text):
        return None
    if not any(mark in text for mark in _CHEAP) or _ANY.search(text) is None:
        return None if unwrap_text(text) is not text else geometry_text.read(_FENCE.sub("\n", _without_thoughts(text)))
    if unwrap_text(text) is not text:  # a text in quotes, to be read as what they hold
        return None
    text = _FENCE.sub("\n", _without_thoughts(text))
    reading = next((family.read(text) for family in _FAMILIES if family.is_marked(text)), None)
    if reading is None:
        return geometry_text.read(text)
    return reading if reading is None or reading[0].items else _without_items(reading[0], text)


def _without_items(collected: CollectedItems, text: str) -> Reading:
    """Return a reading without items: marks are in the text, so it does not say that nothing was found."""
    if not any(note.code == "needs_weights" for note in collected.notes):
        note = Note("no_json", "expected an item between the tags of another model, got none", excerpt(text, 200))
        collected.notes.insert(0, note)
    return collected, ReplyStatus.NO_JSON


def _without_entities(text: str) -> str:
    r"""Undo ``&lt;``, ``&#60;`` and ``\u003c`` where a text has no ``<`` at all."""
    for _ in range(_LAYERS):
        if "<" in text or "{" in text:
            break
        if "&" in text and _ENTITY.search(text):
            text = html.unescape(text)
        elif "\\u003c" in text.lower():
            text = unescape(text)
        else:
            break
    return text


def _without_thoughts(text: str) -> str:
    """Return what follows the model's thoughts, if that has marks; the whole text otherwise."""
    answer = text.rpartition("</think>")[2]
    return answer if _ANY.search(answer) else text
