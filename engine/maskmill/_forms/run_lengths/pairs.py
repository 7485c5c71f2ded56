"""Run lengths as pairs of a start and a length, as Kaggle's competitions write them: from 1, down the columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._boxes import as_number
from ...status import Note


def to_counts(values: list[Any], total: int, least: int = 1) -> NDArray[np.int64] | None:
    """Return the run lengths of pairs; None if the pairs do not ascend, overlap, or leave the image.

    >>> to_counts([1, 3, 10, 5], 20).tolist()
    [0, 3, 6, 5, 6]

    Parameters
    ----------
    values : list
        Start, length, start, length and so on; pixels count from 1, or from 0 where the first start is 0.
    total : int
        Pixels of the image.
    least : int
        Fewer pairs prove nothing.
    """
    if len(values) < 2 * least or len(values) % 2:
        return None
    numbers = [as_number(v) for v in values]
    if any(v is None or v != int(v) or not 0 <= v <= total for v in numbers):
        return None
    pairs = np.array([int(v) for v in numbers if v is not None], np.int64).reshape(-1, 2)
    starts = pairs[:, 0] - (1 if pairs[0, 0] else 0)
    ends = starts + pairs[:, 1]
    if (pairs[:, 1] < 1).any() or (starts[1:] < ends[:-1]).any() or ends[-1] > total:
        return None
    return np.diff(np.stack([starts, ends], axis=1).reshape(-1), prepend=0, append=total)


def note(values: list[Any]) -> Note:
    """Return the note of run lengths that were read as pairs."""
    first = 0 if as_number(values[0]) == 0 else 1
    return Note("rle_pairs", f"read starts and lengths of runs, down the columns, the first pixel as {first}")
