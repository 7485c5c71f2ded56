"""What is asked about an image, in which order, and when that is enough.

What a reply leaves without a mask can be asked for again: from the same model, which often answers otherwise the second
time; from a family that draws polygons; at last for boxes alone. All of this is a function of the plan and of the
answers in the ledger, so a run needs no memory of its own, and one that was killed goes on as if it had not been.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from maskmill._image_size import Size
from maskmill.errors import expected

from ._ledger.ledger import Answer
from ._ledger.question import Question
from ._models import Family, Models, load_models
from ._models.cost import Usage, estimate, price
from ._models.prompts import clean_labels, prompt_for
from ._requests.outcome import Said, read_answer

if TYPE_CHECKING:
    from maskmill import Masks

AskAgain = Literal["off", "same", "family"]
_AGAIN: Final = ("off", "same", "family")


class Step(NamedTuple):
    """One question of the plan, about any image.

    Attributes
    ----------
    why
        ``first``, ``same``, ``family`` or ``boxes``.
    """

    why: str
    model: str
    family: Family
    prompt: str
    turn: int = 0

    def question(self, image: str, most: int) -> Question:
        """The step's question about the image with this digest."""
        return Question(image, self.model, self.prompt, self.family.settings, most, self.turn)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked about every image.

    >>> plan = Plan(labels=["cup"], model="gemini-2.5-flash", again="family", today=date(2026, 11, 1))
    >>> [(step.why, step.model) for step in plan.steps]
    [('first', 'gemini-2.5-flash'), ('same', 'gemini-2.5-flash'), ('family', 'gemini-3.6-flash')]

    Attributes
    ----------
    labels, prompt
        What to segment: labels, or a text that says it; one of both.
    model
        Name of the model; None: the best one that answers today.
    again
        Whether to ask again where a reply leaves an item without a mask: ``off``, ``same``: the same model once more;
        ``family``: then also one that draws polygons.
    boxes
        Whether to ask for boxes alone where all of that gave no item with a box.
    most
        Longest side in pixels to which images are shrunk; 0: they are not.
    models
        The table of families.
    today
        The day on which families count as retired or not.

    Raises
    ------
    maskmill.errors.ArgumentError
        One of these cannot be used.
    """

    labels: Sequence[str] | None = None
    prompt: str | None = None
    model: str | None = None
    again: AskAgain = "off"
    boxes: bool = False
    most: int = 1024
    models: Models = field(default_factory=load_models)
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
            steps.append(steps[0]._replace(why="same", turn=1))
        rings = models.ring_family(self.today)
        if self.again == "family" and rings.name != family.name:
            steps.append(self._step("family", rings.name, rings))
        if self.boxes:
            steps.append(self._step("boxes", rings.name, replace(rings, prompt="boxes", form="boxes")))
        return steps

    def _step(self, why: str, model: str, family: Family) -> Step:
        return Step(why, model, family, prompt_for(family, self.labels, self.prompt))

    def follows(self, step: Step, asked: Sequence[Asked]) -> bool:
        """Tell whether there is reason to ask a step after those before it."""
        if not asked:
            return step.why == "first"
        if asked[-1].is_complete or not asked[-1].answer.body:
            return False
        return step.why != "boxes" or not any(one.boxed for one in asked)

    @property
    def count(self) -> int:
        """How many labels are asked for."""
        return 1 if self.labels is None else len(clean_labels(self.labels))

    def estimate(self, step: Step, sent: Size) -> Usage:
        """Tokens that a step is likely to take, for an image that is sent at this size."""
        return estimate(step.family, sent, step.prompt, self.count, models=self.models)

    def price(self, step: Step, usage: Usage, by: str = "online") -> float | None:
        """US dollars of a step's tokens; None where the price is not known."""
        return price(step.family, usage, by == "batch", models=self.models, day=self.today)


@dataclass(frozen=True, slots=True)
class Asked:
    """A step that has come to something, for one image."""

    step: Step
    answer: Answer
    said: Said
    usage: Usage
    masks: Masks | None
    """None: there is no text."""

    @property
    def is_complete(self) -> bool:
        """Tell whether every item of the reply has its mask, and none was lost; none at all is an answer too."""
        masks = self.masks
        if masks is None or str(masks.reply_status) not in ("ok", "salvaged"):
            return False
        return bool((masks.status == "ok").all())

    @property
    def drawn(self) -> int:
        """How many masks there are."""
        return 0 if self.masks is None else int((self.masks.status == "ok").sum())

    @property
    def boxed(self) -> int:
        """How many items have a box."""
        return 0 if self.masks is None else int((self.masks.boxes[:, 0] == self.masks.boxes[:, 0]).sum())

    @property
    def told(self) -> str:
        """What came of it, in words."""
        if self.masks is None:
            return self.answer.code or self.said.code
        if not len(self.masks):
            return str(self.masks.reply_status)
        return f"{self.drawn} of {len(self.masks)} items have a mask"


@dataclass(frozen=True, slots=True)
class Trail:
    """How far the plan has come for one image.

    Attributes
    ----------
    asked
        The steps that have come to something, in their order.
    next
        What is to be asked now; None: nothing is.
    """

    asked: list[Asked]
    next: Step | None

    @property
    def best(self) -> Asked | None:
        """The first of the replies with the most masks; of equal ones, that with the most boxes, then without a gap."""
        replies = [one for one in self.asked if one.masks is not None]
        return max(replies, key=lambda one: (one.drawn, one.boxed, one.is_complete), default=None)


def walk(
    plan: Plan, image: str, steps: int, answer: Callable[[Question], Answer | None], decode: Callable[[str], Masks]
) -> Trail:
    """Follow the plan for the image with this digest, through at most so many of its steps."""
    asked: list[Asked] = []
    for step in plan.steps[:steps]:
        if not plan.follows(step, asked):
            break
        found = answer(step.question(image, plan.most))
        if found is None:
            return Trail(asked, step)
        asked.append(read_asked(step, found, decode))
    return Trail(asked, None)


def read_asked(step: Step, answer: Answer, decode: Callable[[str], Masks]) -> Asked:
    """What came of a step, its reply decoded."""
    value: dict[str, Any] = answer.value
    said = read_answer(value) if value else Said("", "", "", answer.code, answer.message)
    masks = decode(said.text) if not said.code else None
    return Asked(step, answer, said, Usage.from_metadata(value.get("usageMetadata")), masks)
