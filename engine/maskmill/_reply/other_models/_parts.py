"""What the families share: reasons, numbers in a text, labels, and boxes from corners."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeGuard

from ..._layout import FrameName, Layout
from ...errors import excerpt
from ..items import Item
from ..known_items import AbsentMask, StatedSize
from ..recovery.cursor import Recovered

BOX_ONLY: Final = AbsentMask("nothing", "the model gave a box and no mask")
POINT_ONLY: Final = AbsentMask("nothing", "points are no masks")
CUT: Final = AbsentMask("truncated", "the text ends inside the mask")

NUMBER: Final = r"-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
NUMBERS: Final = re.compile(NUMBER)
_TAG: Final = re.compile(r"<[^<>]{0,200}>")
_LABEL_END: Final = " \t:;,.-–—"
_MAX_LABEL: Final = 200
_FAR: Final = 1e18
_BOUND: Final = 2**63
_LARGEST: Final = 10**6


def numbers_in(text: str) -> list[float]:
    """Return the numbers of a text in order; whole ones as integers.

    >>> numbers_in("(20, 40.5)")
    [20, 40.5]
    """
    return [as_written(word) for word in NUMBERS.findall(text)]


def as_written(word: str) -> float:
    """Return a number; one without a point stays an integer, and none is past `_FAR`."""
    return int(word) if "." not in word and len(word) < 18 else min(max(float(word), -_FAR), _FAR)


def clean_label(text: str) -> str:
    """Return a label without tags, entities and white space around it.

    >>> clean_label(" a &amp; b<od> ")
    'a & b'
    """
    return html.unescape(_TAG.sub(" ", text)).strip()


def last_words(text: str) -> str:
    r"""Return the label at the end of a text: its last line, without punctuation at its end.

    >>> last_words("Here you are:\na red car: ")
    'a red car'
    """
    lines = [line.strip() for line in clean_label(text).splitlines() if line.strip()]
    return lines[-1].rstrip(_LABEL_END)[-_MAX_LABEL:] if lines else ""


def as_corners(numbers: list[float]) -> list[float]:
    """Return the corners of a box given as x, y, width, height.

    >>> as_corners([1, 2, 3, 4])
    [1, 2, 4, 6]
    """
    x, y, width, height = numbers
    return [x, y, x + width, y + height]


def are_numbers(value: Any, count: int | None = None) -> TypeGuard[list[float]]:
    """Tell whether a value is a list of numbers that a box can have, of a certain length if one is given.

    >>> are_numbers([1, 2.5], 2), are_numbers([1, True]), are_numbers("1")
    (True, False, False)
    """
    if not isinstance(value, list) or (count is not None and len(value) != count):
        return False
    return bool(value) and all(type(v) in (int, float) and abs(v) < _BOUND for v in value)


def agreement(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the intersection over union of two boxes, each of two corners in the same order; 0 if both are empty.

    The same as `_kernels.steps.axes.overlap`, which this package does not import, since it needs Numba.

    >>> agreement([0, 0, 2, 2], [0, 0, 2, 1])
    0.5
    """
    height, width = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = max(height, 0) * max(width, 0)
    total = sum((c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)) - common
    return common / total if total > 0 else 0.0


def frame_of_box(numbers: list[float], frame: FrameName) -> FrameName:
    """Return the frame of a box that is documented as `frame`, or "" if its numbers cannot be in that frame.

    >>> frame_of_box([0.1, 0.2, 0.5, 0.5], "unit"), frame_of_box([1, 2, 300, 400], "unit")
    ('unit', '')
    """
    reach = {"unit": 1.05, "percent": 105, "thousandths": 1050}.get(frame, float("inf"))
    return frame if all(abs(v) <= reach for v in numbers) else ""


def frame_of_pixels(value: Any) -> FrameName:
    """Return the frame of coordinates that are documented as pixels: of fractions from 0 to 1, these.

    >>> frame_of_pixels([[0.2, 0.1], [0.6, 0.5]]), frame_of_pixels([[0, 0], [1, 0], [1, 1]])
    ('unit', 'pixels')
    """
    numbers = list(numbers_below(value))
    return "unit" if numbers and frame_of_box(numbers, "unit") and any(v % 1 for v in numbers) else "pixels"


def numbers_below(value: Any, levels: int = 6) -> Iterator[float]:
    """Yield the numbers in lists and objects, at any level."""
    if type(value) in (int, float):
        yield value
    elif isinstance(value, (list, dict)) and levels:
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers_below(inner, levels - 1)


def stated_size(width: Any, height: Any, is_named: bool = True) -> StatedSize | None:
    """Return the size that a reply gives of its image; None if two values are none.

    >>> stated_size(1000, 800).width, stated_size(None, 800), stated_size(0, 800)
    (1000, None, None)

    Parameters
    ----------
    width, height : Any
        The sides.
    is_named : bool
        The reply names which side is which.
    """
    sides = [width, height]
    is_size = are_numbers(sides, 2) and all(1 <= side <= _LARGEST for side in sides)
    return StatedSize(width, height, is_named) if is_size else None


def open_keys(value: Any) -> set[str]:
    """Return the keys at which the text of an object breaks off, or never closes a string, in it or below it.

    >>> open_keys({"path": "M 0 0"})
    set()
    """
    if not isinstance(value, Recovered):
        return set()
    below = [open_keys(value.get(key)) or {key} for key in value.open_keys]
    return set().union(*below)


def box_item(label: str, box: list[float], frame: FrameName, **raw: Any) -> Item:
    """Return the item of a box without a mask, its corners x, y.

    Parameters
    ----------
    label : str
        The label; empty if there is none.
    box : list of float
        x0, y0, x1, y1.
    frame : str
        The frame that the form says; see `maskmill._layout.FrameName`.
    **raw : Any
        Further entries of the item as the model wrote it.
    """
    fields = {**raw, "bbox": box, "label": label}
    layout = Layout(box_order="xy", box_frame=frame_of_box(box, frame))
    return Item(raw=fields, box=box, mask=BOX_ONLY, label=label, box_key="bbox", layout=layout)


def point_item(label: str, point: list[float], **raw: Any) -> Item:
    """Return the item of a point, which is no mask.

    Parameters
    ----------
    label : str
        The label; empty if there is none.
    point : list of float
        The coordinates as written.
    **raw : Any
        Further entries of the item as the model wrote it.
    """
    fields = {**raw, "point": point, "label": label}
    message = f"points are no masks: {excerpt(point)} names a place, not what belongs to the object"
    return Item(raw=fields, mask=POINT_ONLY._replace(message=message), label=label)
