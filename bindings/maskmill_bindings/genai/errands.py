"""The questions of one round: the plan's next step, for every image that needs it and the budget allows.

A round is one step of the plan. All images go through it before the next begins, so that batches are large, and what a
budget admits depends on the images' order and not on which answer came first. Estimates count, not costs, for the same
reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from .catalogue import Catalogue, Item
from .cost import Usage
from .ledger import Ledger
from .photo import Photo, load
from .plan import Plan, Step, Trail, follows, walk
from .question import Question
from .shrink import target

if TYPE_CHECKING:
    from maskmill import Decoder


class Errand(NamedTuple):
    """A question about an image of the run, and what it is likely to cost."""

    item: Item
    step: Step
    question: Question
    expected: Usage

    async def photo(self) -> Photo:
        """The image as it is sent, made on another thread."""
        return await asyncio.to_thread(load, self.item.path, self.question.most, at=self.item.key)


@dataclass(frozen=True, slots=True)
class Budget:
    """US dollars by estimate; None: any number.

    Attributes
    ----------
    whole
        For all questions together.
    again
        For those after the first about an image.
    """

    whole: float | None = None
    again: float | None = None


class Errands:
    """What a plan asks about the images of a catalogue."""

    def __init__(
        self, plan: Plan, catalogue: Catalogue, ledger: Ledger, decoder: Decoder, budget: Budget, by: str = "online"
    ) -> None:
        self.plan, self.catalogue, self._by = plan, catalogue, by
        self._ledger, self._decoder, self._budget = ledger, decoder, budget
        self._spent = self._spent_again = 0.0
        self.left_out = 0
        """Questions for which the budget had nothing left."""

    def trail(self, item: Item, steps: int) -> Trail:
        """How far the plan has come for an image."""
        decode = partial(self._decoder.decode, size=item.size)
        return walk(self.plan, item.digest, steps, self._ledger.answer, decode)

    def of_round(self, number: int) -> Iterator[Errand]:
        """The questions of a round that are not answered yet, in the order of the images."""
        step = self.plan.steps[number]
        for item in self.catalogue:
            if not item.digest:
                continue
            before = self.trail(item, number)
            if before.next is not None or not follows(step, before.asked):
                continue
            expected = self.plan.estimate(step, target(item.size or (1, 1), self.plan.most))
            if not self._admits(step, expected):
                self.left_out += 1
                continue
            question = step.question(item.digest, self.plan.most)
            if self._ledger.answer(question) is None:
                yield Errand(item, step, question, expected)

    def _admits(self, step: Step, expected: Usage) -> bool:
        """Charge the budget with a question, if it can bear that."""
        cost = self.plan.price(step, expected, self._by) or 0.0
        spent, again = self._spent + cost, self._spent_again + (cost if step.why != "first" else 0.0)
        if spent > _most(self._budget.whole) or again > _most(self._budget.again):
            return False
        self._spent, self._spent_again = spent, again
        return True


def _most(dollars: float | None) -> float:
    return inf if dollars is None else dollars
