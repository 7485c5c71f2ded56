"""Dialects: the order and the frame in which each family of models writes boxes and polygons."""

from __future__ import annotations

from typing import Final, NamedTuple

from .._images.size import Size
from .._layout import Dialect, FrameName, Layout, Order
from .frame import Frame, named_frame

_THOUSANDTHS: Final = Layout("xy", "thousandths", "xy", "thousandths")
_PIXELS: Final = Layout("xy", "pixels", "xy", "pixels")

DIALECTS: Final[dict[Dialect, Layout]] = {
    "auto": Layout(),
    "gemini": Layout(box_order="yx", box_frame="thousandths", mask_frame="thousandths"),
    "qwen2": _THOUSANDTHS,
    "qwen2.5": _PIXELS,
    "qwen3": _THOUSANDTHS,
    "gpt": _PIXELS,
    "claude": _PIXELS,
    "florence": _PIXELS,
    "moondream": Layout("xy", "unit", "xy", "box_unit"),
    "perceptron": _THOUSANDTHS,
    "sam3": Layout("xy", "unit", "xy", "pixels"),
    "falcon": Layout("xy", "unit", "xy", "unit"),
    "internvl": _THOUSANDTHS,
    "glm": _THOUSANDTHS,
    "deepseek": _THOUSANDTHS,
}
"""What each dialect says; an empty field is left to the comparison of mask and box."""

RESIZING: Final = frozenset(("claude", "qwen2.5"))
"""Dialects whose pixels are those of the image as the service resized it."""


class Convention(NamedTuple):
    """The order and the frame that the caller demands; None or empty where the reply decides.

    Attributes
    ----------
    box_order, mask_order : {"", "yx", "xy"}
        Order of the numbers.
    box_frame, mask_frame : FrameName or tuple of int
        The frame: its name, or the (width, height) of an image in whose pixels the coordinates are.
    fits_rings_to_boxes : bool
        The rings run inside their boxes, in thousandths or from 0 to 1.
    needs_size : bool
        The coordinates are pixels of a resized image, and the caller did not say of which size.
    """

    box_order: Order = ""
    mask_order: Order = ""
    box_frame: FrameName | Size = ""
    mask_frame: FrameName | Size = ""
    fits_rings_to_boxes: bool = False
    needs_size: bool = False

    def frame(self, name: FrameName | Size, size: Size) -> Frame | None:
        """Return a frame of this convention in an image of (width, height); None where the reply decides."""
        if isinstance(name, tuple):
            return Frame("pixels", *name)
        return named_frame(name, size) if name else None


def convention(boxes: str, axis: str, frame: str | Size, dialect: Dialect) -> Convention:
    """Return what the options say; an option wins over a dialect.

    >>> convention("auto", "auto", "auto", "qwen3").box_order
    'xy'

    Parameters
    ----------
    boxes, axis : {"auto", "yx", "xy"}
        The order of boxes and of polygons.
    frame : str or tuple of int
        ``"auto"``, the name of a frame, ``"box"``, or (width, height).
    dialect : Dialect
        A key of `DIALECTS`.
    """
    layout = DIALECTS[dialect]
    box_order: Order = layout.box_order if boxes == "auto" else boxes  # type: ignore[assignment]
    mask_order: Order = layout.mask_order if axis == "auto" else axis  # type: ignore[assignment]
    box_frame, mask_frame = layout.box_frame, layout.mask_frame
    if frame == "auto":
        return Convention(box_order, mask_order, box_frame, mask_frame, needs_size=dialect in RESIZING)
    if frame == "box":
        return Convention(box_order, mask_order, box_frame, "", fits_rings_to_boxes=True)
    return Convention(box_order, mask_order, frame, frame)  # type: ignore[arg-type]
