"""What is stored of a batch of masks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ..status import Status


class RawItems(Sequence[dict[str, Any]]):
    """Items of a reply as places in its text, parsed when somebody asks for them.

    >>> list(RawItems(b'[{"label": "cat"}]', [(1, 17)]))
    [{'label': 'cat'}]
    """

    __slots__ = ("_parsed", "_places", "_text")

    def __init__(self, text: bytes, places: Sequence[tuple[int, int]]) -> None:
        self._text = text
        self._places = places
        self._parsed: tuple[dict[str, Any], ...] | None = None

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, key: Any) -> Any:
        if self._parsed is None:
            self._parsed = tuple(orjson.loads(self._text[start:stop]) for start, stop in self._places)
        return self._parsed[key]

    def select(self, rows: list[int]) -> RawItems:
        """The items of some rows, in the order given."""
        return RawItems(self._text, [self._places[i] for i in rows])


@dataclass(frozen=True, slots=True)
class Columns:
    """What is stored of each row; `counts` and `offsets` hold the run lengths of all of them."""

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
        """The same columns for some rows, in the order given."""
        pieces = [self.counts[self.offsets[i] : self.offsets[i + 1]] for i in rows]
        picked = joined(pieces)
        for name, values in self.as_dict().items():
            if name not in picked:
                picked[name] = _selected(values, rows)
        return Columns(**picked)

    def as_dict(self) -> dict[str, Any]:
        """Each column by its name."""
        return {column.name: getattr(self, column.name) for column in fields(self)}


def _selected(values: Any, rows: list[int]) -> Any:
    if isinstance(values, np.ndarray):
        return values[rows]
    return values.select(rows) if isinstance(values, RawItems) else tuple(values[i] for i in rows)


def joined(pieces: list[NDArray[np.int32]]) -> dict[str, Any]:
    """The columns `counts` and `offsets` of masks given by their run lengths."""
    return {
        "counts": np.concatenate(pieces) if pieces else np.empty(0, np.int32),
        "offsets": np.cumsum([0, *map(len, pieces)], dtype=np.int64),
    }
