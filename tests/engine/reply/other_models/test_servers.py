"""JSON that servers and libraries around these models write."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import maskmill
from support.other_models import extents

SIZE = (1000, 1000)
RING = [[200, 100], [600, 100], [600, 500], [200, 500]]
OTHER = [[700, 700], [900, 700], [900, 900], [700, 900]]


@pytest.mark.parametrize("key", ["polygons", "contours"])
@pytest.mark.parametrize("label_key", ["label", "name", "class_name"])
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: {"results": v, "image": {"url": "x"}}, json.dumps, repr])
def test_polygons_with_labels_are_items(key: str, label_key: str, wrap: Any) -> None:
    value = {key: [{label_key: "cat", "points": RING}, {label_key: "dog", "points": OTHER}]}
    masks = maskmill.decode(wrap(value), SIZE)
    assert masks.labels.tolist() == ["cat", "dog"]
    assert extents(masks) == [[200, 100, 600, 500], [700, 700, 900, 900]]


def test_parts_without_labels_are_one_mask() -> None:
    masks = maskmill.decode({"label": "cat", "polygons": [{"points": RING}, {"points": OTHER}]}, SIZE)
    assert masks.labels.tolist() == ["cat"]
    assert extents(masks) == [[200, 100, 900, 900]]


@pytest.mark.parametrize("scale", [1, 1 / 2000])
def test_ultralytics(scale: float) -> None:
    x, y = ([point[axis] * scale for point in RING] for axis in (0, 1))
    box = dict(zip(("x1", "y1", "x2", "y2"), (200 * scale, 100 * scale, 600 * scale, 500 * scale), strict=True))
    item = {"name": "cat", "class": 15, "confidence": 0.75, "box": box, "segments": {"x": x, "y": y}}
    masks = maskmill.decode(json.dumps([item]), (2000, 2000))
    assert masks.labels.tolist() == ["cat"]
    assert masks.scores.tolist() == [0.75]
    np.testing.assert_allclose(extents(masks)[0], [200, 100, 600, 500], atol=1)
    np.testing.assert_allclose(masks.boxes[0], [200, 100, 600, 500])
    assert not masks.problems
