"""Run lengths as pairs of a start and a length, as Kaggle's competitions write them: from 1, down the columns."""

from __future__ import annotations

from itertools import pairwise
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


def are_values_first(numbers: list[Any]) -> bool:
    """Tell whether each other number is 0 and 1 in turn, as the value of a run is.

    >>> are_values_first([0, 52, 1, 4, 0, 9]), are_values_first([0, 52, 2, 4])
    (True, False)
    """
    values = numbers[::2]
    return len(values) > 1 and all(v in (0, 1) for v in values) and all(a != b for a, b in pairwise(values))


def from_values(values: list[Any], total: int) -> NDArray[np.int64] | None:
    """Return the run lengths of pairs of a value, 0 or 1, and a length, or of a length and a value; None for others.

    >>> from_values([1, 4, 0, 5], 9).tolist(), from_values([4, 1, 5, 0], 9).tolist()
    ([0, 4, 5], [0, 4, 5])
    """
    if len(values) % 2:
        return None
    for pairs in (values, [values[i ^ 1] for i in range(len(values))]):
        if not are_values_first(pairs):
            continue
        lengths = [v for entry in pairs[1::2] if (v := as_number(entry)) is not None]
        is_whole = len(lengths) == len(pairs) // 2 and all(v == int(v) and 0 <= v <= total for v in lengths)
        if is_whole and sum(lengths) == total:
            return np.array([0, *lengths] if pairs[0] else lengths, np.int64)
    return None


def note(values: list[Any], total: int) -> Note:
    """Return the note of run lengths that were read as pairs."""
    first, length = as_number(values[0]), as_number(values[-1])
    last = as_number(values[-2])
    is_open = first and last is not None and length is not None and last + length <= total
    counted = "0" if first == 0 else "1, which is assumed: it may be 0" if is_open else "1"
    return Note("rle_pairs", f"read starts and lengths of runs, down the columns, the first pixel as {counted}")
