"""``maskmill inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .shared.arguments import parse_frame, read_canvas, read_reply
from .shared.exit_status import ExitStatus
from .shared.messages import name_options_in_advice
from .shared.options import Axis, Boxes, CodebookFile, Dialect, Frame, Image, Reply, StrictReply
from .shared.row_report import has_every_mask, print_advice, report_rows
from .shared.tables import print_json, print_line, print_table
from .shared.unmasked_list import is_unmasked_list, read_unmasked_list

if TYPE_CHECKING:
    from maskmill import Decoder, Masks

    from .._sources import Entry

_THOUSANDTHS: Final = (1000, 1000)


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
    if size is None:
        _refuse_pixels(decoder)
    masks = decoder.decode(reply, size or _THOUSANDTHS)
    masks = masks if size else _at_rle_size(decoder, reply, masks)
    masks = masks._answered_by(model) if model else masks
    result = {**about, "box_unit": "pixels", **report_rows(masks)}
    if size is None and masks.size == _THOUSANDTHS:  # no size is known: nothing is in pixels
        rows = [{**row, "area": None} for row in result["rows"]]
        result.update(box_unit="thousandths", size=None, rows=rows)
    if json:
        print_json(result)
    else:
        _print(result, masks)
    return has_every_mask(masks)


def _refuse_pixels(decoder: Decoder) -> None:
    """Refuse a frame, or the dialect of one, that is pixels of an image whose size nobody knows."""
    from maskmill.errors import ArgumentError

    convention = decoder._convention
    if "pixels" in (convention.box_frame, convention.mask_frame):
        option = "--dialect" if decoder.frame == "auto" else "--frame"
        raise ArgumentError("--size or --image beside coordinates in pixels", "neither", option)


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


def _at_rle_size(decoder: Decoder, reply: Any, masks: Masks) -> Masks:
    """Decode again for the size that an RLE in the reply gives, if there is one: for another size it is garbage."""
    from maskmill.errors import ArgumentError

    holders = (value for item in masks.items for value in (item, *item.values()) if isinstance(value, dict))
    sizes = (holder["size"][::-1] for holder in holders if isinstance(holder.get("size"), list))
    try:
        return next((decoder.decode(reply, size) for size in sizes), masks)
    except ArgumentError:  # the size is not valid
        return masks


def _print(result: dict[str, Any], masks: Masks) -> None:
    from maskmill import ReplyStatus

    if result["rows"]:
        _print_rows(result["rows"], result["box_unit"])
    status = ReplyStatus(result["reply_status"])
    print_line(f"The reply is {status}: {status.sentence}.")
    for problem in result["problems"]:
        print_line(f"{problem['code']}: {name_options_in_advice(problem['message'])} {problem['excerpt']}")
    print_advice(masks)


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
