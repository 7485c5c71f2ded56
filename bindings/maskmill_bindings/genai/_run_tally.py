"""Counts of a run: what its requests cost, and what both kinds of run count of their replies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar

from ._history import Attempt
from ._models.cost import Usage
from ._plan import Plan


@dataclass(slots=True)
class CostTotal:
    """Tokens and price of many questions.

    Attributes
    ----------
    questions : int
        Number of questions.
    usage : Usage
        Tokens of all questions.
    dollars : float
        US dollars of those whose price is known.
    unpriced : int
        Questions whose price is not known.
    """

    questions: int = 0
    usage: Usage = field(default_factory=Usage)
    dollars: float = 0.0
    unpriced: int = 0

    def add(self, usage: Usage, dollars: float | None) -> None:
        """Count a question; `dollars` is None where its price is not known."""
        self.questions += 1
        self.usage += usage
        self.dollars += dollars or 0.0
        self.unpriced += dollars is None

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as JSON-safe values."""
        return {
            "questions": self.questions,
            "input_tokens": self.usage.input,
            "output_tokens": self.usage.output,
            "thought_tokens": self.usage.thoughts,
            "dollars": round(self.dollars, 6),
            "questions_without_price": self.unpriced,
        }


@dataclass(slots=True)
class RunTally:
    """Counts over the images of a run.

    Attributes
    ----------
    images, answered : int
        Images of the run, and those with a reply.
    items : int
        Items of the replies.
    errors : Counter
        Images without a reply, by code.
    rerouted : Counter
        Answers by another model than the requested one, by ``requested -> answering``.
    total : CostTotal
        Cost of all questions about these images, including those of earlier runs.
    run : CostTotal
        Cost of this run alone.
    """

    images: int = 0
    answered: int = 0
    items: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    rerouted: Counter[str] = field(default_factory=Counter)
    total: CostTotal = field(default_factory=CostTotal)
    run: CostTotal = field(default_factory=CostTotal)

    REPORTED: ClassVar[tuple[str, ...]] = ("images", "answered", "items", "errors", "rerouted")
    """Fields of the report, in its order."""

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        """Restore a pickle; in those of earlier versions, `total` is named `whole`."""
        for name, value in state[1].items():
            setattr(self, "total" if name == "whole" else name, value)

    def add_cost(self, attempt: Attempt, plan: Plan) -> None:
        """Count the cost of an attempt, and whether another model answered it."""
        self.total.add(attempt.usage, plan.price(attempt.step, attempt.usage, attempt.answer.by))
        if attempt.is_rerouted(plan.models):
            self.rerouted[f"{attempt.step.model} -> {attempt.output.model_version}"] += 1

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as JSON-safe values, for the report."""
        values = {name: getattr(self, name) for name in self.REPORTED}
        plain = {name: dict(sorted(v.items())) if isinstance(v, Counter) else v for name, v in values.items()}
        return {**plain, "cost": self.total.to_dict()}
