"""``maskmill decode``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from maskmill.errors import told

from .shared.arguments import CodebookFile, Image, Output, Reply, checked, read_canvas, read_reply
from .shared.messages import counted
from .shared.row_report import is_complete, report
from .shared.tables import print_json, print_line, print_table, printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from maskmill import Masks

_COLUMNS: Final = ("row", "label", "form", "status", "area", "file")
_MOST_NAMES: Final = 3
"""How many files of an earlier run are named."""


def decode(
    reply: Reply,
    /,
    *,
    output: Output,
    image: Image = None,
    size: str | None = None,
    threshold: int = 127,
    axis: Literal["auto", "xy", "yx"] = "auto",
    fallback: Literal["none", "box"] = "none",
    codebook: CodebookFile = None,
    strict: bool = False,
    json: bool = False,
) -> int:
    """Decode a reply into files.

    Writes one PNG a mask (000_label.png, 0 and 255, of the image's size), instances.png (row number + 1),
    coco.json, masks.json (every row, with what went wrong) and overlay.png. Files of these names are replaced; masks
    of an earlier reply stay beside them, so take a folder a reply.

    Parameters
    ----------
    reply
        File with the reply: text, JSON, or a whole response of the API; - for the standard input.
    output
        Folder to write to; it is made where it is missing.
    image
        The image that the reply is about; this or --size is needed.
    size
        Its size instead, as WIDTHxHEIGHT in pixels, after EXIF orientation.
    threshold
        A pixel of a resized map is in the mask where it is above this, 0 to 255.
    axis
        Order of a polygon's coordinates; auto lets the boxes decide.
    fallback
        With box, rows without a mask get their box filled, and every output says so.
    codebook
        What mask tokens stand for: a file of maskmill codebook fit, or PaliGemma's vae-oid.npz; if not given, the
        one that MASKMILL_CODEBOOK names, if it does.
    strict
        Exit with 1 if a row has no mask, or the reply breaks off or holds nothing to read.
    json
        Print the files and rows as JSON instead of a table.
    """
    given = read_reply(reply)
    wanted, pixels = read_canvas(image, size)
    if wanted is None:
        raise told("one of --image and --size", "neither", "--image")

    import maskmill

    from .shared.compile_notice import compilation_told

    with compilation_told():
        options = maskmill.Decoder(threshold=threshold, axis=axis, fallback=fallback, codebook=codebook)
        masks = options.decode(given, wanted)
        with checked("a folder that can be written to", "--output"):
            files = _write(masks, output, pixels, image.name if image else "")
            _warn_of_others(output, files)
    result = _result(masks, files)
    if json:
        print_json(result)
    else:
        _print(result, is_complete(masks))
    return int(strict and not is_complete(masks))


def _write(masks: Masks, folder: Path, image: NDArray[np.uint8] | None, name: str) -> list[Path]:
    import orjson

    from ..exports import coco, png

    files = png.write(masks, folder)
    files += coco.write(masks, folder / "coco.json", name)
    everything = folder / "masks.json"
    everything.write_bytes(orjson.dumps(masks.to_dict()))
    return [*files, everything, png.write_image(masks.overlay(image), folder / "overlay.png")]


def _warn_of_others(folder: Path, files: list[Path]) -> None:
    from ..exports.png import others

    names = [file.name for file in others(folder, files)]
    if names:
        some = ", ".join(names[:_MOST_NAMES]) + (", …" if len(names) > _MOST_NAMES else "")
        found = f"{folder} holds {counted(len(names), 'mask', 'masks')} of an earlier run beside the new"
        print(printable(f"maskmill: warning: {found}: {some}"), file=sys.stderr)


def _result(masks: Masks, files: list[Path]) -> dict[str, Any]:
    from ..exports.png import file_names

    result = report(masks)
    for row, name in zip(result["rows"], file_names(masks), strict=True):
        row["file"] = name
    return {"files": [str(file) for file in files], **result}


def _print(result: dict[str, Any], complete: bool) -> None:
    rows = [{**row, "status": f"{row['status']}, box filled"} if row["filled"] else row for row in result["rows"]]
    print_table(_COLUMNS, [[row[column] for column in _COLUMNS] for row in rows], numeric=("row", "area"))
    print_line(f"{counted(len(rows), 'row', 'rows')}: {_tally(rows)}; the reply is {result['reply_status']}.")
    if not complete:
        print_line("`maskmill inspect` tells what is missing, why, and what can be done.")
    print_line(f"{len(result['files'])} files in {Path(result['files'][-1]).parent}")


def _tally(rows: list[dict[str, Any]]) -> str:
    filled = sum(row["filled"] for row in rows)
    masks = counted(sum(row["status"] == "ok" for row in rows), "mask", "masks")
    return f"{masks}, {counted(filled, 'filled box', 'filled boxes')}" if filled else masks
