"""Read COCO run-length encodings: a list of run lengths, or the compressed string."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._boxes import as_number
from .._kernels.cpu import rle_string
from ..errors import excerpt
from ..limits import Limits
from ..status import Status
from .polygon_shapes import parse_numbers
from .results import MaskValue, NoMask, RunLengths


def read(value: dict[str, Any], limits: Limits) -> MaskValue:
    """Read ``{"size": [height, width], "counts": "…" or […]}``; the runs must sum to height times width.

    Whether the size fits the image is checked in `_pipeline.full_path`.
    """
    size = _size(value.get("size"))
    if size is None:
        return _garbage(f"expected `size` as [height, width], got {excerpt(value.get('size'))}")
    height, width = size
    if max(size) > limits.max_side or height * width > limits.max_pixels:
        bounds = f"{limits.max_side} a side (max_side) and {limits.max_pixels} pixels (max_pixels)"
        message = f"expected an RLE of at most {bounds}, got {height}x{width}"
        return MaskValue("rle", NoMask(Status.TOO_LARGE, message))
    counts = _counts(value["counts"], height * width)
    if isinstance(counts, str):
        return _garbage(counts)
    return MaskValue("rle", RunLengths(size, counts))


def _size(value: Any) -> tuple[int, int] | None:
    numbers = [as_number(v) for v in value] if isinstance(value, list) and len(value) == 2 else []
    if len(numbers) != 2 or any(v is None or v != int(v) or v < 1 for v in numbers):
        return None
    height, width = (int(v) for v in numbers if v is not None)
    return height, width


def _counts(value: Any, total: int) -> NDArray[np.int64] | str:
    """Return the run lengths, or a message if they are invalid."""
    if isinstance(value, str):
        listed = parse_numbers(value.strip().strip("[]"))
        if listed is None or len(listed) < 2:
            return _compressed(value.strip(), total)
        value = listed
    if not isinstance(value, list) or not value:
        return f"expected `counts` as a string or a list, got {excerpt(value)}"
    numbers = [as_number(v) for v in value]
    if any(v is None or v != int(v) or not 0 <= v <= total for v in numbers):
        return f"expected run lengths from 0 to {total}, got {excerpt(value)}"
    counts = np.array([int(v) for v in numbers if v is not None], dtype=np.int64)
    if int(counts.sum()) != total:
        return f"expected runs that sum up to {total}, got {int(counts.sum())}"
    return counts


def _compressed(text: str, total: int) -> NDArray[np.int64] | str:
    counts = rle_string.from_string(text.encode("utf-8", "replace"), total)
    return counts if isinstance(counts, np.ndarray) else counts.message


def _garbage(message: str) -> MaskValue:
    return MaskValue("rle", NoMask(Status.GARBAGE, message))
