"""The key names that models use, and how a name is recognised whatever its case and separators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

BOX_NAMES: Final = ("box_2d", "bbox_2d", "box", "bbox", "bounding_box")
MASK_NAMES: Final = (
    "mask",
    "segmentation_mask",
    "segmentation",
    "polygon",
    "polygons",
    "points",
    "contour",
    "contours",
    "rle",
    "vertices",
    "coordinates",
    "polygon_points",
    "mask_polygon",
    "segmentation_polygon",
    "mask_points",
    "mask_2d",
    "polygon_2d",
    "outline",
)
LABEL_NAMES: Final = ("label", "name", "class", "class_name", "obj", "category")
LAST_LABEL_NAMES: Final = ("object", "description", "title")
"""What a label may be called where nothing has the name of one."""

REFERENCE_NAMES: Final = ("mask_ref", "mask_id", "mask_reference")
"""What may name one of the masks that stand apart from the items."""

SCORE_NAMES: Final = ("confidence", "score")
CONTAINER_NAMES: Final = (
    "boxes",
    "items",
    "masks",
    "segmentation_masks",
    "segmentations",
    "results",
    "objects",
    "detections",
    "findings",
    "annotations",
)
ASSETS_NAMES: Final = ("mask_assets", "masks", "segmentation_masks")

_SEPARATORS = str.maketrans("", "", "_- ")


def normal(key: str) -> str:
    """Fold a key to its letters and digits: ``boundingBox``, ``bounding_box`` and ``Bounding Box`` are one.

    >>> normal("boundingBox")
    'boundingbox'
    """
    return key.translate(_SEPARATORS).casefold()


def named(entry: Mapping[Any, Any]) -> dict[str, str]:
    """Each key of an object by its normal form; of two that fold to one, the first.

    >>> named({"boundingBox": 1, "Label": 2})
    {'boundingbox': 'boundingBox', 'label': 'Label'}
    """
    names: dict[str, str] = {}
    for key in entry:
        names.setdefault(normal(str(key)), key)
    return names


def coordinates(point: Mapping[Any, Any]) -> tuple[Any, Any] | None:
    """The x and y of a point that is an object; None if it lacks one.

    >>> coordinates({"X": 1, "Y": 2}), coordinates({"x": 1})
    ((1, 2), None)
    """
    for x, y in (("x", "y"), ("X", "Y")):
        if x in point and y in point:
            return point[x], point[y]
    return None


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(normal(name) for name in names)


BOX: Final = _folded(BOX_NAMES)
MASK: Final = _folded(MASK_NAMES)
LABEL: Final = _folded(LABEL_NAMES)
LAST_LABEL: Final = _folded(LAST_LABEL_NAMES)
REFERENCE: Final = _folded(REFERENCE_NAMES)
SCORE: Final = _folded(SCORE_NAMES)
CONTAINER: Final = _folded(CONTAINER_NAMES)
ASSETS: Final = _folded(ASSETS_NAMES)

CORNERS: Final = frozenset(("ymin", "xmin", "ymax", "xmax"))
"""Normal forms of the corners of a box that stand in the item itself."""

HOLES: Final = ("holes", "hole", "interiors", "interior", "inner", "innerrings", "innerring")
"""Normal forms of what holds the holes of a part."""

FIELDS: Final = frozenset((*BOX, *MASK))
"""Keys that make an object an item."""

KNOWN: Final = frozenset((*FIELDS, *LABEL, *SCORE))
"""Keys of an item: seen inside a string that lost its closing quote, they tell where it ended."""

IS_KNOWN, IS_LABEL, IS_FIELD, IS_BOX = range(1, 5)
"""Ranks of keys, each of which includes those below it: of an item, its label, its mask, its box; 0 for any other."""

_RANKS: Final = {
    **dict.fromkeys(SCORE, IS_KNOWN),
    **dict.fromkeys(LABEL, IS_LABEL),
    **dict.fromkeys(MASK, IS_FIELD),
    **dict.fromkeys(BOX, IS_BOX),
}


def rank(key: str) -> int:
    """Rank a key by what it tells of its object.

    >>> rank("Bounding Box") == IS_BOX, rank("colour")
    (True, 0)
    """
    return _RANKS.get(normal(key), 0)


def names_box(names: Mapping[str, str]) -> bool:
    """Tell whether an object with these keys, as `named` gives them, has a box, or the four corners of one.

    >>> names_box({"bbox": "bbox"}), names_box({"ymin": "y_min", "xmin": "x_min"})
    (True, False)
    """
    return not names.keys().isdisjoint(BOX) or names.keys() >= CORNERS


def has_box(keys: Iterable[str]) -> bool:
    """Tell whether one of these keys is that of a box."""
    return any(rank(key) == IS_BOX for key in keys)


BOX_AT_END: Final = re.compile("|".join((*BOX_NAMES, "boundingBox")) + r"\Z")
"""A box key at the end of a text: a key whose opening quote was lost."""

NAMES: Final = "|".join((*BOX_NAMES, "boundingBox", *MASK_NAMES, *LABEL_NAMES, *SCORE_NAMES))
"""Pattern of a field's name as models write it."""
