"""Send the requests of a run, round by round, to its end or until something stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Literal

import maskmill
from maskmill.errors import ArgumentError

from ._batches import BatchOptions, ask_in_batches
from ._catalogue import Catalogue
from ._event_loop import on_interrupt, run_coroutine
from ._history import Attempt
from ._ledger.ledger import Ledger, LedgerAnswer
from ._models.cost import Usage
from ._photos.photo import PhotoError
from ._plan import Plan
from ._requests.online import ask_online
from ._requests.requester import Requester, StoppedError
from ._requests.sdk import SdkClient
from ._run_limits import RunLimits
from ._run_tally import CostTotal
from ._tasks import Budget, RequestTask, TaskPlanner


@dataclass(frozen=True, kw_only=True)
class RequestConfig:
    """How the requests of a run are sent.

    Attributes
    ----------
    limits : RunLimits
        Bounds on the requests.
    budget : Budget
        Bounds on the estimated cost.
    api_key, base_url : str or None
        Key and address of the service; None: those of the environment.
    ledger : Path or None
        Ledger file, which runs may share; None: one beside the output.
    retry_failed : bool
        Whether to ask again where an earlier run got no reply.
    batch : BatchOptions or None
        Send batches, at half the price and within a day; None: single requests, answered at once.
    """

    limits: RunLimits = field(default_factory=RunLimits)
    budget: Budget = field(default_factory=Budget)
    api_key: str | None = field(default=None, repr=False)
    base_url: str | None = None
    ledger: Path | None = None
    retry_failed: bool = False
    batch: BatchOptions | None = None

    @property
    def by(self) -> Literal["online", "batch"]:
        """How requests are sent."""
        return "online" if self.batch is None else "batch"

    def check(self, plan: Plan) -> None:
        """Raise where there is a budget and the price of a model is not known."""
        if self.budget == Budget():
            return
        if unknown := [step.model for step in plan.steps if plan.price(step, Usage()) is None]:
            raise ArgumentError("a model whose price is known, where there is a budget", unknown[0], "model")

    @contextmanager
    def open_ledger(self, folder: Path, name: str) -> Iterator[Ledger]:
        """Create the output folder and open the ledger, by default the file of this name in the folder."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArgumentError("a folder that can be written to", f"{folder}: {error.strerror}", "output") from None
        with Ledger(self.ledger or folder / name) as ledger:
            yield ledger


@dataclass(slots=True)
class RunProgress:
    """How far a run is.

    Attributes
    ----------
    total, done : int
        Images of the round, and those about which nothing is left to ask in it.
    round : int
        Number of the round, from 0; rounds from 1 on ask again.
    answered, failed, items, masks : int
        Counts of this run.
    dollars : float
        Cost of this run, without answers whose price is not known.
    note : str
        What the run waits for; empty where it waits for answers only.
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


ProgressCallback = Callable[[RunProgress], None]


class Runner:
    """Sends every request of a plan that has no answer in the ledger.

    Parameters
    ----------
    plan : Plan
        What to ask about every image.
    config : RequestConfig
        How to send it.
    ledger : Ledger
        Gets the answers.
    images : sequence of (str, Path)
        Key and path of every image.
    progress : callable
        Called after each answer.
    decoder : maskmill.Decoder, optional
        Decodes the replies.
    cost : CostTotal, optional
        What an earlier runner of the same run has spent, which this one adds to.

    Attributes
    ----------
    tasks : TaskPlanner
        What the plan still asks, and its answers.
    cost : CostTotal
        Cost of this run.
    stop : StoppedError or None
        Why the run ended early; None where it did not.
    """

    def __init__(
        self,
        plan: Plan,
        config: RequestConfig,
        ledger: Ledger,
        images: Sequence[tuple[str, Path]],
        progress: ProgressCallback,
        decoder: maskmill.Decoder | None = None,
        cost: CostTotal | None = None,
    ) -> None:
        self._config, self._ledger, self._progress = config, ledger, progress
        catalogue = Catalogue(images, ledger)
        self.tasks = TaskPlanner(plan, catalogue, ledger, decoder or maskmill.Decoder(), config.budget, config.by)
        self._state = RunProgress(len(catalogue))
        self.cost = cost or CostTotal()
        self.stop: StoppedError | None = None

    def run(self) -> None:
        """Send every request that has no answer in the ledger.

        Ctrl-C lets requests in flight finish; a second one ends the run at once.
        """
        run_coroutine(self._run())

    def estimate(self) -> CostTotal:
        """Estimate the cost of the pending first questions; nothing is sent."""
        total, plan = CostTotal(), self.tasks.plan
        for task in self.tasks.iter_round(0):
            total.add(task.expected_usage, plan.price(task.step, task.expected_usage, self._config.by))
        return total

    async def _run(self) -> None:
        config = self._config
        if config.retry_failed:
            await asyncio.to_thread(self.tasks.reopen_failed)
        async with SdkClient(config.api_key, config.base_url, config.limits.timeout) as sdk:
            requester = Requester(sdk, self._ledger, config.limits, self._set_note)
            on_interrupt(partial(self._interrupt, requester))
            for number in range(len(self.tasks.plan.steps)):
                await self._run_round(requester, number)
                if requester.stop_error is not None:
                    break
            self.stop = requester.stop_error or self._budget_stop()

    def _budget_stop(self) -> StoppedError | None:
        """Return the budget as the reason why not every image was asked about."""
        count = self.tasks.over_budget_count
        return StoppedError("cost", f"the budget has nothing left for {count} images, by estimate") if count else None

    def _interrupt(self, requester: Requester) -> None:
        requester.stop("interrupted", "it was interrupted")
        self._set_note("requests in flight are being finished; Ctrl-C again ends at once")

    async def _run_round(self, requester: Requester, number: int) -> None:
        self.tasks.skipped_count = 0
        self._state.round, self._state.done = number, 0
        loop = asyncio.get_running_loop()
        stop_for_cost = partial(loop.call_soon_threadsafe, requester.stop, "cost", "the budget is spent")
        on_answer = partial(self._on_answer, stop_for_cost)
        tasks = self.tasks.iter_round(number)
        if self._config.batch is None:
            await ask_online(requester, tasks, on_answer, self._config.limits.concurrency)
        else:
            await ask_in_batches(requester, tasks, on_answer, self._config.batch)

    def _on_answer(
        self, stop_for_cost: Callable[[], object], task: RequestTask, result: LedgerAnswer | PhotoError
    ) -> None:
        """Count the result of a task."""
        state, max_dollars = self._state, self._config.budget.whole
        if isinstance(result, PhotoError):
            self.tasks.catalogue.failures[task.image.key] = result
            state.failed += 1
        else:
            self._count(self.tasks.read_attempt(task, result))
            if max_dollars is not None and state.dollars > max_dollars:
                stop_for_cost()
        state.done += 1
        self._report()

    def _count(self, attempt: Attempt) -> None:
        state, plan = self._state, self.tasks.plan
        if attempt.answer.is_new:
            self.cost.add(attempt.usage, plan.price(attempt.step, attempt.usage, attempt.answer.by))
        state.answered += attempt.masks is not None
        state.failed += attempt.masks is None
        state.items += 0 if attempt.masks is None else len(attempt.masks)
        state.masks += attempt.mask_count
        state.dollars = self.cost.dollars

    def _set_note(self, text: str) -> None:
        if text != self._state.note:
            self._state.note = text
            self._report()

    def _report(self) -> None:
        self._progress(replace(self._state, done=self._state.done + self.tasks.skipped_count))
