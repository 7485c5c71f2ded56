"""Column storage of a batch of masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ..status import Status


class LazyItems(Sequence[dict[str, Any]]):
    """Items of a reply as ranges of its text, parsed on first use.

    >>> list(LazyItems(b'[{"label": "cat"}]', [(1, 17)]))
    [{'label': 'cat'}]

    Parameters
    ----------
    text : bytes
        The reply's JSON.
    ranges : sequence of (int, int)
        Start and stop of each item in the text.
    """

    __slots__ = ("_parsed", "_ranges", "_text")

    def __init__(self, text: bytes, ranges: Sequence[tuple[int, int]]) -> None:
        self._text = text
        self._ranges = ranges
        self._parsed: tuple[dict[str, Any], ...] | None = None

    def __len__(self) -> int:
        return len(self._ranges)

    def __getitem__(self, key: Any) -> Any:
        if self._parsed is None:
            self._parsed = tuple(orjson.loads(self._text[start:stop]) for start, stop in self._ranges)
        return self._parsed[key]

    def select(self, rows: list[int]) -> LazyItems:
        """Return the items of some rows, in the order of `rows`."""
        return LazyItems(self._text, [self._ranges[i] for i in rows])


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of N rows.

    Attributes
    ----------
    labels, status, forms : tuple of str
        One text per row.
    scores : NDArray[np.float32]
        (N,); NaN for none.
    boxes : NDArray[np.float64]
        (N, 4) x0, y0, x1, y1 in pixels; NaN for none.
    filled : NDArray[np.bool_]
        (N,): whether the mask is a filled box.
    items : sequence of dict
        The item of each row as the model wrote it.
    counts : NDArray[np.int32]
        Run lengths of all masks end to end.
    offsets : NDArray[np.int64]
        (N + 1,): where each mask begins in `counts`.
    """

    labels: tuple[str, ...]
    status: tuple[Status, ...]
    forms: tuple[str, ...]
    scores: NDArray[np.float32]
    boxes: NDArray[np.float64]
    filled: NDArray[np.bool_]
    items: Sequence[dict[str, Any]]
    counts: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def select(self, rows: list[int]) -> Columns:
        """Return the columns of some rows, in the order of `rows`."""
        selected = join_run_lengths([self.counts[self.offsets[i] : self.offsets[i + 1]] for i in rows])
        for name, values in self.as_dict().items():
            if name not in selected:
                selected[name] = _select(values, rows)
        return Columns(**selected)

    def equals(self, other: Columns) -> bool:
        """Tell whether all columns are equal; NaN equals NaN."""
        names = [column.name for column in fields(self) if column.name != "items"]
        return all(_are_equal(getattr(self, name), getattr(other, name)) for name in names) and _are_equal_items(
            list(self.items), list(other.items)
        )

    def as_dict(self) -> dict[str, Any]:
        """Return each column by its name."""
        return {column.name: getattr(self, column.name) for column in fields(self)}


def _are_equal(a: Any, b: Any) -> bool:
    """Tell whether two columns are equal: arrays, or tuples of texts."""
    if isinstance(a, np.ndarray):
        return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
    return bool(a == b)


def _are_equal_items(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> bool:
    """Tell whether items are equal; their texts are compared because NaN, which JSON of some models holds, differs."""
    return a == b or repr(a) == repr(b)


def _select(values: Any, rows: list[int]) -> Any:
    if isinstance(values, np.ndarray):
        return values[rows]
    return values.select(rows) if isinstance(values, LazyItems) else tuple(values[i] for i in rows)


def join_run_lengths(masks: list[NDArray[np.int32]]) -> dict[str, Any]:
    """Return the columns `counts` and `offsets` of some masks."""
    return {
        "counts": np.concatenate(masks) if masks else np.empty(0, np.int32),
        "offsets": np.cumsum([0, *map(len, masks)], dtype=np.int64),
    }
