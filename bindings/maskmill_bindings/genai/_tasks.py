"""The pending requests of one round: the plan's next step for every image that needs it, within the budget.

A round is one step of the plan. All images go through it before the next one begins, so that batches are large, and so
that what a budget admits depends on the order of the images and not on the order of the answers. For the same reason
the budget is charged with estimates and not with costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING, NamedTuple, cast

from maskmill._images.size import Size
from maskmill.errors import expected

from .._images.shrink import fit_size
from ._catalogue import Catalogue, CatalogueImage
from ._history import Attempt, History, Step, read_attempt
from ._ledger.ledger import Ledger, LedgerAnswer
from ._ledger.question import Question
from ._models.cost import Usage
from ._photos.photo import Photo, load_photo
from ._plan import Plan, follow_plan

if TYPE_CHECKING:
    from maskmill import Decoder, Masks


class RequestTask(NamedTuple):
    """One pending request of a round.

    Attributes
    ----------
    image : CatalogueImage
        The image it is about.
    step : Step
        The plan's step.
    question : Question
        What is sent.
    expected_usage : Usage
        Tokens that it is likely to use.
    """

    image: CatalogueImage
    step: Step
    question: Question
    expected_usage: Usage

    async def load_photo(self) -> Photo:
        """Return the image as it is sent, loaded on another thread."""
        return await asyncio.to_thread(load_photo, self.image.path, self.question.max_side, at=self.image.key)


@dataclass(frozen=True, slots=True)
class Budget:
    """Upper bounds on the estimated cost of a run.

    Attributes
    ----------
    whole : float or None
        US dollars for all questions; None: no bound.
    again : float or None
        US dollars for all questions but the first about each image; None: no bound.

    Raises
    ------
    maskmill.errors.ArgumentError
        A value is not a number from 0.
    """

    whole: float | None = None
    again: float | None = None

    def __post_init__(self) -> None:
        for name in ("whole", "again"):
            dollars = getattr(self, name)
            if dollars is not None and (type(dollars) not in (int, float) or not dollars >= 0):
                raise expected("US dollars from 0", dollars, name)


class TaskPlanner:
    """Derives the pending requests of each round from plan, ledger and budget.

    Parameters
    ----------
    plan : Plan
        What to ask about every image.
    catalogue : Catalogue
        The images of the run.
    ledger : Ledger
        Holds the answers so far.
    decoder : maskmill.Decoder
        Decodes the replies.
    budget : Budget
        Bounds on the estimated cost.
    by : {"online", "batch"}
        How the requests are sent, which sets their price.
    """

    def __init__(
        self, plan: Plan, catalogue: Catalogue, ledger: Ledger, decoder: Decoder, budget: Budget, by: str = "online"
    ) -> None:
        self.plan, self.catalogue, self._by = plan, catalogue, by
        self._ledger, self._decoder, self._budget = ledger, decoder, budget
        self._spent = self._spent_again = 0.0
        self.over_budget_count = 0
        """Images whose first question the budget did not admit."""
        self.skipped_count = 0
        """Images that the current round skipped because nothing is to be asked about them."""

    def history(self, image: CatalogueImage, max_steps: int | None = None) -> History:
        """Return how far the plan has come for an image, in its first `max_steps` steps; None: in all."""
        if not image.digest:
            return History([], None)
        count = len(self.plan.steps) if max_steps is None else max_steps
        return follow_plan(self.plan, image.digest, count, self._ledger.answer, self._decode_for(image))

    def read_attempt(self, task: RequestTask, answer: LedgerAnswer) -> Attempt:
        """Read the answer to a task."""
        return read_attempt(task.step, answer, self._decode_for(task.image))

    def decode(self, text: str, size: Size) -> Masks:
        """Decode a reply on an image of this (width, height)."""
        return self._decoder.decode(text, size=size)

    def _decode_for(self, image: CatalogueImage) -> Callable[[str], Masks]:
        return partial(self._decoder.decode, size=cast(Size, image.size))  # known of every image that was sent

    def reopen_failed(self) -> None:
        """Make the ledger forget the failed answers about images without a reply, so that they are asked again."""
        for image in self.catalogue:
            history = self.history(image)
            if history.best is None:
                for attempt in history.attempts:
                    self._ledger.reopen(self.plan.question(attempt.step, image.digest))

    def iter_round(self, number: int) -> Iterator[RequestTask]:
        """Yield the unanswered requests of a round, in the order of the images."""
        for image in self.catalogue:
            task = self._task(self.plan.steps[number], number, image)
            if task is None:
                self.skipped_count += 1
            else:
                yield task

    def _task(self, step: Step, number: int, image: CatalogueImage) -> RequestTask | None:
        before = self.history(image, number)
        if not image.digest or before.next_step is not None or not self.plan.needs(step, before.attempts):
            return None
        usage = self.plan.estimate(step, fit_size(image.size or (1, 1), self.plan.most))
        if not self._charge(step, usage):
            self.over_budget_count += step.why == "first"
            return None
        question = self.plan.question(step, image.digest)
        return RequestTask(image, step, question, usage) if self._ledger.answer(question) is None else None

    def _charge(self, step: Step, usage: Usage) -> bool:
        """Charge the budget with a question; False, and no charge, where it exceeds it."""
        cost = self.plan.price(step, usage, self._by) or 0.0
        spent, again = self._spent + cost, self._spent_again + (cost if step.why != "first" else 0.0)
        if spent > _bound(self._budget.whole) or again > _bound(self._budget.again):
            return False
        self._spent, self._spent_again = spent, again
        return True


def _bound(dollars: float | None) -> float:
    return inf if dollars is None else dollars
