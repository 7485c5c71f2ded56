"""What came of a run, counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ._models.cost import Usage
from ._plan import Asked


@dataclass(slots=True)
class Spent:
    """Tokens and their price.

    Attributes
    ----------
    dollars
        US dollars of what has a known price.
    unpriced
        Questions whose price is not known.
    """

    questions: int = 0
    usage: Usage = field(default_factory=Usage)
    dollars: float = 0.0
    unpriced: int = 0

    def add(self, usage: Usage, dollars: float | None) -> None:
        """Count a question."""
        self.questions += 1
        self.usage += usage
        self.dollars += dollars or 0.0
        self.unpriced += dollars is None

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe values."""
        return {
            "questions": self.questions,
            "input_tokens": self.usage.input,
            "output_tokens": self.usage.output,
            "thought_tokens": self.usage.thoughts,
            "dollars": round(self.dollars, 6),
            "questions_without_price": self.unpriced,
        }


@dataclass(slots=True)
class Tally:
    """What came of the images of a run, as far as it is.

    Attributes
    ----------
    images
        How many there are.
    answered
        Those with a reply.
    errors
        Those without, by code.
    items, masks
        Of the replies; masks are the items that have one.
    replies, forms, statuses
        Statuses of the replies; forms and statuses of the items.
    rerouted
        Answers by another model than the one asked, by ``asked -> answered``.
    whole
        Of all questions about these images, earlier runs included.
    run
        Of this run alone.
    """

    images: int = 0
    answered: int = 0
    items: int = 0
    masks: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    replies: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    rerouted: Counter[str] = field(default_factory=Counter)
    whole: Spent = field(default_factory=Spent)
    run: Spent = field(default_factory=Spent)

    def add_reply(self, one: Asked) -> None:
        """Count an image's reply."""
        assert one.masks is not None
        self.answered += 1
        self.items += len(one.masks)
        self.masks += one.drawn
        self.replies[str(one.masks.reply_status)] += 1
        self.forms.update(one.masks.forms.tolist())
        self.statuses.update(one.masks.status.tolist())

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe values, for the report."""
        counters = {name: dict(sorted(getattr(self, name).items())) for name in _COUNTERS}
        plain = {name: getattr(self, name) for name in ("images", "answered", "items", "masks")}
        return {**plain, **counters, "cost": self.whole.to_dict()}


_COUNTERS = ("errors", "replies", "forms", "statuses", "rerouted")
