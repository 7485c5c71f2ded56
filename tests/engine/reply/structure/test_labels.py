"""Labels: under the many names that models use, above the list, on the parent, or as the key."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from maskmill import Limits
from maskmill._reply import Item, read
from maskmill._reply.structure.labels import label_of_key, names_image
from support.replies import RING, SIZE, codes

BOX = [200, 100, 900, 900]
NAMES = [
    *("label", "name", "class", "class_name", "className", "category", "category_name", "obj", "object", "object_name"),
    *("objectName", "OBJECT_NAME", "text_label", "textLabel", "text", "title", "description", "caption", "tag", "type"),
    *("phrase", "entity", "item", "what", "species", "part", "label_name", "labels", "text_labels", "tags", "classes"),
    *("object_class", "object_type", "display_name", "subject", "noun", "concept", "referring_expression", "kind"),
]
CONTAINERS = [
    *("result", "data", "items", "output", "masks", "detected_objects", "bounding_boxes", "objects_2", "1"),
    *("segmentation masks", "my results", "ImageAnnotations"),
]
PLURALS = [key for key in CONTAINERS if key not in ("result", "data", "output", "1")]
SHORT = [
    *("A", "d", "item", "image", "shape", "object", "part", "text", "region", "ring", "path", "frame", "page", "data"),
    *("target", "segment", "name", "0", "1"),
]


def plain(**more: Any) -> dict[str, Any]:
    return {"box_2d": BOX, "mask": RING, **more}


def different(value: Any, place: int) -> Any:
    """Return a value of `HELD` with another number, so that no two are one object listed twice."""
    if isinstance(value, list):
        return [different(entry, place) for entry in value]
    return {**value, "id": place}


HELD = {"item": plain(), "list": [plain()], "polygon": {"polygon": RING, "id": 3}}


def items_of(value: Any) -> list[Item]:
    """Read a value as text, and as text that only the salvage can read; both must give the same labels."""
    text = json.dumps(value)
    items, broken = (read(reply, Limits()).items for reply in (text, text[:-1] + "," + text[-1]))
    assert [item.label for item in items] == [item.label for item in broken]
    assert [item.label for item in items] == [item.label for item in read(value, Limits()).items]
    return items


def labels(value: Any) -> list[str]:
    return [item.label for item in items_of(value)]


def said(value: Any) -> set[str]:
    return {note.code for item in items_of(value) for note in item.notes}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_a_label(name: str) -> None:
    assert labels([plain(**{name: "cup"}), {name: "dog", **plain()}]) == ["cup", "dog"]
    assert not said([plain(**{name: "cup"})])
    masks = maskmill.decode(json.dumps([plain(**{name: "cup"})]), SIZE)
    assert (masks.labels.tolist(), masks.status.tolist()) == (["cup"], ["ok"])


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ({"name": "cat"}, "cat"),
        ({"label": "cat", "score": 0.5}, "cat"),
        ({"value": "cat"}, "cat"),
        ([{"name": "cat", "confidence": 1}], "cat"),
        (["cat", "animal"], "cat, animal"),
        (["cat"], "cat"),
        (3, "3"),
        (None, ""),
        ([], ""),
        ([[[[["cat"]]]]], ""),
    ],
)
@pytest.mark.parametrize("name", ["label", "object_name", "labels"])
def test_labels_of_other_types(name: str, value: Any, label: str) -> None:
    assert labels([plain(**{name: value})]) == [label]


@pytest.mark.parametrize(
    "entry",
    [
        plain(**{"class": 0, "class_name": "cat"}),
        plain(label=7, category_name="cat"),
        plain(label="cat", description="a black cat"),
        plain(description="a black cat", object_name="cat"),
        plain(label="", name=None, obj="cat"),
        plain(properties={"label": "cat", "colour": "black"}),
        plain(type="polygon", category="cat"),
        plain(class_id=3, name="cat"),
    ],
)
def test_the_better_name_wins(entry: dict[str, Any]) -> None:
    assert labels([entry]) == ["cat"]


@pytest.mark.parametrize("key", ["fruit", "animal_name", "defect", "furniture_category"])
def test_a_lone_text_is_the_label_and_that_is_said(key: str) -> None:
    assert labels([plain(**{key: "apple", "id": 3})]) == ["apple"]
    assert said([plain(**{key: "apple"})]) == {"key_mended"}


@pytest.mark.parametrize(
    "more",
    [
        {"id": "a7"},
        {"colour": "red"},
        {"file_name": "a.jpg"},
        {"type": "polygon"},
        {"format": "png"},
        {"left_of": "the cup", "near": "the plate"},
        {"note": "hard to see"},
        {"x": 1},
    ],
)
def test_other_texts_are_no_label(more: dict[str, Any]) -> None:
    assert labels([plain(**more)]) == [""]


@pytest.mark.parametrize("key", ["class_id", "category_id", "label_id", "cls"])
def test_a_number_of_a_class_is_the_last_resort(key: str) -> None:
    assert labels([plain(**{key: 3})]) == ["3"]
    assert said([plain(**{key: 3})]) == {"key_mended"}


ABOVE: dict[str, Any] = {
    "above a list": {"label": "cat", "boxes": [plain(), plain()]},
    "above a list of another name": {"category": "cat", "instances": [plain(), plain()]},
    "above each list": [{"object": "cat", "detections": [plain()]}, {"object": "cat", "detections": [plain()]}],
    "in results": {"results": [{"class_name": "cat", "boxes": [plain(), plain()]}]},
    "on the parent": [{"object": "cat", "segmentation": plain()}, {"name": "cat", "detection": plain()}],
    "on the parent, last names": [{"description": "cat", "annotation": plain()}, {"title": "cat", "geometry": plain()}],
    "as the key of lists": {"cat": [plain()], "the result": {"cat": [plain()]}},
    "as the key in a container": {"objects": {"cat": [plain(), plain()]}},
    "as the key of objects": [{"cat": plain()}, {"cat": plain()}],
    "as the key above a container": {"cat": {"instances": [plain(), plain()]}},
    "as the key of lists in parallel": {"cat": {"boxes": [BOX, BOX], "masks": [RING, RING]}},
    "above lists in parallel": {"label": "cat", "boxes": [BOX, BOX], "masks": [RING, RING]},
    "as the key of masks": [{"cat": RING}, {"cat": RING}],
    "as the key of JSON in a text": {"cat": json.dumps([plain(), plain()])},
}


@pytest.mark.parametrize("name", ABOVE)
def test_a_label_outside_its_item(name: str) -> None:
    assert labels(ABOVE[name]) == ["cat", "cat"]


def test_labels_as_keys_of_several_lists() -> None:
    value = {"cat": [plain()], "red cup": plain(), "dog": [plain(label="puppy"), plain()]}
    assert labels(value) == ["cat", "red cup", "puppy", "dog"]
    assert not said(value)
    masks = {"cat": RING, "dog": [[1, 2], [30, 40], [5, 600]]}
    assert labels(masks) == ["cat", "dog"]
    assert labels({"masks": masks}) == ["cat", "dog"]


def test_a_single_key_may_be_no_label_which_is_said() -> None:
    assert said({"cat": [plain()]}) == {"label_around"}
    assert said({"kitchen": {"cat": [plain()], "dog": [plain()]}}) == set()


@pytest.mark.parametrize("key", CONTAINERS)
def test_the_key_of_a_container_is_no_label(key: str) -> None:
    assert label_of_key(key) == ""
    assert labels({key: [plain()]}) == [""]


@pytest.mark.parametrize("key", PLURALS)
def test_the_plural_of_a_container_is_no_label_beside_one_that_is(key: str) -> None:
    assert labels({key: [plain()], "cat": [plain()]}) == ["", "cat"]


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("keys", [("a", "b"), ("A", "d"), ("d", "i", "red cup"), ("0", "a", "x")])
def test_letters_are_labels_beside_each_other(keys: tuple[str, ...], held: str) -> None:
    value = {key: different(HELD[held], place) for place, key in enumerate(keys)}
    assert labels(value) == list(keys)
    assert labels({"objects": value}) == list(keys)


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("key", SHORT)
def test_any_singular_key_beside_a_label_is_one_which_is_said(key: str, held: str) -> None:
    first, second, third = (different(HELD[held], place) for place in range(3))
    assert labels({key: first, "dog": second}) == [key, "dog"]
    assert labels({"dog": first, key: second, "cat": third}) == ["dog", key, "cat"]
    assert said({key: first, "dog": second}) == ({"label_around"} if len(key) > 1 or key.isdigit() else set())


@pytest.mark.parametrize("keys", [("0", "1"), ("item", "part"), ("item1", "item2"), ("objects", "parts"), ("item",)])
def test_keys_of_which_none_is_plainly_a_label_are_none(keys: tuple[str, ...]) -> None:
    assert labels({key: plain() for key in keys}) == [""] * len(keys)


@pytest.mark.parametrize("key", ["box", "bbox", "bounding_box", "mask", "polygon"])
def test_the_name_of_a_field_around_a_whole_item_is_a_label(key: str) -> None:
    other = different(plain(), 1)
    for value in ({key: plain(), "dog": other}, {key: [plain()], "dog": [other]}):
        assert [item.label for item in read(json.dumps(value), Limits()).items] == [key, "dog"]


def test_the_key_inside_a_mask_is_no_label() -> None:
    corners = [{"x": 0.2, "y": 0.1}, {"x": 0.6, "y": 0.1}, {"x": 0.6, "y": 0.5}]
    for item in (
        {"name": "a", "boundingPoly": {"normalizedVertices": corners}},
        {"name": "a", "score": 0.9, "bounding_poly": {"normalized_vertices": corners}},
        {"polygonAnnotation": {"vertexes": corners}, "displayName": "a"},
        {"label": "a", "area": {"contour": corners}},
        {"label": "a", "area": {"coordinates": RING}},
    ):
        assert labels([item]) == ["a"]
        assert labels(item) == ["a"]
        assert maskmill.decode(json.dumps([item]), SIZE).status.tolist() == ["ok"]


@pytest.mark.parametrize(
    ("properties", "label"),
    [
        ({"objectType": "annotation", "classification": {"name": "Tumor", "color": [200, 0, 0]}}, "Tumor"),
        ({"object_type": "detection", "classification": {"names": ["Tumor", "Positive"]}}, "Tumor, Positive"),
        ({"objectType": "annotation", "classification": "Stroma"}, "Stroma"),
        ({"objectType": "annotation", "name": "edge", "isLocked": False}, "edge"),
        ({"objectType": "annotation"}, ""),
        ({"class": "roof"}, "roof"),
    ],
)
def test_labels_of_geojson(properties: dict[str, Any], label: str) -> None:
    feature = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [RING]}, "properties": properties}
    assert labels({"type": "FeatureCollection", "features": [feature, feature]}) == [label, label]
    assert labels([feature]) == [label]


@pytest.mark.parametrize("above", [{"name": "photo.jpg"}, {"title": "A kitchen"}, {"label": 3}])
def test_what_concerns_the_whole_reply_is_no_label(above: dict[str, Any]) -> None:
    assert labels({**above, "objects": [plain(), plain(label="cup")]}) == ["", "cup"]


@pytest.mark.parametrize("key", ["image_1", "photo 2", "frame-03", "the_first_image", "a.jpg", "Image"])
def test_the_name_of_an_image_is_no_label(key: str) -> None:
    assert names_image(key)
    assert labels({key: [plain()]}) == [""]


@pytest.mark.parametrize("label", ['```json\n[{"box_2d": [1, 2, 3, 4]}]', "}]", '"', "label", "mask: x", "{", "box_2d"])
def test_a_label_that_looks_like_structure(label: str) -> None:
    assert [item.label for item in read(json.dumps([plain(label=label), plain()]), Limits()).items] == [label, ""]


def test_a_cut_item_does_not_take_the_key_for_its_lost_label() -> None:
    text = json.dumps({"animals": [plain(label="cat")]})
    for end in range(text.index('"label"') - 2, text.index('"cat"') + 1):
        assert [item.label for item in read(text[:end], Limits()).items] == [""], text[:end]


def test_the_codes_reach_the_masks() -> None:
    masks = maskmill.decode({"cat": [plain()]}, SIZE)
    assert "label_around" in codes(masks, 0)


@pytest.mark.parametrize("empty", ["boxes", "instances", "detections"])
def test_a_label_above_an_empty_list_is_no_row(empty: str) -> None:
    assert labels([{"label": "cat", "boxes": [plain()]}, {"label": "dog", empty: []}]) == ["cat"]
    reading = read([{"label": "dog", empty: []}], Limits())
    assert (reading.items, reading.status) == ([], "ok")
    assert labels([{"label": "dog", "tags": []}]) == ["dog"]


SCORED: dict[str, Any] = {
    "a mapping": {"label": {"mug": 0.1, "cup": 0.9}},
    "a list": {"label": [{"name": "mug", "score": 0.1}, {"name": "cup", "score": 0.9}]},
    "classes": {"classes": [{"name": "cup", "confidence": 0.9}, {"name": "mug", "confidence": 0.1}]},
    "predictions": {"predictions": [{"label": "mug", "score": 0.1}, {"label": "cup", "score": 0.9}]},
    "candidates": {"candidates": [{"class": "cup", "probability": 0.9}, {"class": "mug", "probability": 0.1}]},
}


@pytest.mark.parametrize("more", SCORED.values(), ids=SCORED)
def test_of_labels_with_scores_the_likeliest(more: Any) -> None:
    assert labels([plain(**more)]) == ["cup"]


@pytest.mark.parametrize("name", ["segment_name", "segmentLabel", "mask_label", "class_title", "region_name"])
def test_further_names_of_a_label(name: str) -> None:
    assert labels([plain(**{name: "cup"})]) == ["cup"]
