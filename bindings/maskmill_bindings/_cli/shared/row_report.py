"""The rows of a reply as commands report them: status, reason and advice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .messages import name_options_in_advice

if TYPE_CHECKING:
    from maskmill import Masks

_OMITTED: Final = ("rle", "item")


def has_every_mask(masks: Masks) -> bool:
    """Tell whether every row has its mask and no part of the reply was lost."""
    return masks.reply_status.is_complete and bool((masks.status == "ok").all())


def report_rows(masks: Masks) -> dict[str, Any]:
    """Return the reply and its rows as JSON-safe values, without run lengths and items.

    Each row has its columns, a `reason` and an `advice`, both empty if it has its mask, and its `problems`. Problems of
    the reply as a whole stand beside the rows.
    """
    data = masks.to_dict()
    problems: list[dict[str, Any]] = data["problems"]
    rows = [_row(i, row, [p for p in problems if p["row"] == i]) for i, row in enumerate(data["rows"])]
    return {
        "reply_status": data["reply_status"],
        "size": data["size"],
        "rows": rows,
        "problems": [_without_row(p) for p in problems if p["row"] is None],
    }


def _row(number: int, row: dict[str, Any], problems: list[dict[str, Any]]) -> dict[str, Any]:
    from maskmill import Status

    status = Status(row["status"])
    reasons = [p["message"] for p in problems if p["code"] == status]
    return {
        "row": number,
        "box_2d": row["item"].get("box_2d"),
        **{name: value for name, value in row.items() if name not in _OMITTED},
        "reason": "" if status == Status.OK else "; ".join(reasons) or status.sentence,
        "advice": name_options_in_advice(status.advice),
        "problems": [_without_row(p) for p in problems],
    }


def _without_row(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "row"}
