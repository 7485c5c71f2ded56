"""Say which lists of a reply are one list twice, or two answers to one question."""

from __future__ import annotations

from typing import Any, Final

from ...errors import excerpt
from ...status import Note

_RIVALS: Final = (
    frozenset(("groundtruth", "gt", "expected", "reference", "gold", "truth", "target", "targets", "example", "examples")),
    frozenset(("prediction", "predictions", "predicted", "pred", "preds", "actual", "output", "model", "answer", "result")),
)


def drop_repeated(inner: dict[str, Any]) -> tuple[dict[str, Any], tuple[Note, ...]]:
    """Return the values under several keys without a list that stands there already, and a note about it.

    >>> drop_repeated({"objects": [{"id": 1}], "masks": [{"id": 1}]})[0]
    {'objects': [{'id': 1}]}
    """
    kept: dict[str, Any] = {}
    notes = []
    for name, held in inner.items():
        same = next((other for other, first in kept.items() if isinstance(held, list) and held and first == held), "")
        if same:
            notes.append(Note("listed_twice", f"`{excerpt(same, 40)}` and `{excerpt(name, 40)}` hold the same list"))
        else:
            kept[name] = held
    return kept, tuple(notes)


def rival_note(name: str, others: dict[str, Any]) -> tuple[Note, ...]:
    """Return a note for the items of a list beside which another one answers the same question, such as an example.

    >>> rival_note("expected", {"expected": [], "actual": []})[0].code, rival_note("cats", {"cats": [], "dogs": []})
    ('rival_lists', ())
    """
    mine, theirs = (_RIVALS if name in _RIVALS[0] else _RIVALS[::-1])
    rival = next((other for other in others if other in theirs), "") if name in mine else ""
    if not rival:
        return ()
    return (Note("rival_lists", f"it is of `{name}`, beside which `{rival}` stands for the same objects"),)
