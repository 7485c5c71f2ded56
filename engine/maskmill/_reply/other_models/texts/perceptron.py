"""Read Perceptron's tags: ``<polygon mention="drone"> (20,40) (60,40) … </polygon>``, x, y from 0 to 1000.

``<collection>`` and ``<track>`` pass their mention on to what stands in them. ``<point_box>`` is a box, ``<point>`` a
point, and ``<clip>`` a span of time, which is no item.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final, NamedTuple

from ...._layout import Layout
from ....errors import excerpt
from ....status import Note, ReplyStatus
from ...items import CollectedItems, Item
from ...known_items import AbsentMask
from .. import _parts
from ._attributes import ATTRIBUTES, read_attributes

MARK: Final = re.compile(r"<(?:polygon|point_box|collection|track|point)(?=[\s>])[^<>]{0,400}>", re.IGNORECASE)

_TAG: Final = re.compile(
    rf"<(/?)(polygon|point_box|point|collection|track|clip)(?![\w-])({ATTRIBUTES})(/?)>", re.IGNORECASE
)
_BROKEN: Final = re.compile(r"</?(?:[a-z_]{0,10}(?:\s[^<>]{0,400})?)\Z", re.IGNORECASE)
_MENTIONS: Final = ("mention", "label", "name")
_REACH: Final = 1000
_LAYOUT: Final = Layout("xy", "thousandths", "xy", "thousandths")
_HOLDERS: Final = ("collection", "track")

Attributes = dict[str, str]


class _Piece(NamedTuple):
    """A tag that opened, its attributes, its text, and how it ended: closed, or with the next tag or the text."""

    name: str
    attributes: Attributes
    body: str
    is_closed: bool


def is_marked(text: str) -> bool:
    """Tell whether a text holds a tag of this family with what belongs into it, and no attributes x and y.

    >>> is_marked('<polygon mention="a"> (1,2) (3,4) (5,6) </polygon>'), is_marked('<point x="1" y="2">a</point>')
    (True, False)
    """
    return any(re.search(r"\sx\d*\s*=|\scoords\s*=|\spoints\s*=", match[0]) is None for match in MARK.finditer(text))


def read(text: str) -> tuple[CollectedItems, ReplyStatus]:
    """Return the items of a reply, and its status: truncated if the text breaks off in a tag.

    >>> collected, _ = read('<polygon mention="drone"> (20,40) (60,40) (60,80) </polygon>')
    >>> [(item.label, item.mask) for item in collected.items]
    [('drone', [[20, 40], [60, 40], [60, 80]])]
    """
    collected, holders, stop = CollectedItems(), list[Attributes](), 0
    tags = list(_TAG.finditer(text))
    for number, tag in enumerate(tags):
        name, attributes = tag[2].lower(), read_attributes(tag[3])
        if name in _HOLDERS:
            _enter(holders, attributes, is_end=bool(tag[1]), is_empty=bool(tag[4]))
        elif not tag[1]:
            piece, stop = _piece(text, tags, number, attributes)
            _add(collected, piece, holders)
    is_cut = bool(holders) or stop == len(text) or _BROKEN.search(text) is not None
    return collected, ReplyStatus.TRUNCATED if is_cut else ReplyStatus.OK


def _enter(holders: list[Attributes], attributes: Attributes, *, is_end: bool, is_empty: bool) -> None:
    """Open or close a collection; what is in it inherits its attributes."""
    if is_end:
        del holders[-1:]
    elif not is_empty:
        holders.append({**(holders[-1] if holders else {}), **attributes})


def _piece(text: str, tags: list[re.Match[str]], number: int, attributes: Attributes) -> tuple[_Piece, int]:
    """Return what a tag holds, up to its end tag or the next tag, and where that stops."""
    tag, name = tags[number], tags[number][2].lower()
    if tag[4]:
        return _Piece(name, attributes, "", True), tag.start()
    if number + 1 == len(tags):
        return _Piece(name, attributes, text[tag.end() :], False), len(text)
    after = tags[number + 1]
    is_closed = bool(after[1]) and after[2].lower() == name
    return _Piece(name, attributes, text[tag.end() : after.start()], is_closed), after.start()


def _add(collected: CollectedItems, piece: _Piece, holders: list[Attributes]) -> None:
    attributes = {**(holders[-1] if holders else {}), **piece.attributes}
    if piece.name == "clip":
        collected.others += 1
        collected.notes.append(Note("not_an_item", "expected a polygon, got a clip", excerpt(str(piece.attributes))))
        return
    label = next((_parts.clean_label(attributes[name]) for name in _MENTIONS if name in attributes), "")
    for item in _READERS[piece.name](label, piece):
        item.raw |= {key: value for key, value in attributes.items() if key not in (*_MENTIONS, *item.raw)}
        item.score = _score(attributes)
        collected.items.append(item)


def _score(attributes: Attributes) -> float:
    value = attributes.get("confidence", attributes.get("score", ""))
    return float(value) if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{0,20})?", value) else math.nan


def _polygon(label: str, piece: _Piece) -> list[Item]:
    numbers = _parts.numbers_in(piece.body)
    points = [numbers[i : i + 2] for i in range(0, len(numbers), 2)]
    raw: dict[str, Any] = {"polygon": points, "label": label}
    item = Item(raw=raw, mask=points, label=label, mask_key="polygon", layout=_LAYOUT)
    item.is_mask_open = not piece.is_closed
    if piece.is_closed and (reason := _reason(numbers)):
        item.mask = reason
    return [item]


def _reason(numbers: list[float]) -> AbsentMask | None:
    """Return why numbers are no ring: none at all, one without its partner, or one out of the frame."""
    if not numbers:
        return AbsentMask("nothing", "the tag of the polygon is empty", "ring")
    if len(numbers) % 2:
        return AbsentMask("garbage", f"expected an even number of coordinates, got {len(numbers)}", "ring")
    outside = [v for v in numbers if not 0 <= v <= _REACH]
    if outside:
        message = f"expected coordinates from 0 to {_REACH}, which this form of reply has, got {outside[0]:g}"
        return AbsentMask("garbage", message, "ring")
    return None


def _box(label: str, piece: _Piece) -> list[Item]:
    numbers = _parts.numbers_in(piece.body)
    if len(numbers) == 4:
        return [_parts.box_item(label, numbers, "thousandths")]
    item = Item(raw={"bbox": numbers, "label": label}, mask=_parts.BOX_ONLY, label=label)
    item.box, item.is_box_open = numbers or None, not piece.is_closed
    return [item]


def _point(label: str, piece: _Piece) -> list[Item]:
    numbers = _parts.numbers_in(piece.body)
    return [_parts.point_item(label, numbers[i : i + 2]) for i in range(0, max(len(numbers), 1), 2)]


_READERS: Final = {"polygon": _polygon, "point_box": _box, "point": _point}
