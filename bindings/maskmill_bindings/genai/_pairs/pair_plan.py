"""What is asked for pairs: masks with log-probabilities; where tokens leak and no PNG comes, rings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from .._models import Family
from .._plan import Asked, Plan, Step
from .reply_items import Entry, read_entries
from .token_runs import is_whole

LOGPROBS: Final[dict[str, Any]] = {"responseLogprobs": True, "logprobs": 1}
"""What is added to the settings of a family: the tokens that were chosen; 1 is the least number of candidates."""


@dataclass(frozen=True, kw_only=True)
class PairPlan(Plan):
    """What is asked about every image.

    >>> from datetime import date
    >>> plan = PairPlan(labels=["cup"], today=date(2026, 11, 1))
    >>> [(step.why, step.model) for step in plan.steps]
    [('first', 'gemini-2.5-flash'), ('rings', 'gemini-3.6-flash')]
    >>> PairPlan(labels=["cup"], today=date(2026, 12, 1)).steps[0].model
    'gemini-2.5-flash-lite'

    Attributes
    ----------
    labels, prompt, most, models, today
        As of `Plan`.
    model
        Of the tokens; None: the best one that writes them, or is not known to have stopped, and answers today.
    ring_model
        Of the rings; None: the best one that answers today.
    logprobs
        Whether to ask for log-probabilities; without them no pair is exact.

    Raises
    ------
    maskmill.errors.ArgumentError
        One of these cannot be used.
    """

    ring_model: str | None = None
    logprobs: bool = True

    def _steps(self) -> list[Step]:
        models = self.models
        family = self._family() if self.model is None else models.family_of(self.model)
        asked = replace(family, settings={**family.settings, **LOGPROBS}) if self.logprobs else family
        rings = models.ring_family(self.today) if self.ring_model is None else models.family_of(self.ring_model)
        rings = replace(rings, prompt="ring")
        return [
            self._step("first", self.model or family.name, asked),
            self._step("rings", self.ring_model or rings.name, rings),
        ]

    def _family(self) -> Family:
        best = self.models.default(self.today)
        alive = (family for family in self.models.families if not family.is_retired(self.today))
        return best if best.form == "png" else next((family for family in alive if family.form == "png"), best)

    def follows(self, step: Step, asked: Sequence[Asked]) -> bool:
        """Tell whether there is reason to ask a step: for rings, whole tokens with a box in the text, and no PNG."""
        if not asked:
            return step.why == "first"
        entries = entries_of(asked[0])
        return is_leaking(entries) and not any(entry.is_png for entry in entries)


def entries_of(one: Asked) -> list[Entry]:
    """The items of a reply; none where there is no reply."""
    return read_entries(one.said.text) if one.masks is not None else []


def is_leaking(entries: Sequence[Entry]) -> bool:
    """Tell whether whole tokens stand in the text, with the box of what they show."""
    return any(entry.run is not None and is_whole(entry.run) and entry.box is not None for entry in entries)
