"""Batches from masks that others made: run lengths, polygons, pixels, label maps.

What a model wrote is decoded by `api` and judged item by item; what stands here comes from a program, so the first
thing that is wrong with it is the caller's mistake and raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._forms.results import Reason, Runs
from .._forms.rle import read as read_rle
from .._image_size import Size, read_size
from .._kernels.cpu import rle_string, run_lengths
from .._kernels.cpu.rasterize.rasterize import rasterize_pixels
from ..errors import excerpt, expected
from ..limits import Limits
from ..status import FORMS, Problem, ReplyStatus, Status
from ._patches import Patch
from ._storage import Columns, joined

Counts = NDArray[np.int32]


class Given(TypedDict, total=False):
    """What may be told of N masks beside their pixels: sequences of N; None, also among texts, for what is usual."""

    labels: Sequence[str | None] | None
    scores: ArrayLike | None
    boxes: ArrayLike | None
    status: Sequence[str | None] | None
    forms: Sequence[str | None] | None
    filled: ArrayLike | None
    problems: Sequence[Problem]
    reply_status: str


Parts = tuple[Size, Columns, tuple[Problem, ...], ReplyStatus]
"""What a `Masks` is made of."""

_LIMITS: Final = Limits()


def from_coco(rles: Iterable[Mapping[str, Any]], size: Any, given: Given) -> Parts:
    """Run lengths in either of COCO's dialects; see `Masks.from_coco`."""
    listed = list(rles)
    width, height = _size(size) if size is not None else _size_of_first(listed)
    counts = [_counts(rle, (width, height), i) for i, rle in enumerate(listed)]
    return _assembled((width, height), counts, "rle", given)


def from_polygons(polygons: Iterable[Any], size: Any, given: Given) -> Parts:
    """Rings in pixels; see `Masks.from_polygons`."""
    width, height = _size(size)
    counts = [_filled(mask, (width, height), i) for i, mask in enumerate(polygons)]
    return _assembled((width, height), counts, "ring", given)


def from_dense(pixels: ArrayLike, given: Given) -> Parts:
    """Pixels (N, H, W); see `Masks.from_dense`."""
    stack = np.asarray(pixels)
    if stack.ndim != 3 or stack.dtype not in (np.bool_, np.uint8) or 0 in stack.shape[1:]:
        raise expected("bool or uint8 (N, H, W) with pixels", f"{stack.dtype} {stack.shape}", "pixels")
    size = _size((stack.shape[2], stack.shape[1]))
    return _assembled(size, [run_lengths.encode(mask) for mask in stack], "pixels", given)


def from_map(numbers: ArrayLike, names: Mapping[int, str]) -> Parts:
    """A mask for each number but 0 in (H, W); see `Masks.from_map`."""
    pixels = np.asarray(numbers)
    if pixels.ndim != 2 or not pixels.size or not np.issubdtype(pixels.dtype, np.integer):
        raise expected("integers (H, W) with pixels", f"{pixels.dtype} {pixels.shape}", "numbers")
    size = _size((pixels.shape[1], pixels.shape[0]))
    values, counts = run_lengths.separate(pixels)
    labels = [names.get(value, str(value)) for value in values.tolist()]
    return _assembled(size, counts, "pixels", {"labels": labels})


def from_patches(patches: Iterable[Patch], size: Any, given: Given) -> Parts:
    """Rectangles of pixels and where they lie; see `Masks.from_patches`."""
    width, height = _size(size)
    return _assembled(
        (width, height), [_placed(patch, (height, width), i) for i, patch in enumerate(patches)], "rle", given
    )


def _placed(patch: Patch, shape: tuple[int, int], row: int) -> Counts:
    counts, pixels = np.asarray(patch.counts, np.int64), patch.height * patch.width
    if min(patch.height, patch.width) < 0 or pixels >= 2**31:
        raise expected("a rectangle of less than 2**31 pixels", (patch.height, patch.width), f"patches[{row}]")
    if counts.ndim != 1 or (counts < 0).any() or counts.sum() != pixels:
        raise expected(f"run lengths of {pixels} pixels", counts.tolist(), f"patches[{row}].counts")
    if not pixels:
        return np.array([shape[0] * shape[1]], np.int32)
    return run_lengths.window(run_lengths.canonical(counts), patch.height, shape, (-patch.y, -patch.x))


def _size(size: Any) -> Size:
    return read_size(size, _LIMITS)


def _size_of_first(rles: list[Mapping[str, Any]]) -> Size:
    if not rles:
        raise expected("a size, since there is no mask to tell it", None, "size")
    found = rles[0].get("size") if isinstance(rles[0], Mapping) else None
    if not isinstance(found, Sequence) or len(found) != 2:
        raise expected("`size` as [height, width]", found, "rles[0]['size']")
    return _size((found[1], found[0]))


def _counts(rle: Any, size: Size, row: int) -> Counts:
    at, wanted = f"rles[{row}]", [size[1], size[0]]
    if not isinstance(rle, Mapping) or "counts" not in rle:
        raise expected("a mapping with `size` and `counts`", rle, at)
    if "size" in rle and list(rle["size"]) != wanted:
        raise expected(str(wanted), list(rle["size"]), f"{at}['size']")
    counts = rle["counts"]
    if isinstance(counts, bytes):
        read = rle_string.from_string(counts, size[0] * size[1])
        if isinstance(read, np.ndarray):
            return run_lengths.canonical(read)
        raise expected("a COCO run-length string", read.message, f"{at}['counts']")
    found = read_rle({"size": wanted, "counts": counts.tolist() if hasattr(counts, "tolist") else counts}, _LIMITS)
    if isinstance(found.payload, Runs):
        return run_lengths.canonical(found.payload.counts)
    assert isinstance(found.payload, Reason)
    raise expected("run lengths", found.payload.message, f"{at}['counts']")


def _filled(mask: Any, size: Size, row: int) -> Counts:
    """One mask out of its parts: each a ring, or an outer ring and its holes."""
    rings, parts, holes = [], [], []
    for number, part in enumerate(mask):
        outer, inner = part if isinstance(part, tuple) and len(part) == 2 else (part, ())
        for place, ring in enumerate((outer, *inner)):
            rings.append(_ring(ring, f"polygons[{row}][{number}]"))
            parts.append(number)
            holes.append(place > 0)
    return rasterize_pixels(rings, parts, holes, *size) if rings else np.array([size[0] * size[1]], np.int32)


def _ring(ring: Any, at: str) -> NDArray[np.float64]:
    try:
        points = np.asarray(ring, np.float64)
    except (TypeError, ValueError):
        raise expected("a ring (V, 2) of x, y in pixels", ring, at) from None
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise expected("a ring (V, 2) of x, y in pixels, V at least 3", f"an array of {points.shape}", at)
    if not (np.abs(points) <= _LIMITS.max_coordinate * 4).all():  # also false for what is not a number
        raise expected(
            f"finite coordinates within {_LIMITS.max_coordinate * 4} pixels", float(np.abs(points).max()), at
        )
    return points


def _assembled(size: Size, counts: list[Counts], form: str, given: Given) -> Parts:
    n = len(counts)
    usual = [Status.OK if len(lengths) > 1 else Status.EMPTY for lengths in counts]
    columns = Columns(
        labels=_texts(given, "labels", [""] * n, str),
        status=_texts(given, "status", usual, Status),
        forms=_texts(given, "forms", [form] * n, _form),
        scores=_numbers(given, "scores", np.full(n, np.nan), np.float32),
        boxes=_numbers(given, "boxes", np.full((n, 4), np.nan), np.float64),
        filled=_numbers(given, "filled", np.zeros(n), np.bool_),
        items=({},) * n,
        **joined(counts),
    )
    return size, columns, tuple(given.get("problems", ())), ReplyStatus(given.get("reply_status", "ok"))


def _form(name: str) -> str:
    if name not in FORMS:
        raise ValueError(name)
    return str(name)


def _texts(given: Mapping[str, Any], name: str, usual: list[Any], read: Callable[[Any], Any]) -> tuple[Any, ...]:
    values = usual if given.get(name) is None else list(given[name])
    if len(values) != len(usual):
        raise expected(f"{len(usual)} {name}, one a mask", f"{len(values)}", name)
    try:
        return tuple([read(old if value is None else value) for old, value in zip(usual, values, strict=True)])
    except ValueError:
        raise expected(f"known {name}", values, name) from None


def _numbers(given: Mapping[str, Any], name: str, usual: NDArray[Any], dtype: Any) -> NDArray[Any]:
    values = given.get(name)
    try:
        array = np.array(usual if values is None else values, dtype)
    except (TypeError, ValueError):
        raise expected(f"numbers {usual.shape}", excerpt(values), name) from None
    if not array.size and not usual.size:  # [] for no boxes
        return usual.astype(dtype)
    if array.shape != usual.shape:
        raise expected(f"numbers {usual.shape}", f"an array of {array.shape}", name)
    return array
