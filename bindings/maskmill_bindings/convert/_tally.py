"""What became of everything, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_NAMES: Final = 1000
"""Labels, and reasons, that are counted one by one; where there are more, the rest is counted together."""

OTHERS: Final = "(others)"


@dataclass(slots=True)
class Tally:
    """Counts over rows of the input and over masks; tallies of parts add up.

    >>> total = Tally(rows=2, masks=3)
    >>> total.add(Tally(rows=1, masks=1, statuses=Counter(ok=1)))
    >>> total.rows, total.masks, total.statuses["ok"]
    (3, 4, 1)

    Attributes
    ----------
    rows
        Of the input.
    unmasked
        Rows of the input that are listed with reasons.
    nothing
        Rows among them whose reply says that nothing was found.
    masks, drawn
        Rows of the table; rows among them with a pixel.
    rowless
        Images of an input of masks that have none.
    filtered
        Masks left out by conditions or classes.
    replies, failures
        Rows by the status of their reply; rows that could not be decoded, by reason.
    forms, statuses, labels, repairs
        Masks by form, status and label; problems by code.
    """

    rows: int = 0
    unmasked: int = 0
    nothing: int = 0
    masks: int = 0
    drawn: int = 0
    rowless: int = 0
    filtered: int = 0
    replies: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Add the counts of another part."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, name, mine + theirs)
        _bound(self.labels)
        _bound(self.failures)

    def to_dict(self, in_order: bool = False) -> dict[str, Any]:
        """JSON-safe values, the most frequent first, or in the order in which they came."""
        return {name: _plain(getattr(self, name), in_order) for name in self.__slots__}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Tally:
        """Read what `to_dict` wrote."""
        values: dict[str, Any] = {n: Counter(v) if isinstance(v, Mapping) else v for n, v in data.items()}
        return cls(**values)


def _bound(counts: Counter[str]) -> None:
    """Keep the names that came first: which they are depends on the input alone."""
    others = counts.pop(OTHERS, 0)
    for name in list(counts)[_NAMES:]:
        others += counts.pop(name)
    if others:
        counts[OTHERS] = others


def _plain(value: int | Counter[str], in_order: bool) -> Any:
    if not isinstance(value, Counter):
        return value
    return dict(value if in_order else sorted(value.items(), key=lambda pair: (-pair[1], pair[0])))
