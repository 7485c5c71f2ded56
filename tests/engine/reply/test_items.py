"""From parsed values to items: containers, key names, references, and one row per item, in the order of the reply."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

import maskmill
from maskmill import Limits
from support.replies import FORMS, RING, SIZE, TOKENS, assert_sound, codes, fenced, item, png_base64, png_uri, rows

URI = png_uri()
A, B = item(URI, "a"), item(RING, "b")
CONTAINERS = [
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
]
BOX_KEYS = [
    "box_2d",
    "bbox_2d",
    "box",
    "bbox",
    "bounding_box",
    "boundingBox",
    "Box_2D",
    "BBOX",
    "bounding box",
    "box2d",
]
MASK_KEYS = [
    *("mask", "segmentation", "polygon", "points", "contour", "Mask", "segmentation_mask", "segmentationMask"),
    *("mask_points", "mask_2d", "polygon_2d", "outline"),
]
LABEL_KEYS = ["label", "name", "class", "class_name", "obj", "Label", "className"]
SCORE_KEYS = ["confidence", "score", "Confidence"]
ASSET_KEYS = ["mask_assets", "maskAssets", "masks", "segmentation_masks"]


def both(value: Any) -> list[maskmill.Masks]:
    """Decode a value as it is, and as text that only the salvage can read."""
    text = json.dumps(value)
    broken = text[:-1] + "," + text[-1]
    return [maskmill.decode(reply, SIZE) for reply in (value, text, broken)]


def two_rows() -> list[Any]:
    return rows(maskmill.decode([A, B], SIZE))


# Containers.


@pytest.mark.parametrize("name", [*CONTAINERS, "Boxes", "Segmentation_Masks", "data", "output", "predictions"])
def test_a_container_of_any_name(name: str) -> None:
    for masks in both({name: [A, B]}):
        assert rows(masks) == two_rows()
        assert masks.problems == ()


@pytest.mark.parametrize("name", ["boxes", "bounding_boxes", "box_2ds", "masks", "items", "my_boxes"])
@pytest.mark.parametrize("count", range(1, 7))
def test_a_container_of_any_number(count: int, name: str) -> None:
    want = rows(maskmill.decode([A] * count, SIZE))
    for masks in both({name: [A] * count}):
        assert rows(masks) == want
        assert masks.problems == ()


@pytest.mark.parametrize(
    "value",
    [
        [A, B],
        [[A, B]],
        [[A], [B]],
        [A, [B]],
        {"image": "cat.jpg", "boxes": [A, B], "count": 2},
        {"result": {"objects": [A, B]}},
        {"results": [{"objects": [A]}, {"objects": [B]}]},
        [{"boxes": [A]}, {"boxes": [B]}],
        [{"boxes": [A, B]}],
        {"objects": {"first": A, "second": B}},
        {"first": A, "second": B},
        {"a": [A], "b": [B]},
        {"boxes": [A], "masks": [B]},
        {"detections": [A], "objects": [B]},
        {"boxes": [A, B], "masks": []},
        {"boxes": [], "results": [A, B]},
        {"answer": {"data": {"items": [A, B]}}},
    ],
)
def test_containers_of_any_shape(value: Any) -> None:
    for masks in both(value):
        assert rows(masks) == two_rows()
        assert_sound(masks)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(A) + "\n" + json.dumps(B),
        json.dumps(A) + "\n\n" + json.dumps(B) + "\n",
        json.dumps(A) + json.dumps(B),
        json.dumps(A) + ",\n" + json.dumps(B),
        json.dumps([A]) + "\n" + json.dumps([B]),
        json.dumps([A]) + " and " + json.dumps([B]),
        f"```json\n{json.dumps([A])}\n```\nThe second:\n```json\n{json.dumps([B])}\n```",
        f"```\n{json.dumps(A)}\n```\n```\n{json.dumps(B)}\n```",
        f"- {json.dumps(A)}\n- {json.dumps(B)}",
        f"1. {json.dumps(A)}\n2. {json.dumps(B)}",
        json.dumps({"boxes": [A]}) + "\n" + json.dumps({"boxes": [B]}),
    ],
)
def test_several_values_side_by_side(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert rows(masks) == two_rows()
    assert masks.problems == ()


FENCES = [
    "```json\n{}\n```",
    "```JSON\n{}\n```",
    "```\n{}\n```",
    "```json{}```",
    "````json\n{}\n````",
    "   ```json\n   {}\n   ```",
    "```json\n{}",
    "{}\n```",
    "~~~json\n{}\n~~~",
    "```json\r\n{}\r\n```\r\n",
    "```javascript\n{};\n```",
    "```text\n{}\n```",
    "json\n{}",
    "\n\n{}\n\n",
    "Here are the bounding box detections:\n```json\n{}\n```",
    "Here are the bounding box detections:\n{}",
    "{}\nI hope that helps! [1]",
    "As asked [see 2], {{one}} list:\n\n{}\n\n[done]",
    "**Result** `[]`:\n```json\n{}\n```",
    "> {}",
    "result = {}",
    "<json>{}</json>",
    'The "mask" key is "box_2d": {}',
]


@pytest.mark.parametrize("fence", FENCES)
def test_fences_and_prose(fence: str) -> None:
    for layout in (json.dumps([A, B]), json.dumps([A, B], indent=2), json.dumps([A, B], separators=(",", ":"))):
        masks = maskmill.decode(fence.format(layout), SIZE)
        assert rows(masks) == two_rows()


FENCED = f"```json\n{json.dumps([A, B])}\n```"


@pytest.mark.parametrize(
    "value",
    [
        [A, json.dumps(B)],
        {"detections": json.dumps([A, B])},
        {"detections": json.dumps([A, B], indent=2), "count": "2", "note": "[none]"},
        {"detections": json.dumps({"items": [A, B]})},
        {"items": [json.dumps(A), json.dumps(B)]},
        {"raw_response": FENCED, "id": 7},
        {"predictions": [{"content": FENCED}]},
        {"result": {"objects": {"first": json.dumps(A), "second": json.dumps(B)}}},
        json.dumps({"detections": json.dumps([A, B])}),
    ],
)
def test_json_in_strings_of_containers(value: Any) -> None:
    for masks in both(value):
        assert rows(masks) == two_rows()
        assert_sound(masks)


def test_json_in_strings_of_a_list_is_one_reply_only_as_text() -> None:
    """A parsed list of nothing but texts is several replies, which `decode_many` takes; of one text, it is that one."""
    several = [json.dumps(A), json.dumps(B)]
    assert rows(maskmill.decode(json.dumps(several), SIZE)) == two_rows()
    assert maskmill.decode(several, SIZE).reply_status == "no_json"
    for value in ([json.dumps([A, B])], [FENCED]):
        assert rows(maskmill.decode(json.dumps(value), SIZE)) == two_rows()
        assert rows(maskmill.decode(value, SIZE)) == two_rows()


def test_json_in_strings_of_items_is_their_own() -> None:
    for value in ([item(URI, json.dumps(A))], {"boxes": [item(URI, json.dumps([A, B]), note=json.dumps([A]))]}):
        for masks in both(value):
            assert len(masks) == 1
    assert maskmill.decode(["[1, 2]", A], SIZE).labels.tolist() == ["a"]


@pytest.mark.parametrize("value", [A, [A], {"boxes": [A]}, {"boxes": A}, {"object": A}])
def test_a_single_object(value: Any) -> None:
    for masks in both(value):
        assert rows(masks) == two_rows()[:1]


@pytest.mark.parametrize("other", [1, 1.5, "two", None, True, "{}", "", "and so on", float("nan")])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_entry_that_is_no_item_is_no_row(other: Any, position: int) -> None:
    entries: list[Any] = [A, B]
    entries.insert(position, other)
    masks = maskmill.decode(entries, SIZE)
    assert rows(masks) == two_rows()
    assert codes(masks, None) == {"not_an_item"}
    assert rows(maskmill.decode(json.dumps(entries), SIZE)) == two_rows()


def test_the_same_box_twice_with_two_labels_is_two_rows() -> None:
    masks = maskmill.decode([item(RING, "cat"), item(RING, "animal"), item(RING, "cat")], SIZE)
    assert masks.labels.tolist() == ["cat", "animal", "cat"]
    assert masks.status.tolist() == ["ok"] * 3


def test_rows_stand_in_the_order_of_the_reply() -> None:
    labels = [f"object {n}" for n in range(100)]
    for reply in ([item(None, label) for label in labels], fenced(item(None, label) for label in labels)):
        assert maskmill.decode(reply, SIZE).labels.tolist() == labels


# Keys.


@pytest.mark.parametrize("key", BOX_KEYS)
def test_names_of_the_box(key: str) -> None:
    for masks in both([{key: [200, 100, 900, 900], "mask": URI, "label": "a"}]):
        assert rows(masks) == two_rows()[:1]
        assert masks.problems == ()


@pytest.mark.parametrize("key", MASK_KEYS)
@pytest.mark.parametrize("form", ["png", "points", "flat", "parts", "run lengths"])
def test_names_of_the_mask(key: str, form: str) -> None:
    want = rows(maskmill.decode([item(FORMS[form], "a")], SIZE))
    for masks in both([{"box_2d": [200, 100, 900, 900], key: FORMS[form], "label": "a"}]):
        assert rows(masks) == want
        assert codes(masks, 0) <= {"box_disagrees"}


@pytest.mark.parametrize("key", LABEL_KEYS)
def test_names_of_the_label(key: str) -> None:
    for masks in both([{"box_2d": [200, 100, 900, 900], "mask": URI, key: "a"}]):
        assert rows(masks) == two_rows()[:1]


@pytest.mark.parametrize("key", ["object", "description", "title", "Title"])
def test_names_of_a_label_where_nothing_else_is_one(key: str) -> None:
    for masks in both([{"box_2d": [200, 100, 900, 900], "mask": URI, key: "a"}]):
        assert rows(masks) == two_rows()[:1]
    for name in LABEL_KEYS:
        for masks in both([{key: "no", "box_2d": [200, 100, 900, 900], "mask": URI, name: "a"}]):
            assert masks.labels.tolist() == ["a"]
    assert len(maskmill.decode([{key: "The image shows a cat."}], SIZE)) == 0


@pytest.mark.parametrize(
    "keys", ["ymin xmin ymax xmax", "y_min x_min y_max x_max", "xmin ymin xmax ymax", "yMin xMin yMax xMax"]
)
def test_corners_of_the_box_in_the_item_itself(keys: str) -> None:
    corners = {key: {"ymin": 200, "xmin": 100}.get(key.replace("_", "").lower(), 900) for key in keys.split()}
    for value in ([{**corners, "label": "a", "mask": URI}], {"boxes": [{"mask": URI, "label": "a", **corners}]}):
        for masks in both(value):
            assert rows(masks) == two_rows()[:1]
            assert codes(masks, 0) - {"json_mended"} == {"box_mended"}
    assert maskmill.decode([corners], SIZE).boxes.tolist() == maskmill.decode([A], SIZE).boxes.tolist()
    assert maskmill.decode([{**corners, "box_2d": [1, 2, 300, 400]}], SIZE).boxes[0, 0] == 2 * 64 / 1000
    assert maskmill.decode([{"label": "a", "ymin": 1, "xmin": 2}], SIZE).status.tolist() == ["nothing"]


def test_corners_of_the_box_are_a_box_once_the_last_is_whole() -> None:
    text = json.dumps([{"label": "a", "ymin": 200, "xmin": 100, "ymax": 900, "xmax": 900}])
    for end in range(text.index("ymin"), len(text) - 1):
        assert len(maskmill.decode(text[:end], SIZE)) == 0, text[:end]
    assert len(maskmill.decode(text[:-1], SIZE)) == 1


@pytest.mark.parametrize(
    "value", ["N/A", "none", "null", "see polygon", True, False, None, "", [], {}, 0, "gimme_mask_for_this"]
)
@pytest.mark.parametrize("key", ["polygon", "segmentation", "points"])
def test_a_word_in_place_of_a_mask_does_not_hide_one(key: str, value: Any) -> None:
    want = two_rows()[1:]
    for masks in both([{"box_2d": [200, 100, 900, 900], "mask": value, key: RING, "label": "b"}]):
        assert rows(masks) == want
    for masks in both([{"box_2d": value, "bbox": [200, 100, 900, 900], "mask": RING, "label": "b"}]):
        assert rows(masks) == want
    only = maskmill.decode([{"box_2d": [200, 100, 900, 900], "mask": "N/A", "polygon": None, "label": "b"}], SIZE)
    assert only.status.tolist() == ["nothing"]


@pytest.mark.parametrize("key", SCORE_KEYS)
def test_names_of_the_score(key: str) -> None:
    for masks in both([item(URI, "a", **{key: 0.75})]):
        assert masks.scores.tolist() == [0.75]


@pytest.mark.parametrize(
    "order", [("label", "mask", "box_2d"), ("mask", "box_2d", "label"), ("mask", "label", "box_2d")]
)
def test_keys_in_any_order(order: tuple[str, ...]) -> None:
    for masks in both([{key: A[key] for key in order}, {key: B[key] for key in order}]):
        assert rows(masks) == two_rows()


@pytest.mark.parametrize("key", ["x_2d", "box_2", "bx_2d", "ox_2d", "box_2d_", " box_2d", "my_box"])
def test_a_misspelt_box(key: str) -> None:
    for masks in both([{key: [200, 100, 900, 900], "mask": URI, "label": "a"}]):
        assert rows(masks) == two_rows()[:1]


def test_a_misspelt_key_is_said() -> None:
    masks = maskmill.decode([{"x_2d": [200, 100, 900, 900], "msk": URI, "label": "a"}], SIZE)
    assert rows(masks) == two_rows()[:1]
    assert codes(masks, 0) == {"key_mended"}


def test_an_empty_alias_gives_way_to_a_full_one() -> None:
    entry = {"box_2d": None, "bbox": [200, 100, 900, 900], "mask": "", "segmentation": URI, "label": "", "name": "a"}
    assert rows(maskmill.decode([entry], SIZE)) == two_rows()[:1]


def test_unknown_keys_are_kept() -> None:
    entry = {**A, "colour": "red", "parts": [1, {"x": None}], "id": 7}
    for masks in both([entry]):
        assert masks.items == (entry,)
        assert masks[0].item == entry


def test_an_item_is_kept_as_the_model_wrote_it() -> None:
    entry = {"bbox": ["900", "900", "100", "100"], "polygon": "1,2,3,4", "obj": 5, "confidence": "0.5"}
    for masks in both([entry]):
        assert masks.items == (entry,)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("cat", "cat"),
        ("", ""),
        (None, ""),
        (3, "3"),
        (0, "0"),
        (1.5, "1.5"),
        (["cat", "animal"], "cat, animal"),
        ([], ""),
        ({"en": "cat"}, "cat"),
        ({"name": "cat", "id": 3}, "cat"),
        ({"en": "cat", "de": "Katze"}, "cat"),
        ({"box_2d": [1, 2, 3, 4]}, ""),
        ([{"name": "cat"}, {"name": "animal"}], "cat, animal"),
        ("größe 猫 \U0001f408", "größe 猫 \U0001f408"),
        ("a\nb", "a\nb"),
        ("x" * 5000, "x" * 5000),
    ],
)
def test_labels_of_any_type(value: Any, label: str) -> None:
    masks = maskmill.decode([item(URI, value)], SIZE)
    assert masks.labels.tolist() == [label]
    assert_sound(masks)


@pytest.mark.parametrize(
    ("value", "score"),
    [
        (0.5, 0.5),
        ("0.5", 0.5),
        (1, 1.0),
        (0, 0.0),
        (-2.5, -2.5),
        (95, 95.0),
        (None, math.nan),
        (True, math.nan),
        ("high", math.nan),
        ("", math.nan),
        ([0.5], math.nan),
        ({}, math.nan),
        (math.nan, math.nan),
        ("NaN", math.nan),
    ],
)
def test_scores_of_any_type(value: Any, score: float) -> None:
    masks = maskmill.decode([item(URI, "a", score=value)], SIZE)
    np.testing.assert_array_equal(masks.scores, np.array([score], np.float32))
    assert_sound(masks)


# Items that lack something.


def test_a_box_without_a_mask_and_a_mask_without_a_box() -> None:
    for masks in both([{"box_2d": [100, 200, 300, 400], "label": "a"}, {"mask": RING, "label": "b"}, {"mask": URI}]):
        assert masks.status.tolist() == ["nothing", "ok", "no_box"]
        assert masks.forms.tolist() == ["none", "ring", "png"]
        assert masks.boxes[0].tolist() == [12.8, 4.8, 25.6, 14.4]
        assert np.isnan(masks.boxes[1:]).all()
        assert_sound(masks)


@pytest.mark.parametrize("mask", [None, "", [], {}, " "])
def test_a_mask_of_nothing_is_nothing(mask: Any) -> None:
    for masks in both([item(mask)]):
        assert masks.status.tolist() == ["nothing"]
        assert masks.boxes.tolist() == [[6.4, 9.6, 57.6, 43.2]]


def test_an_item_of_a_label_alone_is_a_row_in_a_list() -> None:
    for masks in both([{"label": "cat"}, A]):
        assert masks.labels.tolist() == ["cat", "a"]
        assert masks.status.tolist() == ["nothing", "ok"]


# References.


def reference(name: str = "mask_1") -> dict[str, Any]:
    return item(name, "a")


@pytest.mark.parametrize("container", ["boxes", "items", "objects", "detections"])
@pytest.mark.parametrize("key", ASSET_KEYS)
@pytest.mark.parametrize(
    "asset",
    [
        URI,
        png_base64(),
        {"inline_data": {"mime_type": "image/png", "data": png_base64()}},
        {"inlineData": {"mimeType": "image/png", "data": png_base64()}},
        {"mime_type": "image/png", "data": png_base64()},
        {"mask": URI},
    ],
)
def test_a_reference_to_an_asset(asset: Any, key: str, container: str) -> None:
    want = two_rows()[:1]
    for value in (
        {container: [reference()], key: {"mask_1": asset}},
        {key: {"mask_1": asset}, container: [reference()]},
    ):
        for masks in both(value):
            assert rows(masks) == want


@pytest.mark.parametrize("key", ASSET_KEYS)
def test_assets_as_a_list_with_ids(key: str) -> None:
    assets = [{"id": "mask_0", "data": png_base64(3)}, {"id": "mask_1", "data": png_base64()}]
    for masks in both({"boxes": [reference()], key: assets}):
        assert rows(masks) == two_rows()[:1]


@pytest.mark.parametrize("id_key", ["id", "mask_id", "maskId", "mask_ref", "name", "ID"])
@pytest.mark.parametrize("ref_key", ["mask", "mask_ref", "mask_id", "maskRef"])
@pytest.mark.parametrize("name", ["mask_1", 1])
def test_references_and_ids_of_other_names(ref_key: str, id_key: str, name: Any) -> None:
    entry = {"box_2d": [200, 100, 900, 900], ref_key: name, "label": "a"}
    for assets in ([{id_key: "other", "data": png_base64(3)}, {id_key: name, "data": png_base64()}], {str(name): URI}):
        for masks in both({"boxes": [entry], "mask_assets": assets}):
            assert rows(masks) == two_rows()[:1]
    alone = maskmill.decode([{**entry, ref_key: "mask_9"}], SIZE)
    assert alone.status.tolist() == ["nothing"]


def test_an_id_of_an_item_does_not_replace_its_mask() -> None:
    for masks in both({"boxes": [item(URI, "a", mask_id="m")], "mask_assets": {"m": RING}}):
        assert rows(masks) == two_rows()[:1]


@pytest.mark.parametrize(
    "value", [RING, FORMS["flat"], FORMS["run lengths"], FORMS["parts"], TOKENS, "gimme_mask_for_this"]
)
def test_an_asset_of_any_form(value: Any) -> None:
    want = rows(maskmill.decode([item(value, "a")], SIZE))
    for masks in both({"boxes": [reference()], "mask_assets": {"mask_1": value}}):
        assert rows(masks) == want


def test_assets_beside_the_wrapper_of_the_items() -> None:
    for value in (
        {"result": {"boxes": [reference()]}, "mask_assets": {"mask_1": URI}},
        {"mask_assets": {"mask_1": URI}, "result": {"boxes": [reference()]}},
    ):
        for masks in both(value):
            assert rows(masks) == two_rows()[:1]


@pytest.mark.parametrize("assets", [{}, {"mask_2": URI}, [], None, "mask_1", 5, {"mask_1": "mask_1"}])
def test_a_reference_that_leads_nowhere(assets: Any) -> None:
    for masks in both({"boxes": [reference()], "mask_assets": assets}):
        assert masks.status.tolist() == ["nothing"]
        assert "mask_1" in masks.problems[-1].message
        assert_sound(masks)


def test_references_in_a_circle() -> None:
    assets = {"mask_1": "mask_2", "mask_2": "mask_3", "mask_3": "mask_1"}
    for masks in both({"boxes": [reference()], "mask_assets": assets}):
        assert masks.status.tolist() == ["nothing"]


def test_a_reference_to_what_was_cut_off() -> None:
    text = json.dumps({"boxes": [reference(), reference("mask_2")], "mask_assets": {"mask_1": URI, "mask_2": URI}})
    start = text.index('"mask_2": "data') + len('"mask_2": "data:image/png;base64,')
    for end in range(start, len(text) - 5, 7):
        masks = maskmill.decode(text[:end], SIZE)
        assert masks.status.tolist() == ["ok", "truncated"], text[end - 20 : end]
    assert maskmill.decode(text[:-3], SIZE).status.tolist() == ["ok", "ok"]


def test_an_asset_used_twice() -> None:
    for masks in both({"boxes": [reference(), reference()], "mask_assets": {"mask_1": URI}}):
        assert rows(masks) == two_rows()[:1] * 2


# Masks without an item.


@pytest.mark.parametrize(
    ("text", "forms", "status"),
    [
        (TOKENS, ["tokens"], ["tokens"]),
        ("The mask is " + TOKENS + ".", ["tokens"], ["tokens"]),
        (TOKENS + "\n" + TOKENS, ["tokens"] * 2, ["tokens"] * 2),
        ("<start_of_mask><seg_1><seg_2>", ["tokens"], ["tokens_incomplete"]),
        (URI, ["png"], ["no_box"]),
        (f"Mask: {URI}\nDone.", ["png"], ["no_box"]),
        (json.dumps(RING), ["ring"], ["ok"]),
        (json.dumps([URI, TOKENS]), ["png", "tokens"], ["no_box", "tokens"]),
        (json.dumps(FORMS["run lengths"]), ["rle"], ["ok"]),
        (json.dumps(FORMS["parts"]), ["ring"], ["ok"]),
        (json.dumps(FORMS["objects"]), ["ring"], ["ok"]),
        (json.dumps({"mask": RING}), ["ring"], ["ok"]),
        (json.dumps({"points": FORMS["objects"]}), ["ring"], ["ok"]),
    ],
)
def test_a_mask_that_stands_alone(text: str, forms: list[str], status: list[str]) -> None:
    masks = maskmill.decode(text, SIZE)
    assert masks.forms.tolist() == forms
    assert masks.status.tolist() == status
    assert masks.reply_status == "ok"
    assert_sound(masks)


def test_four_numbers_are_no_mask() -> None:
    for value in ([1, 2, 3, 4], [[1, 2, 3, 4], [5, 6, 7, 8]], [1.5]):
        assert len(maskmill.decode(value, SIZE)) == 0


# Depth.


def test_nesting_past_the_limit_costs_the_value_alone() -> None:
    for depth in (50, 100, 5000):
        value: Any = RING
        for _ in range(depth):
            value = [value]
        masks = maskmill.decode(
            [A, item(value, "deep"), item(URI, "b", note=value), B], SIZE, limits=Limits(max_depth=20)
        )
        assert masks.labels.tolist() == ["a", "deep", "b", "b"]
        assert masks.status.tolist() == ["ok", "too_large", "ok", "ok"]
        assert_sound(masks)


def test_an_empty_object_is_no_more_than_a_row_of_nothing() -> None:
    masks = maskmill.decode([{}, A], SIZE)
    assert rows(masks)[-1:] == two_rows()[:1]
    assert set(masks.status.tolist()) <= {"nothing", "ok"}
