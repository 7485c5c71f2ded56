"""What the answers about the images of a run come to: pairs, and why the rest is none."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .._plan import Asked, Trail
from .._tally import Spent
from .exact import pair_exactly
from .noisy import pair_with_rings
from .outcomes import Outcome
from .reply_items import read_entries
from .token_runs import written_text


@dataclass(slots=True)
class Tally:
    """Counts of a run.

    Attributes
    ----------
    images
        How many there are.
    answered
        Those with a reply.
    repeated
        Those that are the same file as one before; their items count once.
    errors
        Those without a reply, or whose reply holds no item, by code.
    items
        Of the replies.
    pairs
        By source, ``logprobs`` or ``ring``.
    reasons
        Items without a pair, by one of `REASONS`.
    has_logprobs
        Whether log-probabilities were asked for; False where the service refused them.
    rerouted
        Answers by another model than the one asked, by ``asked -> answered``.
    whole, run
        Of all questions about these images, earlier runs included; of this run alone.
    """

    images: int = 0
    answered: int = 0
    repeated: int = 0
    items: int = 0
    pairs: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    rerouted: Counter[str] = field(default_factory=Counter)
    has_logprobs: bool = True
    whole: Spent = field(default_factory=Spent)
    run: Spent = field(default_factory=Spent)

    def add(self, outcomes: list[Outcome]) -> None:
        """Count what became of the items of a reply."""
        self.answered += 1
        self.items += len(outcomes)
        self.pairs.update(one.source for one in outcomes if not isinstance(one, str))
        self.reasons.update(one for one in outcomes if isinstance(one, str))
        self.errors.update(["no_items"] if not outcomes else [])

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe values, for the report."""
        plain = {name: getattr(self, name) for name in ("images", "answered", "repeated", "items", "has_logprobs")}
        counters = {name: dict(sorted(getattr(self, name).items())) for name in _COUNTERS}
        return {**plain, **counters, "cost": self.whole.to_dict()}


_COUNTERS = ("pairs", "reasons", "errors", "rerouted")


def gathered(trail: Trail) -> list[Outcome]:
    """What becomes of each item of an image's first reply."""
    first, rest = trail.asked[0], trail.asked[1:]
    entries = read_entries(first.said.text)
    outcomes = pair_exactly(entries, written_text(first.answer.value))
    if "leaked" not in outcomes or not rest:
        return outcomes
    if rest[0].masks is None:
        return ["ring_failed" if outcome == "leaked" else outcome for outcome in outcomes]
    return pair_with_rings(entries, outcomes, read_entries(rest[0].said.text))


def model_of(one: Asked) -> str:
    """Who wrote the tokens, as far as it is known."""
    return one.said.model_version or one.step.model
