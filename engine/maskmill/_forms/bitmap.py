"""Read a mask written pixel by pixel: rows of 0 and 1, of true and false, or of digits in a text."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np

from .._kernels.cpu import run_lengths
from ..status import Note, Status
from .results import MaskValue, NoMask, RunLengths

_DIGITS: Final = re.compile(r"[01]+")
_PIXELS: Final = re.compile(r"[01][01\s,;]{7,}")
_NARROWEST: Final = 4
"""Rows of two or three numbers are points."""


def read(value: list[Any], size: tuple[int, int] | None) -> MaskValue | None:
    """Read rows of pixels that are as many as the image has; give the reason for other rows; None if there are none.

    >>> read([[0, 1, 1, 0], [0, 1, 1, 0]], (4, 2)).payload.counts
    array([2, 4, 2])

    Parameters
    ----------
    value : list
        Parsed JSON.
    size : tuple of int or None
        (width, height) of the image.
    """
    shape = _shape(value)
    if shape is None or (len(value) == 2 and (shape[1], shape[0]) != size):
        return None
    pixels = _pixels(value, shape)
    if pixels is None:
        return None
    if size is None or (shape[1], shape[0]) != size:
        wanted = "the size of the image" if size is None else f"as many as the image has, {size[0]}x{size[1]}"
        message = f"expected pixels of a mask, {wanted}, got {shape[1]}x{shape[0]}"
        return MaskValue("unknown", NoMask(Status.GARBAGE, message))
    note = Note("bitmap_read", f"read {shape[0]} rows of {shape[1]} pixels, those that are not 0 as the mask")
    counts = run_lengths.encode(pixels).astype(np.int64)
    return MaskValue("pixels", RunLengths((size[1], size[0]), counts), [note])


def read_text(text: str, size: tuple[int, int] | None) -> MaskValue | None:
    r"""Read the pixels of a text of 0 and 1, row by row; None for any other text.

    >>> read_text("0110\n0110", (9, 9)) is None
    True

    Parameters
    ----------
    text : str
        Any text.
    size : tuple of int or None
        (width, height) of the image. Lines may say that they are rows; rows apart otherwise, or all pixels in one
        run, must be as many as it has.
    """
    if text[:1] not in ("0", "1") or not _PIXELS.fullmatch(text):
        return None
    lines = ["".join(line.split()) for line in text.replace(",", " ").replace(";", "\n").split("\n") if line.strip()]
    if len(lines) > 1 and len(set(map(len, lines))) == 1 and len(lines[0]) > _NARROWEST:
        return read(list(lines), size)
    rows = text.replace(",", " ").replace(";", " ").split()
    if size is not None and max(map(len, rows)) > 1:
        digits = "".join(rows)
        is_whole = len(digits) == size[0] * size[1] and len(rows) in (1, size[1]) and len(digits) >= 4 * _NARROWEST
        if is_whole and len(set(map(len, rows))) == 1 and size[0] >= _NARROWEST:
            return read([digits[i : i + size[0]] for i in range(0, len(digits), size[0])], size)
    return None


def _shape(value: list[Any]) -> tuple[int, int] | None:
    """Return the (height, width) of rows of one length; None if they differ, or are short."""
    if len(value) < 2 or not isinstance(value[0], (list, str)) or len(value[0]) < _NARROWEST:
        return None
    kind, width = type(value[0]), len(value[0])
    is_even = all(type(row) is kind and len(row) == width for row in value)
    return (len(value), width) if is_even else None


def _pixels(value: list[Any], shape: tuple[int, int]) -> Any:
    """Return the pixels as booleans; None if there is anything but 0 and 1, or 0 and 255."""
    if isinstance(value[0], str):
        if not all(_DIGITS.fullmatch(row) for row in value):
            return None
        return (np.frombuffer("".join(value).encode(), np.uint8) == ord("1")).reshape(shape)
    if any(type(v) not in (bool, int, float) or v not in (0, 1, 255) for row in value for v in row):
        return None
    pixels = np.array(value, np.float64)
    return pixels > 0 if not ((pixels == 1).any() and (pixels == 255).any()) else None
