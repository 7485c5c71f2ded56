"""SAM 3: the agent's lists in parallel, with counts that have no size, and a server's predictions."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import maskmill
from maskmill import Masks
from support.other_models import extents, messages, other_codes
from support.replies import assert_sound

SIZE = (1000, 800)
WIDTH, HEIGHT = SIZE
CORNERS = (100, 160, 400, 480)
OTHER = (600, 480, 900, 720)


def rle(corners: tuple[int, int, int, int]) -> dict[str, Any]:
    x0, y0, x1, y1 = corners
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[y0:y1, x0:x1] = True
    coco = Masks.from_dense(mask[None]).coco()[0]
    return {"size": [HEIGHT, WIDTH], "counts": coco["counts"].decode()}


def xywh(corners: tuple[int, int, int, int]) -> list[float]:
    x0, y0, x1, y1 = corners
    return [x0 / WIDTH, y0 / HEIGHT, (x1 - x0) / WIDTH, (y1 - y0) / HEIGHT]


def answer(**changes: Any) -> dict[str, Any]:
    whole = {
        "orig_img_h": HEIGHT,
        "orig_img_w": WIDTH,
        "pred_boxes": [xywh(CORNERS), xywh(OTHER)],
        "pred_masks": [rle(CORNERS)["counts"], rle(OTHER)["counts"]],
        "pred_scores": [0.9, 0.5],
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not None}


def assert_both(masks: Masks) -> None:
    assert_sound(masks)
    assert extents(masks) == [list(CORNERS), list(OTHER)]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"pred_boxes": None},
        {"orig_img_h": None, "orig_img_w": None},
        {"pred_masks": [rle(CORNERS), rle(OTHER)]},
        {"pred_masks": [rle(CORNERS), rle(OTHER)["counts"]]},
        {"original_image_path": "a.jpg", "output_image_path": "b.png", "text_prompt": "cat"},
    ],
)
@pytest.mark.parametrize("wrap", [lambda v: v, json.dumps, repr, lambda v: {"output": v}, lambda v: [v]])
def test_lists_in_parallel(changes: dict[str, Any], wrap: Any) -> None:
    masks = maskmill.decode(wrap(answer(**changes)), SIZE)
    assert_both(masks)
    assert masks.scores.tolist() == pytest.approx([0.9, 0.5])
    if "pred_boxes" not in changes:
        np.testing.assert_allclose(masks.boxes, [CORNERS, OTHER])
        assert not {"box_disagrees", "other_frame", "frame_unchecked"} & {p.code for p in masks.problems}
    if "text_prompt" in changes:
        assert masks.labels.tolist() == ["cat", "cat"]


def test_polygons_instead_of_masks() -> None:
    rings = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]] for x0, y0, x1, y1 in (CORNERS, OTHER)]
    masks = maskmill.decode(answer(pred_masks=None, pred_polygons=rings), SIZE)
    assert_both(masks)


RINGS = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]] for x0, y0, x1, y1 in (CORNERS, OTHER)]


@pytest.mark.parametrize("has_boxes", [True, False])
@pytest.mark.parametrize("size", [SIZE, (500, 400), (2000, 1600), (640, 480)])
def test_polygons_are_pixels_of_the_image_that_the_reply_names(size: tuple[int, int], has_boxes: bool) -> None:
    changes = {} if has_boxes else {"pred_boxes": None}
    masks = maskmill.decode(answer(pred_masks=None, pred_polygons=[[ring] for ring in RINGS], **changes), size)
    x, y = size[0] / WIDTH, size[1] / HEIGHT
    assert extents(masks) == [[round(v * s) for v, s in zip(c, (x, y, x, y), strict=True)] for c in (CORNERS, OTHER)]
    assert other_codes(masks) == ({"image_scaled"} if size != SIZE else set())


@pytest.mark.parametrize("shape", ["nested", "flat", "points"])
def test_polygons_in_any_nesting(shape: str) -> None:
    write = {"nested": lambda r: [r], "flat": lambda r: [[v for p in r for v in p]], "points": lambda r: r}[shape]
    masks = maskmill.decode(answer(pred_masks=None, pred_polygons=[write(ring) for ring in RINGS]), SIZE)
    assert_both(masks)
    assert not other_codes(masks)


def test_polygons_from_0_to_1() -> None:
    rings = [[[x / WIDTH, y / HEIGHT] for x, y in ring] for ring in RINGS]
    assert_both(maskmill.decode(answer(pred_masks=None, pred_polygons=[[ring] for ring in rings]), SIZE))


@pytest.mark.parametrize("scale", [1, 1000])
@pytest.mark.parametrize("key", ["box", "bbox"])
def test_a_box_beside_the_masks_of_a_server(scale: int, key: str) -> None:
    x0, y0, x1, y1 = CORNERS
    box = list(CORNERS) if scale > 1 else [x0 / WIDTH, y0 / HEIGHT, x1 / WIDTH, y1 / HEIGHT]
    prediction = {"label": "cat", key: box, "masks": [RINGS[0]], "confidence": 0.75, "format": "polygon"}
    masks = maskmill.decode({"predictions": [prediction]}, SIZE)
    assert extents(masks) == [list(CORNERS)]
    np.testing.assert_allclose(masks.boxes, [CORNERS])


@pytest.mark.parametrize("scale", [(1, 1), (WIDTH, HEIGHT)])
def test_boxes_that_cannot_be_extents_are_corners(scale: tuple[int, int]) -> None:
    boxes = [[v / s * t for v, s, t in zip(c, SIZE * 2, scale * 2, strict=True)] for c in (CORNERS, OTHER)]
    masks = maskmill.decode(answer(pred_boxes=boxes), SIZE)
    assert_both(masks)
    np.testing.assert_allclose(masks.boxes, [CORNERS, OTHER])


def test_lists_of_different_lengths_lose_no_row() -> None:
    masks = maskmill.decode(answer(pred_masks=[rle(CORNERS)["counts"]]), SIZE)
    assert masks.status.tolist() == ["ok", "nothing"]
    assert "a box and no mask" in messages(masks)[0]


def test_empty_lists_mean_that_nothing_was_found() -> None:
    masks = maskmill.decode(answer(pred_masks=[], pred_boxes=[], pred_scores=[]), SIZE)
    assert (len(masks), masks.reply_status) == (0, "ok")


@pytest.mark.parametrize("format_name", ["polygon", "rle"])
def test_predictions_of_a_server(format_name: str) -> None:
    x0, y0, x1, y1 = CORNERS
    held = [[[x0, y0], [x1, y0], [x1, y1], [x0, y1]]] if format_name == "polygon" else rle(CORNERS)
    prediction = {"masks": held, "confidence": 0.75, "format": format_name}
    result = {
        "prompt_index": 0,
        "echo": {"prompt_index": 0, "type": "text", "text": "cat"},
        "predictions": [prediction],
    }
    masks = maskmill.decode({"prompt_results": [result], "time": 0.1}, SIZE)
    assert extents(masks) == [list(CORNERS)]
    assert masks.labels.tolist() == ["cat"]
    assert masks.scores.tolist() == [0.75]


# Falcon-Perception.


def falcon(corners: tuple[int, int, int, int], **more: Any) -> dict[str, Any]:
    x, y, width, height = xywh(corners)
    return {"xy": {"x": x + width / 2, "y": y + height / 2}, "hw": {"h": height, "w": width}, **more}


@pytest.mark.parametrize("write", [json.dumps, repr, lambda v: v, lambda v: {"predictions": v}])
def test_falcon_has_centres_and_sizes(write: Any) -> None:
    items = [falcon(corners, mask_rle=rle(corners)) for corners in (CORNERS, OTHER)]
    masks = maskmill.decode(write(items), SIZE)
    assert_both(masks)
    np.testing.assert_allclose(masks.boxes, [CORNERS, OTHER])
    assert not other_codes(masks)


def test_falcon_counts_without_a_size() -> None:
    assert_both(
        maskmill.decode([falcon(corners, mask_rle=rle(corners)["counts"]) for corners in (CORNERS, OTHER)], SIZE)
    )


def test_falcon_boxes_alone() -> None:
    masks = maskmill.decode({"query": "cat", "objects": [falcon(CORNERS)]}, SIZE)
    assert masks.status.tolist() == ["nothing"]
    assert masks.labels.tolist() == ["cat"]
    np.testing.assert_allclose(masks.boxes, [CORNERS])


def test_falcon_raw_lists() -> None:
    boxes = [entry for corners in (CORNERS, OTHER) for entry in falcon(corners).values()]
    masks = maskmill.decode({"bboxes_raw": boxes, "masks_rle": [rle(CORNERS), rle(OTHER)]}, SIZE)
    assert_both(masks)
    np.testing.assert_allclose(masks.boxes, [CORNERS, OTHER])


def test_falcon_server() -> None:
    objects = [{"label": "cat", "bbox": list(CORNERS), "rle": rle(CORNERS), "height": HEIGHT, "width": WIDTH}]
    masks = maskmill.decode({"id": "pred_1", "model": "falcon-perception", "masks": objects, "query": "cat"}, SIZE)
    assert extents(masks) == [list(CORNERS)]
    np.testing.assert_allclose(masks.boxes, [CORNERS])


def test_falcon_server_of_another_size() -> None:
    half = tuple(v // 2 for v in CORNERS)
    mask = np.zeros((400, 500), bool)
    mask[half[1] : half[3], half[0] : half[2]] = True
    counts = Masks.from_dense(mask[None]).coco()[0]["counts"].decode()
    rle = {"size": [400, 500], "counts": counts}
    objects = [{"label": "cat", "bbox": list(half), "rle": rle, "height": 400, "width": 500}]
    masks = maskmill.decode({"masks": objects, "query": "cat"}, SIZE)
    assert extents(masks) == [list(CORNERS)]
    np.testing.assert_allclose(masks.boxes, [CORNERS])
    assert other_codes(masks) == {"image_scaled", "rle_scaled"}


def test_falcon_polygons_are_no_lost_masks() -> None:
    rings = [[0.1, 0.2], [0.4, 0.2], [0.4, 0.6], [0.1, 0.6]]
    masks = maskmill.decode([falcon(CORNERS, polygon=rings)], SIZE)
    assert extents(masks) == [list(CORNERS)]
