"""One run from images to masks, or from where it was cut off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final, Literal

from filelock import FileLock

import maskmill

from ..exports import module_of
from ._outputs import REPLIES, clear, write_masks, write_report, write_rows
from ._photos.discover import find_images
from ._plan import Plan
from ._preview import write_preview
from ._requests.requester import StoppedError
from ._runner import Progress, Rounds, Way
from ._tally import Spent, Tally

LEDGER: Final = "ledger.sqlite"
_LOCK: Final = ".lock"


@dataclass(frozen=True, kw_only=True)
class Job(Way):
    """What `segment` is to do beside the plan.

    Attributes
    ----------
    limits, budget, api_key, base_url, ledger, retry_failed, batch
        How it asks, see `rounds.Way`; the ledger is ``ledger.sqlite`` in the output folder by default.
    to
        Formats of the masks, out of `maskmill_bindings.exports.FORMATS`.
    fallback
        With ``"box"``, items without a mask get their box filled.
    codebook
        File that says what mask tokens stand for, as for `maskmill.decode`; what it knows is not asked again.
    """

    to: Sequence[str] = ("parquet", "coco")
    fallback: Literal["none", "box"] = "none"
    codebook: Path | None = None


@dataclass(slots=True)
class Summary:
    """What a run came to.

    Attributes
    ----------
    tally
        Of all images.
    files
        What was written.
    seconds
        That it took.
    stop
        Why it ended before everything was asked; None where it did not.
    """

    tally: Tally
    files: list[Path]
    seconds: float
    stop: StoppedError | None = None


def segment(
    images: Sequence[Path | str],
    output: Path | str,
    plan: Plan,
    job: Job | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Ask about every image, and write replies and masks to a folder.

    A run that was cut off, however it was, goes on with the same call; what is answered is never asked again. Ctrl-C
    lets what is in flight come in and writes what is there; a second one ends at once.

    Parameters
    ----------
    images
        Files and folders.
    output
        Folder for ``replies.jsonl``, the masks, ``report.json``, ``preview.png`` and the ledger.
    plan
        What is asked.
    job
        How.
    progress
        Called after each answer.

    Raises
    ------
    maskmill.errors.MaskmillError
        An argument cannot be used; the ledger cannot be read or written.
    """
    start = perf_counter()
    folder, job = Path(output), job or Job()
    for name in job.to:
        module_of(name)  # refused here, and not when everything is paid for
    job.check(plan)
    found = find_images(images)
    with job.opened(folder, LEDGER) as ledger:
        decoder = maskmill.Decoder(codebook=job.codebook)
        rounds = Rounds(plan, job, ledger, found, progress or (lambda _live: None), decoder)
        rounds.run()
        with FileLock(folder / _LOCK):
            summary = _write(folder, job, rounds)
    summary.seconds = perf_counter() - start
    return summary


def _write(folder: Path, job: Job, rounds: Rounds) -> Summary:
    """Write what is there."""
    tally = write_rows(folder, rounds.errands, rounds.stop)
    tally.run = rounds.spent
    files = [folder / REPLIES]
    if not tally.answered:
        clear(folder, job.to)
    else:
        files += write_masks(folder, job.to, fallback=job.fallback, codebook=job.codebook)
    preview = write_preview(folder, rounds.errands)
    files += [] if preview is None else [preview]
    files.append(write_report(folder, tally, rounds.stop))
    return Summary(tally, files, 0.0, rounds.stop)


def estimate_run(images: Sequence[Path | str], output: Path | str, plan: Plan, job: Job | None = None) -> Spent:
    """What the first questions that are left to ask are likely to cost, by estimate; nothing is asked.

    What asking again will take depends on the replies, and is not in it.
    """
    job = job or Job()
    found = find_images(images)
    with job.opened(Path(output), LEDGER) as ledger:
        decoder = maskmill.Decoder(codebook=job.codebook)
        return Rounds(plan, job, ledger, found, lambda _live: None, decoder).expected()
