"""``maskmill convert``."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from maskmill.errors import ArgumentError, expected

from ..exports import FORMATS
from .shared.arguments import file_errors_as_arguments, parse_frame, parse_size
from .shared.exit_status import ExitStatus
from .shared.messages import count_noun
from .shared.options import Axis, Boxes, CodebookFile, Dialect, Frame, JsonReport, Threshold
from .shared.tables import print_counts, print_json, print_line

if TYPE_CHECKING:
    from ..convert import ConvertOptions
    from ..convert._executor import Executor
    from ..convert._run import ConversionSummary

_NAMED = 3
"""Files that a line names."""

Outputs = Annotated[list[str], Parameter(alias="-o", negative=())]
"""Files and folders to write."""

Inputs = Annotated[tuple[str, ...], Parameter(allow_leading_hyphen=True)]
"""Files and folders, or ``-``."""


def convert_command(
    inputs: Inputs,
    /,
    *,
    output: Outputs,
    to: str | None = None,
    source: Annotated[str | None, Parameter(name="--from")] = None,
    size: str | None = None,
    images: str | None = None,
    requests: str | None = None,
    field: tuple[str, ...] = (),
    threshold: Threshold = 127,
    axis: Axis = "auto",
    boxes: Boxes = "auto",
    frame: Frame = "auto",
    dialect: Dialect = "auto",
    fallback: Literal["none", "box"] = "none",
    codebook: CodebookFile = None,
    max_reply_chars: int = 2**20,
    rule: Literal["native", "exact"] = "native",
    filter: str = "",
    classes: Path | None = None,
    polygons: Annotated[bool, Parameter(name=("--polygons", "--coco-polygons"))] = False,
    simplify: float = 0.0,
    split: float | None = None,
    seed: int = 0,
    copy_images: Annotated[bool, Parameter(negative=())] = False,
    link_images: Annotated[bool, Parameter(negative=())] = False,
    shard_rows: int = 8192,
    threads: int | None = None,
    engine: Literal["local", "ray"] = "local",
    address: str | None = None,
    overwrite: bool = False,
    strict: bool = False,
    json: JsonReport = False,
) -> int:
    """Convert replies by the million, or masks in another format, to a data set.

    Reads JSON Lines (of batches of Gemini, Vertex AI and other services, or rows with one reply each; also gzip and
    zstd), JSON files of batches, lists and maps of replies, Parquet, folders of replies, and masks in the formats named
    below. A run that was cut off goes on with the same command. Rows without a mask are listed with their reasons
    beside the output; convert and inspect read that list.

    Formats: {formats}.

    Parameters
    ----------
    inputs
        Files and folders; - for the standard input.
    output
        A file whose suffix names its format, such as masks.parquet, or a folder, which holds shards. It may be given
        several times: the input is decoded once. FORMAT=PATH names the format, as in yolo=labels.
    to
        The format of a single output, where no suffix names it.
    source
        What the input is, where its content does not show it: replies, or a format.
    size
        Size of the images, where nothing else gives it, as WIDTHxHEIGHT in pixels.
    images
        Folder with the images, or a pattern such as photos/{key}.jpg; only their headers are read.
    requests
        The input of the batch whose output is converted: it names the image of each key.
    field
        Name of a field of the rows, as ROLE=NAME; roles are reply, key, image, width, height.
    fallback
        With box, rows without a mask get their box filled, and the table marks them.
    max_reply_chars
        Characters of a reply that are read; a longer reply counts as cut off, and gets a problem.
    rule
        How shapes of other tools' files become pixels: as their tool draws them, or exactly by pixel centres.
    filter
        Conditions that rows must meet, such as "status = ok, area >= 100, label = cat | dog".
    classes
        File with the names of classes, one per line, in the order of their numbers; rows of others are left out.
    polygons
        Polygons instead of run lengths, in formats that hold both ({polygon_formats}).
    simplify
        Pixels by which outlines may move, so that polygons get fewer vertices.
    split
        Share of the images to train on, such as 0.9, for YOLO and COCO; the others are for validation.
    seed
        Number that chooses the split, by the key of each image.
    copy_images
        Copy the images of --images beside their labels, so that YOLO can train on the folder.
    link_images
        Link them instead.
    shard_rows
        Rows of the input after which a shard is closed; 64 MiB close it as well.
    threads
        How many decode at a time; one per core if not given.
    engine
        What decodes: the threads of this process, or a Ray cluster whose machines share a disk with this one.
    address
        Of the Ray cluster, as HOST:PORT or auto; if not given, the one that runs here, or one for this command alone.
    overwrite
        Replace outputs that an earlier conversion finished; never anything else.
    strict
        Exit with 1 if a row lacks a mask; a reply that says that nothing was found is no such row.
    """
    options = _options(
        to=to,
        source=source,
        size=None if size is None else parse_size(size),
        images=images,
        requests=requests,
        fields=_fields(field),
        threshold=threshold,
        axis=axis,
        boxes=boxes,
        frame=parse_frame(frame),
        dialect=dialect,
        fallback=fallback,
        codebook=codebook,
        max_reply_chars=max_reply_chars,
        rule=rule,
        filter=filter,
        classes=None if classes is None else _class_names(classes),
        polygons=polygons,
        simplify=simplify,
        split=split,
        seed=seed,
        place_images=_place_images(copy_images, link_images),
        shard_rows=shard_rows,
    )
    executor = _executor(engine, address, threads)
    summary = _run(inputs, output, options, is_quiet=json, threads=threads, engine=executor, overwrite=overwrite)
    if summary is None:
        return ExitStatus.INTERRUPTED
    if json:
        print_json(_report(summary))
    else:
        _print_formats(summary)
        _print(summary, output, _list_of(output, to))
    if summary.was_done and summary.tally.repeated_keys:
        several = count_noun(summary.tally.repeated_keys, "key comes", "keys come")
        print(f"maskmill: warning: {several} more than once", file=sys.stderr)
    if summary.tally.rows and not summary.tally.replies:
        print("maskmill: warning: not one row could be decoded", file=sys.stderr)
    is_incomplete = summary.tally.unmasked > summary.tally.nothing
    return ExitStatus.INCOMPLETE if strict and is_incomplete else ExitStatus.DONE


def _describe_formats(text: str) -> str:
    """Return a help text with the names of the export formats filled in."""
    polygon_formats = [name for name, known in FORMATS.items() if "polygons" in known.settings]
    return text.replace("{formats}", ", ".join(FORMATS)).replace("{polygon_formats}", ", ".join(polygon_formats))


convert_command.__doc__ = _describe_formats(convert_command.__doc__ or "")


def _options(**options: Any) -> ConvertOptions:
    from ..convert import ConvertOptions

    return ConvertOptions(**options)


def _executor(name: str, address: str | None, threads: int | None) -> Executor | None:
    """Return what makes the shards; None for threads of this process."""
    if name == "local":
        if address is not None:
            raise ArgumentError("--engine ray with the address of a cluster", "--engine local", "--address")
        return None
    from ..ray import engine

    if threads is not None:
        raise ArgumentError(
            "no number of threads with --engine ray, which uses the cluster's CPUs", str(threads), "--threads"
        )
    return engine(address)


def _place_images(copy: bool, link: bool) -> str:
    """Return what happens to the images."""
    if copy and link:
        raise ArgumentError("one of --copy-images and --link-images", "both", "--copy-images")
    return "copy" if copy else "link" if link else ""


def _fields(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return the names of fields by role."""
    names = dict(pair.partition("=")[::2] for pair in pairs)
    if bad := [role for role in names if role not in ("reply", "key", "image", "width", "height") or not names[role]]:
        raise expected("ROLE=NAME, the role one of reply, key, image, width, height", bad[0], "--field")
    return names


def _class_names(path: Path) -> tuple[str, ...]:
    with file_errors_as_arguments("a file that can be read", "--classes"):
        data = path.read_bytes()
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ArgumentError("names in UTF-8", f"{error.reason} at byte {error.start}", "--classes") from None
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise ArgumentError("names of classes, one per line", "none", "--classes")
    return names


def _run(
    inputs: tuple[str, ...], output: list[str], options: ConvertOptions, is_quiet: bool, **how: Any
) -> ConversionSummary | None:
    """Convert; return None if the user interrupted it."""
    from ..convert import convert as run
    from .shared.compile_notice import compile_notice
    from .shared.loss_notice import loss_notice
    from .shared.progress import conversion_progress

    with compile_notice(), loss_notice():
        try:
            # Ray reports dead workers on the standard output
            with conversion_progress(inputs, is_quiet) as progress, redirect_stdout(sys.stderr):
                return run(inputs, output, options, progress=progress, **how)
        except KeyboardInterrupt:
            print("maskmill: interrupted; the same command goes on from here", file=sys.stderr)
            return None
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            wanted = "an input that can be read and an output that can be written"
            raise ArgumentError(wanted, f"{reason}; finished shards stay", str(error.filename or output[0])) from None


def _report(summary: ConversionSummary) -> dict[str, Any]:
    return {
        "files": [str(file) for file in summary.files],
        "seconds": round(summary.seconds, 3),
        "rows_per_second": round((summary.tally.rows - summary.resumed) / summary.seconds) if summary.seconds else None,
        "resumed_rows": summary.resumed,
        "was_done": summary.was_done,
        "read_as": summary.read_as,
        "shapes_drawn": summary.drawn_by,
        **summary.tally.to_dict(),
    }


def _print_formats(summary: ConversionSummary) -> None:
    """Print as what the files of masks were read, and by which rule their shapes were drawn."""
    for name, drawn in summary.drawn_by.items():
        files = summary.read_as[name]
        more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
        by = f"; shapes drawn as {drawn} draws them" if drawn != "exact" else ""
        print_line(f"Read as {name}: {', '.join(files[:_NAMED])}{more}{by}.")


def _list_of(output: list[str], to: str | None) -> Path:
    """Return the path of the list of rows without a mask."""
    from ..convert._options import UNMASKED, Target

    return Target.of_several(output, to)[0].sidecar_path(UNMASKED)


def _print(summary: ConversionSummary, output: list[str], listing: Path) -> None:
    tally, named = summary.tally, " and ".join(output)
    if summary.was_done:
        print_line(f"{named} {'is' if len(output) == 1 else 'are'} done already, by the same command.")
    for title, counts in (("label", tally.labels), ("form", tally.forms), ("status", tally.statuses)):
        print_counts(title, counts)
    print_counts("repaired", tally.repairs)
    print_counts("not decoded", tally.failures)
    if set(tally.replies) - {"ok"}:
        print_counts("reply", tally.replies)
    rows, masks = count_noun(tally.rows, "row", "rows"), count_noun(tally.drawn, "mask", "masks")
    pace = f" in {summary.seconds:.1f} s" if not summary.was_done else ""
    before = f", {summary.resumed} of the rows by an earlier run" if summary.resumed else ""
    left = f"; {tally.masks - tally.drawn} without a pixel" if tally.drawn < tally.masks else ""
    left += f"; {tally.filtered} left out" if tally.filtered else ""
    print_line(f"{rows}, {masks}{pace}{before}{left}: {named}")
    if tally.unmasked:
        lacking = count_noun(tally.unmasked, "row lacks a mask", "rows lack masks")
        print_line(f"{lacking}; the list with reasons is {listing}")
