"""Roles of lists in parallel: boxes, masks, labels or scores, by the key of a list and its entries."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from ..keys import (
    BOX,
    BOX_SHAPES,
    LABEL,
    LAST_LABEL,
    MASK,
    OTHER_BOX,
    OTHER_LABEL,
    OTHER_MASK,
    SCORE,
    corners_of,
    fold_keys,
    names_box,
)
from .mask_like import is_four_numbers, is_named_mask, is_polygon_like, mask_kind

_ITEM_TEXT: Final = re.compile(r"(?:\s*```\w*)?\s*\{(?!\s*\\?[\"'](?:size|counts)\b)")
_PREFIXES: Final = ("pred", "predicted", "detection", "detected", "output", "instance", "object", "result", "gt", "all")
_ENDINGS: Final = ("list", "array", "s", "es")
_PLURAL_LABELS: Final = frozenset(
    [
        "labels",
        "names",
        "classes",
        "classnames",
        "categories",
        "categorynames",
        "labelnames",
        "textlabels",
        "tags",
        "phrases",
        "texts",
        "objects",
        "captions",
        "descriptions",
        "entities",
        "titles",
        "species",
    ]
)
_PLURAL_SCORES: Final = frozenset(["scores", "confidences", "probs", "probabilities", "logits"])
_NOT_LISTS: Final = frozenset(
    (*BOX, "coordinates", "points", "vertices", "rings", "ring", "outline", "contour", "path")
)
_OF_ITEMS: Final = frozenset((*LABEL, *OTHER_LABEL, *SCORE, "mask", "id", "object", "description", "title"))
BOX_ROLE, MASK_ROLE, LABEL_ROLE, SCORE_ROLE = "box", "mask", "label", "score"


@lru_cache(maxsize=1024)
def role_of(name: str) -> tuple[str, str]:
    """Return the role of a folded key of a list, and the name of the field in the object of an item.

    >>> role_of("detectionboxes"), role_of("scores"), role_of("colour")
    (('box', 'box'), ('score', 'score'), ('', ''))
    """
    for stem in _stems(name):
        if stem in BOX or stem in BOX_SHAPES:
            return BOX_ROLE, stem if stem in BOX_SHAPES else ("box_2d" if stem == "box2d" else stem)
        if stem in MASK or (stem in OTHER_MASK and stem not in OTHER_BOX):
            return MASK_ROLE, stem if stem in MASK else "mask"
        if stem in SCORE or name in _PLURAL_SCORES or stem in _PLURAL_SCORES:
            return SCORE_ROLE, "score"
        if name in _PLURAL_LABELS or stem in (*LABEL, *OTHER_LABEL, *_PLURAL_LABELS, *LAST_LABEL):
            return LABEL_ROLE, "label"
    return "", ""


def _stems(name: str) -> list[str]:
    """Return a folded key, and what it may be the plural or a longer form of."""
    found = [name]
    for prefix in _PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            found.append(name[len(prefix) :])
    endless = [stem[: -len(end)] for stem in found for end in _ENDINGS if stem.endswith(end) and len(stem) > len(end)]
    return [*found, *endless]


def entries_of(role: str, name: str, held: Any) -> list[Any] | None:
    """Return the entries of a list with one for each item; None if a value is no such list.

    >>> entries_of(BOX_ROLE, "boxes", [[1, 2, 3, 4]]), entries_of(BOX_ROLE, "boxes", ["cat"])
    ([[1, 2, 3, 4]], None)

    Parameters
    ----------
    role : str
        What the entries are: `BOX_ROLE` or one of the others.
    name : str
        The folded key of the list.
    held : Any
        The list.
    """
    if not isinstance(held, list) or not held:
        return None
    if role == BOX_ROLE:
        return held if all(entry is None or is_box(entry) for entry in held) and any(held) else None
    if role == MASK_ROLE:
        return _mask_entries(name, held)
    is_flat = all(entry is None or isinstance(entry, (str, int, float)) for entry in held)
    return held if is_flat or (role == LABEL_ROLE and all(isinstance(entry, (str, list)) for entry in held)) else None


def _mask_entries(name: str, held: list[Any]) -> list[Any] | None:
    """Return the masks of a list; points alone, or numbers, are one mask."""
    if is_polygon_like(held) and (not isinstance(held[0], list) or not is_mask(held[0])):
        return [held] if is_named_mask(name, held) and name not in _NOT_LISTS and name not in MASK else None
    if any(isinstance(entry, str) and _ITEM_TEXT.match(entry) for entry in held):
        return None
    return held if all(entry is None or is_mask(entry) for entry in held) and any(held) else None


def is_mask(entry: Any) -> bool:
    """Tell whether an entry is a mask by itself, or the text or list that stands for one.

    >>> is_mask("data:image/png;base64,"), is_mask({"label": "cat"}), is_mask(1)
    (True, False, False)
    """
    if isinstance(entry, dict):
        return _OF_ITEMS.isdisjoint(names := fold_keys(entry)) and not names_box(names) and mask_kind(entry) != ""
    if isinstance(entry, list):
        return not entry or mask_kind(entry) != ""
    return isinstance(entry, str)


def is_box(entry: Any) -> bool:
    """Tell whether an entry is a box: four numbers, two corners, or an object of corners and nothing else.

    >>> is_box([1, 2, 3, 4]), is_box("1, 2, 3, 4"), is_box({"x1": 1, "y1": 2, "x2": 3, "y2": 4}), is_box([1])
    (True, True, True, False)
    """
    if isinstance(entry, dict):
        names = fold_keys(entry)
        return len(names) == len(corners_of(names)) > 0
    if isinstance(entry, str):
        return is_four_numbers([part.strip(" []()") for part in entry.split(",")])
    is_corners = isinstance(entry, list) and len(entry) == 2 and all(isinstance(v, list) and len(v) == 2 for v in entry)
    return is_four_numbers(entry) or is_corners
