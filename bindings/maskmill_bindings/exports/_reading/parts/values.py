"""Read single values of another tool's file: numbers, texts, points. A wrong one raises an error with its place."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from maskmill._images.size import Size, read_size
from maskmill.errors import ArgumentError, expected
from maskmill.limits import Limits

Points = NDArray[np.float64]
"""Vertices (V, 2): x, y."""

Object = dict[str, Any]
"""A JSON object."""

_BOM: Final = b"\xef\xbb\xbf"
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
_MAX_DEPTH_MESSAGE: Final = "JSON that is nested less deeply"


def read_json(file: Path) -> Any:
    """Return the value in a JSON file, also with a byte order mark, NaN or Infinity.

    Raises
    ------
    maskmill.errors.ArgumentError
        It holds no JSON.
    """
    return parse_json(file.read_bytes(), str(file))


def parse_json(data: bytes, at: str) -> Any:
    """Return the value in a JSON text; see `read_json`.

    >>> parse_json(b'[1, NaN]', "a.json")
    [1, nan]
    """
    if data.startswith(_UTF_16):
        raise ArgumentError("JSON in UTF-8", "text in UTF-16", at)
    text = data.removeprefix(_BOM)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _parse_lenient(text, str(error), at)


def _parse_lenient(text: bytes, fault: str, at: str) -> Any:
    """Return the value of JSON as Python writes it, with NaN, Infinity and lone surrogates."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ArgumentError(_MAX_DEPTH_MESSAGE, "one too deep", at) from None
    except ValueError:
        raise ArgumentError("JSON", fault, at) from None


def as_object(value: Any, at: str) -> Object:
    """Return a JSON object, checked."""
    if not isinstance(value, dict):
        raise expected("an object", value, at)
    return value


def as_list(value: Any, at: str) -> list[Any]:
    """Return a JSON list, checked."""
    if not isinstance(value, list):
        raise expected("a list", value, at)
    return value


def as_text(value: Any) -> str:
    """Return a text; of a number its digits, of anything else an empty text.

    >>> as_text(7), as_text(7.0), as_text(None)
    ('7', '7', '')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else ""


def number(value: Any, at: str) -> float:
    """Return a finite number, which may be written as a text."""
    read = math.nan
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        with suppress(ValueError, OverflowError):
            read = float(value)
    if not math.isfinite(read):
        raise expected("a finite number", value, at)
    return read


def whole_number(value: Any, at: str) -> int:
    """Return a whole number, which may be written as 600.0 or as a text.

    >>> whole_number(600.0, "width"), whole_number("600", "width")
    (600, 600)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    read = number(value, at)
    if not read.is_integer():
        raise expected("a whole number", value, at)
    return int(read)


def points(values: Any, at: str) -> Points:
    """Return vertices (V, 2) of a list of pairs; further numbers of a point are dropped.

    >>> points([[1, 2], [3, 4.5, 0]], "points").tolist()
    [[1.0, 2.0], [3.0, 4.5]]

    Raises
    ------
    maskmill.errors.ArgumentError
        It holds something else, or a number that is not finite.
    """
    listed = as_list(values, at)
    if any(not isinstance(point, list) or len(point) < 2 for point in listed):
        wrong = next(point for point in listed if not isinstance(point, list) or len(point) < 2)
        raise expected("points as [x, y]", wrong, at)
    return finite([point[:2] for point in listed], at).reshape(-1, 2)


def flat_points(values: list[Any], at: str) -> Points:
    """Return vertices (V, 2) of a flat list x, y, x, y, …; a last number without a partner is dropped."""
    return finite(values[: len(values) // 2 * 2], at).reshape(-1, 2)


def finite(values: Any, at: str) -> Points:
    """Return numbers as an array of float64, all finite."""
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise expected("numbers", values, at) from None
    if not np.isfinite(array).all():
        raise ArgumentError("finite numbers", str(float(array[~np.isfinite(array)][0])), at)
    return array


def check_size(width: Any, height: Any, at: str) -> Size | None:
    """Return (width, height) as a file gives them; None where it gives none.

    >>> check_size(640.0, "480", "a.json"), check_size(None, 480, "a.json")
    ((640, 480), None)

    Parameters
    ----------
    width, height : object
        Values of the file, None where it has none.
    at : str
        Place of the image, for messages.

    Raises
    ------
    maskmill.errors.ArgumentError
        They are no sides of an image.
    """
    if width is None or height is None:
        return None
    sides = whole_number(width, f"width in {at}"), whole_number(height, f"height in {at}")
    try:
        return read_size(sides, Limits())
    except ArgumentError as error:
        raise ArgumentError(error.wanted, error.got, f"size in {at}") from None
