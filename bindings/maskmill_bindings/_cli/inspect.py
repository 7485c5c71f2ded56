"""``maskmill inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .shared.arguments import read_canvas, read_reply
from .shared.exit_status import ExitStatus
from .shared.options import CodebookFile, Image, Reply, StrictReply
from .shared.row_report import has_every_mask, report_rows
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
    codebook: CodebookFile = None,
    strict: StrictReply = False,
    json: bool = False,
) -> int:
    """Show the form, status and reason of each item of a reply, every repair, and what can be done.

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
        decoder = Decoder(codebook=codebook)
        if is_unmasked_list(reply):
            are_complete = [_show_entry(decoder, entry, json) for entry in read_unmasked_list(reply, canvas)]
        else:
            are_complete = [_show(decoder, read_reply(reply), canvas, json)]
    return ExitStatus.INCOMPLETE if strict and not all(are_complete) else ExitStatus.DONE


def _show(decoder: Decoder, reply: Any, size: tuple[int, int] | None, json: bool, **about: Any) -> bool:
    """Print the rows of a reply with the facts `about` it; return whether every row has its mask."""
    masks = decoder.decode(reply, size or _THOUSANDTHS)
    masks = masks if size else _at_rle_size(decoder, reply, masks)
    result = {**about, "box_unit": "pixels", **report_rows(masks)}
    if size is None and masks.size == _THOUSANDTHS:  # no size is known: nothing is in pixels
        rows = [{**row, "area": None} for row in result["rows"]]
        result.update(box_unit="thousandths", size=None, rows=rows)
    if json:
        print_json(result)
    else:
        _print(result)
    return has_every_mask(masks)


def _show_entry(decoder: Decoder, entry: Entry, json: bool) -> bool:
    """Print one row of the list of rows without a mask; return whether it has its mask."""
    about = {"key": entry.key, "source": entry.source, "line": entry.line}
    if not json:
        print_line(f"{entry.key} ({entry.source}, line {entry.line})")
    if not entry.failure:
        return _show(decoder, entry.reply, entry.size, json, **about)
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


def _print(result: dict[str, Any]) -> None:
    from maskmill import ReplyStatus

    rows = result["rows"]
    columns = ("row", "label", f"x0 y0 x1 y1 ({result['box_unit']})", "form", "status", "reason")
    if rows:
        print_table(columns, [_cells(row) for row in rows], numeric=("row",))
    for status, advice in {row["status"]: row["advice"] for row in rows if row["advice"]}.items():
        numbers = ", ".join(str(row["row"]) for row in rows if row["status"] == status)
        print_line(f"{status} (row {numbers}): {advice}")
    status = ReplyStatus(result["reply_status"])
    print_line(f"The reply is {status}: {status.sentence}. {status.advice}")
    for problem in result["problems"]:
        print_line(f"{problem['code']}: {problem['message']} {problem['excerpt']}")


def _cells(row: dict[str, Any]) -> tuple[object, ...]:
    box = "" if row["box"] is None else " ".join(f"{v:.6g}" for v in row["box"])
    repairs = [problem["message"] for problem in row["problems"] if problem["code"] != row["status"]]
    reasons = "; ".join([row["reason"], *repairs] if row["reason"] else repairs)
    return row["row"], row["label"], box, row["form"], row["status"], reasons
