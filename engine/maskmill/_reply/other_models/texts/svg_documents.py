"""Read a reply that is an SVG document, or a few of its elements: a row per shape, labelled by its id or its title."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Final, NamedTuple

from ...._layout import Layout
from ....status import ReplyStatus
from ...items import CollectedItems, Item
from ...known_items import AbsentMask
from .. import _parts
from ._attributes import attribute

MARK: Final = re.compile(
    r"<svg\b[^<>]{0,2000}>|<(?:polygon|polyline)\s[^<>]{0,400}?\bpoints\s*=|<path\s[^<>]{0,400}?\bd\s*=", re.IGNORECASE
)

_TAG: Final = re.compile(r"""<\s*(/?)\s*([A-Za-z][\w:.-]*)((?:[^<>"']|"[^"]*"|'[^']*')*+)>""")
_SHAPES: Final = frozenset(
    ("path", "polygon", "polyline", "rect", "circle", "ellipse", "line", "image", "use", "text", "foreignobject")
)
_AROUND: Final = frozenset(("svg", "g", "defs", "clippath", "mask", "symbol", "pattern", "marker"))
_LABELS: Final = ("data-label", "data-name", "label", "aria-label", "inkscape:label", "id")
_TITLE: Final = re.compile(r"\s*<title[^<>]*>([^<>]{0,400})</title\s*>", re.IGNORECASE)
_OPEN: Final = re.compile(r"<(?:path|polygon|polyline)\b[^<>]*\Z", re.IGNORECASE)
_EFFECTS: Final = (
    *("viewbox", "width", "height", "fill-rule", "transform", "clip-path", "mask", "display", "visibility", "filter"),
    "style",
)
"""Attributes of tags around a shape that move, hide or scale it."""

_SIDE: Final = re.compile(r"\s*\d{1,6}(?:\.\d{0,9})?\s*(?:px)?\s*")
_LONGEST: Final = 500
_DEPTH: Final = 32
_TOO_DEEP: Final = AbsentMask("garbage", f"expected at most {_DEPTH} tags around a shape of the SVG, got more", "ring")


class _Around(NamedTuple):
    """The tags around a shape: the innermost name, what of them has an effect, their label, and whether they scale."""

    name: str = ""
    before: str = ""
    after: str = ""
    label: str = ""
    has_frame: bool = False


def read(text: str) -> tuple[CollectedItems, ReplyStatus]:
    """Return an item per shape; each keeps what the tags around it say, which is its frame, or a reason against it.

    >>> collected, _ = read('<svg viewBox="0 0 9 9"><path id="cup" d="M0 0H9V9Z"/></svg>')
    >>> collected.items[0].label, collected.items[0].mask
    ('cup', '<svg viewbox="0 0 9 9"><path id="cup" d="M0 0H9V9Z"/></svg>')
    """
    items = list(_items(text))
    cut = _OPEN.search(text[text.rfind("<") :]) if "<" in text else None
    if cut is None:
        return CollectedItems(items), ReplyStatus.OK
    label = _own_label(cut[0])
    items.append(Item(raw={"svg": cut[0], "label": label}, mask=_parts.CUT, label=label, mask_key="svg"))
    return CollectedItems(items), ReplyStatus.TRUNCATED


def _items(text: str) -> Iterator[Item]:
    around = [_Around()]
    for match in _TAG.finditer(text):
        name = match[2].lower().removeprefix("svg:")
        if match[1]:
            if len(around) > 1 and around[-1].name == name:
                around.pop()
        elif name in _SHAPES:
            title = None if match[0].endswith("/>") else _TITLE.match(text, match.end())
            label = _own_label(match[3]) or (title[1] if title else "") or around[-1].label
            yield _item(name, match[0], _parts.clean_label(label), around[-1], len(around) > _DEPTH)
        elif name in _AROUND and not match[3].rstrip().endswith("/"):
            around.append(_within(around[-1], name, match[3], len(around) > _DEPTH))


def _within(outer: _Around, name: str, attributes: str, is_deep: bool) -> _Around:
    """Return what stands around the shapes in a tag; of a group without an effect, its label alone."""
    label = (_own_label(attributes) if name == "g" else "") or outer.label
    found = {effect: held for effect in _EFFECTS if (held := attribute(attributes, effect))}
    if is_deep or (name == "g" and not found):
        return outer._replace(name=name, label=label)
    if sum(map(len, found.values())) > _LONGEST:
        found = {"filter": "too long"}  # refused by name, as what it says is not read
    tag = "".join(f' {effect}="{escape(held)}"' for effect, held in found.items())
    has_frame = outer.has_frame or (name == "svg" and _scales(found))
    return _Around(name, f"{outer.before}<{name}{tag}>", f"</{name}>{outer.after}", label, has_frame)


def _scales(attributes: dict[str, str]) -> bool:
    """Tell whether a document gives its frame: a view box, or both sides in its units or in pixels."""
    sides = (attributes.get(side, "") for side in ("width", "height"))
    return "viewbox" in attributes or all(_SIDE.fullmatch(side) for side in sides)


def _item(name: str, tag: str, label: str, around: _Around, is_deep: bool) -> Item:
    shape = tag if tag.endswith("/>") else f"{tag}</{name}>"
    mask = f"{around.before}{shape}{around.after}"
    item = Item(raw={"svg": mask, "label": label}, mask=_TOO_DEEP if is_deep else mask, label=label, mask_key="svg")
    item.layout = Layout(mask_order="xy", mask_frame="thousandths" if around.has_frame else "")
    return item


def _own_label(attributes: str) -> str:
    return next((found for name in _LABELS if (found := attribute(attributes, name))), "")
