"""Key names that models use, recognised in any case and with any separators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

GEMINI_BOX_NAMES: Final = ("box_2d",)
"""Keys of boxes that Gemini writes: y, x in thousandths of the image."""

YX_BOX_NAMES: Final = ("box", "bounding_box")
"""Other keys of boxes that are y, x."""

XY_BOX_NAMES: Final = ("bbox", "bbox_2d")
"""Keys of boxes that every family but Gemini writes as x, y."""

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
OTHER_LABEL_NAMES: Final = (
    *("category_name", "class_label", "label_name", "label_text", "text_label", "tag", "tag_name", "phrase", "species"),
    *("object_name", "object_label", "object_class", "object_type", "object_category", "obj_name", "obj_label"),
    *("obj_class", "obj_type", "item_name", "item_label", "instance_name", "instance_label", "entity", "entity_name"),
    *("entity_label", "part_name", "part_label", "semantic_label", "semantic_class", "display_name", "target_name"),
    *("predicted_class", "predicted_label", "detected_object", "detected_class", "noun_phrase", "class_text"),
    *("segment_name", "segment_label", "segment_class", "segment_category", "mask_label", "mask_name", "mask_class"),
    *("region_name", "region_label", "region_class", "area_name", "class_title", "category_title", "label_title"),
    *("category_label", "type_name", "thing_name", "concept_name", "box_label", "polygon_label", "shape_label"),
    *("detection_label", "detection_class", "detection_name", "feature_name", "semantic_name", "target_label"),
    *("element_name", "component_name", "product_name", "tag_label", "annotation_label", "name_en", "class_label_name"),
    *("labels", "classes", "class_names", "label_names", "text_labels", "categories", "names", "tags"),
)
"""Further names of a label, which a well-formed reply rarely has."""

LAST_LABEL_NAMES: Final = (
    *("object", "description", "title", "caption", "text", "item", "what", "noun", "subject", "thing", "concept"),
    *("referring_expression", "expression", "object_description", "query", "prompt", "part", "component", "element"),
    *("target", "instance", "kind", "type"),
)
"""Names of a label where no key has a name of those above."""

LABEL_ID_NAMES: Final = ("class_id", "category_id", "label_id", "class_index", "class_idx", "cls", "cls_id")
"""Numbers that stand for a label where there is none."""

OTHER_MASK_NAMES: Final = (
    *("masks", "segmentations", "segmentation_masks", "rles", "outlines", "mask_rle", "rle_mask", "mask_png"),
    *(
        "png_mask",
        "mask_base64",
        "base64_mask",
        "mask_data",
        "mask_uri",
        "mask_url",
        "mask_image",
        "png",
        "seg",
        "poly",
    ),
    *("segment", "segments", "segmentation_map", "segmentation_data", "segmentation_points", "geometry", "geojson"),
    *("polygon_coordinates", "polygon_coords", "polygon_vertices", "mask_coordinates", "mask_coords", "mask_polygons"),
    *("contour_points", "outline_points", "boundary", "boundary_points", "hull", "ring", "rings", "shape", "pts"),
    *("svg_path", "path", "svg", "wkt", "coords", "encoded_pixels", "encoded_pixel", "rle_pixels", "rle_counts"),
    *("rle_string", "rle_encoding", "run_lengths", "run_length_encoding", "coco_rle"),
)
"""Further names of a mask: they count only where the value looks like one."""

OTHER_BOX_NAMES: Final = (
    *("boxes", "bboxes", "bounding_boxes", "rect", "rectangle", "region", "roi", "bb", "bounds", "bndbox", "extent"),
    *("location", "position", "coords", "coordinates", "points", "box_coordinates", "bounding_rect"),
)
"""Further names of a box: they count only where the value is four numbers."""

NEUTRAL_BOX_NAMES: Final = (
    *("rect", "rectangle", "bounding_rect", "region", "roi", "bounds", "bndbox", "bb", "extent", "location"),
    *("position", "coordinates", "coords", "box_coordinates", "points"),
)
"""Further names of a box that no Gemini model writes and that say no order."""

BOX_SHAPES: Final = {
    **dict.fromkeys(("xyxy", "bboxxyxy", "boxxyxy", "boxesxyxy", "bboxesxyxy", "ltrb"), "xyxy"),
    **dict.fromkeys(("yxyx", "bboxyxyx", "boxyxyx", "boxesyxyx"), "yxyx"),
    **dict.fromkeys(("xywh", "bboxxywh", "boxxywh", "boxesxywh", "tlwh", "ltwh"), "xywh"),
    **dict.fromkeys(("cxcywh", "bboxcxcywh", "boxcxcywh", "boxescxcywh"), "cxcywh"),
}
"""Folded names of boxes that say what their four numbers are."""

IMAGE_NAMES: Final = (
    *("image", "image_index", "image_id", "image_idx", "image_name", "image_number", "image_path", "image_file"),
    *("source_image", "img", "img_id", "img_index", "frame", "frame_index", "frame_id", "frame_idx", "frame_number"),
    *("file_name", "file", "page", "page_number", "page_index", "photo", "picture"),
)
"""Names of the image that an item lies in."""

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
_LONGEST_KEPT: Final = 64


def fold(key: str) -> str:
    """Fold a key to lower-case letters and digits: ``boundingBox``, ``bounding_box`` and ``Bounding Box`` are one.

    >>> fold("boundingBox")
    'boundingbox'
    """
    return _fold_short(key) if len(key) <= _LONGEST_KEPT else _fold(key)


def _fold(key: str) -> str:
    return key.translate(_SEPARATORS).casefold()


_fold_short: Final = lru_cache(maxsize=4096)(_fold)
"""Items repeat their keys; long ones are not kept."""


def fold_keys(entry: Mapping[Any, Any]) -> dict[str, str]:
    """Map the folded form of each key to the key; of two that fold alike, the first.

    >>> fold_keys({"boundingBox": 1, "Label": 2})
    {'boundingbox': 'boundingBox', 'label': 'Label'}
    """
    names: dict[str, str] = {}
    for key in entry:
        names.setdefault(fold(key if type(key) is str else str(key)), key)
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
XY_BOX: Final = frozenset(_folded((*XY_BOX_NAMES, "bboxes", "bboxes_2d", *NEUTRAL_BOX_NAMES)))
MASK: Final = _folded(MASK_NAMES)
LABEL: Final = _folded(LABEL_NAMES)
OTHER_LABEL: Final = _folded(OTHER_LABEL_NAMES)
LAST_LABEL: Final = _folded(LAST_LABEL_NAMES)
LABEL_ID: Final = _folded(LABEL_ID_NAMES)
OTHER_MASK: Final = _folded(OTHER_MASK_NAMES)
OTHER_BOX: Final = _folded(OTHER_BOX_NAMES)
IMAGE: Final = _folded(IMAGE_NAMES)
REFERENCE: Final = _folded(REFERENCE_NAMES)
SCORE: Final = _folded(SCORE_NAMES)
CONTAINER: Final = _folded(CONTAINER_NAMES)
ASSETS: Final = _folded(ASSETS_NAMES)
RUN_LENGTHS: Final = frozenset(name for name in OTHER_MASK if "rle" in name or "run" in name or "pixel" in name)
"""Those of the further names of a mask that name run lengths."""

CORNERS: Final = (
    ("ymin", "xmin", "ymax", "xmax"),
    ("miny", "minx", "maxy", "maxx"),
    ("y1", "x1", "y2", "x2"),
    ("y0", "x0", "y1", "x1"),
    ("ystart", "xstart", "yend", "xend"),
    ("starty", "startx", "endy", "endx"),
    ("ytl", "xtl", "ybr", "xbr"),
    ("top", "left", "bottom", "right"),
    ("lefttop", "rightbottom"),
    ("topleft", "bottomright"),
    ("tl", "br"),
    ("y", "x", "height", "width"),
    ("y", "x", "h", "w"),
    ("top", "left", "height", "width"),
    ("cy", "cx", "h", "w"),
    ("cy", "cx", "height", "width"),
    ("ycenter", "xcenter", "height", "width"),
    ("centery", "centerx", "height", "width"),
)
"""Folded keys of the corners of a box, or of its corner and size, that stand in the item itself."""

_FIRST_CORNERS: Final = frozenset(family[0] for family in CORNERS)

HOLES: Final = (
    *("holes", "hole", "interiors", "interior", "inner", "innerrings", "innerring", "innerpolygons", "innerpolygon"),
    *("exclude", "excludes", "excluded", "exclusions", "exclusion", "cutouts", "cutout", "subtract", "voids", "void"),
    *("interiorrings", "interiorring", "innercontours", "innerboundaries", "negative", "negatives"),
)
"""Folded keys of the holes of a polygon."""

FIELDS: Final = frozenset((*BOX, *MASK))
"""Folded keys of a box or a mask: an object with such a key is an item."""

KNOWN: Final = frozenset((*FIELDS, *LABEL, *OTHER_LABEL, *SCORE))
"""Keys of an item; inside a string that lost its closing quote they show where it ended."""

IS_KNOWN, IS_LABEL, IS_FIELD, IS_BOX = range(1, 5)
"""Ranks of keys, in rising order: a score, a label, a mask, a box; any other key has rank 0."""

_RANKS: Final = {
    **dict.fromkeys(SCORE, IS_KNOWN),
    **dict.fromkeys((*LABEL, *OTHER_LABEL), IS_LABEL),
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
    return not names.keys().isdisjoint(BOX) or bool(corners_of(names))


def corners_of(names: Mapping[str, str]) -> tuple[str, ...]:
    """Return the folded keys that hold the corners of a box; empty if an object with these keys has none.

    >>> corners_of({"x": "x", "y": "y", "w": "w", "h": "h", "label": "label"})
    ('y', 'x', 'h', 'w')
    """
    if _FIRST_CORNERS.isdisjoint(names):
        return ()
    return next((family for family in CORNERS if all(name in names for name in family)), ())


def has_box(keys: Iterable[str]) -> bool:
    """Tell whether one of these keys names a box."""
    return any(rank(key) == IS_BOX for key in keys)


BOX_AT_END: Final = re.compile("|".join((*BOX_NAMES, "boundingBox")) + r"\Z")
"""A box key at the end of a text whose opening quote was lost."""

NAMES: Final = "|".join((*BOX_NAMES, "boundingBox", *MASK_NAMES, *LABEL_NAMES, *OTHER_LABEL_NAMES, *SCORE_NAMES))
"""Alternatives of a regular expression: every field name as models write it."""
