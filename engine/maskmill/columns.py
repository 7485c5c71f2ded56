"""What is stored of a batch of masks."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .status import Status


@dataclass(frozen=True, slots=True)
class Columns:
    """What is stored of each row; `counts` and `offsets` hold the run lengths of all of them."""

    labels: tuple[str, ...]
    status: tuple[Status, ...]
    forms: tuple[str, ...]
    scores: NDArray[np.float32]
    boxes: NDArray[np.float64]
    filled: NDArray[np.bool_]
    items: tuple[dict[str, Any], ...]
    counts: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def select(self, rows: list[int]) -> Columns:
        """The same columns for some rows, in the order given."""
        pieces = [self.counts[self.offsets[i] : self.offsets[i + 1]] for i in rows]
        picked = joined(pieces)
        for name, values in self.as_dict().items():
            if name not in picked:
                picked[name] = values[rows] if isinstance(values, np.ndarray) else tuple(values[i] for i in rows)
        return Columns(**picked)

    def as_dict(self) -> dict[str, Any]:
        """Each column by its name."""
        return {column.name: getattr(self, column.name) for column in fields(self)}


def joined(pieces: list[NDArray[np.int32]]) -> dict[str, Any]:
    """The columns `counts` and `offsets` of masks given by their run lengths."""
    return {
        "counts": np.concatenate(pieces) if pieces else np.empty(0, np.int32),
        "offsets": np.cumsum([0, *map(len, pieces)], dtype=np.int64),
    }
