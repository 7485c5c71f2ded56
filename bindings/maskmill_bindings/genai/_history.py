"""The answered steps of the plan for one image: question, model output, masks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ._ledger.question import Question
from ._ledger.records import LedgerAnswer
from ._models import Family, ModelTable
from ._models.cost import Usage
from ._outcome import ModelOutput, read_model_output

if TYPE_CHECKING:
    from maskmill import Masks

_VERSION: Final = r"-(?:preview|exp|latest|\d+)"
"""What may follow a model's name in the version that answers."""


class Step(NamedTuple):
    """One question of the plan, about any image.

    Attributes
    ----------
    why : str
        ``first``, ``same``, ``family``, ``boxes``, or ``rings`` in a `PairPlan`.
    model : str
        Name of the requested model.
    family : Family
        Family of the model.
    prompt : str
        Text that goes with the image.
    repeat : int
        How often the same question was asked before.
    """

    why: str
    model: str
    family: Family
    prompt: str
    repeat: int = 0

    def question(self, digest: str, max_side: int) -> Question:
        """Return the step's question about the image with this digest, shrunk to `max_side` pixels."""
        return Question(digest, self.model, self.prompt, self.family.settings, max_side, self.repeat)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One answered step of the plan, for one image.

    Attributes
    ----------
    step : Step
        The step of the plan.
    answer : LedgerAnswer
        Answer of the model to the step.
    output : ModelOutput
        What the answer's body says.
    usage : Usage
        Tokens that the answer used.
    masks : Masks or None
        The decoded reply; None where there is no text.
    """

    step: Step
    answer: LedgerAnswer
    output: ModelOutput
    usage: Usage
    masks: Masks | None

    @property
    def is_complete(self) -> bool:
        """Whether the reply is complete and each of its items has a mask; also true of a reply without items."""
        masks = self.masks
        if masks is None or not masks.reply_status.is_complete:
            return False
        return bool((masks.status == "ok").all())

    @property
    def mask_count(self) -> int:
        """Number of items with a mask."""
        return 0 if self.masks is None else int((self.masks.status == "ok").sum())

    @property
    def box_count(self) -> int:
        """Number of items with a box."""
        return 0 if self.masks is None else int((self.masks.boxes[:, 0] == self.masks.boxes[:, 0]).sum())

    @property
    def error_code(self) -> str:
        """Why there is no text; empty where there is."""
        return self.answer.code or self.output.code

    @property
    def error_message(self) -> str:
        """The same as a sentence."""
        return self.answer.message or self.output.message

    @property
    def summary(self) -> str:
        """The result in a few words."""
        if self.masks is None:
            return self.error_code
        if not len(self.masks):
            return str(self.masks.reply_status)
        return f"{self.mask_count} of {len(self.masks)} items have a mask"

    def is_rerouted(self, models: ModelTable) -> bool:
        """Tell whether a model of another family than the requested one answered."""
        version = self.output.model_version
        family = models.family_of(version) if version else self.step.family
        if family.is_known:
            return family.name != self.step.family.name
        requested = self.step.model.rpartition("/")[2]
        return re.fullmatch(rf"{re.escape(requested)}({_VERSION})*", version) is None


@dataclass(frozen=True, slots=True)
class History:
    """The answered steps of the plan for one image, and the next one.

    Attributes
    ----------
    attempts : list of Attempt
        In the order of the steps.
    next_step : Step or None
        What is to be asked now; None where nothing is.
    """

    attempts: list[Attempt]
    next_step: Step | None

    @property
    def best(self) -> Attempt | None:
        """The first reply with the most masks; ties are broken by the number of boxes, then by completeness."""
        replies = [attempt for attempt in self.attempts if attempt.masks is not None]
        return max(replies, key=lambda reply: (reply.mask_count, reply.box_count, reply.is_complete), default=None)


def read_attempt(step: Step, answer: LedgerAnswer, decode: Callable[[str], Masks]) -> Attempt:
    """Read an answer and decode its reply.

    Parameters
    ----------
    step : Step
        The step of the plan.
    answer : LedgerAnswer
        Answer of the model to the step.
    decode : callable
        Decodes a reply on this image.
    """
    value: dict[str, Any] = answer.value
    output = read_model_output(value) if value else ModelOutput("", "", "", answer.code, answer.message)
    masks = decode(output.text) if not output.code else None
    return Attempt(step, answer, output, Usage.from_metadata(value.get("usageMetadata")), masks)
