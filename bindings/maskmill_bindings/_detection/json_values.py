"""Tell annotation files from replies by the structure of their JSON."""

from __future__ import annotations

import re
from typing import Any, Final

from .detection import Detection, masks, other

_REPLY_KEYS: Final = frozenset(
    ("reply", "response", "candidates", "choices", "inlinedResponses", "output", "reply_status", "box_2d", "masks")
)
"""Keys of replies, of responses that hold them, and of rows that do."""

_SAMPLE: Final = 8
"""Entries of a list that are looked at."""

_KEY: Final = rb'"%s"\s*:'
_LABELME: Final = ("imagePath", "imageData", "imageWidth", "imageHeight")
_JSON_MIN: Final = ("annotator", "annotation_id", "lead_time", "created_at", "updated_at")

Object = dict[str, Any]


def detect_value(value: Any) -> Detection | None:
    """Return what a whole JSON value is; None where it may be a reply.

    >>> detect_value({"images": [], "annotations": [], "categories": []}).format
    'coco'
    >>> detect_value([{"box_2d": [0, 0, 9, 9], "label": "cat"}])
    """
    if isinstance(value, dict):
        return _of_object(value)
    if isinstance(value, list) and value and all(isinstance(entry, dict) for entry in value[:_SAMPLE]):
        return _of_list(value[:_SAMPLE])
    return None


def _of_object(value: Object) -> Detection | None:
    """Return what a JSON object is."""
    if _REPLY_KEYS & value.keys():
        return None
    annotations = value.get("annotations")
    if isinstance(annotations, list) and (
        isinstance(value.get("images"), list) or isinstance(value.get("image"), dict)
    ):
        if any(isinstance(entry, dict) and "segments_info" in entry for entry in annotations[:_SAMPLE]):
            return masks("coco-panoptic", "COCO's panoptic file", "`segments_info` in `annotations`")
        return masks("coco", "a COCO file", "`annotations` beside `images`")
    if "shapes" in value and any(name in value for name in _LABELME):
        return masks("labelme", "a file of LabelMe", f"`shapes` beside `{next(n for n in _LABELME if n in value)}`")
    if value.get("type") == "FeatureCollection" and "features" in value:
        return masks("geojson", "GeoJSON", "a FeatureCollection")
    if value.get("type") == "Feature" and "geometry" in value:
        return masks("geojson", "GeoJSON", "a Feature")
    if _is_task(value):
        return masks("labelstudio", "a task of Label Studio", "`data` beside `annotations` or `predictions`")
    return _of_others(value)


def _of_others(value: Object) -> Detection | None:
    """Return what a JSON object of a tool is whose files are not read."""
    if {"run", "tally", "digest"} <= value.keys():
        return other("a report that maskmill convert wrote", "`run` beside `tally`")
    if "_via_img_metadata" in value or "_via_settings" in value or _is_via(value):
        return other("a file of the VGG Image Annotator", "`regions` by image")
    if {"items", "categories"} <= value.keys() and "info" in value:
        return other("a file of Datumaro", "`items` beside `categories` and `info`")
    objects = value.get("objects")
    if isinstance(objects, list) and "size" in value and any("classTitle" in o for o in objects if isinstance(o, dict)):
        return other("an annotation of Supervisely", "`classTitle` in `objects`")
    return None


def _is_via(value: Object) -> bool:
    """Whether every value describes an image with its regions."""
    entries = list(value.values())[:_SAMPLE]
    return bool(entries) and all(
        isinstance(entry, dict) and {"filename", "regions"} <= entry.keys() for entry in entries
    )


def _of_list(entries: list[Object]) -> Detection | None:
    """Return what a JSON list of objects is."""
    if any(_REPLY_KEYS & entry.keys() for entry in entries):
        return None
    if all(
        {"image_id", "category_id"} <= entry.keys() and {"segmentation", "bbox"} & entry.keys() for entry in entries
    ):
        return masks("coco-results", "COCO results", "`image_id` and `category_id` in each entry")
    if all(map(_is_task, entries)):
        return masks("labelstudio", "tasks of Label Studio", "`data` beside `annotations` or `predictions`")
    if all(map(_is_min_task, entries)):
        return masks("labelstudio", "Label Studio's JSON-MIN", "regions with `original_width` beside `image`")
    if all(entry.get("type") == "Feature" and "geometry" in entry for entry in entries):
        return masks("geojson", "GeoJSON", "a list of features")
    if all({"image", "annotations"} <= entry.keys() and isinstance(entry["annotations"], list) for entry in entries):
        return other("a file of Create ML", "`image` beside `annotations` in each entry")
    return None


def _is_task(value: Object) -> bool:
    """Whether an object is a task of Label Studio."""
    answers = (value.get(name) for name in ("annotations", "predictions", "completions"))
    return isinstance(value.get("data"), dict) and any(isinstance(answer, list) for answer in answers)


def _is_min_task(value: Object) -> bool:
    """Whether an object is a task as JSON-MIN has it: the image, and lists of regions under the names of tags."""
    regions = [entry for listed in value.values() if isinstance(listed, list) for entry in listed]
    has_regions = any(isinstance(region, dict) and "original_width" in region for region in regions)
    return has_regions or (isinstance(value.get("image"), str) and sum(name in value for name in _JSON_MIN) > 1)


def detect_text(head: bytes, tail: bytes = b"") -> Detection | None:
    """Return what JSON is that is too long or too damaged to be parsed, by the keys in its beginning and its end.

    >>> detect_text(b'{"version": "5.5", "shapes": [{"label": "a"').format
    'labelme'
    """
    text = head + b"\n" + tail

    def has(name: str) -> bool:
        return re.search(_KEY % re.escape(name).encode(), text) is not None

    if any(map(has, ("candidates", "choices", "reply", "response", "inlinedResponses", "box_2d", "reply_status"))):
        return None
    is_object = head.lstrip()[:1] == b"{"
    if is_object and has("segments_info"):
        return masks("coco-panoptic", "COCO's panoptic file", "`segments_info`")
    if is_object and (has("images") or has("categories")) and (has("annotations") or has("image_id")):
        return masks("coco", "a COCO file", "`annotations` beside `images`")
    if is_object and has("shapes") and (has("shape_type") or has("imagePath") or has("version")):
        return masks("labelme", "a file of LabelMe", "`shapes`")
    if has("original_width") or (has("data") and (has("annotations") or has("predictions"))):
        return masks("labelstudio", "tasks of Label Studio", "`original_width`")
    if re.search(rb'"type"\s*:\s*"Feature(Collection)?"', text):
        return masks("geojson", "GeoJSON", "features")
    if not is_object and has("image_id") and has("category_id"):
        return masks("coco-results", "COCO results", "`image_id` beside `category_id`")
    return None
