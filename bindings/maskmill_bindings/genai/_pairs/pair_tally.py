"""Counts of a pair run."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar

from .._run_tally import RunTally
from .pair_outcomes import PairOutcome


@dataclass(slots=True)
class PairTally(RunTally):
    """Counts over the images of a pair run; `errors` also holds replies without items.

    Attributes
    ----------
    repeated : int
        Images that are the same file as an earlier one; their items count once.
    pairs : Counter
        Pairs by source, ``logprobs`` or ``ring``.
    reasons : Counter
        Items without a pair, by one of `REASONS`.
    has_logprobs : bool
        Whether log-probabilities were asked for; False where the service refuses them.
    """

    repeated: int = 0
    pairs: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    has_logprobs: bool = True

    REPORTED: ClassVar[tuple[str, ...]] = (
        "images",
        "answered",
        "repeated",
        "items",
        "has_logprobs",
        "pairs",
        "reasons",
        "errors",
        "rerouted",
    )

    def add_outcomes(self, outcomes: list[PairOutcome]) -> None:
        """Count the outcomes of a reply's items."""
        self.answered += 1
        self.items += len(outcomes)
        self.pairs.update(outcome.source for outcome in outcomes if not isinstance(outcome, str))
        self.reasons.update(outcome for outcome in outcomes if isinstance(outcome, str))
        self.errors.update(["no_items"] if not outcomes else [])
