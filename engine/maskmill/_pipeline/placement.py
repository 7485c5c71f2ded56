"""Place the boxes and masks of one reply in its image: their order and their frame are decided here, and applied."""

from __future__ import annotations

from typing import Final

import numpy as np

from .._boxes import Box
from .._forms import MaskValue, Polygons, RunLengths
from .._forms.polygon import extent, is_unit, place
from .._frames import Convention, Decision, Frame, RleReading, Subject, decide_layouts, rle_note, scaled_image_note
from .._frames.frame import Extent
from .._images.size import Size
from .._kernels.steps.boxes import THOUSAND
from .._layout import Layout, Order
from .._reply import Item
from .._reply.keys import XY_BOX, fold
from ..status import Note
from .rle_readings import RleReadings
from .row import Row

_MAP_FORMS: Final = frozenset(("png", "tokens", "placeholder"))
"""Forms that only Gemini and PaliGemma write, within a box that is y, x."""

_NO_CONVENTION: Final = Convention()
_NO_RLE: Final = RleReading("", (0.0, 0.0, 0.0, 0.0))


def place_rows(rows: list[Row], size: Size, convention: Convention) -> None:
    """Decide where the boxes and masks of the rows of one reply lie, and place them, in place.

    Parameters
    ----------
    rows : list of Row
        The rows of one reply.
    size : tuple of int
        (width, height) of the image.
    convention : Convention
        What the caller demands.
    """
    open_rows = [row for row in rows if row.written_box is not None or isinstance(row.mask_value.payload, Polygons)]
    if convention == _NO_CONVENTION and all(map(_is_plain_box, open_rows)):
        for row in open_rows:
            row.box = Box(*row.written_box.corners) if row.written_box else None
        return
    readings = [_rle_readings(row, size) for row in open_rows]
    subjects = [_subject(row, rle, size, convention) for row, rle in zip(open_rows, readings, strict=True)]
    decisions = decide_layouts(subjects, size)
    for row, rle, decision in zip(open_rows, readings, decisions, strict=True):
        row.box = decision.box
        row.notes.extend(decision.notes)
        row.mask_value = _placed_mask(row.mask_value, decision, rle, size)
    _follow_boxes(rows, readings, [decision.rle for decision in decisions], size)


def _is_plain_box(row: Row) -> bool:
    """Tell whether a row has a box in Gemini's thousandths beyond doubt, and no mask to compare it with."""
    box, payload = row.written_box, row.mask_value.payload
    if box is None or isinstance(payload, (Polygons, RunLengths)) or box.is_unit or box.frame or row.item.image_size:
        return False
    is_small = 1 < max(box.corners) <= THOUSAND
    return is_small and _is_usual(row.item.layout) and (row.mask_value.form in _MAP_FORMS or _is_gemini_box(row))


def _is_usual(layout: Layout) -> bool:
    return layout.box_order in ("", "yx") and layout.box_frame in ("", "thousandths")


def _follow_boxes(rows: list[Row], readings: list[RleReadings | None], names: list[str], size: Size) -> None:
    """Read an RLE without a box as those with one are read, if these agree and it looks so itself."""
    shown = {name for rle, name in zip(readings, names, strict=True) if rle is not None}
    if len(shown) != 1 or shown == {""}:
        return
    for row in rows:
        payload = row.mask_value.payload
        if row.written_box is None and isinstance(payload, RunLengths):
            rle, name = RleReadings(payload, size), next(iter(shown))
            if rle.is_striped() and any(other.name == name for other in rle.others()):
                row.mask_value = MaskValue(row.mask_value.form, rle.payload(name), row.mask_value.notes)
                row.notes.append(rle_note(name, is_shared=True))


def _subject(row: Row, rle: RleReadings | None, size: Size, convention: Convention) -> Subject:
    """Return what the decision about an item is made of."""
    item, payload = row.item, row.mask_value.payload
    polygons = payload if isinstance(payload, Polygons) else None
    ring_is_unit = polygons is not None and is_unit(polygons)
    layout = _layout(row, polygons, convention)
    box_frame, mask_frame = _frames(row, polygons, ring_is_unit, size, convention)
    is_map = row.mask_value.form in _MAP_FORMS
    ring = None if polygons is None else extent(polygons)
    return Subject(
        row.written_box,
        ring=ring,
        rle=None if rle is None else rle.plain or _NO_RLE,
        other_rle=list if rle is None else rle.others,
        key_order=_key_order(item.box_key),
        layout=layout,
        box_frame=box_frame,
        mask_frame=mask_frame,
        is_gemini=is_map or (_is_gemini_ring(row, ring) if row.written_box is None else _is_gemini_box(row)),
        is_map=is_map,
        ring_is_unit=ring_is_unit,
    )


def _layout(row: Row, polygons: Polygons | None, convention: Convention) -> Layout:
    """Return the orders that the form of the reply or the caller says; the form comes first."""
    stated, named_box = row.item.layout, row.written_box is not None and row.written_box.has_named_axes
    named_ring = polygons is not None and polygons.has_named_axes
    box_order = stated.box_order or ("yx" if named_box else convention.box_order)
    mask_order = stated.mask_order or ("xy" if named_ring else convention.mask_order)
    return Layout(box_order, stated.box_frame, mask_order, stated.mask_frame)


def _frames(
    row: Row, polygons: Polygons | None, ring_is_unit: bool, size: Size, convention: Convention
) -> tuple[Frame | None, Frame | None]:
    """Return the frames of box and mask that the form of the reply, their units or the caller say."""
    stated, box = row.item.layout, row.written_box
    box_name = stated.box_frame or (box.frame if box is not None else "")
    mask_name = stated.mask_frame or (polygons.frame if polygons is not None else "")
    if convention.fits_rings_to_boxes and box is not None and not mask_name:
        mask_name = "box_unit" if ring_is_unit else "box_thousandths"
    box_frame = convention.frame(box_name or convention.box_frame, size)
    mask_frame = convention.frame(mask_name or convention.mask_frame, size)
    if row.item.image_size is not None:
        pixels = Frame("pixels", *row.item.image_size.sides(size))
        return (
            pixels if stated.box_frame == "pixels" else box_frame,
            pixels if stated.mask_frame == "pixels" else mask_frame,
        )
    return box_frame, mask_frame


def stated_size_notes(items: list[Item], size: Size) -> list[Note]:
    """Return a note if a reply gives another size of its image than the image has, and writes in its pixels."""
    for item in items:
        if item.image_size is not None and "pixels" in item.layout:
            sides = item.image_size.sides(size)
            if sides != size:
                return [scaled_image_note(sides, size)]
    return []


def _key_order(key: str) -> Order:
    """Return the order that the key of a box stands for."""
    return "xy" if fold(key) in XY_BOX else "yx"


def _is_gemini_ring(row: Row, ring: Extent | None) -> bool:
    """Tell whether a polygon without a box has Gemini's key, and integers, as Gemini writes them."""
    return fold(row.item.mask_key) == "mask" and ring is not None and not any(v % 1 for v in ring)


def _is_gemini_box(row: Row) -> bool:
    """Tell whether a box has Gemini's key, perhaps misspelt, and integers, as Gemini writes them."""
    assert row.written_box is not None
    return _is_gemini_key(row.item.box_key) and not any(v % 1 for v in row.written_box.corners)


def _is_gemini_key(key: str) -> bool:
    """Tell whether a key is ``box_2d``; misspelt, such as ``boxx_2d``, it keeps its end."""
    folded = fold(key)
    return folded.endswith("2d") and folded not in XY_BOX


def _rle_readings(row: Row, size: Size) -> RleReadings | None:
    """Return the ways to read an RLE; None where there is no RLE, or no box that could decide."""
    payload = row.mask_value.payload
    return RleReadings(payload, size) if isinstance(payload, RunLengths) and row.written_box is not None else None


def _placed_mask(value: MaskValue, decision: Decision, rle: RleReadings | None, size: Size) -> MaskValue:
    """Return the mask as it was decided to read it."""
    if isinstance(value.payload, Polygons):
        return MaskValue(value.form, _placed_polygons(value.payload, decision, size), value.notes)
    if rle is not None and decision.rle:
        return MaskValue(value.form, rle.payload(decision.rle), value.notes)
    return value


def _placed_polygons(polygons: Polygons, decision: Decision, size: Size) -> Polygons:
    """Return polygons as x, y, in thousandths or in pixels of the image."""
    frame, is_yx = decision.mask_frame, decision.mask_order == "yx"
    if frame.is_in_box and decision.box is not None:
        return _within_box(polygons, is_yx, frame, decision.box, size)
    if frame.name == "pixels":
        return place(polygons, is_yx, (0, 0), (1, 1), (frame.far_x, frame.far_y))
    scale = 1000 / frame.far_x
    return place(polygons, is_yx, (0, 0), (scale, scale), (1000, 1000))


def _within_box(polygons: Polygons, is_yx: bool, frame: Frame, box: Box, size: Size) -> Polygons:
    """Return polygons that were written within their box in the frame of that box."""
    far = (box.far_x, box.far_y)
    if frame.name == "box_pixels":
        scale = (far[0] / size[0], far[1] / size[1])
    else:
        scale = ((box.x1 - box.x0) / frame.far_x, (box.y1 - box.y0) / frame.far_y)
    return place(polygons, is_yx, (box.x0, box.y0), scale, far)


def in_thousandths(vertices: np.ndarray, far: tuple[float, float]) -> np.ndarray:
    """Return placed vertices in thousandths of the image."""
    return vertices if far == (1000, 1000) else vertices * (1000 / far[0], 1000 / far[1])
