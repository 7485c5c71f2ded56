"""The rows of a reply as commands report them: status, extent, reason and advice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .messages import name_options_in_advice
from .tables import print_line

if TYPE_CHECKING:
    from maskmill import Masks, Problem

_OMITTED: Final = ("rle", "item")


def has_every_mask(masks: Masks) -> bool:
    """Tell whether every row has its mask and no part of the reply was lost."""
    return masks.reply_status.is_complete and bool((masks.status == "ok").all())


def report_rows(masks: Masks) -> dict[str, Any]:
    """Return the reply and its rows as JSON-safe values, without run lengths and items.

    Each row has its columns; the `extent` of its mask, None where there is no mask; a `reason`, empty if it has its
    mask; an `advice`, empty where nothing is to be done; and its `problems`, each with its own advice. Problems of the
    reply as a whole stand beside the rows.
    """
    data = masks.to_dict()
    problems = [_report_problem(*pair) for pair in zip(data["problems"], masks.problems, strict=True)]
    extents = masks.extents.tolist()
    rows = [_row(i, row, extents[i], [p for p in problems if p["row"] == i]) for i, row in enumerate(data["rows"])]
    return {
        "reply_status": data["reply_status"],
        "size": data["size"],
        "rows": rows,
        "problems": [_without_row(p) for p in problems if p["row"] is None],
    }


def print_advice(masks: Masks) -> None:
    """Print each advice once, with its rows."""
    from maskmill.masks._problem_facts import advice_lines

    for line in advice_lines(masks.problems):
        print_line(name_options_in_advice(line))


def _report_problem(data: dict[str, Any], problem: Problem) -> dict[str, Any]:
    return {**data, "advice": name_options_in_advice(problem.advice)}


def _row(number: int, row: dict[str, Any], extent: list[int], problems: list[dict[str, Any]]) -> dict[str, Any]:
    from maskmill import Status

    status = Status(row["status"])
    own = [p for p in problems if p["code"] == status]
    return {
        "row": number,
        "box_2d": row["item"].get("box_2d"),
        **{name: value for name, value in row.items() if name not in _OMITTED},
        "extent": extent if status == Status.OK else None,
        "reason": "" if status == Status.OK else "; ".join(p["message"] for p in own) or status.sentence,
        "advice": " ".join(dict.fromkeys(p["advice"] for p in problems if p["advice"])),
        "problems": [_without_row(p) for p in problems],
    }


def _without_row(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "row"}
