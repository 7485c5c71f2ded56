"""The files that a segmentation run writes: replies.jsonl, and masks in the requested formats."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from ..._atomic_files import atomic_write
from ...convert import ConvertOptions, convert
from ...convert._options import REPORT, UNMASKED, Target
from ...exports import FORMATS, module_of
from .._requests.requester import StoppedError
from .._tasks import TaskPlanner
from .reply_rows import reply_row
from .segment_tally import SegmentTally

REPLIES: Final = "replies.jsonl"
_SUFFIXES: Final = ("", f".{REPORT}", f".{UNMASKED}", ".parts")
"""Of the files and folders that `convert` leaves for one output."""


def write_replies(folder: Path, tasks: TaskPlanner, stop: StoppedError | None) -> SegmentTally:
    """Write ``replies.jsonl``, one row per image in the order of the images, and count its content.

    Parameters
    ----------
    folder : Path
        Where to write it.
    tasks : TaskPlanner
        The images and their answers.
    stop : StoppedError or None
        Why the run ended early.
    """
    tally, paid = SegmentTally(images=len(tasks.catalogue)), set[str]()
    with atomic_write(folder / REPLIES) as file, file.open("wb") as stream:
        for image in tasks.catalogue:
            history = tasks.history(image)
            row = reply_row(tasks, image, history, stop)
            stream.write(orjson.dumps(row) + b"\n")
            if history.best is None:
                tally.errors[row["error_code"]] += 1
            else:
                tally.add_reply(history.best)
            for attempt in history.attempts:
                question = tasks.plan.question(attempt.step, image.digest).id
                if question not in paid:  # the same image under another name is paid for once
                    paid.add(question)
                    tally.add_cost(attempt, tasks.plan)
    return tally


def write_masks(folder: Path, formats: Sequence[str], **decoding: Any) -> list[Path]:
    """Convert ``replies.jsonl`` to each format, replacing the masks of an earlier run.

    Parameters
    ----------
    folder : Path
        Folder of the run.
    formats : sequence of str
        Names of formats.
    **decoding : Any
        Further fields of `ConvertOptions`.

    Returns
    -------
    list of Path
        One output per format.
    """
    remove_masks(folder, formats)
    written = []
    for name in formats:
        output = masks_path(folder, name)
        convert([folder / REPLIES], output, ConvertOptions(to=name, **decoding))
        target = Target(output, name)
        target.sidecar_path(UNMASKED).replace(folder / UNMASKED)  # the same for every format
        target.sidecar_path(REPORT).unlink()  # the run's report holds the same
        written.append(output)
    return written


def remove_masks(folder: Path, formats: Sequence[str]) -> None:
    """Remove the masks that an earlier run wrote in these formats."""
    for output in (masks_path(folder, name) for name in formats):
        for suffix in _SUFFIXES:
            _remove(output.with_name(output.name + suffix))
    _remove(folder / UNMASKED)


def masks_path(folder: Path, name: str) -> Path:
    """Return the place of the masks in a format.

    >>> [masks_path(Path("run"), name).as_posix() for name in ("parquet", "coco", "yolo")]
    ['run/masks.parquet', 'run/coco.json', 'run/yolo']
    """
    module_of(name)
    suffix = next(iter(FORMATS[name].suffixes), "")
    return folder / (f"masks{suffix}" if suffix == f".{name}" else f"{name}{suffix}")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
