"""The questions of one round: the plan's next step, for every image that needs it and the budget allows.

A round is one step of the plan. All images go through it before the next begins, so that batches are large, and what a
budget admits depends on the images' order and not on which answer came first. Estimates count, not costs, for the same
reason.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from maskmill._image_size import Size
from maskmill.errors import expected

from .._images.shrink import target
from ._catalogue import Catalogue, Item
from ._ledger.ledger import Answer, Ledger
from ._ledger.question import Question
from ._models.cost import Usage
from ._photos.photo import Photo, load
from ._plan import Asked, Plan, Step, Trail, read_asked, walk

if TYPE_CHECKING:
    from maskmill import Decoder, Masks


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

    Raises
    ------
    maskmill.errors.ArgumentError
        One of them is no number, or below 0.
    """

    whole: float | None = None
    again: float | None = None

    def __post_init__(self) -> None:
        for name in ("whole", "again"):
            dollars = getattr(self, name)
            if dollars is not None and (type(dollars) not in (int, float) or not dollars >= 0):
                raise expected("US dollars from 0", dollars, name)


class Errands:
    """What a plan asks about the images of a catalogue."""

    def __init__(
        self, plan: Plan, catalogue: Catalogue, ledger: Ledger, decoder: Decoder, budget: Budget, by: str = "online"
    ) -> None:
        self.plan, self.catalogue, self._by = plan, catalogue, by
        self._ledger, self._decoder, self._budget = ledger, decoder, budget
        self._spent = self._spent_again = 0.0
        self.left_out = 0
        """Images for whose first question the budget had nothing left."""
        self.passed = 0
        """Images that the round has passed over, since nothing is to be asked about them."""

    def trail(self, item: Item, steps: int | None = None) -> Trail:
        """How far the plan has come for an image, of so many of its steps; None: of all."""
        if not item.digest:
            return Trail([], None)
        most = len(self.plan.steps) if steps is None else steps
        return walk(self.plan, item.digest, most, self._ledger.answer, self._decode(item))

    def read(self, errand: Errand, answer: Answer) -> Asked:
        """What came of a question."""
        return read_asked(errand.step, answer, self._decode(errand.item))

    def decode(self, text: str, size: Size) -> Masks:
        """The masks of a reply, on an image of another size."""
        return self._decoder.decode(text, size=size)

    def _decode(self, item: Item) -> Callable[[str], Masks]:
        return partial(self._decoder.decode, size=item.size)

    def reopen_failed(self) -> None:
        """Let images be asked about again for which no reply is there."""
        for item in self.catalogue:
            trail = self.trail(item)
            if trail.best is None:
                for one in trail.asked:
                    self._ledger.reopen(one.step.question(item.digest, self.plan.most))

    def of_round(self, number: int) -> Iterator[Errand]:
        """The questions of a round that are not answered yet, in the order of the images."""
        for item in self.catalogue:
            errand = self._errand(self.plan.steps[number], number, item)
            if errand is None:
                self.passed += 1
            else:
                yield errand

    def _errand(self, step: Step, number: int, item: Item) -> Errand | None:
        before = self.trail(item, number)
        if not item.digest or before.next is not None or not self.plan.follows(step, before.asked):
            return None
        expected = self.plan.estimate(step, target(item.size or (1, 1), self.plan.most))
        if not self._admits(step, expected):
            self.left_out += step.why == "first"
            return None
        question = step.question(item.digest, self.plan.most)
        return Errand(item, step, question, expected) if self._ledger.answer(question) is None else None

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
