"""The frame of every run: find the images, open the ledger, send the requests, summarise, write a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import orjson

import maskmill

from .._atomic_files import write_bytes_atomically
from ._ledger.ledger import Ledger
from ._photos.discover import find_images
from ._plan import Plan
from ._requests.requester import StoppedError
from ._run_tally import CostTotal, RunTally
from ._runner import ProgressCallback, RequestConfig, Runner, RunProgress

TallyT = TypeVar("TallyT", bound=RunTally)


@dataclass(slots=True)
class RunSummary(Generic[TallyT]):
    """Result of a run.

    Attributes
    ----------
    tally : RunTally
        Counts over all images.
    files : list of Path
        The files that were written.
    seconds : float
        Duration of the run.
    stop : StoppedError or None
        Why the run ended early; None where it did not.
    """

    tally: TallyT
    files: list[Path]
    seconds: float
    stop: StoppedError | None = None


@dataclass(frozen=True, slots=True)
class OpenRun:
    """A run whose images are listed and whose ledger is open.

    Attributes
    ----------
    config : RequestConfig
        How requests are sent.
    images : sequence of (str, Path)
        Key and path of every image.
    ledger : Ledger
        Holds the answers so far.
    decoder : maskmill.Decoder
        Decodes the replies.
    progress : callable
        Called after each answer.
    """

    config: RequestConfig
    images: Sequence[tuple[str, Path]]
    ledger: Ledger
    decoder: maskmill.Decoder
    progress: ProgressCallback

    def runner(self, plan: Plan, cost: CostTotal | None = None) -> Runner:
        """Return a runner for a plan, whose cost is added to `cost`."""
        return Runner(plan, self.config, self.ledger, self.images, self.progress, self.decoder, cost)


@contextmanager
def open_run(
    paths: Iterable[Path | str] | Path | str,
    ledger_path: Path,
    config: RequestConfig,
    progress: ProgressCallback | None = None,
    codebook: Path | None = None,
) -> Iterator[OpenRun]:
    """List the images and open the ledger of a run.

    Parameters
    ----------
    paths : iterable of path, or path
        Image files and folders.
    ledger_path : Path
        Default place of the ledger, in the output folder, which is created.
    config : RequestConfig
        How requests are sent.
    progress : callable, optional
        Called after each answer.
    codebook : Path, optional
        File that gives mask tokens their meaning.

    Raises
    ------
    maskmill.errors.MaskmillError
        An argument cannot be used; the ledger cannot be read or written.
    """
    images = find_images(paths)
    with config.open_ledger(ledger_path.parent, ledger_path.name) as ledger:
        yield OpenRun(config, images, ledger, maskmill.Decoder(codebook=codebook), progress or _ignore)


def write_run_report(path: Path, tally: RunTally, stop: StoppedError | None) -> Path:
    """Write the report of a run as JSON, which is the same for the same answers.

    Parameters
    ----------
    path : Path
        File to write.
    tally : RunTally
        Counts and costs of the run.
    stop : StoppedError or None
        Why the run ended early.
    """
    stopped = None if stop is None else {"code": stop.code, "message": str(stop)}
    report = orjson.dumps({**tally.to_dict(), "stopped": stopped}, option=orjson.OPT_INDENT_2)
    write_bytes_atomically(path, report + b"\n")
    return path


def _ignore(_progress: RunProgress) -> None:
    """Show nothing."""
