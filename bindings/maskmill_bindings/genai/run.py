"""One run from images to masks, or from where it was cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final, Literal

from filelock import FileLock

import maskmill
from maskmill.errors import told

from ..exports import module_of
from . import loops
from .asker import Asker, StoppedError
from .batches import BatchOptions, ask_in_batches
from .catalogue import Catalogue
from .errands import Budget, Errand, Errands
from .ledger import Answer, Ledger
from .limits import Limits
from .loops import on_interrupt
from .models.cost import Usage
from .online import ask_online
from .outputs import REPLIES, clear, write_masks, write_report, write_rows
from .photos.finding import find_images
from .photos.photo import PhotoError
from .plan import Plan
from .preview import write_preview
from .tally import Spent, Tally
from .wire import Wire

LEDGER: Final = "ledger.sqlite"
_LOCK: Final = ".lock"


@dataclass(frozen=True, kw_only=True)
class Job:
    """What `segment` is to do beside the plan.

    Attributes
    ----------
    limits
        Of the requests.
    budget
        US dollars, by estimate.
    api_key, base_url
        Of the service; None: those of the environment.
    ledger
        Its file, which runs may share; None: ``ledger.sqlite`` in the output folder.
    retry_failed
        Ask again what came to nothing in an earlier run.
    batch
        Ask in batches, at half the price and within a day; None: one by one, at once.
    to
        Formats of the masks, out of `maskmill_bindings.exports.FORMATS`.
    fallback
        With ``"box"``, items without a mask get their box filled.
    codebook
        File that says what mask tokens stand for, as for `maskmill.decode`; what it knows is not asked again.
    """

    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)
    api_key: str | None = None
    base_url: str | None = None
    ledger: Path | None = None
    retry_failed: bool = False
    batch: BatchOptions | None = None
    to: Sequence[str] = ("parquet", "coco")
    fallback: Literal["none", "box"] = "none"
    codebook: Path | None = None

    @property
    def by(self) -> Literal["online", "batch"]:
        """How it asks."""
        return "online" if self.batch is None else "batch"


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


Progress = Callable[["Live"], None]


@dataclass(slots=True)
class Live:
    """How far a run is.

    Attributes
    ----------
    round
        Of the questions, from 0; those from 1 on ask again.
    total, done
        Images of the round; done are those about which nothing is left to ask in it.
    answered, failed, items, masks
        Of this run.
    dollars
        That this run has cost; what has no known price is not in it.
    note
        What is waited for; empty where that is only the answers.
    """

    total: int
    round: int = 0
    done: int = 0
    answered: int = 0
    failed: int = 0
    items: int = 0
    masks: int = 0
    dollars: float = 0.0
    note: str = ""


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
    _check(plan, job)
    found = find_images(images)
    with _prepared(folder, job) as ledger:
        work = _Run(folder, plan, job, ledger, Catalogue(found, ledger), progress or (lambda _live: None))
        loops.run(work.ask())
        with FileLock(folder / _LOCK):
            summary = work.write()
    summary.seconds = perf_counter() - start
    return summary


def _check(plan: Plan, job: Job) -> None:
    """Refuse what could only be found out when everything is paid for."""
    for name in job.to:
        module_of(name)
    if job.budget != Budget() and (unknown := [s.model for s in plan.steps if plan.price(s, Usage()) is None]):
        raise told("a model whose price is known, where there is a budget", unknown[0], "model")


@contextmanager
def _prepared(folder: Path, job: Job) -> Iterator[Ledger]:
    path = job.ledger or folder / LEDGER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise told("a folder that can be written to", f"{folder}: {error.strerror}", "output") from None
    with Ledger(path) as ledger:
        yield ledger


class _Run:
    """A run at work."""

    def __init__(
        self, folder: Path, plan: Plan, job: Job, ledger: Ledger, catalogue: Catalogue, progress: Progress
    ) -> None:
        self._folder, self._plan, self._job, self._ledger, self._progress = folder, plan, job, ledger, progress
        self._errands = Errands(plan, catalogue, ledger, maskmill.Decoder(codebook=job.codebook), job.budget, job.by)
        self._live = Live(len(catalogue))
        self._spent = Spent()
        self._stop: StoppedError | None = None

    async def ask(self) -> None:
        """Ask what is left to ask, round by round."""
        job = self._job
        if job.retry_failed:
            await asyncio.to_thread(self._errands.reopen_failed)
        async with Wire(job.api_key, job.base_url, job.limits.timeout) as wire:
            asker = Asker(wire, self._ledger, job.limits, self._note)
            on_interrupt(partial(self._interrupt, asker))
            for number in range(len(self._plan.steps)):
                await self._ask_round(asker, number)
                if asker.stop_error is not None:
                    break
            self._stop = asker.stop_error or self._spent_all()

    def _spent_all(self) -> StoppedError | None:
        """The budget as the reason why not everything was asked."""
        if not self._errands.left_out:
            return None
        return StoppedError("cost", f"the budget has nothing left for {self._errands.left_out} images, by estimate")

    def _interrupt(self, asker: Asker) -> None:
        asker.stop("interrupted", "it was interrupted")
        self._note("what is in flight comes in; Ctrl-C again ends at once")

    async def _ask_round(self, asker: Asker, number: int) -> None:
        self._errands.passed = 0
        self._live.round, self._live.done = number, 0
        loop = asyncio.get_running_loop()
        too_dear = partial(loop.call_soon_threadsafe, asker.stop, "cost", "the budget is spent")
        done = partial(self._done, too_dear)
        errands = self._errands.of_round(number)
        if self._job.batch is None:
            await ask_online(asker, errands, done, self._job.limits.concurrency)
        else:
            await ask_in_batches(asker, errands, done, self._job.batch)

    def _done(self, too_dear: Callable[[], object], errand: Errand, came: Answer | PhotoError) -> None:
        """Count what came of a question."""
        live = self._live
        if isinstance(came, PhotoError):
            self._errands.catalogue.failures[errand.item.key] = came
            live.failed += 1
        else:
            one = self._errands.read(errand, came)
            if came.is_new:
                self._spent.add(one.usage, self._plan.price(one.step, one.usage, came.by))
            live.answered += one.masks is not None
            live.failed += one.masks is None
            live.items += 0 if one.masks is None else len(one.masks)
            live.masks += one.drawn
            live.dollars = self._spent.dollars
            if self._job.budget.whole is not None and live.dollars > self._job.budget.whole:
                too_dear()
        live.done += 1
        self._tell()

    def _note(self, text: str) -> None:
        if text != self._live.note:
            self._live.note = text
            self._tell()

    def _tell(self) -> None:
        self._progress(replace(self._live, done=self._live.done + self._errands.passed))

    def write(self) -> Summary:
        """Write what is there."""
        tally = write_rows(self._folder, self._errands, self._stop)
        tally.run = self._spent
        files = [self._folder / REPLIES]
        if not tally.answered:
            clear(self._folder, self._job.to)
        else:
            files += write_masks(self._folder, self._job.to, fallback=self._job.fallback, codebook=self._job.codebook)
        preview = write_preview(self._folder, self._errands)
        files += [] if preview is None else [preview]
        files.append(write_report(self._folder, tally, self._stop))
        return Summary(tally, files, 0.0, self._stop)


def estimate_run(images: Sequence[Path | str], output: Path | str, plan: Plan, job: Job | None = None) -> Spent:
    """What the first questions that are left to ask are likely to cost, by estimate; nothing is asked.

    What asking again will take depends on the replies, and is not in it.
    """
    folder, job = Path(output), job or Job()
    spent = Spent()
    found = find_images(images)
    with _prepared(folder, job) as ledger:
        decoder = maskmill.Decoder(codebook=job.codebook)
        errands = Errands(plan, Catalogue(found, ledger), ledger, decoder, job.budget, job.by)
        for errand in errands.of_round(0):
            spent.add(errand.expected, plan.price(errand.step, errand.expected, job.by))
    return spent
