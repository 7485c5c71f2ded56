"""Read COCO run-length encodings as COCO defines them: a list of run lengths, or the compressed string, with a size."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._boxes import as_number
from .._kernels.cpu import rle_string
from ..errors import excerpt
from ..limits import Limits
from ..status import Status
from .polygon_text import parse_numbers
from .results import MaskValue, NoMask, RunLengths


def read(value: dict[str, Any], limits: Limits) -> MaskValue:
    """Read ``{"size": [height, width], "counts": "…" or […]}``; the runs must sum to height times width.

    What other tools write is read in `run_lengths`. Whether the size fits the image is checked in `_pipeline`.
    """
    size = read_size(value.get("size"))
    if size is None:
        return garbage(f"expected `size` as [height, width], got {excerpt(value.get('size'))}")
    too_large = beyond_limits(size, limits)
    if too_large is not None:
        return MaskValue("rle", too_large)
    counts = read_counts(value["counts"], size[0] * size[1])
    if isinstance(counts, str):
        return garbage(counts)
    return MaskValue("rle", RunLengths(size, counts))


def beyond_limits(shape: tuple[int, int], limits: Limits) -> NoMask | None:
    """Return the reason why a mask of this (height, width) is too large; None if it is not."""
    height, width = shape
    if max(shape) <= limits.max_side and height * width <= limits.max_pixels:
        return None
    bounds = f"{limits.max_side} a side (max_side) and {limits.max_pixels} pixels (max_pixels)"
    return NoMask(Status.TOO_LARGE, f"expected an RLE of at most {bounds}, got {height}x{width}")


def read_size(value: Any) -> tuple[int, int] | None:
    """Return two positive integers of a list; None for anything else."""
    numbers = [as_number(v) for v in value] if isinstance(value, list) and len(value) == 2 else []
    if len(numbers) != 2 or any(v is None or v != int(v) or v < 1 for v in numbers):
        return None
    height, width = (int(v) for v in numbers if v is not None)
    return height, width


def read_counts(value: Any, total: int) -> NDArray[np.int64] | str:
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


def garbage(message: str) -> MaskValue:
    """Return run lengths that cannot be read, with the reason."""
    return MaskValue("rle", NoMask(Status.GARBAGE, message))
