"""Batches from masks of other programs: run lengths, polygons, pixels, label maps, patches.

Replies of a model are decoded item by item and never raise. This input comes from a program, so the first fault in it
is the caller's mistake and raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._forms.results import NoMask, RunLengths
from .._forms.rle import read as read_rle
from .._images.size import Size, read_size
from .._kernels.cpu import rle_string, run_lengths
from .._kernels.cpu.rasterize.fifths import fill_fifths
from .._kernels.cpu.rasterize.rasterize_polygons import rasterize_pixel_polygons
from .._kernels.cpu.run_geometry import cut_window, encode_label_map
from ..errors import ArgumentError, excerpt, expected
from ..limits import Limits
from ..status import FORMS, Problem, ReplyStatus, Status
from ._patches import Patch
from ._storage import Columns, join_run_lengths
from ._types import Forms, Numbers, ReplyStatusLike, Statuses, Texts

Counts = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowColumns:
    """Columns of N masks beside their pixels, N values each; None stands for the default, also for one value.

    Attributes
    ----------
    labels, status, forms : sequence of str, str or None
        One text per row; a single text is that of the only row.
    scores : array_like or None
        N numbers.
    boxes : array_like or None
        (N, 4) x0, y0, x1, y1 in pixels.
    filled : array_like or None
        N truth values.
    problems : iterable of Problem
        Of the rows and of the whole reply.
    reply_status : str
        Status of the whole reply.
    """

    labels: Texts = None
    scores: Numbers = None
    boxes: Numbers = None
    status: Statuses = None
    forms: Forms = None
    filled: Numbers = None
    problems: Iterable[Problem] = ()
    reply_status: ReplyStatusLike = "ok"


MasksArguments = tuple[Size, Columns, tuple[Problem, ...], ReplyStatus]
"""The arguments of `Masks`."""

_LIMITS: Final = Limits()

_FARTHEST: Final = 1 << 16
"""Bound on coordinates in pixels: beyond the longest side, so that the polygons of any mask can be read back."""
_FILL: Final[Mapping[str, Callable[..., Counts]]] = {"exact": rasterize_pixel_polygons, "native": fill_fifths}
"""What fills rings by each rule."""


def from_coco(rles: Iterable[Mapping[str, Any]], size: Any, columns: RowColumns) -> MasksArguments:
    """Read run lengths in either of COCO's dialects; see `Masks.from_coco`.

    Parameters
    ----------
    rles : iterable of mapping
        Each with ``counts`` and, where `size` is None, ``size``.
    size : tuple of int, image or None
        (width, height) of the image; None takes that of the first mask.
    columns : RowColumns
        Values of the rows.
    """
    listed = list(_iterable(rles, "mappings with `size` and `counts`", "rles"))
    width, height = _size(size) if size is not None else _size_of_first(listed)
    counts = [_counts(rle, (width, height), i) for i, rle in enumerate(listed)]
    return _assemble((width, height), counts, "rle", columns)


def from_polygons(polygons: Iterable[Any], size: Any, rule: str, columns: RowColumns) -> MasksArguments:
    """Rasterise polygons in pixels; see `Masks.from_polygons`.

    Parameters
    ----------
    polygons : iterable of sequence
        The parts of each mask.
    size : tuple of int or image
        (width, height) of the image.
    rule : str
        A key of `_FILL`.
    columns : RowColumns
        Values of the rows.
    """
    if not isinstance(rule, str) or rule not in _FILL:
        raise expected(" or ".join(map(repr, _FILL)), rule, "rule")
    width, height = _size(size)
    masks, fill = _iterable(polygons, "masks", "polygons"), _FILL[rule]
    counts = [_rasterize(mask, (width, height), i, fill) for i, mask in enumerate(masks)]
    return _assemble((width, height), counts, "ring", columns)


def from_dense(pixels: ArrayLike, columns: RowColumns) -> MasksArguments:
    """Encode pixels (N, H, W); see `Masks.from_dense`."""
    stack = _array(pixels, "bool or uint8 (N, H, W) with pixels", "pixels")
    if stack.ndim != 3 or stack.dtype not in (np.bool_, np.uint8) or 0 in stack.shape[1:]:
        raise expected("bool or uint8 (N, H, W) with pixels", f"{stack.dtype} {stack.shape}", "pixels")
    size = _size((stack.shape[2], stack.shape[1]))
    return _assemble(size, [run_lengths.encode(mask) for mask in stack], "pixels", columns)


def from_map(numbers: ArrayLike, names: Mapping[int, str]) -> MasksArguments:
    """Encode one mask per non-zero number in (H, W); see `Masks.from_map`."""
    if not isinstance(names, Mapping):
        raise expected("a mapping of numbers to labels, or None", names, "names")
    pixels = _array(numbers, "integers (H, W) with pixels", "numbers")
    if pixels.ndim != 2 or not pixels.size or not np.issubdtype(pixels.dtype, np.integer):
        raise expected("integers (H, W) with pixels", f"{pixels.dtype} {pixels.shape}", "numbers")
    size = _size((pixels.shape[1], pixels.shape[0]))
    values, counts = encode_label_map(pixels)
    labels = [names.get(value, str(value)) for value in values.tolist()]
    return _assemble(size, counts, "pixels", RowColumns(labels=labels))


def from_patches(patches: Iterable[Patch], size: Any, columns: RowColumns) -> MasksArguments:
    """Place rectangles in the image; see `Masks.from_patches`.

    Parameters
    ----------
    patches : iterable of Patch
        One rectangle per row.
    size : tuple of int or image
        (width, height) of the image.
    columns : RowColumns
        Values of the rows.
    """
    width, height = _size(size)
    counts = [_place(patch, (height, width), i) for i, patch in enumerate(_iterable(patches, "patches", "patches"))]
    return _assemble((width, height), counts, "rle", columns)


def _place(patch: Any, shape: tuple[int, int], row: int) -> Counts:
    if not isinstance(patch, Patch):
        raise expected("a maskmill.masks.Patch", patch, f"patches[{row}]")
    at = f"patches[{row}]"
    if not all(isinstance(v, (int, np.integer)) for v in patch[:4]):
        raise expected("integers y, x, height, width", patch[:4], at)
    counts, pixels = _array(patch.counts, "run lengths", f"{at}.counts"), patch.height * patch.width
    if min(patch.height, patch.width) < 0 or pixels >= 2**31:
        raise expected("a rectangle of less than 2**31 pixels", (patch.height, patch.width), at)
    is_integer = not counts.size or np.issubdtype(counts.dtype, np.integer)
    if counts.ndim != 1 or not is_integer or (counts < 0).any() or counts.sum() != pixels:
        raise expected(f"run lengths of {pixels} pixels", counts.tolist(), f"{at}.counts")
    if not pixels:
        return np.array([shape[0] * shape[1]], np.int32)
    canonical = run_lengths.to_canonical(counts.astype(np.int64))
    return cut_window(canonical, height=patch.height, shape=shape, origin=(-patch.y, -patch.x))


def _array(values: Any, wanted: str, at: str) -> NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError:  # nested sequences of different lengths
        raise expected(wanted, values, at) from None


def _iterable(values: Any, of: str, at: str) -> Iterable[Any]:
    """Return an argument that holds one thing per mask, checked."""
    if isinstance(values, (str, bytes, Mapping)) or not hasattr(values, "__iter__"):
        raise expected(f"an iterable of {of}", values, at)
    checked: Iterable[Any] = values
    return checked


def _size(size: Any) -> Size:
    return read_size(size, _LIMITS)


def _size_of_first(rles: list[Mapping[str, Any]]) -> Size:
    if not rles:
        raise expected("a size, since there is no mask to take it from", None, "size")
    size = rles[0].get("size") if isinstance(rles[0], Mapping) else None
    if not isinstance(size, Sequence) or len(size) != 2:
        raise expected("`size` as [height, width]", size, "rles[0]['size']")
    return _size((size[1], size[0]))


def _counts(rle: Any, size: Size, row: int) -> Counts:
    at, wanted = f"rles[{row}]", [size[1], size[0]]
    if not isinstance(rle, Mapping) or "counts" not in rle:
        raise expected("a mapping with `size` and `counts`", rle, at)
    written = rle.get("size", wanted)
    if not hasattr(written, "__iter__") or list(written) != wanted:
        raise expected(str(wanted), written, f"{at}['size']")
    counts = rle["counts"]
    if isinstance(counts, bytes):
        read = rle_string.from_string(counts, size[0] * size[1])
        if isinstance(read, np.ndarray):
            return run_lengths.to_canonical(read)
        raise expected("a COCO run-length string", read.message, f"{at}['counts']")
    if isinstance(counts, np.ndarray) and np.issubdtype(counts.dtype, np.integer):
        return _array_counts(counts, size[0] * size[1], at)
    value = read_rle({"size": wanted, "counts": counts.tolist() if hasattr(counts, "tolist") else counts}, _LIMITS)
    if isinstance(value.payload, RunLengths):
        return run_lengths.to_canonical(value.payload.counts)
    assert isinstance(value.payload, NoMask)
    raise expected("run lengths", value.payload.message, f"{at}['counts']")


def _array_counts(counts: NDArray[Any], total: int, at: str) -> Counts:
    """Return run lengths of an array of integers, checked."""
    is_fit = counts.ndim == 1 and counts.size and counts.min() >= 0 and counts.max() <= total
    if not is_fit or int(counts.sum(dtype=np.int64)) != total:
        raise expected(f"run lengths that sum up to {total}", counts.tolist(), f"{at}['counts']")
    return run_lengths.to_canonical(counts.astype(np.int64))


def _rasterize(mask: Any, size: Size, row: int, fill: Callable[..., Counts]) -> Counts:
    """Rasterise one mask from its parts: each a ring, or an outer ring and its holes."""
    rings, parts, holes = [], [], []
    for number, part in enumerate(_iterable(mask, "rings", f"polygons[{row}]")):
        outer, inner = part if _has_holes(part) else (part, ())
        for index, ring in enumerate((outer, *inner)):
            rings.append(_ring(ring, f"polygons[{row}][{number}]"))
            parts.append(number)
            holes.append(index > 0)
    width, height = size
    if not rings:
        return np.array([width * height], np.int32)
    return fill(rings, parts, holes, width=width, height=height)


def _has_holes(part: Any) -> bool:
    """Tell whether a part is a pair of a ring and its holes, rather than a ring."""
    return isinstance(part, tuple) and len(part) == 2 and hasattr(part[1], "__iter__")


def _ring(ring: Any, at: str) -> NDArray[np.float64]:
    try:
        points = np.asarray(ring, np.float64)
    except (TypeError, ValueError):
        raise expected("a ring (V, 2) of x, y in pixels", ring, at) from None
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 3:
        raise expected("a ring (V, 2) of x, y in pixels, V at least 3", f"an array of {points.shape}", at)
    if not (np.abs(points) <= _FARTHEST).all():  # also False for NaN
        raise expected(f"finite coordinates within {_FARTHEST} pixels", float(np.abs(points).max()), at)
    return points


def _assemble(size: Size, counts: list[Counts], form: str, columns: RowColumns) -> MasksArguments:
    n = len(counts)
    statuses = [Status.OK if len(lengths) > 1 else Status.EMPTY for lengths in counts]
    stored = Columns(
        labels=_texts(columns.labels, "labels", [""] * n, str),
        status=_texts(columns.status, "status", statuses, Status),
        forms=_texts(columns.forms, "forms", [form] * n, _form),
        scores=_numbers(columns.scores, "scores", np.full(n, np.nan), np.float32),
        boxes=_numbers(columns.boxes, "boxes", np.full((n, 4), np.nan), np.float64),
        filled=_numbers(columns.filled, "filled", np.zeros(n), np.bool_),
        items=({},) * n,
        **join_run_lengths(counts),
    )
    return size, stored, _problems(columns.problems, n), _reply_status(columns.reply_status)


def _form(name: str) -> str:
    if name not in FORMS:
        raise ValueError(name)
    return str(name)


def _reply_status(status: str) -> ReplyStatus:
    try:
        return ReplyStatus(status)
    except ValueError:
        raise expected(f"one of {', '.join(map(repr, map(str, ReplyStatus)))}", status, "reply_status") from None


def _problems(problems: Iterable[Problem], rows: int) -> tuple[Problem, ...]:
    checked = tuple(_iterable(problems, "maskmill.Problem", "problems"))
    for problem in checked:
        if not isinstance(problem, Problem):
            raise expected("maskmill.Problem", problem, "problems")
        if problem.row is not None and (type(problem.row) is not int or not 0 <= problem.row < rows):
            raise expected(f"the problem of a row below {rows}, or of no row", problem.row, "problems")
    return checked


def _texts(given: Any, name: str, default: list[Any], read: Callable[[Any], Any]) -> tuple[Any, ...]:
    try:
        values = default if given is None else [given] if isinstance(given, str) else list(given)
    except TypeError:
        raise expected(f"{len(default)} {name}, one per mask", given, name) from None
    if len(values) != len(default):
        got = excerpt(given) if isinstance(given, str) else f"{len(values)}"
        raise ArgumentError(f"{len(default)} {name}, one per mask", got, name)
    try:
        return tuple([read(old if value is None else value) for old, value in zip(default, values, strict=True)])
    except ValueError:
        raise expected(f"known {name}", values, name) from None


def _numbers(values: Any, name: str, default: NDArray[Any], dtype: Any) -> NDArray[Any]:
    try:
        array = np.array(default if values is None else values, dtype)
    except (TypeError, ValueError, OverflowError):
        raise expected(f"numbers {default.shape}", values, name) from None
    if not array.size and not default.size:  # [] for no boxes
        return default.astype(dtype)
    if array.shape != default.shape:
        raise expected(f"numbers {default.shape}", f"an array of {array.shape}", name)
    return array
