"""``maskmill inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from .shared.arguments import CodebookFile, Image, Reply, read_canvas, read_reply
from .shared.row_report import is_complete, report
from .shared.tables import print_json, print_line, print_table
from .shared.unmasked_list import entries_of, is_listing

if TYPE_CHECKING:
    from maskmill import Decoder, Masks

    from .._sources import Entry

_THOUSANDTHS: Final = (1000, 1000)


def inspect(
    reply: Reply,
    /,
    *,
    image: Image = None,
    size: str | None = None,
    codebook: CodebookFile = None,
    strict: bool = False,
    json: bool = False,
) -> int:
    """Say what is in a reply: form, status and reason of each item, what was mended, and what can be done.

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
    codebook
        What mask tokens stand for: a file of maskmill codebook fit, or PaliGemma's vae-oid.npz; if not given, the
        one that MASKMILL_CODEBOOK names, if it does.
    strict
        Exit with 1 if a row has no mask, or the reply breaks off or holds nothing to read.
    json
        Print JSON instead of a table.
    """
    wanted, _ = read_canvas(image, size)

    from maskmill import Decoder

    from .shared.compile_notice import compilation_told

    with compilation_told():
        decoder = Decoder(codebook=codebook)
        if is_listing(reply):
            complete = [_show_entry(decoder, entry, json) for entry in entries_of(reply, wanted)]
        else:
            complete = [_show(decoder, read_reply(reply), wanted, json)]
    return int(strict and not all(complete))


def _show(decoder: Decoder, given: Any, size: tuple[int, int] | None, json: bool, **about: Any) -> bool:
    """Print what is in a reply, beside what is known about it; tell whether all of it became masks."""
    masks = decoder.decode(given, size or _THOUSANDTHS)
    masks = masks if size else _at_own_size(decoder, given, masks)
    result = {**about, "box_unit": "pixels", **report(masks)}
    if size is None and masks.size == _THOUSANDTHS:  # a size nobody gave: nothing is known in pixels
        rows = [{**row, "area": None} for row in result["rows"]]
        result.update(box_unit="thousandths", size=None, rows=rows)
    if json:
        print_json(result)
    else:
        _print(result)
    return is_complete(masks)


def _show_entry(decoder: Decoder, entry: Entry, json: bool) -> bool:
    """Print what is in one row of a listing."""
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


def _at_own_size(decoder: Decoder, given: Any, masks: Masks) -> Masks:
    """Decode for the size that an RLE in the reply gives, if any does: for another it would be garbage."""
    from maskmill.errors import ArgumentError

    holders = (value for item in masks.items for value in (item, *item.values()) if isinstance(value, dict))
    sizes = (holder["size"][::-1] for holder in holders if isinstance(holder.get("size"), list))
    try:
        return next((decoder.decode(given, size) for size in sizes), masks)
    except ArgumentError:  # nothing that could be a size
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
    mended = [problem["message"] for problem in row["problems"] if problem["code"] != row["status"]]
    reasons = "; ".join([row["reason"], *mended] if row["reason"] else mended)
    return row["row"], row["label"], box, row["form"], row["status"], reasons
