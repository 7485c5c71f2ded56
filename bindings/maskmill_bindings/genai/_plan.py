"""The plan: what to ask about an image, in which order, and when the answers are enough.

Items that a reply leaves without a mask can be asked for again: from the same model, which often answers differently
the second time; from a family that draws polygons; at last for boxes alone. All of this is a function of the plan and
of the answers in the ledger, so a run keeps no other state, and one that was killed continues where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from maskmill._images.size import Size
from maskmill.errors import expected

from ._history import Attempt, History, Step, read_attempt
from ._ledger.question import Question
from ._ledger.records import LedgerAnswer
from ._models import Family, ModelTable, load_models
from ._models.cost import Usage, estimate, price
from ._models.prompts import clean_labels, prompt_for

if TYPE_CHECKING:
    from maskmill import Masks

AskAgain = Literal["off", "same", "family"]
_AGAIN: Final = ("off", "same", "family")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to ask about every image.

    >>> plan = Plan(labels=["cup"], model="gemini-2.5-flash", again="family", today=date(2026, 11, 1))
    >>> [(step.why, step.model) for step in plan.steps]
    [('first', 'gemini-2.5-flash'), ('same', 'gemini-2.5-flash'), ('family', 'gemini-3.6-flash')]

    Attributes
    ----------
    labels, prompt : sequence of str or None, str or None
        What to segment: labels, or a text that says it; exactly one of them.
    model : str or None
        Name of the model; None: the best one that answers today.
    again : {"off", "same", "family"}
        Whether to ask again where a reply leaves an item without a mask: ``same`` asks the same model once more,
        ``family`` then also one that draws polygons.
    boxes : bool
        Whether to ask for boxes alone where none of these replies has an item with a box.
    most : int
        Longest side in pixels to which images are shrunk; 0: they are sent in full size.
    models : ModelTable
        The table of models.
    today : date
        The day on which families count as retired or not.
    steps : tuple of Step
        The questions in their order; derived from the other attributes.

    Raises
    ------
    maskmill.errors.ArgumentError
        A value cannot be used.
    """

    labels: Sequence[str] | None = None
    prompt: str | None = None
    model: str | None = None
    again: AskAgain = "off"
    boxes: bool = False
    most: int = 1024
    models: ModelTable = field(default_factory=load_models)
    today: date = field(default_factory=date.today)
    steps: tuple[Step, ...] = field(init=False)

    def __post_init__(self) -> None:
        if self.again not in _AGAIN:
            raise expected(f"one of {', '.join(_AGAIN)}", self.again, "again")
        if type(self.most) is not int or self.most < 0:
            raise expected("a number of pixels, or 0", self.most, "most")
        object.__setattr__(self, "steps", tuple(self._steps()))

    def _steps(self) -> list[Step]:
        models = self.models
        family = models.default(self.today) if self.model is None else models.family_of(self.model)
        model = self.model or family.name
        steps = [self._step("first", model, family)]
        if self.again != "off":
            steps.append(steps[0]._replace(why="same", repeat=1))
        polygons = models.polygon_family(self.today)
        if self.again == "family" and polygons.name != family.name:
            steps.append(self._step("family", polygons.name, polygons))
        if self.boxes:
            steps.append(self._step("boxes", polygons.name, replace(polygons, prompt="boxes", form="boxes")))
        return steps

    def _step(self, why: str, model: str, family: Family) -> Step:
        return Step(why, model, family, prompt_for(family, self.labels, self.prompt))

    def question(self, step: Step, digest: str) -> Question:
        """Return a step's question about the image with this digest."""
        return step.question(digest, self.most)

    def needs(self, step: Step, attempts: Sequence[Attempt]) -> bool:
        """Tell whether a step is to be asked after these attempts."""
        if not attempts:
            return step.why == "first"
        if attempts[-1].is_complete or not attempts[-1].answer.body:
            return False
        return step.why != "boxes" or not any(attempt.box_count for attempt in attempts)

    @property
    def label_count(self) -> int:
        """Number of requested labels; a prompt counts as one."""
        return 1 if self.labels is None else len(clean_labels(self.labels))

    def estimate(self, step: Step, sent: Size) -> Usage:
        """Return the tokens that a step is likely to use for an image sent as (width, height)."""
        return estimate(step.family, sent, step.prompt, self.label_count, models=self.models)

    def price(self, step: Step, usage: Usage, by: str = "online") -> float | None:
        """Return the US dollars that a step's tokens cost.

        Parameters
        ----------
        step : Step
            Whose family has the price.
        usage : Usage
            Numbers of tokens that were used.
        by : {"online", "batch"}
            How they were requested.

        Returns
        -------
        float or None
            None where the price is not known.
        """
        return price(step.family, usage, by == "batch", models=self.models, day=self.today)


def follow_plan(
    plan: Plan,
    digest: str,
    max_steps: int,
    find_answer: Callable[[Question], LedgerAnswer | None],
    decode: Callable[[str], Masks],
) -> History:
    """Follow the plan for one image, as far as it is answered.

    Parameters
    ----------
    plan : Plan
        What to ask.
    digest : str
        SHA-256 of the image's file.
    max_steps : int
        Number of steps to look at.
    find_answer : callable
        Returns the answer to a question, or None.
    decode : callable
        Decodes a reply on this image.
    """
    attempts: list[Attempt] = []
    for step in plan.steps[:max_steps]:
        if not plan.needs(step, attempts):
            break
        answer = find_answer(plan.question(step, digest))
        if answer is None:
            return History(attempts, step)
        attempts.append(read_attempt(step, answer, decode))
    return History(attempts, None)
