"""Segment many images: one run from images to masks, which continues where an earlier one stopped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final, Literal

from filelock import FileLock

from maskmill._one_or_many import as_entries

from ...convert._options import REPORT
from ...exports import module_of
from .._plan import Plan
from .._run_driver import RunSummary, open_run, write_run_report
from .._run_tally import CostTotal
from .._runner import ProgressCallback, RequestConfig, Runner
from .output_files import REPLIES, remove_masks, write_masks, write_replies
from .preview import write_preview
from .segment_tally import SegmentTally

LEDGER: Final = "ledger.sqlite"
_LOCK: Final = ".lock"


@dataclass(frozen=True, kw_only=True)
class SegmentConfig(RequestConfig):
    """How `segment` sends its requests and what it writes.

    Attributes
    ----------
    ledger : Path or None
        As of `RequestConfig`, which documents the inherited fields; by default ``ledger.sqlite`` in the output folder.
    to : sequence of str, or str
        Formats of the masks, from `maskmill_bindings.exports.FORMATS`.
    fallback : {"none", "box"}
        With ``"box"``, an item without a mask gets its box filled.
    codebook : Path or None
        File that gives mask tokens their meaning, as for `maskmill.decode`; tokens that it decodes are not asked for
        again.
    """

    to: Sequence[str] | str = ("parquet", "coco")
    fallback: Literal["none", "box"] = "none"
    codebook: Path | None = None


def segment(
    images: Iterable[Path | str] | Path | str,
    output: Path | str,
    plan: Plan,
    job: SegmentConfig | None = None,
    progress: ProgressCallback | None = None,
) -> RunSummary[SegmentTally]:
    """Ask about every image, and write replies and masks to a folder.

    A run that was interrupted in any way continues with the same call; no answer is requested twice. Ctrl-C lets
    requests in flight finish and writes the results so far; a second one ends at once.

    Parameters
    ----------
    images : iterable of path, or path
        Image files and folders.
    output : path
        Folder for ``replies.jsonl``, the masks, ``report.json``, ``preview.png`` and the ledger.
    plan : Plan
        What to ask.
    job : SegmentConfig, optional
        How to send it, and what to write.
    progress : callable, optional
        Called with a `RunProgress` after each answer.

    Returns
    -------
    RunSummary
        Counts, files, duration, and why the run ended early.

    Raises
    ------
    maskmill.errors.MaskmillError
        An argument cannot be used; the ledger cannot be read or written.
    """
    start = perf_counter()
    folder, config = Path(output), job or SegmentConfig()
    for name in as_entries(config.to):
        module_of(name)  # an unknown format is refused before anything is paid for
    config.check(plan)
    with open_run(images, folder / LEDGER, config, progress, config.codebook) as run:
        runner = run.runner(plan)
        runner.run()
        with FileLock(folder / _LOCK):
            tally, files = _write(folder, config, runner)
    return RunSummary(tally, files, perf_counter() - start, runner.stop)


def estimate_segment(
    images: Iterable[Path | str] | Path | str, output: Path | str, plan: Plan, job: SegmentConfig | None = None
) -> CostTotal:
    """Estimate the cost of the pending first questions; nothing is sent.

    Asking again is not included, as it depends on the replies. A model whose price is not known is no error here.

    Parameters
    ----------
    images : iterable of path, or path
        Image files and folders, as for `segment`.
    output : path
        The folder that `segment` would write; it holds the default ledger.
    plan : Plan
        What to ask.
    job : SegmentConfig, optional
        How to send the requests.
    """
    config = job or SegmentConfig()
    with open_run(images, Path(output) / LEDGER, config, None, config.codebook) as run:
        return run.runner(plan).estimate()


def _write(folder: Path, config: SegmentConfig, runner: Runner) -> tuple[SegmentTally, list[Path]]:
    """Write all outputs; return the counts and the files."""
    tally = write_replies(folder, runner.tasks, runner.stop)
    tally.run = runner.cost
    formats = as_entries(config.to)
    files = [folder / REPLIES]
    if not tally.answered:
        remove_masks(folder, formats)
    else:
        files += write_masks(folder, formats, fallback=config.fallback, codebook=config.codebook)
    preview = write_preview(folder, runner.tasks)
    files += [] if preview is None else [preview]
    files.append(write_run_report(folder / REPORT, tally, runner.stop))
    return tally, files
