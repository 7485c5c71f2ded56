"""Roboflow's predictions and V7 Darwin's annotations: pixels, whatever the size of the image."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import maskmill
from support.model_examples import PIXELS, SIZE, flat, named, ring, run_lengths
from support.other_models import extents, messages, other_codes

POINTS = [named("x y", point) for point in ring(PIXELS)]
CENTRE = named("x y width height", (400, 240, 400, 320))
WRITERS = [lambda v: v, json.dumps, repr, lambda v: {"outputs": [v]}]


def prediction(**more: Any) -> dict[str, Any]:
    return {**CENTRE, "confidence": 0.9, "class": "cup", "class_id": 0, **more}


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("beside", [{}, {"image": {"width": 1000, "height": 800}}, {"time": 0.1}])
def test_roboflow_points(write: Any, beside: dict[str, Any]) -> None:
    masks = maskmill.decode(write({"predictions": [prediction(points=POINTS)], **beside}), SIZE)
    assert extents(masks) == [list(PIXELS)]
    assert masks.labels.tolist() == ["cup"]
    np.testing.assert_allclose(masks.boxes, [PIXELS])
    assert masks.scores.tolist() == pytest.approx([0.9])
    assert not other_codes(masks)


@pytest.mark.parametrize("more", [{}, {"detection_id": "1"}])
def test_roboflow_boxes_alone(more: dict[str, Any]) -> None:
    masks = maskmill.decode({"predictions": [prediction(**more)]}, SIZE)
    assert masks.status.tolist() == ["nothing"]
    np.testing.assert_allclose(masks.boxes, [PIXELS])
    assert "a box and no mask" in messages(masks)[0]


@pytest.mark.parametrize("key", ["rle", "rle_mask"])
def test_roboflow_run_lengths(key: str) -> None:
    masks = maskmill.decode({"predictions": [prediction(**{key: run_lengths()})]}, SIZE)
    assert extents(masks) == [list(PIXELS)]
    np.testing.assert_allclose(masks.boxes, [PIXELS])


@pytest.mark.parametrize("factor", [0.5, 2])
def test_roboflow_of_an_image_of_another_size(factor: float) -> None:
    points = [{name: v * factor for name, v in point.items()} for point in POINTS]
    scaled = prediction(points=points) | {name: v * factor for name, v in CENTRE.items()}
    size = {"width": 1000 * factor, "height": 800 * factor}
    masks = maskmill.decode({"predictions": [scaled], "image": size}, SIZE)
    assert extents(masks) == [list(PIXELS)]
    assert other_codes(masks) == {"image_scaled"}


def test_a_corner_is_no_centre() -> None:
    corner = prediction(points=POINTS) | {"x": 200, "y": 80}
    masks = maskmill.decode({"predictions": [corner]}, SIZE)
    assert other_codes(masks)


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize(
    "polygon", [{"paths": [POINTS]}, {"path": POINTS}, {"paths": [POINTS], "additional_paths": []}]
)
def test_darwin(write: Any, polygon: dict[str, Any]) -> None:
    annotation = {"name": "cup", "bounding_box": named("x y w h", (200, 80, 400, 320)), "polygon": polygon}
    masks = maskmill.decode(write({"annotations": [annotation], "version": "2.0"}), SIZE)
    assert extents(masks) == [list(PIXELS)]
    assert masks.labels.tolist() == ["cup"]
    np.testing.assert_allclose(masks.boxes, [PIXELS])
    assert not other_codes(masks)


def test_darwin_names_the_size_of_its_image() -> None:
    half = [{name: v / 2 for name, v in point.items()} for point in POINTS]
    annotation = {"name": "cup", "bounding_box": named("x y w h", (100, 40, 200, 160)), "polygon": {"paths": [half]}}
    reply = {"item": {"name": "a.jpg", "slots": [{"width": 500, "height": 400}]}, "annotations": [annotation]}
    masks = maskmill.decode(reply, SIZE)
    assert extents(masks) == [list(PIXELS)]
    assert other_codes(masks) == {"image_scaled"}


def test_ultralytics_without_a_box() -> None:
    segments = {"x": [x for x, _ in ring(PIXELS)], "y": [y for _, y in ring(PIXELS)]}
    masks = maskmill.decode([{"name": "cup", "segments": segments}], SIZE)
    assert extents(masks) == [list(PIXELS)]
    assert not other_codes(masks)


def test_darwin_boxes_of_other_shapes_are_not_taken() -> None:
    masks = maskmill.decode([{"label": "cup", "bounding_box": list(PIXELS), "polygon": flat(PIXELS)}], SIZE)
    assert masks.labels.tolist() == ["cup"]
