"""Fields of one item in several objects: a place with the box, a shape with the mask, properties with the label."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from support.replies import RING, SIZE

BOX = [200, 100, 900, 900]

ONE_ITEM: dict[str, Any] = {
    "place and shape": {"label": "cat", "location": {"box_2d": BOX}, "shape": {"polygon": RING}},
    "position": {"position": {"box_2d": BOX}, "label": "cat", "mask": RING},
    "GeoJSON": {
        "type": "Feature",
        "properties": {"label": "cat", "box_2d": BOX},
        "geometry": {"type": "Polygon", "coordinates": [RING]},
    },
    "geometry with both": {"label": "cat", "geometry": {"box_2d": BOX, "mask": RING}},
    "label apart": {"object": {"label": "cat"}, "segmentation": {"box_2d": BOX, "mask": RING}},
    "label apart, mask first": {"segmentation": {"box_2d": BOX, "mask": RING}, "object": {"name": "cat"}},
}


@pytest.mark.parametrize("value", ONE_ITEM.values(), ids=ONE_ITEM)
@pytest.mark.parametrize("count", [1, 2])
def test_objects_of_one_item_are_one_row(value: Any, count: int) -> None:
    masks = maskmill.decode(json.dumps([value] * count), SIZE)
    assert list(masks.labels) == ["cat"] * count
    assert list(masks.status) == ["ok"] * count


def test_a_collection_of_features() -> None:
    value = {"type": "FeatureCollection", "features": [ONE_ITEM["GeoJSON"], ONE_ITEM["GeoJSON"]]}
    assert list(maskmill.decode(json.dumps(value), SIZE).labels) == ["cat", "cat"]


PARTS: dict[str, Any] = {
    "another label": {"label": "car", "mask": RING, "location": {"label": "wheel", "box_2d": BOX}},
    "a label as the key": {"label": "car", "mask": RING, "wheel": {"box_2d": BOX}},
}


@pytest.mark.parametrize("value", PARTS.values(), ids=PARTS)
def test_a_part_is_a_row(value: Any) -> None:
    assert list(maskmill.decode(json.dumps([value]), SIZE).labels) == ["car", "wheel"]


@pytest.mark.parametrize("key", ["parts", "components", "children", "sub_parts"])
@pytest.mark.parametrize("names", [["wheel"], ["wheel", "door"]])
@pytest.mark.parametrize("fields", [{"box_2d": BOX, "mask": RING}, {"box_2d": BOX}])
def test_masks_of_parts_by_their_labels(key: str, names: list[str], fields: Any) -> None:
    item = {"label": "car", **fields, key: dict.fromkeys(names, RING)}
    masks = maskmill.decode(json.dumps([item]), SIZE)
    assert list(masks.labels) == ["car", *names]
    assert masks.status[0] == ("ok" if "mask" in fields else "nothing")
