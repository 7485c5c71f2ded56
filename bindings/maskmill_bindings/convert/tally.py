"""What became of everything, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_LABELS: Final = 1000
"""Labels that are counted one by one; where there are more, the rest is counted together."""

OTHER_LABELS: Final = "(other labels)"


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
    masks
        Rows of the table.
    filtered
        Masks left out by conditions or classes.
    replies, failures
        Rows by the status of their reply; rows that could not be decoded, by reason.
    forms, statuses, labels, repairs
        Masks by form, status and label; problems by code.
    """

    rows: int = 0
    unmasked: int = 0
    masks: int = 0
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
        self._bound()

    def _bound(self) -> None:
        """Keep the labels that came first: which they are depends on the input alone."""
        for label in list(self.labels)[_LABELS:]:
            if label != OTHER_LABELS:
                self.labels[OTHER_LABELS] += self.labels.pop(label)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe values, the most frequent first."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Tally:
        """Read what `to_dict` wrote."""
        values: dict[str, Any] = {n: Counter(v) if isinstance(v, Mapping) else v for n, v in data.items()}
        return cls(**values)


def _plain(value: int | Counter[str]) -> Any:
    return dict(sorted(value.items(), key=lambda pair: (-pair[1], pair[0]))) if isinstance(value, Counter) else value
