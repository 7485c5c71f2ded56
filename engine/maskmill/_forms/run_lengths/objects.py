"""Find the parts of run lengths in objects: counts, size, order and place, under the names that tools give them."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..._kernels.cpu.run_geometry import from_row_major, row_major_changes
from ..._kernels.cpu.run_lengths import to_canonical
from ..._reply import keys
from ...errors import ArgumentError, excerpt
from ...limits import Limits
from ...status import Note, Status
from .. import rle
from ..polygon_text import split_numbers
from ..results import MaskValue, NoMask, RunLengths
from . import brush, crops, texts

_PAIRS: Final = ("encodedpixels", "pixelsencoded", "rlepixels")
_COUNTS: Final = ("counts", *_PAIRS, "rle", "rlemask", "maskrle", "runs", "runlengths", "rlecounts", "segmentationrle")
_DATA: Final = ("data", "value", "mask", "string", "segmentation", "points")
_KINDS: Final = frozenset(("rle", "cocorle", "mask", "runlength", "runlengthencoding", "compressedrle"))
_KIND_KEYS: Final = ("format", "encoding", "type", "kind")
_SIZES: Final = (
    *("size", "shape", "dims", "dimensions", "imagesize", "imgsize", "origsize", "originalsize", "resolution"),
    *("maskshape", "imageshape", "masksize", "imgshape"),
)
_SIDES: Final = (
    ("height", "width"),
    ("h", "w"),
    ("imgh", "imgw"),
    ("origimgh", "origimgw"),
    ("originalheight", "originalwidth"),
    ("imageheight", "imagewidth"),
    ("imgheight", "imgwidth"),
    ("rows", "cols"),
)
_ORDERS: Final = ("order", "layout", "memoryorder", "rleorder", "major", "scan")
_ROWS: Final = frozenset(("c", "row", "rows", "rowmajor", "rowwise", "byrow", "corder", "horizontal"))

_SIZE_TEXT: Final = re.compile(r"\s*([1-9]\d{0,6})\s*[xX×*]\s*([1-9]\d{0,6})\s*")

Names = dict[str, str]


def names_run_lengths(key: str) -> bool:
    """Tell whether the key of a mask names run lengths.

    >>> names_run_lengths("EncodedPixels"), names_run_lengths("polygon")
    (True, False)
    """
    return keys.fold(key) in _COUNTS


def is_run_lengths(value: dict[str, Any]) -> bool:
    """Tell whether an object holds run lengths: under a key that names them, or as data of a kind that does.

    >>> is_run_lengths({"counts": [4]}), is_run_lengths({"format": "rle", "data": "04"}), is_run_lengths({"data": "04"})
    (True, True, False)
    """
    return _counts_key(value, keys.fold_keys(value)) is not None


def _counts_key(value: dict[str, Any], names: Names) -> str | None:
    for name in _COUNTS:
        if name in names and (name == "counts" or isinstance(value[names[name]], (str, list))):
            return name
    given = (value[names[name]] for name in _KIND_KEYS if name in names)
    kinds = {keys.fold(kind) for kind in given if isinstance(kind, str)}
    if kinds.isdisjoint(_KINDS):
        return None
    usual = _DATA if kinds - {"mask"} else ("points",)  # CVAT writes its masks as points
    return next((name for name in usual if name in names and _may_be_runs(value[names[name]])), None)


def _may_be_runs(value: Any) -> bool:
    is_flat = isinstance(value, list) and all(isinstance(v, (int, float, str)) for v in value)
    return (is_flat and bool(value)) or (isinstance(value, str) and not value.lstrip().startswith(("data:", "iVBOR")))


def read_object(value: dict[str, Any], limits: Limits, size: tuple[int, int] | None) -> MaskValue:
    """Read the run lengths of an object for which `is_run_lengths` holds.

    Parameters
    ----------
    value : dict
        The object.
    limits : Limits
        Bounds on untrusted input.
    size : tuple of int or None
        (width, height) of the image, which counts where the object gives no size.
    """
    names = keys.fold_keys(value)
    name = _counts_key(value, names)
    assert name is not None
    counts = value[names[name]]
    crop = _crop(value, names, counts)
    if crop is not None:
        return _placed(crop, limits, size)
    given = _given_size(value, names, size)
    if isinstance(given, str):
        return rle.garbage(given)
    is_by_rows = any(_is_row_order(value[names[order]]) for order in _ORDERS if order in names)
    return _read(counts, given, limits, size, is_by_rows=is_by_rows, is_pairs=name in _PAIRS)


def read_value(value: Any, key: str, limits: Limits, size: tuple[int, int] | None) -> MaskValue:
    """Read run lengths that stand under a key which names them, without an object around them.

    Parameters
    ----------
    value : Any
        A text or a list.
    key : str
        The key.
    limits : Limits
        Bounds on untrusted input.
    size : tuple of int or None
        (width, height) of the image.
    """
    return read_object({key: value}, limits, size)


def read_bare(text: str, limits: Limits, size: tuple[int, int] | None) -> MaskValue | None:
    """Read a COCO string that stands alone; None if it does not sum up to the pixels of the image.

    Parameters
    ----------
    text : str
        Any text.
    limits : Limits
        Bounds on untrusted input.
    size : tuple of int or None
        (width, height) of the image.
    """
    if size is None or not 6 <= len(text) <= 16 * limits.max_pixels:
        return None
    counts, notes = texts.read_counts(text, size[0] * size[1])
    if isinstance(counts, str) or len(counts) < 3 or any(note.code == "rle_pairs" for note in notes):
        return None
    return MaskValue("rle", RunLengths((size[1], size[0]), counts), [size_assumed(size), *notes])


def size_assumed(size: tuple[int, int]) -> Note:
    """Return the note of run lengths that were read with the size of the image."""
    return Note("rle_size_assumed", f"the run lengths have no size; read with the image's, {size[0]}x{size[1]}")


def _read(
    counts: Any,
    shape: tuple[int, int] | None,
    limits: Limits,
    size: tuple[int, int] | None,
    *,
    is_by_rows: bool,
    is_pairs: bool,
) -> MaskValue:
    notes = []
    if shape is None:
        if size is None:
            return rle.garbage("expected `size` as [height, width], got none")
        shape = (size[1], size[0])
        notes.append(size_assumed(size))
    too_large = rle.beyond_limits(shape, limits)
    if too_large is not None:
        return MaskValue("rle", too_large)
    total = shape[0] * shape[1]
    unpacked = _unpacked_brush(counts, total)
    if isinstance(unpacked, str):
        return rle.garbage(unpacked)
    if unpacked is not None:
        return _by_rows(unpacked, shape, limits, notes, "Label Studio's brush mask")
    runs, more = texts.read_counts(counts, total, is_pairs)
    if isinstance(runs, str):
        trailing = crops.read_list(counts) if isinstance(counts, list) else None
        if trailing is not None:
            return _placed(trailing, limits, size)
        completed = texts.complete(counts, shape, 0 if size is None else size[0] * size[1])
        if completed is None:
            return rle.garbage(runs)
        runs, more = completed
    notes += more
    return _by_rows(runs, shape, limits, notes) if is_by_rows else MaskValue("rle", RunLengths(shape, runs), notes)


def _by_rows(
    runs: NDArray[np.int64], shape: tuple[int, int], limits: Limits, notes: list[Note], what: str = "the runs"
) -> MaskValue:
    """Return runs that go along the rows as runs down the columns."""
    height, width = shape
    counts = to_canonical(runs)
    changes = row_major_changes(counts, width=width, height=height)
    if changes > limits.max_crossings:
        message = f"expected rows that change at most {limits.max_crossings} times (max_crossings), got {changes}"
        return MaskValue("rle", NoMask(Status.TOO_LARGE, message))
    turned = from_row_major(counts, width=width, height=height).astype(np.int64)
    return MaskValue("rle", RunLengths(shape, turned), [*notes, Note("rle_rows", f"read {what} by rows")])


# Parts of an object.


def _is_row_order(value: Any) -> bool:
    return isinstance(value, str) and keys.fold(value) in _ROWS


def _given_size(value: dict[str, Any], names: Names, size: tuple[int, int] | None) -> tuple[int, int] | str | None:
    """Return the (height, width) of an object, None if it gives none, or a message if what it gives is no size.

    A text such as ``"20x10"`` is the width first where that fits the image, for so people write it.
    """
    for name in _SIZES:
        given = value[names[name]] if name in names else None
        if given is None or given == []:
            continue
        words = _SIZE_TEXT.fullmatch(given) if isinstance(given, str) else None
        shape = (int(words[1]), int(words[2])) if words else _as_shape(given)
        if words and size is not None and shape == size:
            return size[1], size[0]
        return f"expected `size` as [height, width], got {excerpt(given)}" if shape is None else shape
    return _sides(value, names)


def _as_shape(given: Any) -> tuple[int, int] | None:
    if isinstance(given, dict):
        return _sides(given, keys.fold_keys(given))
    if isinstance(given, str):
        given = split_numbers(given)
    if isinstance(given, list) and len(given) == 3:  # one channel, first or last
        given = given[1:] if given[0] == 1 else given[:2] if given[2] == 1 else given
    return rle.read_size(given)


def _sides(value: dict[str, Any], names: Names) -> tuple[int, int] | None:
    for height, width in _SIDES:
        if height in names and width in names:
            return rle.read_size([value[names[height]], value[names[width]]])
    return None


def _crop(value: dict[str, Any], names: Names, counts: Any) -> crops.Crop | None:
    """Return the crop of an object that says where it lies."""
    if not all(name in names for name in ("left", "top", "width", "height")):
        return None
    runs = split_numbers(counts) if isinstance(counts, str) else counts
    place = [value[names[name]] for name in ("left", "top", "width", "height")]
    return crops.read_list(runs, place) if isinstance(runs, list) else None


def _placed(crop: crops.Crop, limits: Limits, size: tuple[int, int] | None) -> MaskValue:
    if size is None:
        return rle.garbage("expected the size of the image for the run lengths of a crop, got none")
    too_large = rle.beyond_limits((crop.height, crop.width), limits)
    if too_large is not None:
        return MaskValue("rle", too_large)
    changes = row_major_changes(to_canonical(crop.counts), width=crop.width, height=crop.height)
    if changes > limits.max_crossings:
        message = f"expected rows that change at most {limits.max_crossings} times (max_crossings), got {changes}"
        return MaskValue("rle", NoMask(Status.TOO_LARGE, message))
    counts, notes = crops.to_image(crop, size)
    return MaskValue("rle", RunLengths((size[1], size[0]), counts), notes)


def _unpacked_brush(counts: Any, total: int) -> NDArray[np.int64] | str | None:
    """Return the runs by rows of Label Studio's packed bytes, a message if they are faulty, None for anything else."""
    if not isinstance(counts, list) or len(counts) < 8 or not all(type(v) is int and 0 <= v < 256 for v in counts):
        return None
    data = bytes(counts)
    pixels = brush.brush_pixels(data)
    if pixels is None or sum(counts) == total:
        return None
    if pixels != total:
        return f"expected a brush mask of {total} pixels, got one of {pixels}" if _looks_packed(counts) else None
    try:
        ranges = brush.unpack_brush(data, total)
    except ArgumentError as error:
        return str(error)
    return np.diff(ranges.reshape(-1), prepend=0, append=total)


def _looks_packed(counts: list[int]) -> bool:
    """Tell whether the sizes in a header are those that Label Studio's own code writes: 3, 4, 8 and 16 bits."""
    return counts[4] == 57 and counts[5] == 27 and counts[6] & 0xF8 == 0xF8
