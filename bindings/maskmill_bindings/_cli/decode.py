"""``maskmill decode``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from maskmill._printable import printable
from maskmill.errors import ArgumentError

from .shared.arguments import file_errors_as_arguments, parse_frame, read_canvas, read_reply
from .shared.exit_status import ExitStatus
from .shared.messages import count_noun
from .shared.options import Axis, Boxes, CodebookFile, Dialect, Frame, Image, Output, Reply, StrictReply, Threshold
from .shared.row_report import print_advice, report_rows
from .shared.tables import print_json, print_line, print_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from maskmill import Inspection, Masks

_COLUMNS: Final = ("row", "label", "form", "status", "area", "file")
_MAX_NAMES: Final = 3
"""How many files of an earlier run a warning names."""


def decode_command(
    reply: Reply,
    /,
    *,
    output: Output,
    image: Image = None,
    size: str | None = None,
    threshold: Threshold = 127,
    axis: Axis = "auto",
    boxes: Boxes = "auto",
    frame: Frame = "auto",
    dialect: Dialect = "auto",
    fallback: Literal["none", "box"] = "none",
    codebook: CodebookFile = None,
    strict: StrictReply = False,
    json: bool = False,
) -> int:
    """Decode a reply into files.

    Writes one PNG per mask (000_label.png, 0 and 255, of the image's size), instances.png (row number + 1),
    coco.json, masks.json (every row, with its problems) and overlay.png. Files of these names are replaced; masks
    of an earlier reply stay beside them, so use one folder per reply.

    Parameters
    ----------
    reply
        File with the reply: text, JSON, or a whole response of the API; - for the standard input.
    output
        Folder to write to; it is created if it is missing.
    image
        The image that the reply is about; this or --size is needed.
    size
        Its size instead, as WIDTHxHEIGHT in pixels, after EXIF orientation.
    fallback
        With box, rows without a mask get their box filled, and every output marks them.
    json
        Print the files and rows as JSON instead of a table.
    """
    text = read_reply(reply)
    canvas, pixels = read_canvas(image, size)
    if canvas is None:
        raise ArgumentError("one of --image and --size", "neither", "--image")

    import maskmill

    from .shared.compile_notice import compile_notice

    with compile_notice():
        decoder = maskmill.Decoder(
            threshold=threshold,
            axis=axis,
            boxes=boxes,
            frame=parse_frame(frame),
            dialect=dialect,
            fallback=fallback,
            codebook=codebook,
        )
        masks = decoder.decode(text, canvas)
        with file_errors_as_arguments("a folder that can be written to", "--output"):
            files = _write(masks, output, pixels, image.name if image else "")
            _warn_of_others(output, files)
    inspection = maskmill.Inspection(masks, "pixels")
    result = _result(inspection, files)
    if json:
        print_json(result)
    else:
        _print(result, inspection)
    return ExitStatus.INCOMPLETE if strict and not inspection.is_complete else ExitStatus.DONE


def _write(masks: Masks, folder: Path, image: NDArray[np.uint8] | None, name: str) -> list[Path]:
    import orjson

    from .._images.png_files import write_image
    from ..exports import Settings, coco, png
    from ..record import Record

    files = png.write(masks, folder)
    every_label = Settings(classes=tuple(sorted(set(masks.labels.tolist()))))
    files += coco.write(Record(name, masks, name), folder / "coco.json", every_label)
    everything = folder / "masks.json"
    everything.write_bytes(orjson.dumps(masks.to_dict()))
    return [*files, everything, write_image(masks.overlay(image), folder / "overlay.png")]


def _warn_of_others(folder: Path, files: list[Path]) -> None:
    from ..exports.png import other_masks_in

    names = [file.name for file in other_masks_in(folder, files)]
    if names:
        some = ", ".join(names[:_MAX_NAMES]) + (", …" if len(names) > _MAX_NAMES else "")
        masks = count_noun(len(names), "mask", "masks")
        warning = f"{folder} holds {masks} of an earlier run beside the new: {some}"
        print(printable(f"maskmill: warning: {warning}"), file=sys.stderr)


def _result(inspection: Inspection, files: list[Path]) -> dict[str, Any]:
    from ..exports.png import file_names

    result = report_rows(inspection)
    del result["box_unit"]
    for row, name in zip(result["rows"], file_names(inspection.masks), strict=True):
        row["file"] = name
    return {"files": [str(file) for file in files], **result}


def _print(result: dict[str, Any], inspection: Inspection) -> None:
    rows = [{**row, "status": f"{row['status']}, box filled"} if row["filled"] else row for row in result["rows"]]
    print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows], numeric=("row", "area"))
    print_line(f"{count_noun(len(rows), 'row', 'rows')}: {_count_masks(rows)}; the reply is {result['reply_status']}.")
    print_advice(inspection)
    if not inspection.is_complete:
        print_line("`maskmill inspect` shows what is missing, and why.")
    print_line(f"{len(result['files'])} files in {Path(result['files'][-1]).parent}")


def _count_masks(rows: list[dict[str, Any]]) -> str:
    filled = sum(row["filled"] for row in rows)
    masks = count_noun(sum(row["status"] == "ok" for row in rows), "mask", "masks")
    return f"{masks}, {count_noun(filled, 'filled box', 'filled boxes')}" if filled else masks
