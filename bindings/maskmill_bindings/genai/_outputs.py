"""What a run leaves in its folder: rows, masks in the formats asked for, a report, a picture."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from .._atomic_files import whole, write_whole
from ..convert import Options, convert
from ..convert._options import REPORT, UNMASKED, Target
from ..exports import FORMATS, module_of
from ._reply_rows import is_rerouted, row_of
from ._requests.requester import StoppedError
from ._tally import Tally
from ._tasks import Errands

REPLIES: Final = "replies.jsonl"
_BESIDE: Final = ("", f".{REPORT}", f".{UNMASKED}", ".parts")


def write_rows(folder: Path, errands: Errands, stop: StoppedError | None) -> Tally:
    """Write ``replies.jsonl``, a row an image in the order of the images, and count what is in it."""
    tally, paid = Tally(images=len(errands.catalogue)), set[str]()
    with whole(folder / REPLIES) as file, file.open("wb") as stream:
        for item in errands.catalogue:
            trail = errands.trail(item)
            row = row_of(errands, item, trail, stop)
            stream.write(orjson.dumps(row) + b"\n")
            if trail.best is None:
                tally.errors[row["error_code"]] += 1
            else:
                tally.add_reply(trail.best)
            for one in trail.asked:
                question = one.step.question(item.digest, errands.plan.most).id
                if question in paid:  # of the same image under another name
                    continue
                paid.add(question)
                tally.whole.add(one.usage, errands.plan.price(one.step, one.usage, one.answer.by))
                if is_rerouted(one, errands.plan.models):
                    tally.rerouted[f"{one.step.model} -> {one.said.model_version}"] += 1
    return tally


def write_masks(folder: Path, formats: Sequence[str], **decoding: Any) -> list[Path]:
    """Convert the rows to each format, with these `Options`; what an earlier run has made of other rows is replaced."""
    clear(folder, formats)
    written = []
    for name in formats:
        output = path_of(folder, name)
        convert([folder / REPLIES], output, Options(to=name, **decoding))
        Target(output, name).beside(UNMASKED).replace(folder / UNMASKED)  # the same for every format
        Target(output, name).beside(REPORT).unlink()  # ours says the same
        written.append(output)
    return written


def clear(folder: Path, formats: Sequence[str]) -> None:
    """Remove the masks that an earlier run has made."""
    for output in (path_of(folder, name) for name in formats):
        for end in _BESIDE:
            _remove(output.with_name(output.name + end))
    _remove(folder / UNMASKED)


def path_of(folder: Path, name: str) -> Path:
    """Where the masks in a format go.

    >>> [path_of(Path("run"), name).as_posix() for name in ("parquet", "coco", "yolo")]
    ['run/masks.parquet', 'run/coco.json', 'run/yolo']
    """
    module_of(name)
    suffix = next(iter(FORMATS[name].suffixes), "")
    return folder / (f"masks{suffix}" if suffix == f".{name}" else f"{name}{suffix}")


def write_report(folder: Path, tally: Tally, stop: StoppedError | None) -> Path:
    """Write ``report.json``: the same for the same answers, whatever happened on the way to them."""
    ended = None if stop is None else {"code": stop.code, "message": str(stop)}
    report = orjson.dumps({**tally.to_dict(), "stopped": ended}, option=orjson.OPT_INDENT_2)
    write_whole(folder / REPORT, report + b"\n")
    return folder / REPORT


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
