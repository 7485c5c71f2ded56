"""Read COCO's run lengths as real files hold them: strings, lists, byte literals."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from maskmill._forms.run_lengths import texts
from maskmill._images.size import Size
from maskmill._kernels.cpu import rle_string
from maskmill.errors import expected

from ..._geometry.foreign_shapes import Rle
from .rows import ShapeError, ShapeRow
from .values import Object, check_size


def stated_size(rle: Any) -> Size | None:
    """Return (width, height) that run lengths give; None where they give none that can be used."""
    size = rle.get("size") if isinstance(rle, dict) else None
    if not isinstance(size, list) or len(size) != 2:
        return None
    try:
        return check_size(size[1], size[0], "run lengths")
    except ValueError:
        return None


def read_run_lengths(row: ShapeRow, rle: Object, size: Size, at: str) -> Rle:
    """Return run lengths of the image's size; what was undone to read them is noted.

    Parameters
    ----------
    row : ShapeRow
        Row that gets the notes.
    rle : dict
        COCO's mapping with ``counts`` and, mostly, ``size``.
    size : tuple of int
        (width, height) of the image.
    at : str
        Place of the run lengths, for messages.

    Raises
    ------
    maskmill.errors.ArgumentError
        They are for another size, do not sum up to it, or are no run lengths.
    """
    if "size" in rle and stated_size(rle) != size:
        raise expected(f"[{size[1]}, {size[0]}] as height and width", rle["size"], f"size in {at}")
    return {"size": [size[1], size[0]], "counts": _counts(row, rle.get("counts"), size[0] * size[1], at)}


def _counts(row: ShapeRow, counts: Any, total: int, at: str) -> NDArray[np.int64]:
    """Return run lengths that sum up to the number of pixels."""
    if isinstance(counts, str):  # as pycocotools writes them, before anything that takes longer is tried
        read = rle_string.from_string(counts.encode("utf-8", "replace"), total)
        if isinstance(read, np.ndarray):
            return read
    values, notes = texts.read_counts(counts, total)
    if isinstance(values, str):
        message = values if values.startswith("expected ") else f"expected COCO's run lengths, got {values}"
        raise ShapeError(f"{message} - at `counts in {at}`")
    row.notes.extend(notes)
    return values
