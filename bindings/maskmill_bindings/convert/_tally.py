"""Counts of the rows, replies and masks of a conversion."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_MAX_NAMES: Final = 1000
"""Labels and reasons that are counted one by one; the rest is counted together."""

OTHERS: Final = "(others)"

_VARIABLE: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\d+(?:\.\d+)?")
"""Names and numbers, which do not tell kinds of failures apart."""


@dataclass(slots=True)
class Tally:
    """Counts of rows of the input and of masks; the tallies of parts can be added.

    >>> total = Tally(rows=2, masks=3)
    >>> total.add(Tally(rows=1, masks=1, statuses=Counter(ok=1)))
    >>> total.rows, total.masks, total.statuses["ok"]
    (3, 4, 1)

    Attributes
    ----------
    rows : int
        Rows of the input.
    unmasked : int
        Rows of the input that lack a mask and are listed with reasons.
    nothing : int
        Rows among them whose reply is complete and has no item.
    masks, drawn : int
        Rows of the table; those among them with at least one pixel.
    rowless : int
        Images without a mask in an input that holds masks.
    filtered : int
        Masks that conditions or classes left out.
    repeated_keys : int
        Keys that several decoded replies have; counted at the end of a conversion.
    blank_keys : int
        Rows of the input that state an empty key, and have the number of their line as one.
    replies, failures : Counter
        Rows by the status of their reply; rows that could not be decoded, by the first reason of each kind. Reasons
        that differ in names and numbers alone are of one kind.
    forms, statuses, labels, repairs : Counter
        Masks by form, status and label; repairs by code.
    """

    rows: int = 0
    unmasked: int = 0
    nothing: int = 0
    masks: int = 0
    drawn: int = 0
    rowless: int = 0
    filtered: int = 0
    repeated_keys: int = 0
    blank_keys: int = 0
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
        _limit_names(self.labels)
        self.failures = _join_kinds(self.failures)
        _limit_names(self.failures)

    def to_dict(self, in_order: bool = False) -> dict[str, Any]:
        """Return JSON-safe values, the most frequent first, or in the order of their first occurrence."""
        return {name: _to_json(getattr(self, name), in_order) for name in self.__slots__}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Tally:
        """Return the tally that `to_dict` wrote."""
        values: dict[str, Any] = {n: Counter(v) if isinstance(v, Mapping) else v for n, v in data.items()}
        return cls(**values)


def _join_kinds(failures: Counter[str]) -> Counter[str]:
    """Return the counts of reasons with one reason of each kind, the first."""
    firsts: dict[str, str] = {}
    joined: Counter[str] = Counter()
    for reason, count in failures.items():
        joined[firsts.setdefault(_VARIABLE.sub("", reason), reason)] += count
    return joined


def _limit_names(counts: Counter[str]) -> None:
    """Keep the names that occurred first, which depend on the input alone."""
    others = counts.pop(OTHERS, 0)
    for name in list(counts)[_MAX_NAMES:]:
        others += counts.pop(name)
    if others:
        counts[OTHERS] = others


def _to_json(value: int | Counter[str], in_order: bool) -> Any:
    if not isinstance(value, Counter):
        return value
    return dict(value if in_order else sorted(value.items(), key=lambda pair: (-pair[1], pair[0])))
