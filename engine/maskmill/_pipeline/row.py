"""An item on its way to a row: its box, its mask value, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from .._boxes import Box, WrittenBox, read_written_box
from .._device.kernel_jobs import Counts, KernelJob
from .._forms import MaskValue, NoMask, classify
from .._images.size import Size
from .._reply import Item, reference_name
from ..limits import Limits
from ..status import Note, Status
from .repeated_masks import RepeatedMasks

UNREAD: Final = NoMask(Status.OK, "")
"""The payload of a map that is still a text."""

_PNG_STARTS: Final = ("data:image/png;base64,", "iVBORw0KGgo")


@dataclass(slots=True)
class Row:
    """An item that becomes a row; in the end it has counts, or a pending job, or a status other than ok.

    Attributes
    ----------
    item : Item
        The item.
    mask_value : MaskValue
        Its classified mask; once it is placed, polygons are x, y.
    notes : list of Note
        Repairs and reasons.
    written_box : WrittenBox or None
        Its box before order and frame are known.
    box : Box or None
        Its box, once it is placed.
    status : Status
        Its status.
    counts : NDArray[np.int32] or None
        The run lengths of its mask, or of its filled box.
    job : KernelJob or None
        What is still to be computed.
    is_filled : bool
        The counts are those of its box.
    corners : tuple of float
        x0, y0, x1, y1 of its box in pixels; NaN where it has none.
    """

    item: Item
    mask_value: MaskValue
    notes: list[Note]
    written_box: WrittenBox | None = None
    box: Box | None = None
    status: Status = Status.OK
    counts: Counts | None = None
    job: KernelJob | None = None
    is_filled: bool = False
    corners: tuple[float, float, float, float] = field(default=(np.nan,) * 4)


def read_row(item: Item, size: Size, limits: Limits, repeated: RepeatedMasks | None = None) -> Row:
    """Read the box of an item and classify its mask; where they lie is decided by `placement`.

    With `repeated`, a PNG is left for `read_map`: of a reply's maps, only one is in memory at a time.

    Parameters
    ----------
    item : Item
        An item of a reply.
    size : tuple of int
        (width, height) of the image.
    limits : Limits
        Bounds on untrusted input.
    repeated : RepeatedMasks, optional
        The masks that several items of the reply share.
    """
    written, notes = read_written_box(None if item.is_box_open else item.box)
    if repeated is not None and _is_png_text(item):
        value = MaskValue("png", UNREAD)
    else:
        value = _classified(item, size, limits, repeated)
    return Row(item, value, [*item.notes, *notes], written)


def read_map(row: Row, size: Size, limits: Limits, repeated: RepeatedMasks) -> None:
    """Classify the mask of a row that `read_row` has left, in place.

    Parameters
    ----------
    row : Row
        A row whose mask begins like a PNG.
    size : tuple of int
        (width, height) of the image.
    limits : Limits
        Bounds on untrusted input.
    repeated : RepeatedMasks
        The masks that several items of the reply share.
    """
    row.mask_value = _classified(row.item, size, limits, repeated)


def _classified(item: Item, size: Size, limits: Limits, repeated: RepeatedMasks | None) -> MaskValue:
    value = repeated.find(item) if repeated else None
    if value is None:
        value = classify(item.mask, item.is_mask_open, item.assets, limits, size, item.mask_key)
        if repeated:
            repeated.keep(item, value)
    return value


def _is_png_text(item: Item) -> bool:
    """Tell whether the mask of an item is a text that begins like a PNG."""
    asset = item.assets.get(reference_name(item.mask)) if item.assets else None
    value = item.mask if asset is None else asset.value
    return isinstance(value, str) and value.startswith(_PNG_STARTS)
