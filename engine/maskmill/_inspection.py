"""What is in a reply, row by row: for people, and as JSON. The size of the image need not be known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from ._images.size import ImageSize, Size, read_size
from ._options import Options
from ._pipeline import decode_replies
from ._printable import printable, with_excerpt
from ._reply import ReplySource, unwrap_reply
from .errors import ArgumentError
from .masks import Mask, Masks
from .masks._problem_facts import advice_lines
from .status import Problem, ReplyStatus, Status

_THOUSANDTHS: Final = (1000, 1000)
_COLUMNS: Final = ("row", "label", "box", "extent", "form", "status", "reason")


@dataclass(frozen=True, slots=True)
class Inspection:
    r"""What is in a reply; printing it shows a table.

    >>> import maskmill
    >>> inspection = maskmill.inspect('[{"box_2d": [0, 0, 500, 500], "label": "cat"}]')
    >>> print(inspection)  # doctest: +ELLIPSIS
    row  label  box (thousandths)  extent  form  status   reason
    0    cat    0 0 500 500                none  nothing  the item gives no mask
    The reply is ok: well-formed.
    nothing (row 0): Ask a Gemini 3 Flash model, ...

    Attributes
    ----------
    masks : Masks
        The rows; where no size is known, those of an image of 1000x1000, so that a pixel is a thousandth.
    box_unit : {"pixels", "thousandths"}
        The unit of boxes and extents.
    """

    masks: Masks
    box_unit: Literal["pixels", "thousandths"]

    @property
    def reply_status(self) -> ReplyStatus:
        """Status of the whole reply."""
        return self.masks.reply_status

    @property
    def is_complete(self) -> bool:
        """Whether every row has its mask and no part of the reply was lost."""
        return self.masks.reply_status.is_complete and bool((self.masks.status == "ok").all())

    @property
    def advice(self) -> list[str]:
        """What to do, each advice once, with its code and its rows."""
        return advice_lines(self.masks.problems)

    def to_dict(self) -> dict[str, Any]:
        """Return the reply and its rows as values of JSON, without run lengths and items.

        Each row has its columns; the box as the model wrote it, `box_2d`; the `extent` of its mask, None where there is
        no mask; a `reason`, empty if it has its mask; an `advice`, empty where nothing is to be done; and its
        `problems`, each with its own advice. Problems of the reply as a whole stand beside the rows. `size` and each
        `area` are None where the size of the image is not known.
        """
        data, masks = self.masks.to_dict(), self.masks
        problems: list[dict[str, Any]] = [
            {**written, "advice": problem.advice}
            for written, problem in zip(data["problems"], masks.problems, strict=True)
        ]
        extents = masks.extents.tolist()
        rows = [
            _row(number, dict(row), extents[number], [p for p in problems if p["row"] == number])
            for number, row in enumerate(data["rows"])
        ]
        is_sized = self.box_unit == "pixels"
        return {
            "box_unit": self.box_unit,
            "reply_status": data["reply_status"],
            "size": data["size"] if is_sized else None,
            "rows": rows if is_sized else [{**row, "area": None} for row in rows],
            "problems": [_without_row(p) for p in problems if p["row"] is None],
        }

    def __str__(self) -> str:
        """Return a table of the rows, the status of the reply, and what to do."""
        cells = [_cells(number, mask) for number, mask in enumerate(self.masks)]
        heading = tuple(f"box ({self.box_unit})" if column == "box" else column for column in _COLUMNS)
        table = _aligned([heading, *cells]) if cells else []
        status = self.reply_status
        facts = [f"{p.code}: {with_excerpt(p.message, p.excerpt)}" for p in self.masks.problems if p.row is None]
        return printable("\n".join([*table, f"The reply is {status}: {status.sentence}.", *facts, *self.advice]))

    __repr__ = __str__


Inspection.__module__ = "maskmill"  # its public place, which pickles name


def inspect_reply(reply: object, size: ImageSize | None, options: Options) -> Inspection:
    """Decode a reply, with or without a size of its image; see `maskmill.inspect`.

    Parameters
    ----------
    reply : str, bytes, path, list, dict, None or response
        As for `maskmill.decode`.
    size : (width, height), image, image file or None
        None: the size that an RLE in the reply gives, else none.
    options : Options
        The options of decoding.

    Raises
    ------
    maskmill.errors.ArgumentError
        An argument cannot be used; or the options say that coordinates are pixels, and there is no size.
    """
    source = unwrap_reply(reply)
    if size is not None:
        return Inspection(_decode(source, size, options), "pixels")
    convention = options._convention
    if "pixels" in (convention.box_frame, convention.mask_frame):
        raise ArgumentError(
            "a size beside coordinates in pixels", "none", "dialect" if options.frame == "auto" else "frame"
        )
    masks = _decode(source, _THOUSANDTHS, options)
    sized = _at_rle_size(source, masks, options)
    return Inspection(masks, "thousandths") if sized is None else Inspection(sized, "pixels")


def _decode(source: ReplySource, size: ImageSize, options: Options) -> Masks:
    return decode_replies([(source, read_size(size, options.limits))], options)[0]


def _at_rle_size(source: ReplySource, masks: Masks, options: Options) -> Masks | None:
    """Decode again for the size that an RLE in the reply gives, if one does: for another size it is garbage."""
    holders = (value for item in masks.items for value in (item, *item.values()) if isinstance(value, dict))
    sizes = (holder["size"][::-1] for holder in holders if isinstance(holder.get("size"), list))
    size: Size | None = next(sizes, None)
    try:
        return None if size is None else _decode(source, size, options)
    except ArgumentError:  # the size is not valid
        return None


def _row(number: int, row: dict[str, Any], extent: list[int], problems: list[dict[str, Any]]) -> dict[str, Any]:
    status, item = Status(row["status"]), row["item"]
    own = [p["message"] for p in problems if p["code"] == status]
    return {
        "row": number,
        "box_2d": item.get("box_2d"),
        **{name: value for name, value in row.items() if name not in ("rle", "item")},
        "extent": extent if status == Status.OK else None,
        "reason": "" if status == Status.OK else "; ".join(own) or status.sentence,
        "advice": " ".join(dict.fromkeys(p["advice"] for p in problems if p["advice"])),
        "problems": [_without_row(p) for p in problems],
    }


def _without_row(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if name != "row"}


def _cells(number: int, mask: Mask) -> tuple[str, ...]:
    """Return the cells of the row in the printed table."""
    box = "" if mask.box[0] != mask.box[0] else " ".join(f"{v:.6g}" for v in mask.box.tolist())
    extent = " ".join(map(str, mask.extent.tolist())) if mask.status == Status.OK else ""
    return str(number), mask.label, box, extent, mask.form, str(mask.status), _reasons(mask.problems, mask.status)


def _reasons(problems: tuple[Problem, ...], status: Status) -> str:
    """Return why a row has no mask, and what was mended in it."""
    own = [p for p in problems if p.row is not None]
    reasons = [] if status == Status.OK else [p.message for p in own if p.code == status] or [status.sentence]
    return "; ".join([*reasons, *(p.message for p in own if p.code != status)])


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    """Return lines of columns of equal width; a line break in a cell becomes a space."""
    lines = [[cell.replace("\n", " ") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in lines]
