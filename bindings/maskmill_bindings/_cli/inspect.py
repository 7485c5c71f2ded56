"""``maskmill inspect``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from maskmill._printable import with_excerpt

from .shared.arguments import parse_frame, read_canvas, read_reply
from .shared.exit_status import ExitStatus
from .shared.messages import name_options_in_advice
from .shared.options import Axis, Boxes, CodebookFile, Dialect, Frame, Image, Reply, StrictReply
from .shared.row_report import print_advice, report_rows
from .shared.tables import print_json, print_line, print_table
from .shared.unmasked_list import is_unmasked_list, read_unmasked_list

if TYPE_CHECKING:
    from maskmill import Decoder, Inspection

    from .._sources import Entry


def inspect_command(
    reply: Reply,
    /,
    *,
    image: Image = None,
    size: str | None = None,
    axis: Axis = "auto",
    boxes: Boxes = "auto",
    frame: Frame = "auto",
    dialect: Dialect = "auto",
    codebook: CodebookFile = None,
    strict: StrictReply = False,
    json: bool = False,
) -> int:
    """Show each item of a reply: its box, the extent of its mask, form, status, reason, repairs, and what can be done.

    Parameters
    ----------
    reply
        File with the reply: text, JSON, or a whole response of the API; - for the standard input. Or the list of rows
        without a mask that convert wrote, whose replies are shown one after the other.
    image
        The image that the reply is about.
    size
        Its size instead, as WIDTHxHEIGHT in pixels. Without either, boxes are shown in thousandths of the image, or
        in pixels of the size that an RLE in the reply gives.
    json
        Print JSON instead of a table.
    """
    canvas, _ = read_canvas(image, size)
    from maskmill import Decoder

    from .shared.compile_notice import compile_notice

    with compile_notice():
        decoder = Decoder(axis=axis, boxes=boxes, frame=parse_frame(frame), dialect=dialect, codebook=codebook)
        if is_unmasked_list(reply):
            are_complete = [_show_entry(decoder, entry, json) for entry in read_unmasked_list(reply, canvas)]
        else:
            are_complete = [_show(decoder, read_reply(reply), canvas, json)]
    return ExitStatus.INCOMPLETE if strict and not all(are_complete) else ExitStatus.DONE


def _show(
    decoder: Decoder, reply: Any, size: tuple[int, int] | None, json: bool, model: str = "", **about: Any
) -> bool:
    """Print the rows of a reply with the facts `about` it; return whether every row has its mask."""
    inspection = decoder.inspect(reply, size)
    if model:
        inspection = replace(inspection, masks=inspection.masks._answered_by(model))
    result = {**about, **report_rows(inspection)}
    if json:
        print_json(result)
    else:
        _print(result, inspection)
    return inspection.is_complete


def _show_entry(decoder: Decoder, entry: Entry, json: bool) -> bool:
    """Print one row of the list of rows without a mask; return whether it has its mask."""
    about = {"key": entry.key, "source": entry.source, "line": entry.line}
    if not json:
        print_line(f"{entry.key} ({entry.source}, line {entry.line})")
    if not entry.failure:
        return _show(decoder, entry.reply, entry.size, json, entry.model, **about)
    if json:
        print_json({**about, "failure": entry.failure})
    else:
        print_line(f"Not decoded: {entry.failure}.")
    return False


def _print(result: dict[str, Any], inspection: Inspection) -> None:
    from maskmill import ReplyStatus

    if result["rows"]:
        _print_rows(result["rows"], result["box_unit"])
    status = ReplyStatus(result["reply_status"])
    print_line(f"The reply is {status}: {status.sentence}.")
    for problem in result["problems"]:
        message = with_excerpt(problem["message"], problem["excerpt"])
        print_line(f"{problem['code']}: {name_options_in_advice(message)}")
    print_advice(inspection)


def _print_rows(rows: list[dict[str, Any]], unit: str) -> None:
    """Print a table of the rows, with the extents of their masks beside the boxes where there is any mask."""
    corners = f"x0 y0 x1 y1 ({unit})"
    places = {"box": f"box: {corners}", "extent": "extent of the mask"}
    if all(row["extent"] is None for row in rows):
        places = {"box": corners}
    columns = ("row", "label", *places.values(), "form", "status", "reason")
    print_table(columns, [_cells(row, list(places)) for row in rows], numeric=("row",))


def _cells(row: dict[str, Any], places: list[str]) -> tuple[object, ...]:
    corners = ("" if row[name] is None else " ".join(f"{v:.6g}" for v in row[name]) for name in places)
    repairs = [problem["message"] for problem in row["problems"] if problem["code"] != row["status"]]
    reasons = "; ".join([row["reason"], *repairs] if row["reason"] else repairs)
    return row["row"], row["label"], *corners, row["form"], row["status"], name_options_in_advice(reasons)
