"""Read Florence-2's parsed answers: lists in parallel under the name of a task, x, y, in pixels of the image."""

from __future__ import annotations

import re
from typing import Any, Final

from ...._layout import FrameName, Layout
from ...items import Item
from .. import _parts

_TASK: Final = re.compile(r"</?[A-Z]+(?:_[A-Z]+)*>")
_TASKS: Final = frozenset(
    (
        *("OD", "REFERRING_EXPRESSION_SEGMENTATION", "REGION_TO_SEGMENTATION", "OPEN_VOCABULARY_DETECTION"),
        *("REGION_PROPOSAL", "DENSE_REGION_CAPTION", "CAPTION_TO_PHRASE_GROUNDING", "OCR_WITH_REGION"),
    )
)
_TASK_KEYS: Final = ("task", "task_prompt", "prompt")
_LISTS: Final = (
    ("polygons", "polygons_labels"),
    ("bboxes", "bboxes_labels"),
    ("quad_boxes", "labels"),
)


def read(value: dict[Any, Any]) -> list[Item] | None:
    """Return the items of one answer, none if its lists are empty; None if the object is none.

    >>> answer = {"<OD>": {"bboxes": [[10, 20, 30, 40]], "labels": ["car"]}}
    >>> [(item.label, item.box, item.layout.box_frame) for item in read(answer)]
    [('car', [10, 20, 30, 40], 'pixels')]
    """
    answers = _answers(value)
    if answers:
        return [item for answer in answers for item in _items(answer, "pixels")]
    return _items(value, "") if _is_answer(value) else None


def _answers(value: dict[Any, Any]) -> list[dict[Any, Any]]:
    """Return the objects with lists under the name of a task, or beside it."""
    held = [inner for key, inner in value.items() if isinstance(inner, dict) and _names_task(key)]
    if not held and any(_names_task(value.get(key), is_bare=False) for key in _TASK_KEYS):
        held = [inner for inner in value.values() if isinstance(inner, dict)] or [value]
    return [inner for inner in held if any(isinstance(inner.get(name), list) for name, _ in _LISTS)]


def _names_task(text: Any, is_bare: bool = True) -> bool:
    """Tell whether a text is the name of a task, in angle brackets or, if `is_bare`, one of the known ones without."""
    if not isinstance(text, str) or not text[:1].strip("abcdefghijklmnopqrstuvwxyz"):
        return False
    return _TASK.fullmatch(text) is not None or (is_bare and text in _TASKS)


def _is_answer(value: dict[Any, Any]) -> bool:
    """Tell whether an object without the name of its task has the lists of an answer, and rings in it are flat."""
    if "polygons" not in value or not ("polygons_labels" in value or "labels" in value):
        return False
    polygons = value["polygons"]
    if not isinstance(polygons, list) or not polygons or not all(isinstance(rings, list) for rings in polygons):
        return False
    return all(_parts.are_numbers(ring) and len(ring) > 4 for rings in polygons for ring in rings)


def _items(answer: dict[Any, Any], frame: FrameName) -> list[Item]:
    return [
        _item(name, held, _label(answer, own_labels, i), frame)
        for name, own_labels in _LISTS
        for i, held in enumerate(answer[name] if isinstance(answer.get(name), list) else [])
    ]


def _label(answer: dict[Any, Any], own_labels: str, i: int) -> str:
    labels = answer.get(own_labels, answer.get("labels"))
    label = labels[i] if isinstance(labels, list) and i < len(labels) else ""
    return _parts.clean_label(label) if isinstance(label, str) else ""


def _item(name: str, held: Any, label: str, frame: FrameName) -> Item:
    if name == "bboxes":
        item = Item(raw={"bbox": held, "label": label}, box=held, mask=_parts.BOX_ONLY, label=label, box_key="bbox")
        item.layout = Layout("xy", frame)
        return item
    rings = _rings(held) if name == "polygons" else held
    raw = {"polygon": rings, "label": label}
    return Item(raw=raw, mask=rings, label=label, mask_key="polygon", layout=Layout("", "", "xy", frame))


def _rings(held: Any) -> Any:
    """Return the flat rings of one instance as lists of points, so that several of them stay several."""
    if not isinstance(held, list) or not all(_parts.are_numbers(ring) for ring in held):
        return held
    return [[ring[i : i + 2] for i in range(0, len(ring) - 1, 2)] for ring in held]
