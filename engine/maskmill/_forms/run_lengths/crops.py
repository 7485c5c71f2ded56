"""Run lengths of a crop by rows, as CVAT writes masks: with its place beside it, or at the end of the list."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._boxes import as_number
from ..._kernels.cpu.run_geometry import cut_window, from_row_major
from ..._kernels.cpu.run_lengths import to_canonical
from ...status import Note


class Crop(NamedTuple):
    """Run lengths by rows, and the place in pixels: left and top, width and height."""

    counts: NDArray[np.int64]
    left: int
    top: int
    width: int
    height: int


def read_list(values: list[Any], place: list[Any] | None = None) -> Crop | None:
    """Return the crop of run lengths whose place is known, or stands at their end as left, top, right, bottom.

    >>> read_list([1, 2, 1, 10, 20, 11, 21])
    Crop(counts=array([1, 2, 1]), left=10, top=20, width=2, height=2)

    Parameters
    ----------
    values : list
        Runs of background and foreground in turn, background first.
    place : list, optional
        Left, top, width and height.

    Returns
    -------
    Crop or None
        None if the runs do not sum up to the pixels of the crop.
    """
    if place is None:
        if len(values) < 5:
            return None
        corner = _integers(values[-4:])
        if corner is None:
            return None
        left, top, right, bottom = corner
        size = [left, top, right - left + 1, bottom - top + 1]
        values = values[:-4]
    else:
        found = _integers(place)
        if found is None:
            return None
        size = found
    runs = _integers(values)
    if runs is None or min(size[2:]) < 1 or sum(runs) != size[2] * size[3] or min(runs, default=-1) < 0:
        return None
    return Crop(np.array(runs, np.int64), *size)


def _integers(values: list[Any]) -> list[int] | None:
    numbers = [as_number(v) for v in values]
    if any(v is None or v != int(v) or abs(v) >= 2**31 for v in numbers):
        return None
    return [int(v) for v in numbers if v is not None]


def to_image(crop: Crop, size: tuple[int, int]) -> tuple[NDArray[np.int64], list[Note]]:
    """Return the run lengths of the whole image of `size` = (width, height), down the columns, and notes."""
    width, height = size
    counts = from_row_major(to_canonical(crop.counts), width=crop.width, height=crop.height)
    placed = cut_window(counts, height=crop.height, shape=(height, width), origin=(-crop.top, -crop.left))
    place = f"{crop.width}x{crop.height} at ({crop.left}, {crop.top})"
    notes = [Note("rle_rows", f"read the runs by rows, of a crop of {place} of the image of {width}x{height}")]
    if not (0 <= crop.left <= width - crop.width and 0 <= crop.top <= height - crop.height):
        notes.append(Note("clipped", f"the crop of {place} leaves the image of {width}x{height} and was clipped to it"))
    return placed.astype(np.int64), notes
