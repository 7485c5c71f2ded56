"""Read what an entry of a list says of itself: its id and its label."""

from __future__ import annotations

from typing import Any, Final

from ..keys import LABEL, LABEL_ID, LAST_LABEL, OTHER_LABEL, fold_keys
from ..structure.assets import reference_name
from ..structure.labels import as_label

IDS: Final = ("id", "objectid", "instanceid", "itemid", "boxid", "maskid", "maskref", "idx", "index", "objectindex")
"""Folded keys of an id."""

_NAMES: Final = (*LABEL, *OTHER_LABEL, *LAST_LABEL)
LABELS: Final = frozenset((*_NAMES, *LABEL_ID))
"""Folded keys of a label, or of a number that stands for one."""

Raw = dict[Any, Any]


def id_of(entry: Raw) -> str:
    """Return the id of an object as text; empty if it has none.

    >>> id_of({"object_id": 3})
    '3'
    """
    names = fold_keys(entry)
    return next(filter(None, (reference_name(entry[names[name]]) for name in IDS if name in names)), "")


def label_of(entry: Raw) -> str:
    """Return the text that is the label of an object; empty if it has none.

    >>> label_of({"name": "cat"}), label_of({"name": 3})
    ('cat', '')
    """
    names = fold_keys(entry)
    texts = (entry[names[name]] for name in _NAMES if name in names)
    return next((as_label(text) for text in texts if isinstance(text, str) and text), "")
