"""Read Moondream's ``segment``: an SVG path in the unit square of its box, at once or as a stream."""

from __future__ import annotations

import re
from typing import Any, Final

from ...._layout import FrameName, Layout
from ...fields import read_label
from ...items import Item
from ...keys import fold_keys
from ...known_items import AbsentMask
from ...recovery.cursor import Recovered
from .. import _parts

KEYS: Final = frozenset(("path", "chunk"))

_PATH: Final = re.compile(r"\s*[Mm]\s*[-+.\d]")
_EXPONENT: Final = re.compile(r"[eE][-+]?\d+")
_ARC: Final = re.compile(r"[Aa]")
_REACH: Final = 2
"""Coordinates of a path in the unit square of its box stay within this."""

_RELATIVE: Final = re.compile(r"[a-zHVA]")
"""Commands whose numbers are no pairs of coordinates; also an exponent."""

_UNIT_SQUARE: Final = (0.0, 0.0, 1.0, 1.0)
_AGREES: Final = 0.7

_CORNERS: Final = ("x_min", "y_min", "x_max", "y_max")
_OF_PIECES: Final = frozenset(("type", "bbox", "chunk", "path", "completed", "request_id", "metrics", "finish_reason"))
_TYPES: Final = ("bbox", "path_delta", "final")
_NO_BOX: Final = AbsentMask("no_box", "the path runs inside a box, and the reply does not give the box whole")
_NO_PATH: Final = AbsentMask("nothing", "the path is empty: the model found no such object")
_CUT: Final = AbsentMask("truncated", "the stream breaks off before its last piece, which holds the whole path")


def read(value: dict[str, Any], label: str) -> list[Item] | None:
    """Return the item of one answer; None if the object is none, such as a path in other coordinates."""
    path, box = value.get("path"), value.get("bbox")
    if not isinstance(path, str) or not (_is_box(box) or (not isinstance(box, list) and _is_answer(value))):
        return None
    if path.strip() and not _is_in_unit_square(path):
        return None
    return [_item(dict(value), read_label(value, fold_keys(value)) or label)]


def _is_in_unit_square(path: str) -> bool:
    """Tell whether a path is one of the unit square; an arc's rotation in degrees does not count."""
    numbers = _parts.numbers_in(_EXPONENT.sub("", path))
    if _ARC.search(path):
        numbers = numbers[:2]
    return _PATH.match(path) is not None and all(abs(v) <= _REACH for v in numbers)


def read_stream(pieces: list[Any], label: str) -> list[Item] | None:
    """Return the items of a stream's pieces, one for each last piece; None if a list holds anything else.

    Parameters
    ----------
    pieces : list
        ``{"bbox"}``, ``{"chunk"}`` …, ``{"path", "bbox", "completed"}``, with or without their ``type``.
    label : str
        The label of what is around them.
    """
    if not all(isinstance(piece, dict) and _OF_PIECES.issuperset(piece) for piece in pieces):
        return None
    if not any("chunk" in piece or piece.get("type") in _TYPES or piece.get("completed") is True for piece in pieces):
        return None
    items: list[Item] = []
    box: Any = None
    is_open = False
    for piece in pieces:
        given = _whole_box(piece)
        if isinstance(piece.get("path"), str):
            items.append(_item({"path": piece["path"], "bbox": given or box}, label))
            items[-1].is_mask_open = "path" in _parts.open_keys(piece)
            box, is_open = None, False
            continue
        if is_open and given and "chunk" not in piece:
            items.append(_cut(box, label))
        box, is_open = given or box, True
    return [*items, _cut(box, label)] if is_open else items


def _whole_box(piece: dict[str, Any]) -> Any:
    """Return the box of a piece; None if it has none, or the text breaks off in it."""
    is_cut = isinstance(piece, Recovered) and "bbox" in piece.open_keys
    return piece["bbox"] if not is_cut and _is_box(piece.get("bbox")) else None


def _cut(box: Any, label: str) -> Item:
    item = _item({"path": "", "bbox": box}, label)
    item.mask = _CUT
    return item


def _item(raw: dict[str, Any], label: str) -> Item:
    path, box = raw["path"], raw.get("bbox")
    numbers = _numbers(box)
    item = Item(raw=raw, box=numbers or box, mask=path, label=label, box_key="bbox", mask_key="path")
    frame: FrameName = "unit" if _runs_over_image(path, numbers) else "box_unit"
    item.layout = Layout("xy", _parts.frame_of_box(numbers, "unit"), "xy", frame)
    if not path.strip():
        item.mask = _NO_PATH
    elif not numbers:
        item.box, item.mask = None, _NO_BOX
    return item


def _runs_over_image(path: str, box: list[float]) -> bool:
    """Tell whether the points of a path span its box and not the unit square: another model wrote it so."""
    if len(box) != 4 or _RELATIVE.search(path):
        return False
    numbers = _parts.numbers_in(path)
    xs, ys = numbers[::2], numbers[1::2]
    if len(xs) != len(ys) or not xs:
        return False
    extent = (min(xs), min(ys), max(xs), max(ys))
    return _parts.agreement(extent, box) >= _AGREES > _parts.agreement(extent, _UNIT_SQUARE)


def _is_answer(value: dict[str, Any]) -> bool:
    """Tell whether an object without a box has no more than an answer of this model."""
    return _OF_PIECES.issuperset(value)


def _is_box(box: Any) -> bool:
    if isinstance(box, dict):
        return all(name in box for name in _CORNERS)
    return _parts.are_numbers(box, 4) and _parts.frame_of_box(box, "unit") == "unit"


def _numbers(box: Any) -> list[float]:
    numbers = [box[name] for name in _CORNERS] if isinstance(box, dict) and _is_box(box) else box
    return numbers if _parts.are_numbers(numbers) else []
