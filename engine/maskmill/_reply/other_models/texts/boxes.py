"""Read boxes between tags: ``<ref>cat</ref><box>[[1, 2, 3, 4]]</box>`` and its kin of Qwen, InternVL, DeepSeek, GLM.

Corners are x, y. Six numbers or more in one group are a ring, two are a point. Kosmos-2 names two cells of a 32x32 grid
instead of numbers.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ...._layout import FrameName, Layout
from ....errors import excerpt
from ....status import ReplyStatus
from ...items import CollectedItems, Item
from ...known_items import AbsentMask
from .. import _parts

_TAGS: Final = r"(?:box_start|box|det|quad_start|quad|point_start)"
MARK: Final = re.compile(
    rf"<\|?{_TAGS}\|?>[^<>\d]{{0,80}}(?:\d|null\b|<\|?(?:coord_)?\d)|<\|begin_of_box\|>\s{{0,9}}\[|<patch_index_\d{{4}}>",
    re.IGNORECASE,
)

_OPEN: Final = re.compile(rf"<\|?({_TAGS}|begin_of_box|object)\|?>", re.IGNORECASE)
_CLOSE: Final = re.compile(
    r"<\|?(?:/|(?=(?:box|quad|point)_end|end_of_box))(?:box_end|quad_end|point_end|end_of_box|box|det|quad|object)\|?>",
    re.IGNORECASE,
)
_REFERENCE: Final = re.compile(
    r"<\|?(?:object_ref_start|ref|phrase|p)\|?>([^<>]{0,400})<\|?/?(?:object_ref_end|ref|phrase|p)\|?>", re.IGNORECASE
)
_TOKEN: Final = re.compile(r"<\|?(?:coord_)?(\d{1,4})\|?>", re.IGNORECASE)
_GROUP: Final = re.compile(r"\[([^\[\]]*)\]")
_CELL: Final = re.compile(r"<patch_index_(\d{4})>", re.IGNORECASE)
_WORDS: Final = re.compile(r"[^\[\](<\d]{1,200}")
_SIDE: Final = 32
_REACH: Final = 1000


def read(text: str) -> tuple[CollectedItems, ReplyStatus]:
    """Return an item for each box, ring or point of a reply; truncated if the text breaks off in one.

    >>> collected, _ = read("<ref>cat</ref><box>[[10, 20, 300, 400]]</box>")
    >>> [(item.label, item.box) for item in collected.items]
    [('cat', [10, 20, 300, 400])]
    """
    collected, stop, label, is_cut = CollectedItems(), 0, "", False
    for tag in _OPEN.finditer(text):
        if tag.start() < stop:
            continue
        label = _label(text[stop : tag.start()]) or label
        end = _CLOSE.search(text, tag.end())
        stop, is_cut = (end.end(), False) if end else (len(text), True)
        body = text[tag.end() : end.start() if end else len(text)]
        collected.items += _items(label, body, tag[1].lower(), is_cut)
    if any(abs(v) > _REACH for item in collected.items for v in item.box or ()):
        _forget_frames(collected.items)
    return collected, ReplyStatus.TRUNCATED if is_cut else ReplyStatus.OK


def _label(text: str) -> str:
    """Return the text of the last reference before a box; empty if there is none."""
    references = _REFERENCE.findall(text)
    return _parts.clean_label(references[-1]) if references else ""


def _forget_frames(items: list[Item]) -> None:
    """Say that no frame is known: the boxes of one reply share it, and one of them does not fit."""
    for item in items:
        item.layout = item.layout._replace(box_frame="", mask_frame="")


def _items(label: str, body: str, tag: str, is_cut: bool) -> list[Item]:
    """Return the items in the text of one tag; of a text that breaks off, the last one is cut."""
    cells = _CELL.findall(body)
    items = _cells(label, cells) if cells else _numbered(label or _inner_label(body), body, tag)
    if is_cut and items:
        items[-1].mask, items[-1].is_box_open = _parts.CUT, True
    return items


def _inner_label(body: str) -> str:
    words = _WORDS.match(body)
    label = _parts.clean_label(words[0]) if words else ""
    return "" if label.lower() in ("null", "none") else label


def _numbered(label: str, body: str, tag: str) -> list[Item]:
    groups = _groups(body)
    if len(groups) > 1 and all(len(group) == 2 for group in groups) and "point" not in tag:
        groups = [[v for group in groups for v in group]]
    return [_item(label, group, tag) for group in groups]


def _groups(body: str) -> list[list[float]]:
    """Return the numbers of a tag's text in their groups: in brackets, in tokens side by side, or in fours."""
    if _TOKEN.search(body):
        return [_parts.numbers_in(part) for part in _TOKEN.sub(r"\1 ", body).split(",")]
    if "[" in body:
        return [_parts.numbers_in(group) for group in _GROUP.findall(body)] or [[]]
    numbers = _parts.numbers_in(body)
    is_fours = len(numbers) > 4 and len(numbers) % 4 == 0
    return [numbers[i : i + 4] for i in range(0, len(numbers), 4)] if is_fours else [numbers]


def _item(label: str, numbers: list[float], tag: str) -> Item:
    frame: FrameName = (
        "unit" if numbers and all(0 <= v <= 1 for v in numbers) and any(v % 1 for v in numbers) else "thousandths"
    )
    if len(numbers) == 4 and "quad" not in tag:
        return _parts.box_item(label, numbers, frame)
    if len(numbers) == 2:
        return _parts.point_item(label, numbers)
    if len(numbers) >= 6 and len(numbers) % 2 == 0:
        return _ring(label, numbers, frame)
    message = f"expected x0, y0, x1, y1, got {excerpt(numbers)}" if numbers else "the model gave no box for it"
    return Item(raw={"bbox": numbers or None, "label": label}, mask=AbsentMask("nothing", message), label=label)


def _ring(label: str, numbers: list[float], frame: FrameName) -> Item:
    points = [numbers[i : i + 2] for i in range(0, len(numbers), 2)]
    raw: dict[str, Any] = {"polygon": points, "label": label}
    layout = Layout(mask_order="xy", mask_frame=_parts.frame_of_box(numbers, frame))
    return Item(raw=raw, mask=points, label=label, mask_key="polygon", layout=layout)


def _cells(label: str, cells: list[str]) -> list[Item]:
    """Return the boxes that pairs of cells span: from centre to centre, or whole cells in one row or column."""
    numbers = [int(cell) for cell in cells]
    return [_between(label, *numbers[i : i + 2]) for i in range(0, len(numbers) - 1, 2)]


def _between(label: str, first: int, last: int) -> Item:
    (y0, x0), (y1, x1) = divmod(first, _SIDE), divmod(last, _SIDE)
    is_line = x0 == x1 or y0 == y1
    near, far = (0.0, 1.0) if is_line else (0.5, 0.5)
    box = [(x0 + near) / _SIDE, (y0 + near) / _SIDE, (x1 + far) / _SIDE, (y1 + far) / _SIDE]
    return _parts.box_item(label, box, "unit", cells=[first, last])
