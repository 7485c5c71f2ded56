"""Concatenate many batches into flat columns, for tables; the only Python objects per mask are its texts."""

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


class ConcatenatedMasks(NamedTuple):
    """The rows of B batches, N rows together, one batch after another.

    Attributes
    ----------
    stops : NDArray[np.int64]
        (B,): one past the last row of each batch.
    labels, status, forms : list of str
        N texts each.
    scores : NDArray[np.float32]
        (N,): as `Masks.scores`.
    boxes : NDArray[np.float64]
        (N, 4): as `Masks.boxes`.
    filled : NDArray[np.bool_]
        (N,): as `Masks.filled`.
    areas : NDArray[np.int64]
        (N,): as `Masks.areas`.
    strings : NDArray[np.uint8]
        The COCO strings end to end.
    string_offsets : NDArray[np.int64]
        (N + 1,): where each string begins.
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
    string_offsets: NDArray[np.int64]


def concatenate(batches: Sequence[Masks]) -> ConcatenatedMasks:
    """Return the columns of all batches.

    >>> import maskmill
    >>> columns = concatenate([maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]]}]', size=(8, 8))] * 2)
    >>> columns.stops.tolist(), columns.areas.tolist()
    ([1, 2], [6, 6])
    """
    columns = [masks._columns for masks in batches]
    counts = _join([c.counts for c in columns], np.int32, 0)
    starts = np.cumsum([0, *(len(c.counts) for c in columns)])
    offsets = np.concatenate(
        [np.zeros(1, np.int64), *(c.offsets[1:] + n for c, n in zip(columns, starts, strict=False))]
    )
    strings, string_offsets = rle_string.to_string_buffer(counts, offsets)
    return ConcatenatedMasks(
        np.cumsum([len(masks) for masks in batches], dtype=np.int64),
        list(chain.from_iterable(c.labels for c in columns)),
        list(chain.from_iterable(c.status for c in columns)),
        list(chain.from_iterable(c.forms for c in columns)),
        _join([c.scores for c in columns], np.float32, 0),
        _join([c.boxes for c in columns], np.float64, (0, 4)),
        _join([c.filled for c in columns], np.bool_, 0),
        run_lengths.areas(counts, offsets),
        strings,
        string_offsets,
    )


def _join(parts: list[NDArray[_Number]], dtype: type[_Number], empty: int | tuple[int, int]) -> NDArray[_Number]:
    return np.concatenate(parts) if parts else np.empty(empty, dtype)
