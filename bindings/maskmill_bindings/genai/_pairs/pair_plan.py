"""The plan of a pair run: masks with log-probabilities; polygons where tokens leak into the text instead of PNGs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from .._history import Attempt, Step
from .._models import Family
from .._plan import Plan
from .reply_items import PairItem, read_pair_items
from .token_runs import is_complete_run

LOGPROBS: Final[dict[str, Any]] = {"responseLogprobs": True, "logprobs": 1}
"""Added to the settings of a family: the chosen tokens; 1 is the smallest number of candidates."""


@dataclass(frozen=True, kw_only=True)
class PairPlan(Plan):
    """What to ask about every image.

    >>> from datetime import date
    >>> plan = PairPlan(labels=["cup"], today=date(2026, 11, 1))
    >>> [(step.why, step.model) for step in plan.steps]
    [('first', 'gemini-2.5-flash'), ('rings', 'gemini-3.6-flash')]
    >>> PairPlan(labels=["cup"], today=date(2026, 12, 1)).steps[0].model
    'gemini-2.5-flash-lite'

    Attributes
    ----------
    labels : sequence of str or None
        As of `Plan`.
    prompt : str or None
        As of `Plan`.
    most : int
        As of `Plan`.
    models : ModelTable
        As of `Plan`.
    today : date
        As of `Plan`.
    model : str or None
        Model that writes the tokens; None: the best one that writes PNGs, or is not known to have stopped, and answers
        today.
    ring_model : str or None
        Model that draws the polygons; None: the best one that answers today.
    logprobs : bool
        Whether to ask for log-probabilities; without them no pair is exact.

    Raises
    ------
    maskmill.errors.ArgumentError
        A value cannot be used.
    """

    ring_model: str | None = None
    logprobs: bool = True

    def _steps(self) -> list[Step]:
        models = self.models
        family = self._png_family() if self.model is None else models.family_of(self.model)
        first = replace(family, settings={**family.settings, **LOGPROBS}) if self.logprobs else family
        polygons = models.polygon_family(self.today) if self.ring_model is None else models.family_of(self.ring_model)
        polygons = replace(polygons, prompt="ring")
        return [
            self._step("first", self.model or family.name, first),
            self._step("rings", self.ring_model or polygons.name, polygons),
        ]

    def _png_family(self) -> Family:
        best = self.models.default(self.today)
        alive = (family for family in self.models.families if not family.is_retired(self.today))
        return best if best.form == "png" else next((family for family in alive if family.form == "png"), best)

    def needs(self, step: Step, attempts: Sequence[Attempt]) -> bool:
        """Tell whether a step is to be asked: polygons only for complete tokens with a box in a text without PNGs."""
        if not attempts:
            return step.why == "first"
        items = items_of_attempt(attempts[0])
        return has_leaked_tokens(items) and not any(item.is_png for item in items)


def items_of_attempt(attempt: Attempt) -> list[PairItem]:
    """Return the items of a reply; none where there is no reply."""
    return read_pair_items(attempt.output.text) if attempt.masks is not None else []


def has_leaked_tokens(items: Sequence[PairItem]) -> bool:
    """Tell whether the text holds complete tokens and the box that belongs to them."""
    return any(item.tokens is not None and is_complete_run(item.tokens) and item.box is not None for item in items)
