"""The questions of a run, round by round, up to its end or to what stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

import maskmill
from maskmill.errors import told

from . import _event_loop
from ._batches import BatchOptions, ask_in_batches
from ._catalogue import Catalogue
from ._event_loop import on_interrupt
from ._ledger.ledger import Answer, Ledger
from ._models.cost import Usage
from ._photos.photo import PhotoError
from ._plan import Asked, Plan
from ._requests.online import ask_online
from ._requests.requester import Asker, StoppedError
from ._requests.sdk import Wire
from ._run_limits import Limits
from ._tally import Spent
from ._tasks import Budget, Errand, Errands


@dataclass(frozen=True, kw_only=True)
class Way:
    """How questions are asked.

    Attributes
    ----------
    limits
        Of the requests.
    budget
        US dollars, by estimate.
    api_key, base_url
        Of the service; None: those of the environment.
    ledger
        Its file, which runs may share; None: one beside the output.
    retry_failed
        Ask again what came to nothing in an earlier run.
    batch
        Ask in batches, at half the price and within a day; None: one by one, at once.
    """

    limits: Limits = field(default_factory=Limits)
    budget: Budget = field(default_factory=Budget)
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    ledger: Path | None = None
    retry_failed: bool = False
    batch: BatchOptions | None = None

    @property
    def by(self) -> Literal["online", "batch"]:
        """How it asks."""
        return "online" if self.batch is None else "batch"

    def check(self, plan: Plan) -> None:
        """Refuse a budget that cannot be kept."""
        if self.budget == Budget():
            return
        if unknown := [step.model for step in plan.steps if plan.price(step, Usage()) is None]:
            raise told("a model whose price is known, where there is a budget", unknown[0], "model")

    @contextmanager
    def opened(self, folder: Path, name: str) -> Iterator[Ledger]:
        """The ledger, by default a file of this name in the folder of the output, which is made."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise told("a folder that can be written to", f"{folder}: {error.strerror}", "output") from None
        with Ledger(self.ledger or folder / name) as ledger:
            yield ledger


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


class Rounds:
    """Asks what a plan has left to ask about the images of a catalogue.

    Attributes
    ----------
    errands
        What the plan asks, and has come to.
    spent
        On this run.
    stop
        Why it ended before everything was asked; None where it did not.
    """

    def __init__(
        self,
        plan: Plan,
        way: Way,
        ledger: Ledger,
        found: Sequence[tuple[str, Path]],
        progress: Progress,
        decoder: maskmill.Decoder | None = None,
    ) -> None:
        self._way, self._ledger, self._progress = way, ledger, progress
        catalogue = Catalogue(found, ledger)
        self.errands = Errands(plan, catalogue, ledger, decoder or maskmill.Decoder(), way.budget, way.by)
        self._live = Live(len(catalogue))
        self.spent = Spent()
        self.stop: StoppedError | None = None

    def run(self) -> None:
        """Ask what is left to ask.

        Ctrl-C lets what is in flight come in; a second one ends at once.
        """
        _event_loop.run(self._ask())

    def expected(self) -> Spent:
        """What the first questions that are left to ask are likely to cost, by estimate."""
        spent, plan = Spent(), self.errands.plan
        for errand in self.errands.of_round(0):
            spent.add(errand.expected, plan.price(errand.step, errand.expected, self._way.by))
        return spent

    async def _ask(self) -> None:
        way = self._way
        if way.retry_failed:
            await asyncio.to_thread(self.errands.reopen_failed)
        async with Wire(way.api_key, way.base_url, way.limits.timeout) as wire:
            asker = Asker(wire, self._ledger, way.limits, self._note)
            on_interrupt(partial(self._interrupt, asker))
            for number in range(len(self.errands.plan.steps)):
                await self._ask_round(asker, number)
                if asker.stop_error is not None:
                    break
            self.stop = asker.stop_error or self._spent_all()

    def _spent_all(self) -> StoppedError | None:
        """The budget as the reason why not everything was asked."""
        if not self.errands.left_out:
            return None
        return StoppedError("cost", f"the budget has nothing left for {self.errands.left_out} images, by estimate")

    def _interrupt(self, asker: Asker) -> None:
        asker.stop("interrupted", "it was interrupted")
        self._note("what is in flight comes in; Ctrl-C again ends at once")

    async def _ask_round(self, asker: Asker, number: int) -> None:
        self.errands.passed = 0
        self._live.round, self._live.done = number, 0
        loop = asyncio.get_running_loop()
        too_dear = partial(loop.call_soon_threadsafe, asker.stop, "cost", "the budget is spent")
        done = partial(self._done, too_dear)
        errands = self.errands.of_round(number)
        if self._way.batch is None:
            await ask_online(asker, errands, done, self._way.limits.concurrency)
        else:
            await ask_in_batches(asker, errands, done, self._way.batch)

    def _done(self, too_dear: Callable[[], object], errand: Errand, came: Answer | PhotoError) -> None:
        """Count what came of a question."""
        live = self._live
        if isinstance(came, PhotoError):
            self.errands.catalogue.failures[errand.item.key] = came
            live.failed += 1
        else:
            self._count(self.errands.read(errand, came))
            if self._way.budget.whole is not None and live.dollars > self._way.budget.whole:
                too_dear()
        live.done += 1
        self._tell()

    def _count(self, one: Asked) -> None:
        live, plan = self._live, self.errands.plan
        if one.answer.is_new:
            self.spent.add(one.usage, plan.price(one.step, one.usage, one.answer.by))
        live.answered += one.masks is not None
        live.failed += one.masks is None
        live.items += 0 if one.masks is None else len(one.masks)
        live.masks += one.drawn
        live.dollars = self.spent.dollars

    def _note(self, text: str) -> None:
        if text != self._live.note:
            self._live.note = text
            self._tell()

    def _tell(self) -> None:
        self._progress(replace(self._live, done=self._live.done + self.errands.passed))
