"""Find the names that a reply gives to numbers: ``{"categories": [{"id": 1, "name": "cat"}], …}``."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ..keys import LABEL, LABEL_ID, OTHER_LABEL, fold_keys, names_box
from ..structure.assets import reference_name
from ..structure.item_signs import has_mask

_NAMES: Final = (
    *("categories", "classes", "labels", "names", "classnames", "categorynames", "labelnames", "labelmap", "classmap"),
    *("categorymap", "id2label", "id2name", "id2class", "idtolabel", "idtoname", "labelsmap", "legend", "vocabulary"),
    *("label2id", "name2id", "labeltoid", "labelids", "classids", "categoryids"),
)
_IDS: Final = ("id", *LABEL_ID, "index", "value")
_LABELS: Final = (*LABEL, *OTHER_LABEL, "title")

Raw = dict[Any, Any]


class Vocabulary(NamedTuple):
    """The names of numbers, and the key under which the reply gives them."""

    key: str
    names: dict[str, str]


def vocabulary_of(value: Raw, names: dict[str, str]) -> Vocabulary | None:
    """Return the names that an object gives to numbers; None if it gives none.

    >>> vocabulary_of({"classes": ["cat", "dog"]}, {"classes": "classes"})
    Vocabulary(key='classes', names={'0': 'cat', '1': 'dog'})
    """
    for name in _NAMES:
        held = value[names[name]] if name in names else None
        found = _names_in(held, value) if isinstance(held, (list, dict)) and held else {}
        if found:
            return Vocabulary(str(names[name]), found)
    return None


def number_of(raw: Raw, names: dict[str, str]) -> tuple[str, str]:
    """Return the number that stands for the label of an item, and its key; two empty texts if there is none.

    >>> number_of({"class_id": 3}, {"classid": "class_id"})
    ('3', 'class_id')
    """
    keys = (names[name] for name in (*LABEL, *OTHER_LABEL, *LABEL_ID) if name in names)
    return next(((number, key) for key in keys if (number := _number(raw[key]))), ("", ""))


def _number(value: Any) -> str:
    """Return a number that may stand for a label as text; empty for anything else."""
    text = reference_name(value) if not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() else ""


def _names_in(held: Any, value: Raw) -> dict[str, str]:
    if isinstance(held, dict):
        return _of_mapping(held)
    if all(isinstance(entry, str) for entry in held):
        first = _first_place(value, len(held))
        return {str(place + first): name for place, name in enumerate(held) if name}
    if all(isinstance(entry, dict) for entry in held):
        return dict(filter(None, map(_pair, held)))
    return {}


def _of_mapping(held: Raw) -> dict[str, str]:
    """Return the names of a mapping from numbers to names, or from names to numbers."""
    if all(_number(str(key)) and isinstance(name, str) for key, name in held.items()):
        return {_number(str(key)): name for key, name in held.items()}
    if all(type(number) is int for number in held.values()):
        return {str(number): str(name) for name, number in held.items()}
    return {}


def _pair(entry: Raw) -> tuple[str, str] | None:
    """Return the number and the name of an entry; None if it has none of them, or is an item."""
    names = fold_keys(entry)
    number = next((_number(entry[names[name]]) for name in _IDS if name in names), "")
    found = (entry[names[name]] for name in _LABELS if name in names)
    label = next((text for text in found if isinstance(text, str) and text), "")
    return (number, label) if number and label and not names_box(names) and not has_mask(entry, names) else None


def _first_place(value: Raw, count: int) -> int:
    """Return the number of a list's first name: 0, or 1 where the items' numbers run from 1 to their count."""
    items = (entry for held in value.values() if isinstance(held, list) for entry in held if isinstance(entry, dict))
    numbers = [int(number) for item in items if len(number := number_of(item, fold_keys(item))[0]) in range(1, 10)]
    return 1 if numbers and min(numbers) >= 1 and max(numbers) == count else 0
