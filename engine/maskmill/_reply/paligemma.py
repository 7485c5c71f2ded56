"""Read PaliGemma's replies, which are not JSON: ``<loc0415><loc0520><loc0890><loc1023><seg122>… cat ; …``.

Four location tokens are y0, x0, y1, x1 in 1024ths of the image. 16 segmentation tokens may follow, the mask in that
box; then the label, and a semicolon before the next item. Label and semicolon may be missing: location tokens after
anything else, or after four of them, begin an item.
"""

from __future__ import annotations

import re
from typing import Any, Final

from .._layout import Layout
from ..errors import excerpt
from ..status import Note, ReplyStatus
from .items import CollectedItems, Item
from .strict_json import without_fence

_JSON: Final = re.compile(r"[\[{]")
_BOX: Final = re.compile(r"(?:<loc\d{4}>\s*){4}")
_LOC: Final = re.compile(r"<loc(\d{4})>")
_SEG: Final = re.compile(r"(?:<seg\d{3}>\s*)+")
_TOKEN: Final = re.compile(r"<(?:loc|seg)\d+>")
_FRAME: Final = re.compile(r"<(?:bos|eos|pad)>")
_BOX_BEFORE_BOX: Final = re.compile(_BOX.pattern + r"(?=<loc\d)")
_BETWEEN: Final = re.compile(r";|(?<![\s;])(?<!<loc\d{4}>)\s*(?=<loc\d)")
_BROKEN: Final = re.compile(r"<(?:l|lo|loc|s|se|seg|(?:loc|seg)\d+)?$")
_UNITS: Final = 1024
_LAYOUT: Final = Layout(box_order="yx", box_frame="thousandths")


def is_paligemma_reply(text: str) -> bool:
    """Tell whether a text holds a PaliGemma box, perhaps after an echo of the prompt, and no JSON.

    >>> is_paligemma_reply("<loc0000><loc0000><loc1023><loc1023> cat"), is_paligemma_reply("<seg_4>")
    (True, False)
    """
    start = text.find("<loc")
    return start >= 0 and _BOX.search(text, start) is not None and _JSON.search(text) is None


def read_paligemma(text: str) -> tuple[CollectedItems, ReplyStatus]:
    """Return the items of a reply and its status: truncated if the text breaks off inside a token.

    >>> text = "<loc0000><loc0256><loc0512><loc1023> cat ; <loc0000><loc0000><loc0064><loc0064> dog"
    >>> collected, status = read_paligemma(text)
    >>> [(item.label, item.box) for item in collected.items]
    [('cat', [0.0, 250.0, 500.0, 999.0234375]), ('dog', [0.0, 0.0, 62.5, 62.5])]
    """
    text = _FRAME.sub("", without_fence(text.strip())).rstrip()
    collected = CollectedItems()
    for piece in _BETWEEN.split(_BOX_BEFORE_BOX.sub(r"\g<0>;", text)):
        if _TOKEN.search(piece):
            collected.items.append(_item(piece))
        elif piece.strip():
            collected.others += 1
            collected.notes.append(Note("not_an_item", "expected location tokens", excerpt(piece.strip())))
    if _BROKEN.search(text) is None:
        return collected, ReplyStatus.OK
    if collected.items:
        collected.items[-1].is_mask_open = True
    return collected, ReplyStatus.TRUNCATED


def _item(piece: str) -> Item:
    box, mask = _box(piece), _SEG.search(piece)
    raw: dict[str, Any] = {} if box is None else {"box_2d": box}
    if mask:
        raw["mask"] = mask[0].strip()
    raw["label"] = _label(piece)
    return Item(raw=raw, box=box, mask=raw.get("mask"), label=raw["label"], layout=_LAYOUT)


def _box(piece: str) -> list[float] | None:
    """Return the corners in thousandths; exact, so that their pixels are those of v * size / 1024."""
    match = _BOX.search(piece)
    return [int(v) * 1000 / _UNITS for v in _LOC.findall(match[0])] if match else None


def _label(piece: str) -> str:
    """Return the text after the last token."""
    return _BROKEN.sub("", _TOKEN.split(piece)[-1]).strip()
