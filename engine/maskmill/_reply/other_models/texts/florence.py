"""Read Florence-2's text: a label, then ``<loc_52><loc_332>…`` as x, y in 1000 bins; ``<sep>`` between rings.

``<poly>…</poly>`` surrounds each of several instances of a label. Without ``<poly>`` and ``<sep>``, numbers in fours
that are all corners of boxes, x0 <= x1 and y0 <= y1, are boxes: no outline of an area has that in every second edge.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ...._layout import Layout
from ....errors import excerpt
from ....status import Note, ReplyStatus
from ...items import CollectedItems, Item
from ...known_items import AbsentMask
from .. import _parts

MARK: Final = re.compile(r"<loc_\d{1,9}>", re.IGNORECASE)

_BINS: Final = 1000
_END: Final = ("</s>", "<pad>")
_RUN: Final = re.compile(r"(?:<loc_\d{1,9}>|<sep>|</?poly>)(?:\s*(?:<loc_\d{1,9}>|<sep>|</?poly>))*", re.IGNORECASE)
_LOC: Final = re.compile(r"<loc_(\d{1,9})>", re.IGNORECASE)
_POLY: Final = re.compile(r"</?poly>", re.IGNORECASE)
_PIECES: Final = re.compile(r"(</?poly>)", re.IGNORECASE)
_SEP: Final = re.compile(r"<sep>", re.IGNORECASE)
_TASK: Final = re.compile(r"</?s>|<pad>|</?[A-Z]+(?:_[A-Z]+)*>")
_BROKEN: Final = re.compile(r"<(?:/?p(?:o(?:ly?)?)?|s(?:ep?)?|l(?:o(?:c(?:_\d*)?)?)?|/)?\Z", re.IGNORECASE)
_AGREES: Final = 0.9
_RING_LAYOUT: Final = Layout("xy", "thousandths", "xy", "thousandths")

_Bins = list[int]


def read(text: str) -> tuple[CollectedItems, ReplyStatus]:
    """Return the items of a reply, and its status: truncated if the text breaks off in a tag or before ``</poly>``.

    >>> collected, _ = read("car<loc_52><loc_332><loc_932><loc_774>")
    >>> [(item.label, item.box) for item in collected.items]
    [('car', [52.5, 332.5, 932.5, 774.5])]
    """
    has_end = text.rstrip().endswith(_END)
    text = _TASK.sub("\n", text).rstrip()
    collected, stop, label = CollectedItems(), 0, ""
    for run in _RUN.finditer(text):
        label = _parts.last_words(text[stop : run.start()]) or label
        stop = run.end()
        collected.items += _items(label, run[0])
    is_cut = _BROKEN.search(text) is not None or _leaves_poly_open(text) or (_ends_odd(text) and not has_end)
    if is_cut and collected.items:
        _open_last(collected.items[-1])
    elif text[stop:].strip():
        collected.others += 1
        collected.notes.append(Note("not_an_item", "expected location tokens", excerpt(text[stop:].strip())))
    return collected, ReplyStatus.TRUNCATED if is_cut else ReplyStatus.OK


def _leaves_poly_open(text: str) -> bool:
    tags = _POLY.findall(text)
    return bool(tags) and "/" not in tags[-1]


def _ends_odd(text: str) -> bool:
    """Tell whether a text ends with a coordinate that lacks its partner."""
    run = text[max(text.rfind(mark) for mark in ("\n", "<sep>", "<poly>")) + 1 :]
    return run.endswith(">") and len(_LOC.findall(run)) % 2 == 1


def _open_last(item: Item) -> None:
    """Mark what the text breaks off in: the mask, or the box of an item without one."""
    if isinstance(item.mask, AbsentMask):
        item.mask, item.is_box_open = _parts.CUT, True
    else:
        item.is_mask_open = True


def _items(label: str, run: str) -> list[Item]:
    """Return the items of one run of tokens: one per ``<poly>``, per box, or one ring after another."""
    if _POLY.search(run) is not None:
        return _instances(label, run)
    if _SEP.search(run) is None:
        bins = _bins(run)
        if _are_boxes(bins):
            return _boxes(label, bins)
    return [_rings(label, run)] if _LOC.search(run) else []


def _instances(label: str, run: str) -> list[Item]:
    """Return an item per ``<poly>``; boxes before or behind it that are extents of rings are the boxes of these."""
    items: list[Item] = []
    waiting: list[Item] = []
    is_inside = False
    for piece in _PIECES.split(run):
        if _POLY.fullmatch(piece):
            is_inside = "/" not in piece
        elif not _LOC.search(piece):
            continue
        elif is_inside or not _are_boxes(_bins(piece)):
            items.append(_rings(label, piece))
            waiting = _given_boxes(waiting, items[-1:])
        else:
            waiting += _given_boxes(_boxes(label, _bins(piece)), items)
    return [*items, *waiting]


def _given_boxes(boxes: list[Item], items: list[Item]) -> list[Item]:
    """Give each item without a box the first of the boxes that is the extent of its rings; return the other boxes."""
    for item in items:
        extent = None if item.box or isinstance(item.mask, AbsentMask) else _extent(item.mask)
        spanned = [box for box in boxes if extent and box.box and _parts.agreement(box.box, extent) >= _AGREES]
        found = next(iter(spanned), None)
        if found is not None:
            boxes = [box for box in boxes if box is not found]
            item.box, item.box_key = found.box, "bbox"
            item.raw = {"bbox": found.box, **item.raw}
            item.notes.append(Note("box_first", f"read {excerpt(found.box)} beside the ring as its box"))
    return boxes


def _extent(rings: list[list[list[float]]]) -> list[float]:
    points = [point for ring in rings for point in ring]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    return [min(xs), min(ys), max(xs), max(ys)] if points else []


def _boxes(label: str, bins: _Bins) -> list[Item]:
    return [_box(label, bins[i : i + 4]) for i in range(0, len(bins), 4)]


def _rings(label: str, text: str) -> Item:
    return _polygons(label, [_bins(ring) for ring in _SEP.split(text) if _LOC.search(ring)])


def _bins(text: str) -> _Bins:
    return [int(v) for v in _LOC.findall(text)]


def _are_boxes(bins: _Bins) -> bool:
    fours = [bins[i : i + 4] for i in range(0, len(bins), 4)]
    return all(len(four) == 4 and four[0] <= four[2] and four[1] <= four[3] for four in fours)


def _box(label: str, bins: _Bins) -> Item:
    item = _parts.box_item(label, _centres(bins), "thousandths")
    return _refused(item, bins) if max(bins) >= _BINS else item


def _polygons(label: str, rings: list[_Bins]) -> Item:
    """Return the item of rings; four numbers before the first one that are its extent are its box."""
    box, notes = _box_before(rings), []
    if box:
        rings = [ring for ring in (rings[0][4:], *rings[1:]) if ring]
        notes.append(Note("box_first", f"read {excerpt(box)} before the ring as its box"))
    raw: dict[str, Any] = {"bbox": _centres(box)} if box else {}
    raw |= {"polygon": [_points(ring) for ring in rings], "label": label}
    if any(len(ring) % 2 for ring in rings):
        notes.append(Note("junk_cut", "cut the last location token of a ring, which has no partner"))
    item = Item(raw=raw, box=raw.get("bbox"), mask=raw["polygon"], label=label, layout=_RING_LAYOUT, notes=notes)
    item.box_key, item.mask_key = "bbox" if box else "", "polygon"
    highest = max((ring for ring in rings), key=max)
    return _refused(item, highest) if max(highest) >= _BINS else item


def _refused(item: Item, bins: _Bins) -> Item:
    message = f"expected location tokens from <loc_0> to <loc_{_BINS - 1}>, got <loc_{max(bins)}>"
    item.mask = AbsentMask("garbage", message, "ring")
    item.box = None
    return item


def _box_before(rings: list[_Bins]) -> _Bins:
    """Return the four numbers before a ring, or in the place of the first of several, if they are its extent."""
    box, ring = rings[0][:4], rings[0][4:]
    if not ring:
        ring = [v for other in rings[1:] for v in other]
    if len(box) < 4 or len(ring) < 6 or len(ring) % 2 or box[0] >= box[2] or box[1] >= box[3]:
        return []
    extent = [min(ring[::2]), min(ring[1::2]), max(ring[::2]), max(ring[1::2])]
    return box if _parts.agreement(box, extent) >= _AGREES else []


def _centres(bins: _Bins) -> list[float]:
    """Return the centres of bins, in thousandths of the image."""
    return [v + 0.5 for v in bins]


def _points(bins: _Bins) -> list[list[float]]:
    """Return the points of a ring; a last number without its partner is left out, as the model's own reader does."""
    centres = _centres(bins)
    return [centres[i : i + 2] for i in range(0, len(centres) - 1, 2)]
