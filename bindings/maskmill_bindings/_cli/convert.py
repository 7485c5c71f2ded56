"""``maskmill convert``."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from cyclopts import Parameter

from maskmill.errors import expected, told

from .shared.arguments import CodebookFile, Output, checked, read_size
from .shared.messages import counted
from .shared.tables import print_counts, print_json, print_line

if TYPE_CHECKING:
    from ..convert import Options
    from ..convert._executor import Engine
    from ..convert._run import Summary

INTERRUPTED: Final = 130
Inputs = Annotated[tuple[str, ...], Parameter(allow_leading_hyphen=True)]
"""Files and folders, or ``-``."""


def convert(
    inputs: Inputs,
    /,
    *,
    output: Output,
    to: str | None = None,
    source: Annotated[str | None, Parameter(name="--from")] = None,
    size: str | None = None,
    images: str | None = None,
    requests: str | None = None,
    field: tuple[str, ...] = (),
    threshold: int = 127,
    axis: Literal["auto", "xy", "yx"] = "auto",
    fallback: Literal["none", "box"] = "none",
    codebook: CodebookFile = None,
    max_reply_chars: int = 2**20,
    filter: str = "",
    classes: Path | None = None,
    polygons: Annotated[bool, Parameter(name=("--polygons", "--coco-polygons"))] = False,
    shard_rows: int = 8192,
    threads: int | None = None,
    engine: Literal["local", "ray"] = "local",
    address: str | None = None,
    strict: bool = False,
    json: bool = False,
) -> int:
    """Convert replies by the million, or masks in another format, to a data set.

    Reads JSON Lines (of batches, of Vertex AI, or plain rows with a reply each; also gzip and zstd), Parquet, folders
    of replies, and masks in the formats named below. A run that was cut off goes on with the same command. Rows without
    a mask are listed with their reasons beside the output; convert and inspect read that list.

    Formats: parquet, arrow, coco, coco-results, coco-panoptic, yolo, labelstudio, cvat, labelme, png, png-maps,
    geojson, svg, webdataset, npz.

    Parameters
    ----------
    inputs
        Files and folders; - for the standard input.
    output
        A file whose suffix tells its format, such as masks.parquet, or a folder, which holds shards.
    to
        The format, where no suffix tells it.
    source
        What the input is, where its content does not tell: replies, or a format.
    size
        Size of images that nothing else tells, as WIDTHxHEIGHT in pixels.
    images
        Folder with the images, or a pattern such as photos/{key}.jpg; only their headers are read.
    requests
        The input of the batch whose output is converted: it tells each key's image.
    field
        Name of a field of the rows, as ROLE=NAME; roles are reply, key, image, width, height.
    threshold
        A pixel of a resized map is in the mask where it is above this, 0 to 255.
    axis
        Order of a polygon's coordinates; auto lets the boxes decide.
    fallback
        With box, rows without a mask get their box filled, and the table says so.
    codebook
        What mask tokens stand for: a file of maskmill codebook fit, or PaliGemma's vae-oid.npz; if not given, the
        one that MASKMILL_CODEBOOK names, if it does.
    max_reply_chars
        Characters of a reply that are read; what follows counts as cut off, and is said.
    filter
        Conditions that rows must meet, such as "status = ok, area >= 100, label = cat | dog".
    classes
        File with the names of classes, one a line, in the order of their numbers; rows of others are left out.
    polygons
        Polygons instead of run lengths, in formats that hold both (coco, labelstudio, labelme).
    shard_rows
        Rows of the input after which a shard is closed; 64 MiB close it as well.
    threads
        How many decode at a time; one a core if not given.
    engine
        What decodes: the threads of this process, or a Ray cluster, whose machines share a disk with this one.
    address
        Of the Ray cluster, as HOST:PORT or auto; if not given, the one that runs here, or one for this command alone.
    strict
        Exit with 1 if a row lacks a mask; one that says that nothing was found does not.
    json
        Print the report as JSON instead of tables, and no progress.
    """
    options = _options(
        to=to,
        source=source,
        size=None if size is None else read_size(size),
        images=images,
        requests=requests,
        fields=_fields(field),
        threshold=threshold,
        axis=axis,
        fallback=fallback,
        codebook=codebook,
        max_reply_chars=max_reply_chars,
        filter=filter,
        classes=None if classes is None else _names(classes),
        polygons=polygons,
        shard_rows=shard_rows,
    )
    chosen = _engine(engine, address, threads)
    summary = _run(inputs, output, options, quiet=json, threads=threads, engine=chosen)
    if summary is None:
        return INTERRUPTED
    if json:
        print_json(_report(summary))
    else:
        _print(summary, output)
    if summary.tally.rows and not summary.tally.replies:
        print("maskmill: warning: not one row could be decoded", file=sys.stderr)
    return int(strict and summary.tally.unmasked > summary.tally.nothing)


def _options(**given: Any) -> Options:
    from ..convert import Options

    return Options(**given)


def _engine(name: str, address: str | None, threads: int | None) -> Engine | None:
    """What makes the shards; None: threads."""
    if name == "local":
        if address is not None:
            raise told("--engine ray with the address of a cluster", "--engine local", "--address")
        return None
    from ..ray import engine

    if threads is not None:
        raise told("no number of threads with --engine ray, which uses the cluster's CPUs", str(threads), "--threads")
    return engine(address)


def _fields(pairs: tuple[str, ...]) -> dict[str, str]:
    """Names of fields by role."""
    named = dict(pair.partition("=")[::2] for pair in pairs)
    if bad := [role for role in named if role not in ("reply", "key", "image", "width", "height") or not named[role]]:
        raise expected("ROLE=NAME, the role one of reply, key, image, width, height", bad[0], "--field")
    return named


def _names(path: Path) -> tuple[str, ...]:
    with checked("a file that can be read", "--classes"):
        data = path.read_bytes()
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise told("names in UTF-8", f"{error.reason} at byte {error.start}", "--classes") from None
    names = tuple(line.strip() for line in lines if line.strip())
    if not names:
        raise told("names of classes, one a line", "none", "--classes")
    return names


def _run(inputs: tuple[str, ...], output: Path, options: Options, quiet: bool, **how: Any) -> Summary | None:
    """Convert; None where the user has interrupted it, who is told how it goes on."""
    from ..convert import convert as run
    from .shared.compile_notice import compilation_told
    from .shared.progress import progress_of

    with compilation_told(), losses_told():
        try:
            # Ray tells on the standard output of workers that die
            with progress_of(inputs, quiet) as progress, redirect_stdout(sys.stderr):
                return run(inputs, output, options, progress=progress, **how)
        except KeyboardInterrupt:
            print("maskmill: interrupted; the same command goes on from here", file=sys.stderr)
            return None
        except OSError as error:
            found = os.strerror(error.errno) if error.errno else str(error)
            wanted = "an input that can be read and an output that can be written"
            raise told(wanted, f"{found}; what is finished stays", str(error.filename or output)) from None


@contextmanager
def losses_told() -> Iterator[None]:
    """Say on the standard error what a format could not hold, once each."""
    import warnings

    from ..exports import LossWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", LossWarning)
        try:
            yield
        finally:
            for message in dict.fromkeys(str(warning.message) for warning in caught):
                print(f"maskmill: warning: {message}", file=sys.stderr)


def _report(summary: Summary) -> dict[str, Any]:
    return {
        "files": [str(file) for file in summary.files],
        "seconds": round(summary.seconds, 3),
        "rows_per_second": round((summary.tally.rows - summary.resumed) / summary.seconds) if summary.seconds else None,
        "resumed_rows": summary.resumed,
        "was_done": summary.was_done,
        **summary.tally.to_dict(),
    }


def _print(summary: Summary, output: Path) -> None:
    tally = summary.tally
    if summary.was_done:
        print_line(f"{output} is done already, by the same command.")
    for title, counts in (("label", tally.labels), ("form", tally.forms), ("status", tally.statuses)):
        print_counts(title, counts)
    print_counts("mended", tally.repairs)
    print_counts("not decoded", tally.failures)
    if set(tally.replies) - {"ok"}:
        print_counts("reply", tally.replies)
    rows, masks = counted(tally.rows, "row", "rows"), counted(tally.drawn, "mask", "masks")
    pace = f" in {summary.seconds:.1f} s" if not summary.was_done else ""
    before = f", {summary.resumed} of the rows by an earlier run" if summary.resumed else ""
    left = f"; {tally.masks - tally.drawn} without a pixel" if tally.drawn < tally.masks else ""
    left += f"; {tally.filtered} left out" if tally.filtered else ""
    print_line(f"{rows}, {masks}{pace}{before}{left}: {output}")
    if tally.unmasked:
        lacking = counted(tally.unmasked, "row lacks a mask", "rows lack masks")
        print_line(f"{lacking}; the list with reasons is {output}.unmasked.jsonl")
