"""The objects of items that lists or mappings in parallel mean, and what did not fit."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..recovery.cursor import Recovered


class ParallelLists(NamedTuple):
    """The objects that lists in parallel mean, the keys of those lists, and what did not fit.

    Attributes
    ----------
    rows : list of dict
        An object for each item.
    keys : frozenset of str
        The keys of the lists, as the model wrote them.
    notes : tuple of str
        What did not fit.
    """

    rows: list[dict[str, Any]]
    keys: frozenset[str]
    notes: tuple[str, ...]


def marked_row(row: dict[str, Any], value: dict[Any, Any], used: set[str]) -> dict[str, Any]:
    """Return the object of an item with the repairs of the object that held the lists.

    >>> marked_row({"label": "cat"}, {"labels": ["cat"]}, {"labels"})
    {'label': 'cat'}

    Parameters
    ----------
    row : dict
        The object of an item.
    value : dict
        The object that held the lists.
    used : set of str
        The keys of the lists; another key may be open in both.
    """
    if not isinstance(value, Recovered) or not value.is_repaired:
        return row
    marked = Recovered()
    marked.update(row)
    marked.is_repaired = True
    marked.open_keys = (row.open_keys if isinstance(row, Recovered) else set()) | (value.open_keys - used)
    marked.is_cut = bool(marked.open_keys)
    return marked
