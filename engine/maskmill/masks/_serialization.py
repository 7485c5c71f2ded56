"""Write a batch as values that any JSON writer accepts, and read them back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .._images.size import Size, read_size
from .._kernels.cpu import rle_string, run_lengths
from ..errors import ArgumentError, excerpt, expected
from ..limits import Limits
from ..status import FORMS, Problem, ReplyStatus, Status
from ._storage import Columns, join_run_lengths
from ._types import MasksDict, ProblemDict, RowDict

VERSION: Final = 1


def to_dict(size: Size, columns: Columns, problems: tuple[Problem, ...], reply_status: ReplyStatus) -> MasksDict:
    """Return a batch as JSON values; NaN and infinity become None.

    Parameters
    ----------
    size : tuple of int
        (width, height) of the image.
    columns : Columns
        The columns of all rows.
    problems : tuple of Problem
        Of the rows and of the whole reply.
    reply_status : ReplyStatus
        Status of the whole reply.
    """
    areas = run_lengths.areas(columns.counts, columns.offsets)
    strings = rle_string.to_strings(columns.counts, columns.offsets)
    rows: list[RowDict] = [
        {
            "label": _safe(columns.labels[i]),
            "status": str(columns.status[i]),
            "form": columns.forms[i],
            "score": _safe(float(columns.scores[i])),
            "box": None if math.isnan(columns.boxes[i, 0]) else columns.boxes[i].tolist(),
            "area": int(area),
            "filled": bool(columns.filled[i]),
            "rle": {"size": [size[1], size[0]], "counts": string.decode("ascii")},
            "item": _safe(columns.items[i]),
        }
        for i, (area, string) in enumerate(zip(areas, strings, strict=True))
    ]
    return {
        "version": VERSION,
        "size": list(size),
        "reply_status": str(reply_status),
        "rows": rows,
        "problems": [_problem_dict(problem) for problem in problems],
    }


def _problem_dict(problem: Problem) -> ProblemDict:
    code, message, excerpt = map(_safe, problem[1:])
    return {"row": problem.row, "code": code, "message": message, "excerpt": excerpt}


def from_dict(data: Any) -> tuple[Size, Columns, tuple[Problem, ...], ReplyStatus]:
    """Read what `to_dict` wrote, and return the arguments of `Masks`.

    Raises
    ------
    maskmill.errors.ArgumentError
        `data` is something else, or damaged.
    """
    if not isinstance(data, Mapping) or data.get("version") != VERSION:
        got = data.get("version") if isinstance(data, Mapping) else data
        raise expected(f"a mapping made by to_dict, version {VERSION}", got, "data")
    try:
        with np.errstate(over="raise"):
            return _read(data)
    except ArgumentError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError) as error:
        got = f"no {error}" if isinstance(error, KeyError) else "a value of another type or range"
        raise ArgumentError("what to_dict wrote", got[:80], "data") from None


def _read(data: Mapping[str, Any]) -> tuple[Size, Columns, tuple[Problem, ...], ReplyStatus]:
    size = read_size(tuple(data["size"]), Limits(), "data['size']")  # a text here names no file
    rows = list(data["rows"])
    if not {row["form"] for row in rows} <= set(FORMS):
        raise ValueError("an unknown form")
    problems = tuple(_problem(problem, len(rows)) for problem in data["problems"])
    columns = _columns(rows, size)
    if [row["area"] for row in rows] != run_lengths.areas(columns.counts, columns.offsets).tolist():
        raise ValueError("an area that the run lengths do not have")
    return size, columns, problems, ReplyStatus(data["reply_status"])


def _columns(rows: list[dict[str, Any]], size: tuple[int, int]) -> Columns:
    counts = [_counts(row["rle"], size, i) for i, row in enumerate(rows)]
    boxes = [[math.nan] * 4 if row["box"] is None else _box(row["box"]) for row in rows]
    return Columns(
        labels=tuple(str(row["label"]) for row in rows),
        status=tuple(Status(row["status"]) for row in rows),
        forms=tuple(str(row["form"]) for row in rows),
        scores=np.array([math.nan if row["score"] is None else float(row["score"]) for row in rows]).astype(np.float32),
        boxes=np.array(boxes, dtype=np.float64).reshape(len(rows), 4),
        filled=np.array([bool(row["filled"]) for row in rows], dtype=bool),
        items=tuple(dict(row["item"]) for row in rows),
        **join_run_lengths(counts),
    )


def _box(values: Iterable[Any]) -> list[float]:
    box = [float(v) for v in values]
    if not all(map(math.isfinite, box)):
        raise ValueError("a box that is not finite")
    return box


def _counts(rle: Mapping[str, Any], size: tuple[int, int], row: int) -> NDArray[np.int32]:
    width, height = size
    if list(rle["size"]) != [height, width]:
        raise expected(f"[{height}, {width}]", list(rle["size"]), f"data['rows'][{row}]['rle']['size']")
    counts = rle_string.from_string(str(rle["counts"]).encode("ascii", "replace"), width * height)
    if not isinstance(counts, np.ndarray):
        raise expected("a COCO run-length string", counts.message, f"data['rows'][{row}]['rle']['counts']")
    return run_lengths.to_canonical(counts)


def _problem(data: Mapping[str, Any], rows: int) -> Problem:
    row = data["row"]
    if row is not None and not 0 <= int(row) < rows:
        raise expected(f"a row below {rows}", row, "data['problems']")
    return Problem(None if row is None else int(row), str(data["code"]), str(data["message"]), str(data["excerpt"]))


def _safe(value: Any) -> Any:
    """Return a copy that any JSON writer accepts."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8") if not value.isascii() else str(value)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and value.bit_length() < 64):
        return value
    if isinstance(value, (int, float)):
        return float(value) if abs(value) < 1e300 else None
    if isinstance(value, Mapping):
        return {str(_safe(str(key))): _safe(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_safe(inner) for inner in value]
    return excerpt(value)
