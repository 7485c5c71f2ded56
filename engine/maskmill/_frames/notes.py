"""Notes about the order and the frame of coordinates, one per decision."""

from __future__ import annotations

from typing import Final

from .._boxes import Box
from .._images.size import Size
from ..status import Note
from .frame import DESCRIPTIONS, Extent, Frame

_RLE_READINGS: Final = {
    "rows": "row by row instead of column by column",
    "swapped": "with the numbers of its size swapped",
    "swapped_rows": "row by row, with the numbers of its size swapped",
}
"""Other readings of an RLE by their names."""


def swapped_axes_note(is_clear: bool) -> Note:
    """Return the note of a polygon that was read as y, x."""
    why = "its box says so" if is_clear else "as the rest of the reply, or as asked"
    return Note("axes_swapped", f"the ring's points were read as y, x: {why}")


def unit_ring_note() -> Note:
    """Return the note of a ring that runs from 0 to 1."""
    return Note("ring_unit", "the ring runs from 0 to 1; read as 0 to 1000")


def assumed_order_note(order: str) -> Note:
    """Return the note of an order that no number can settle."""
    return Note("order_assumed", f"the box was read as {order[0]}, {order[1]}, as its key says: no number settles it")


def extents_note(shape: str) -> Note:
    """Return the note of a box whose last two numbers are its extents, and the first two its corner or its centre."""
    return Note("box_mended", f"the box was read as its {shape} with width and height: so it fits the mask")


def box_order_note(order: str) -> Note:
    """Return the note of a box whose order its mask shows."""
    return Note("box_order", f"the box's corners were read as {order[0]}, {order[1]}: so they fit the mask")


def unchecked_frame_note() -> Note:
    """Return the note of coordinates whose frame nothing confirms."""
    message = (
        "read as thousandths of the image; nothing in the reply confirms that they are, so see frame= and dialect="
    )
    return Note("frame_unchecked", message)


def resized_image_note(size: Size) -> Note:
    """Return the note of a reply whose coordinates are pixels of an image that the service may have resized."""
    message = f"read as pixels of {size[0]}x{size[1]}; the service resizes large images: give its size as frame="
    return Note("frame_unchecked", message)


def scaled_image_note(stated: tuple[float, float], size: Size) -> Note:
    """Return the note of a reply that gives another size of its image than the image has."""
    given, own = (f"{width:g}x{height:g}" for width, height in (stated, size))
    return Note("image_scaled", f"the reply gives {given} as the size of its image: scaled its pixels to {own}")


def other_frame_note(what: str, frame: Frame, why: str) -> Note:
    """Return the note of coordinates in another frame than thousandths of the image.

    Parameters
    ----------
    what : str
        ``"box"`` or ``"ring"``.
    frame : Frame
        Their frame.
    why : str
        What shows it.
    """
    return Note("other_frame", f"the {what} was read as {DESCRIPTIONS[frame.name]}: {why}")


def rle_note(reading: str, *, is_shared: bool = False) -> Note:
    """Return the note of an RLE that was read in another way: its box shows that, or the other items of the reply."""
    why = "as the other items of the reply" if is_shared else "so it fits its box"
    return Note("rle_reordered", f"the RLE was read {_RLE_READINGS[reading]}: {why}")


def disagreement_note(mask: Extent, box: Box, size: Size, overlap: float) -> Note:
    """Return the note of a mask and a box that lie apart.

    Parameters
    ----------
    mask : tuple of float
        y0, x0, y1, x1 of the mask in thousandths of the image.
    box : Box
        The box.
    size : tuple of int
        (width, height) of the image.
    overlap : float
        Their intersection over union.
    """
    places = Box(*mask).in_pixels(size), box.in_pixels(size)
    mask_text, box_text = (", ".join(f"{v:.6g}" for v in place) for place in places)
    return Note(
        "box_disagrees", f"the mask spans ({mask_text}), its box ({box_text}) in pixels: they overlap by {overlap:.0%}"
    )
