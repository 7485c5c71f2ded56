"""Many batches as flat columns, for tables: no Python object a mask but its label."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu import rle_string, run_lengths
from ..status import Status
from ._batch import Masks

_Number = TypeVar("_Number", bound=np.generic)


class Bulk(NamedTuple):
    """The rows of B batches, N together, one after the other.

    Attributes
    ----------
    stops
        (B,) int64: one past the last row of each batch.
    labels, status, forms
        N texts each.
    scores, boxes, filled, areas
        (N,) float32; (N, 4) float64; (N,) bool; (N,) int64, as the columns of `Masks`.
    strings, string_ends
        uint8, the COCO strings end to end; (N + 1,) int64, where each ends, after a 0.
    """

    stops: NDArray[np.int64]
    labels: list[str]
    status: list[Status]
    forms: list[str]
    scores: NDArray[np.float32]
    boxes: NDArray[np.float64]
    filled: NDArray[np.bool_]
    areas: NDArray[np.int64]
    strings: NDArray[np.uint8]
    string_ends: NDArray[np.int64]


def gather(batches: Sequence[Masks]) -> Bulk:
    """The columns of all batches.

    >>> import maskmill
    >>> bulk = gather([maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]]}]', size=(8, 8))] * 2)
    >>> bulk.stops.tolist(), bulk.areas.tolist()
    ([1, 2], [6, 6])
    """
    columns = [masks._columns for masks in batches]
    counts = _joined([c.counts for c in columns], np.int32, 0)
    starts = np.cumsum([0, *(len(c.counts) for c in columns)])
    offsets = np.concatenate(
        [np.zeros(1, np.int64), *(c.offsets[1:] + n for c, n in zip(columns, starts, strict=False))]
    )
    strings, ends = rle_string.to_text(counts, offsets)
    return Bulk(
        np.cumsum([len(masks) for masks in batches], dtype=np.int64),
        list(chain.from_iterable(c.labels for c in columns)),
        list(chain.from_iterable(c.status for c in columns)),
        list(chain.from_iterable(c.forms for c in columns)),
        _joined([c.scores for c in columns], np.float32, 0),
        _joined([c.boxes for c in columns], np.float64, (0, 4)),
        _joined([c.filled for c in columns], np.bool_, 0),
        run_lengths.areas(counts, offsets),
        strings,
        ends,
    )


def _joined(parts: list[NDArray[_Number]], dtype: type[_Number], empty: int | tuple[int, int]) -> NDArray[_Number]:
    return np.concatenate(parts) if parts else np.empty(empty, dtype)
