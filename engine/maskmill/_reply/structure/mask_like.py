"""Recognise by its value alone what may be a mask or a box, whatever its key is."""

from __future__ import annotations

import re
from typing import Any, Final

from ..keys import BOX, HOLES, LABEL, OTHER_LABEL, RUN_LENGTHS, fold, fold_keys, point_coordinates

MASK_TEXT: Final = re.compile(r"\s*(?:data:image/|iVBORw0KGgo|<start_of_mask>|<seg_?\d)")
_PATH: Final = re.compile(r"\s*(?:[Mm]\s*-?[\d.]|(?:MULTI)?POLYGON\s*(?:Z\s*)?\(|<(?:polygon|path)\s)")
_NO_MASK: Final = re.compile(
    r"keypoint|landmark|skeleton|pose|joint|traject|track|cent(?:er|re|roid)|colou?r|palette|axis|axes|anchor|click"
    r"|points?2d|prompt|positive|negative|line|corner|thumb|crop|icon|photo|picture|overlay|visual|preview|image(?!mask)"
)
_RUN_TEXT: Final = re.compile(r"[0-o]{4,}|[\d\s,;:|]{5,}")
_OF_POINTS: Final = re.compile(r"poly|points?$|pts$|contour|outline|bound|coord|vert|hull")
_OUTER: Final = frozenset(
    (
        *("outer", "exterior", "outline", "vertices", "points", "polygon", "polygons", "vertexes", "boundingpoly"),
        *("normalizedvertices", "normalizedvertexes", "polygonpoints", "contourpoints", "outlinepoints", "coords"),
        *("boundarypoints", "polygoncoordinates", "polygoncoords", "contour", "contours", "coordinates"),
    )
)
_OF_ITEMS: Final = frozenset((*BOX, *LABEL, *OTHER_LABEL, "boxes", "bboxes", "boundingboxes", "masks"))
_POINT: Final = 2
_CORNERS: Final = 4

GOOD_KINDS: Final = ("text", "runs", "polygon")
"""Kinds of values that may give pixels; `tokens` need a codebook, and `numbers` may be anything."""


def mask_kind(value: Any, depth: int = 1) -> str:
    """Return the kind of mask that a value looks like: text, tokens, runs, polygon or numbers; empty for none.

    >>> mask_kind([[0, 0], [9, 0], [9, 9]]), mask_kind("data:image/png;base64,iVBOR"), mask_kind("cat")
    ('polygon', 'text', '')
    """
    if isinstance(value, str):
        return _text_kind(value)
    if isinstance(value, dict):
        return _object_kind(value, depth)
    if not isinstance(value, list) or not value:
        return ""
    if len(value) == 1 and isinstance(value[0], (str, dict)):
        return mask_kind(value[0], depth)
    if all(isinstance(entry, dict) for entry in value):
        is_polygon = len(value) > _POINT and is_polygon_like(value)
        return "polygon" if is_polygon or all(mask_kind(entry, 0) == "polygon" for entry in value) else ""
    if all(_is_number(entry) for entry in value):
        return "numbers" if len(value) > _CORNERS and len(value) % 2 == 0 else ""
    return "polygon" if is_polygon_like(value) and _has_three_points(value) else ""


def is_run_text(name: str, value: Any) -> bool:
    """Tell whether a folded key names run lengths, and its value is a text that can be some.

    >>> is_run_text("encodedpixels", "53 4 63 4"), is_run_text("encodedpixels", "none at all")
    (True, False)
    """
    return name in RUN_LENGTHS and isinstance(value, str) and _RUN_TEXT.fullmatch(value) is not None


def names_no_mask(key: str) -> bool:
    """Tell whether a key names something else that is written as points or as a picture.

    >>> names_no_mask("keypoints"), names_no_mask("hull")
    (True, False)
    """
    return _NO_MASK.search(fold(key)) is not None


def names_points(key: str) -> bool:
    """Tell whether a key says that plain numbers under it are points.

    >>> names_points("polygon_coords"), names_points("seg")
    (True, False)
    """
    return _OF_POINTS.search(fold(key)) is not None


def is_named_mask(key: str, value: Any) -> bool:
    """Tell whether a value looks like a mask; of plain numbers, the key has to say that they are points.

    >>> is_named_mask("seg", [1, 2, 3, 4, 5, 6]), is_named_mask("seg", [[1, 2], [3, 4], [5, 6]])
    (False, True)
    """
    kind = mask_kind(value)
    return kind != "" and (kind != "numbers" or names_points(key))


def is_four_numbers(value: Any) -> bool:
    """Tell whether a value is the four numbers of a box.

    >>> is_four_numbers([1, 2, 3, "4"]), is_four_numbers([[1, 2], [3, 4]])
    (True, False)
    """
    return isinstance(value, list) and len(value) == _CORNERS and all(map(_is_numeric, value))


def is_polygon_like(value: Any) -> bool:
    """Tell whether a list holds coordinates and no items: numbers, lists of numbers, points.

    >>> is_polygon_like([[1, 2], [3, 4]]), is_polygon_like([{"x": 1, "y": 2}]), is_polygon_like([{"label": "cat"}])
    (True, True, False)
    """
    for _ in range(4):
        if not isinstance(value, list) or not value:
            return False
        first = value[0]
        if isinstance(first, dict):
            return all(isinstance(entry, dict) and _is_geometry(entry) for entry in value)
        if isinstance(first, (int, float)):
            return len(value) > _CORNERS and all(isinstance(v, (int, float)) for v in value)
        if isinstance(first, list) and len(first) == _POINT and all(isinstance(v, (int, float)) for v in first):
            return True
        value = first
    return False


def _text_kind(text: str) -> str:
    if MASK_TEXT.match(text):
        return "tokens" if text.lstrip().startswith("<") else "text"
    return "text" if _PATH.match(text) else ""


def _object_kind(value: dict[Any, Any], depth: int) -> str:
    """Return the kind of an object: run lengths, a geometry, parts with holes, or one of these within."""
    if "counts" in value:
        return "runs"
    if "outer" in value or (value.get("type") in ("Polygon", "MultiPolygon") and "coordinates" in value):
        return "polygon"
    if {"all_points_x", "all_points_y"} <= value.keys():
        return "polygon"
    names = fold_keys(value)
    if not _OF_ITEMS.isdisjoint(names):
        return ""
    if any(mask_kind(value[key], 0) for name, key in names.items() if name in _OUTER and isinstance(value[key], list)):
        return "polygon"
    if depth == 0:
        return ""
    kinds = [kind for inner in value.values() if (kind := mask_kind(inner, depth - 1)) and kind != "numbers"]
    return kinds[0] if len(kinds) == 1 else ""


def _is_geometry(entry: dict[Any, Any]) -> bool:
    """Tell whether an object is a point or a part of a polygon and nothing else."""
    is_point = len(entry) == _POINT and point_coordinates(entry) is not None
    return is_point or ("outer" in entry and fold_keys(entry).keys() <= {"outer", *HOLES})


def _has_three_points(value: list[Any]) -> bool:
    """Tell whether a list of pairs, or one of the lists of pairs in it, has three of them or more."""
    if len(value) > _POINT:
        return True
    return any(isinstance(entry, list) and len(entry) > _POINT for entry in value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_numeric(value: Any) -> bool:
    return _is_number(value) or (isinstance(value, str) and value.strip().replace(".", "", 1).lstrip("-").isdigit())
