"""What became of each row, as commands show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .messages import advice

if TYPE_CHECKING:
    from maskmill import Masks

_WHOLE: Final = ("ok", "salvaged")
_UNSHOWN: Final = ("rle", "item")


def is_complete(masks: Masks) -> bool:
    """Tell whether every row has its mask, and no part of the reply was lost."""
    return str(masks.reply_status) in _WHOLE and bool((masks.status == "ok").all())


def report(masks: Masks) -> dict[str, Any]:
    """The reply and its rows as JSON-safe values, without runs and items.

    Each row has beside its columns a `reason` and an `advice`, empty where it has its mask, and its `problems`;
    the reply's own problems stand beside the rows.
    """
    data = masks.to_dict()
    problems: list[dict[str, Any]] = data["problems"]
    rows = [_row(i, row, [p for p in problems if p["row"] == i]) for i, row in enumerate(data["rows"])]
    return {
        "reply_status": data["reply_status"],
        "size": data["size"],
        "rows": rows,
        "problems": [_told(p) for p in problems if p["row"] is None],
    }


def _row(number: int, row: dict[str, Any], problems: list[dict[str, Any]]) -> dict[str, Any]:
    from maskmill import Status

    status = Status(row["status"])
    reasons = [p["message"] for p in problems if p["code"] == status]
    return {
        "row": number,
        "box_2d": row["item"].get("box_2d"),
        **{name: value for name, value in row.items() if name not in _UNSHOWN},
        "reason": "" if status == Status.OK else "; ".join(reasons) or status.sentence,
        "advice": advice(status.advice),
        "problems": [_told(p) for p in problems],
    }


def _told(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "row"}
