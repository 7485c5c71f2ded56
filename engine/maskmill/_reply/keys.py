"""Key names that models use, recognised in any case and with any separators."""

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
"""Names of a label where no key has one of `LABEL_NAMES`."""

REFERENCE_NAMES: Final = ("mask_ref", "mask_id", "mask_reference")
"""Keys that refer to a mask which stands apart from the items."""

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


def fold(key: str) -> str:
    """Fold a key to lower-case letters and digits: ``boundingBox``, ``bounding_box`` and ``Bounding Box`` are one.

    >>> fold("boundingBox")
    'boundingbox'
    """
    return key.translate(_SEPARATORS).casefold()


def fold_keys(entry: Mapping[Any, Any]) -> dict[str, str]:
    """Map the folded form of each key to the key; of two that fold alike, the first.

    >>> fold_keys({"boundingBox": 1, "Label": 2})
    {'boundingbox': 'boundingBox', 'label': 'Label'}
    """
    names: dict[str, str] = {}
    for key in entry:
        names.setdefault(fold(str(key)), key)
    return names


def point_coordinates(point: Mapping[Any, Any]) -> tuple[Any, Any] | None:
    """Return the x and y of a point written as an object; None if one is missing.

    >>> point_coordinates({"X": 1, "Y": 2}), point_coordinates({"x": 1})
    ((1, 2), None)
    """
    for x, y in (("x", "y"), ("X", "Y")):
        if x in point and y in point:
            return point[x], point[y]
    return None


def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold(name) for name in names)


BOX: Final = _folded(BOX_NAMES)
MASK: Final = _folded(MASK_NAMES)
LABEL: Final = _folded(LABEL_NAMES)
LAST_LABEL: Final = _folded(LAST_LABEL_NAMES)
REFERENCE: Final = _folded(REFERENCE_NAMES)
SCORE: Final = _folded(SCORE_NAMES)
CONTAINER: Final = _folded(CONTAINER_NAMES)
ASSETS: Final = _folded(ASSETS_NAMES)

CORNERS: Final = frozenset(("ymin", "xmin", "ymax", "xmax"))
"""Folded keys of box corners that stand in the item itself."""

HOLES: Final = ("holes", "hole", "interiors", "interior", "inner", "innerrings", "innerring")
"""Folded keys of the holes of a polygon."""

FIELDS: Final = frozenset((*BOX, *MASK))
"""Folded keys of a box or a mask: an object with such a key is an item."""

KNOWN: Final = frozenset((*FIELDS, *LABEL, *SCORE))
"""Keys of an item; inside a string that lost its closing quote they show where it ended."""

IS_KNOWN, IS_LABEL, IS_FIELD, IS_BOX = range(1, 5)
"""Ranks of keys, in rising order: a score, a label, a mask, a box; any other key has rank 0."""

_RANKS: Final = {
    **dict.fromkeys(SCORE, IS_KNOWN),
    **dict.fromkeys(LABEL, IS_LABEL),
    **dict.fromkeys(MASK, IS_FIELD),
    **dict.fromkeys(BOX, IS_BOX),
}


def rank(key: str) -> int:
    """Return the rank of a key: `IS_BOX`, `IS_FIELD`, `IS_LABEL`, `IS_KNOWN` or 0.

    >>> rank("Bounding Box") == IS_BOX, rank("colour")
    (True, 0)
    """
    return _RANKS.get(fold(key), 0)


def names_box(names: Mapping[str, str]) -> bool:
    """Tell whether an object with these folded keys has a box, or the four corners of one.

    >>> names_box({"bbox": "bbox"}), names_box({"ymin": "y_min", "xmin": "x_min"})
    (True, False)
    """
    return not names.keys().isdisjoint(BOX) or names.keys() >= CORNERS


def has_box(keys: Iterable[str]) -> bool:
    """Tell whether one of these keys names a box."""
    return any(rank(key) == IS_BOX for key in keys)


BOX_AT_END: Final = re.compile("|".join((*BOX_NAMES, "boundingBox")) + r"\Z")
"""A box key at the end of a text whose opening quote was lost."""

NAMES: Final = "|".join((*BOX_NAMES, "boundingBox", *MASK_NAMES, *LABEL_NAMES, *SCORE_NAMES))
"""Alternatives of a regular expression: every field name as models write it."""
