"""Say which lists of a reply are one list twice, or two answers to one question."""

from __future__ import annotations

from typing import Any, Final

from ...errors import excerpt
from ...status import Note
from ..structure.labels import label_of_key, names_image

_MOST: Final = 16
_RIVALS: Final = (
    frozenset(
        ("groundtruth", "gt", "expected", "reference", "gold", "truth", "target", "targets", "example", "examples")
    ),
    frozenset(
        ("prediction", "predictions", "predicted", "pred", "preds", "actual", "output", "model", "answer", "result")
    ),
)


def drop_repeated(inner: dict[str, Any], names: dict[str, str]) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """Return the values under several keys without a list that stands there already, and a note about it.

    >>> drop_repeated({"objects": [{"id": 1}], "masks": [{"id": 1}]}, {"objects": "objects", "masks": "masks"})[0]
    {'objects': [{'id': 1}]}

    Parameters
    ----------
    inner : dict of str to Any
        The values by the folded form of their keys.
    names : dict of str to str
        The keys by their folded form; under keys that are labels, or name images, the same may well stand twice.
    """
    if len(inner) > _MOST:
        return inner, ()
    kept: dict[str, Any] = {}
    notes = []
    for name, held in inner.items():
        same = _same_list(held, kept) if _is_container(names[name]) else ""
        if same and _is_container(names[same]):
            message = f"{excerpt(str(names[same]), 40)} and {excerpt(str(names[name]), 40)} hold the same list"
            notes.append(Note("listed_twice", message))
        else:
            kept[name] = held
    return kept, tuple(notes)


def _is_container(key: Any) -> bool:
    return not label_of_key(str(key)) and not names_image(str(key))


def _same_list(held: Any, kept: dict[str, Any]) -> str:
    """Return the name of a list that is the same as this one; empty if there is none."""
    is_list = isinstance(held, list) and bool(held)
    return next((other for other, first in kept.items() if is_list and first == held), "")


def rival_note(name: str, names: dict[str, str], others: dict[str, Any]) -> tuple[Note, ...]:
    """Return a note for the items of a list beside which another one answers the same question, such as an example.

    >>> rival_note("expected", {"expected": "expected", "actual": "actual"}, {"expected": [], "actual": []})[0].code
    'rival_lists'

    Parameters
    ----------
    name : str
        The folded key of the list.
    names : dict of str to str
        The keys by their folded form.
    others : dict of str to Any
        The lists, by the folded form of their keys.
    """
    mine, theirs = _RIVALS if name in _RIVALS[0] else _RIVALS[::-1]
    rival = next((other for other in others if other in theirs), "") if name in mine else ""
    if not rival:
        return ()
    return (
        Note(
            "rival_lists",
            f"it is from {excerpt(names[name], 40)}, and {excerpt(names[rival], 40)} may be for the same objects",
        ),
    )
