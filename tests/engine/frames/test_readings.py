"""Frames and orders of boxes and polygons: what mask and box show, and the problems where they show nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import maskmill
from maskmill import Masks

Pixels = list[tuple[float, float]]
Encoder = Callable[[float, float, tuple[int, int], tuple[int, int, int, int]], tuple[float, float]]

SHAPES: list[Pixels] = [
    [(60, 40), (300, 50), (310, 220), (180, 250), (70, 210)],
    [(400, 300), (620, 310), (600, 460), (410, 440)],
    [(20, 300), (130, 320), (120, 470), (25, 450)],
]
"""Polygons in pixels of an image of 640x480."""

SIZES = [(640, 480), (1920, 1080), (1080, 1920), (3000, 500)]

FRAMES: dict[str, Encoder] = {
    "thousandths": lambda x, y, size, box: (x * 1000 / size[0], y * 1000 / size[1]),
    "unit": lambda x, y, size, box: (x / size[0], y / size[1]),
    "percent": lambda x, y, size, box: (x * 100 / size[0], y * 100 / size[1]),
    "pixels": lambda x, y, size, box: (x, y),
    "box_thousandths": lambda x, y, size, box: (
        1000 * (x - box[0]) / (box[2] - box[0]),
        1000 * (y - box[1]) / (box[3] - box[1]),
    ),
    "box_unit": lambda x, y, size, box: ((x - box[0]) / (box[2] - box[0]), (y - box[1]) / (box[3] - box[1])),
    "box_percent": lambda x, y, size, box: (
        100 * (x - box[0]) / (box[2] - box[0]),
        100 * (y - box[1]) / (box[3] - box[1]),
    ),
    "box_pixels": lambda x, y, size, box: (x - box[0], y - box[1]),
}
IMAGE_FRAMES = ("thousandths", "unit", "percent", "pixels")


def scaled(size: tuple[int, int]) -> list[Pixels]:
    return [[(round(x * size[0] / 640), round(y * size[1] / 480)) for x, y in shape] for shape in SHAPES]


def box_of(shape: Pixels) -> tuple[int, int, int, int]:
    x, y = zip(*shape, strict=True)
    return int(min(x)), int(min(y)), int(max(x)), int(max(y))


def written(pair: tuple[float, float], order: str, frame: str = "") -> list[float]:
    x, y = (round(v) if frame == "thousandths" else round(v, 4) for v in pair)
    return [x, y] if order == "xy" else [y, x]


def reply(
    size: tuple[int, int], box: tuple[str, str], ring: tuple[str, str], key: str = "box_2d", count: int = 3
) -> list[dict[str, Any]]:
    """Return a reply whose boxes and rings are in an order and a frame each."""
    items = []
    for number, shape in enumerate(scaled(size)[:count]):
        corners = box_of(shape)
        places = [FRAMES[box[1]](x, y, size, corners) for x, y in (corners[:2], corners[2:])]
        points = [written(FRAMES[ring[1]](x, y, size, corners), *ring) for x, y in shape]
        items.append({key: [v for place in places for v in written(place, *box)], "mask": points, "label": f"{number}"})
    return items


def assert_extents(masks: Masks, size: tuple[int, int], count: int = 3) -> None:
    assert masks.status.tolist() == ["ok"] * count
    for mask, shape in zip(masks, scaled(size), strict=False):
        y, x = mask.dense().nonzero()
        got = [x.min(), y.min(), x.max() + 1, y.max() + 1]
        np.testing.assert_allclose(got, box_of(shape), atol=2)


def said(masks: Masks, row: int | None = 0) -> set[str]:
    return {problem.code for problem in masks.problems if problem.row == row}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ring_frame", FRAMES)
@pytest.mark.parametrize("ring_order", ["xy", "yx"])
def test_rings_in_any_frame_beside_boxes_in_thousandths(size: Any, ring_frame: str, ring_order: str) -> None:
    """Within a box, the numbers fit it in both orders: there the documented order holds."""
    items = reply(size, ("yx", "thousandths"), (ring_order, ring_frame))
    masks = maskmill.decode(items, size)
    if not ring_frame.startswith("box") or ring_order == "xy":
        assert_extents(masks, size)
    codes = said(masks) - {"axes_swapped"}
    assert codes == {"thousandths": set(), "unit": {"ring_unit"}}.get(ring_frame, {"other_frame"})
    assert maskmill.decode(json.dumps(items), size).to_dict() == masks.to_dict()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("box_frame", IMAGE_FRAMES)
@pytest.mark.parametrize("ring_order", ["xy", "yx"])
def test_boxes_in_any_frame_beside_rings_in_thousandths(size: Any, box_frame: str, ring_order: str) -> None:
    masks = maskmill.decode(reply(size, ("yx", box_frame), (ring_order, "thousandths")), size)
    assert_extents(masks, size)
    codes = said(masks) - {"axes_swapped"}
    assert codes == {"thousandths": set(), "unit": {"box_unit"}}.get(box_frame, {"other_frame"})


@pytest.mark.parametrize("size", SIZES[1:])
@pytest.mark.parametrize("key", ["box_2d", "bbox", "bbox_2d", "box"])
@pytest.mark.parametrize("orders", [("yx", "xy"), ("xy", "xy"), ("yx", "yx")])
def test_numbers_past_1000_that_fit_the_image_are_pixels(size: Any, key: str, orders: tuple[str, str]) -> None:
    """Where box and ring share a frame, nothing compares; the key tells the order of two in the same order."""
    if orders[0] == orders[1] and (orders[0] == "xy") != key.startswith("bbox"):
        pytest.skip("this key says another order")
    masks = maskmill.decode(reply(size, (orders[0], "pixels"), (orders[1], "pixels"), key), size)
    assert_extents(masks, size)
    assert "other_frame" in said(masks)


@pytest.mark.parametrize("key", ["bbox", "bbox_2d", "box", "bounding_box"])
def test_thousandths_that_nothing_confirms_are_said(key: str) -> None:
    order = "xy" if key.startswith("bbox") else "yx"
    masks = maskmill.decode(reply((640, 480), (order, "thousandths"), ("xy", "thousandths"), key), (640, 480))
    assert_extents(masks, (640, 480))
    assert "frame_unchecked" in said(masks)
    assert ("order_assumed" in said(masks)) == (order == "xy")


@pytest.mark.parametrize("key", ["bbox", "bbox_2d"])
def test_a_box_yx_beside_a_ring_xy_is_read_so_under_any_key(key: str) -> None:
    size = (640, 480)
    masks = maskmill.decode(reply(size, ("yx", "thousandths"), ("xy", "thousandths"), key), size)
    assert_extents(masks, size)
    assert "order_assumed" not in said(masks)


def test_items_share_the_order_that_clear_ones_show() -> None:
    """The middle item is symmetrical: its box and its ring fit in every order."""
    size = (1000, 1000)
    square = {"bbox": [300, 300, 500, 500], "mask": [[300, 300], [500, 300], [500, 500], [300, 500]]}
    habit = {"bbox": [100, 600, 200, 900], "mask": [[600, 100], [900, 100], [900, 200], [600, 200]]}
    masks = maskmill.decode([habit, square, {"bbox": [100, 200, 300, 400], "label": "box"}], size, fallback="box")
    assert "order_assumed" not in said(masks, 1)
    assert "order_assumed" not in said(masks, 2)
    assert masks.boxes[2].tolist() == [200, 100, 400, 300]


@pytest.mark.parametrize("alone", [True, False])
def test_boxes_beside_maps_are_yx_under_any_key(alone: bool) -> None:
    from support.replies import png_uri

    items: list[Any] = [{"bbox": [100, 200, 300, 800], "mask": png_uri()}]
    items += [] if alone else [{"bbox_2d": [0, 500, 100, 900]}]
    masks = maskmill.decode(items, (1000, 1000))
    assert masks.boxes[0].tolist() == [200, 100, 800, 300]
    assert said(masks) == set()
    if not alone:
        assert masks.boxes[1].tolist() == [500, 0, 900, 100]


def test_a_box_alone_goes_by_its_key() -> None:
    items = [{"bbox": [100, 200, 300, 800]}, {"box_2d": [100, 200, 300, 800]}, {"box": [100, 200, 300, 800]}]
    for item, want in zip(items, ([100, 200, 300, 800], *[[200, 100, 800, 300]] * 2), strict=True):
        masks = maskmill.decode([item], (1000, 1000))
        assert masks.boxes[0].tolist() == want
        assert ("order_assumed" in said(masks)) == ("bbox" in item)
        assert ("frame_unchecked" in said(masks)) == ("box_2d" not in item)


@pytest.mark.parametrize("size", SIZES)
def test_named_corners_are_what_they_say(size: Any) -> None:
    for shape in scaled(size):
        x0, y0, x1, y1 = box_of(shape)
        ring = [written(FRAMES["thousandths"](x, y, size, (0, 0, 1, 1)), "xy") for x, y in shape]
        for names in (("x1", "y1", "x2", "y2"), ("xmin", "ymin", "xmax", "ymax"), ("left", "top", "right", "bottom")):
            box = dict(zip(names, (x0, y0, x1, y1), strict=True))
            masks = maskmill.decode([{"bbox": box, "polygon": ring}], size)
            np.testing.assert_allclose(masks.boxes[0], [x0, y0, x1, y1], atol=1)


def test_a_mask_that_lies_apart_from_its_box_is_said_with_both_extents() -> None:
    ring = [[100, 700], [300, 700], [300, 900], [100, 900]]
    masks = maskmill.decode([{"box_2d": [0, 500, 40, 900], "mask": ring}], (500, 500))
    assert masks.status.tolist() == ["ok"]
    [problem] = [p for p in masks.problems if p.code == "box_disagrees"]
    assert "(50, 350, 150, 450)" in problem.message
    assert "(250, 0, 450, 20)" in problem.message


def test_lying_inside_the_box_is_not_agreeing() -> None:
    ring = [[450, 450], [550, 450], [550, 550], [450, 550]]
    masks = maskmill.decode([{"box_2d": [0, 0, 1000, 1000], "mask": ring}], (1000, 1000))
    assert said(masks) == {"box_disagrees"}


def test_one_clear_item_decides_for_those_that_agree_by_chance() -> None:
    """In 900x900 pixels and thousandths lie near each other at the upper left: the third item shows which it is."""
    size = (900, 900)
    shapes = [[(600, 600), (890, 600), (890, 890), (600, 890)], [(40, 40), (200, 40), (200, 200), (40, 200)]]
    items = []
    for shape in shapes:
        x0, y0, x1, y1 = (v * 1000 / 900 for v in box_of(shape))
        items.append({"box_2d": [y0, x0, y1, x1], "mask": [list(point) for point in shape]})
    masks = maskmill.decode(items, size)
    assert masks.areas.tolist() == [290 * 290, 160 * 160]
    assert said(masks, 0) == said(masks, 1) == {"other_frame"}


# RLE.


def rle(size: tuple[int, int], extent: tuple[int, int, int, int], rows: bool, swapped: bool) -> dict[str, Any]:
    width, height = size
    pixels = np.zeros((height, width), bool)
    x0, y0, x1, y1 = extent
    pixels[y0:y1, x0:x1] = True
    flat = pixels.reshape(-1) if rows else pixels.T.reshape(-1)
    changes = np.flatnonzero(np.diff(flat.astype(np.int8))) + 1
    counts = np.diff([0, *changes, flat.size]).tolist()
    return {"size": [width, height] if swapped else [height, width], "counts": counts if not flat[0] else [0, *counts]}


@pytest.mark.parametrize("size", [(64, 40), (40, 64)])
@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("swapped", [False, True])
def test_an_rle_is_read_as_its_box_says(size: tuple[int, int], rows: bool, swapped: bool) -> None:
    extent = (5, 8, 25, 32)
    width, height = size
    box = [extent[1] * 1000 / height, extent[0] * 1000 / width, extent[3] * 1000 / height, extent[2] * 1000 / width]
    masks = maskmill.decode([{"box_2d": box, "mask": rle(size, extent, rows, swapped)}], size)
    y, x = masks[0].dense().nonzero()
    assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == extent
    assert said(masks) == ({"rle_reordered"} if rows or swapped else set())


def test_an_rle_that_fits_no_box_stands_as_written() -> None:
    masks = maskmill.decode(
        [{"box_2d": [0, 0, 200, 200], "mask": rle((64, 40), (40, 30, 60, 40), False, False)}], (64, 40)
    )
    assert said(masks) == {"box_disagrees"}
    assert masks[0].area == 200


@pytest.mark.parametrize("box", [[5, 2, 10, 6], [0.25, 0.2, 0.5, 0.6], [25, 20, 50, 60]])
def test_an_rle_shows_the_frame_of_its_box(box: list[float]) -> None:
    masks = maskmill.decode([{"bbox": box, "mask": rle((20, 10), (5, 2, 10, 6), False, False)}], (20, 10))
    assert masks.boxes[0].tolist() == pytest.approx([5, 2, 10, 6])
    assert "frame_unchecked" not in said(masks)


# What the caller demands.


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("frame", IMAGE_FRAMES)
@pytest.mark.parametrize(("boxes", "axis"), [("yx", "xy"), ("xy", "xy"), ("xy", "yx"), ("yx", "yx")])
def test_options_say_order_and_frame(size: Any, frame: Any, boxes: Any, axis: Any) -> None:
    items = reply(size, (boxes, frame), (axis, frame), "bbox")
    masks = maskmill.decode(items, size, boxes=boxes, axis=axis, frame=frame)
    assert_extents(masks, size)
    assert said(masks) <= {"axes_swapped"}


@pytest.mark.parametrize("frame", ["box_thousandths", "box_unit"])
def test_rings_within_their_boxes_if_asked_for(frame: str) -> None:
    size = (1920, 1080)
    masks = maskmill.decode(reply(size, ("yx", "thousandths"), ("xy", frame)), size, frame="box")
    assert_extents(masks, size)
    assert said(masks) == set()


def test_pixels_of_a_resized_image() -> None:
    size, sent = (3840, 2160), (1568, 882)
    items = reply(sent, ("xy", "pixels"), ("xy", "pixels"), "bbox")
    for options in ({"dialect": "claude", "frame": sent}, {"boxes": "xy", "axis": "xy", "frame": list(sent)}):
        masks = maskmill.decode(items, size, **options)  # type: ignore[arg-type]
        np.testing.assert_allclose(masks.boxes[0] * sent[0] / size[0], box_of(scaled(sent)[0]), atol=1e-9)
        y, x = masks[0].dense().nonzero()
        np.testing.assert_allclose(
            [x.min(), y.min()], np.array(box_of(scaled(sent)[0])[:2]) * size[0] / sent[0], atol=2
        )
        assert said(masks) == set()
        assert said(masks, None) == set()


@pytest.mark.parametrize("dialect", ["claude", "qwen2.5"])
def test_a_dialect_of_resized_images_says_that_it_needs_their_size(dialect: Any) -> None:
    size = (1920, 1080)
    masks = maskmill.decode(reply(size, ("xy", "pixels"), ("xy", "pixels"), "bbox_2d"), size, dialect=dialect)
    assert_extents(masks, size)
    assert "frame_unchecked" in said(masks, None)


@pytest.mark.parametrize(
    ("dialect", "order", "frame"),
    [
        ("gemini", "yx", "thousandths"),
        ("qwen3", "xy", "thousandths"),
        ("gpt", "xy", "pixels"),
        ("florence", "xy", "pixels"),
    ],
)
@pytest.mark.parametrize("key", ["box_2d", "bbox", "box"])
def test_dialects(dialect: Any, order: str, frame: str, key: str) -> None:
    size = (640, 480)
    masks = maskmill.decode(reply(size, (order, frame), ("xy", frame), key), size, dialect=dialect)
    assert_extents(masks, size)
    assert said(masks) == set()


def test_a_dialect_never_silences_a_disagreement() -> None:
    ring = [[100, 700], [300, 700], [300, 900], [100, 900]]
    for dialect in ("gemini", "qwen3", "gpt", "claude"):
        masks = maskmill.decode([{"bbox": [500, 0, 900, 100], "mask": ring}], (1000, 1000), dialect=dialect)  # type: ignore[arg-type]
        assert "box_disagrees" in said(masks)


def test_an_option_wins_over_a_dialect() -> None:
    size = (640, 480)
    items = reply(size, ("yx", "percent"), ("yx", "percent"), "bbox")
    masks = maskmill.decode(items, size, dialect="gpt", boxes="yx", axis="yx", frame="percent")
    assert_extents(masks, size)


@pytest.mark.parametrize(
    "options",
    [{"boxes": "x"}, {"frame": "inches"}, {"frame": (0, 5)}, {"frame": (640,)}, {"dialect": "bard"}, {"frame": None}],
)
def test_options_that_are_none(options: Any) -> None:
    with pytest.raises(maskmill.errors.ArgumentError):
        maskmill.decode("[]", (640, 480), **options)


@pytest.mark.parametrize("size", [(640, 480), (4000, 3000)])
def test_pixels_are_exact(size: tuple[int, int]) -> None:
    """Half pixels decide whether a centre lies in: the corners of a box in pixels come back as they were."""
    ring = [[100.5, 50.5], [300.5, 50.5], [300.5, 200.5], [100.5, 200.5]]
    masks = maskmill.decode([{"bbox": [100.5, 50.5, 300.5, 200.5], "polygon": ring}], size, dialect="gpt")
    assert masks.areas.tolist() == [200 * 150]
    assert masks.boxes[0].tolist() == [100.5, 50.5, 300.5, 200.5]
    assert maskmill.Masks.from_polygons([[ring]], size).coco() == masks.coco()


# Corner, width and height.


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("frame", ["thousandths", "pixels", "unit"])
@pytest.mark.parametrize("order", ["xy", "yx"])
@pytest.mark.parametrize("key", ["bbox", "box_2d"])
def test_extents_are_recognised_by_the_mask(size: Any, frame: str, order: str, key: str) -> None:
    items = reply(size, (order, frame), ("xy", frame), key)
    for entry in items:
        a0, b0, a1, b1 = entry[key]
        entry[key] = [a0, b0, a1 - a0, b1 - b0]
    masks = maskmill.decode([*items, {key: items[0][key]}], size)
    if frame != "pixels" or max(size) > 1000:
        assert masks.status.tolist()[:3] == ["ok"] * 3
        assert all("box_mended" in said(masks, row) for row in range(3))
        assert all("box_disagrees" not in said(masks, row) for row in range(3))


def test_coco_annotations_as_a_reply() -> None:
    """Flat polygons in pixels beside a corner, width and height: as pycocotools writes them."""
    items = [
        {
            "bbox": [100, 1200, 200, 300],
            "segmentation": [[100, 1200, 300, 1200, 300, 1500, 100, 1500]],
            "category": "a",
        },
        {"bbox": [500, 100, 150, 900], "segmentation": [[500, 100, 650, 100, 650, 1000, 500, 1000]], "category": "b"},
    ]
    masks = maskmill.decode(items, (1080, 1920))
    assert masks.boxes.tolist() == [[100, 1200, 300, 1500], [500, 100, 650, 1000]]
    assert masks.areas.tolist() == [200 * 300, 150 * 900]


@pytest.mark.parametrize("box", [None, [0, 0, 100, 100]])
@pytest.mark.parametrize("rows", [False, True])
def test_an_rle_that_looks_written_row_by_row_is_said_where_no_box_decides(box: Any, rows: bool) -> None:
    entry = {"mask": rle((64, 40), (5, 8, 25, 32), rows, False), **({} if box is None else {"box_2d": box})}
    masks = maskmill.decode([entry], (64, 40))
    assert ("rle_doubtful" in said(masks)) == rows


@pytest.mark.parametrize("size", SIZES)
def test_centres_are_recognised_by_the_mask(size: Any) -> None:
    """As Roboflow writes them: x and y are the centre, and the points name their axes."""
    items, wants = [], []
    for shape in scaled(size):
        x0, y0, x1, y1 = box_of(shape)
        points = [{"x": x, "y": y} for x, y in shape]
        centre = {"x": (x0 + x1) / 2, "y": (y0 + y1) / 2, "width": x1 - x0, "height": y1 - y0}
        items.append({**centre, "class": "a", "confidence": 0.9, "points": points})
        wants.append([x0, y0, x1, y1])
    masks = maskmill.decode({"predictions": items}, size, dialect="gpt")
    assert_extents(masks, size)
    assert masks.boxes.tolist() == wants or "box_mended" in said(masks)


@pytest.mark.parametrize(
    "mask",
    [
        "polygon(20% 10%, 60% 10%, 60% 50%, 20% 50%)",
        "clip-path: polygon(evenodd, 20% 10%, 60% 10%, 60% 50%, 20% 50%);",
        "polygon(200px 80px, 600px 80px, 600px 400px, 200px 400px)",
        [["20%", "10%"], ["60%", "10%"], ["60%", "50%"], ["20%", "50%"]],
        [
            {"x": "200px", "y": "80px"},
            {"x": "600px", "y": "80px"},
            {"x": "600px", "y": "400px"},
            {"x": "200px", "y": "400px"},
        ],
        "20%,10% 60%,10% 60%,50% 20%,50%",
    ],
)
@pytest.mark.parametrize(
    "box", [None, [100, 200, 500, 600], ["10%", "20%", "50%", "60%"], ["80px", "200px", "400px", "600px"]]
)
def test_units_behind_numbers(mask: Any, box: Any) -> None:
    masks = maskmill.decode([{"mask": mask, **({} if box is None else {"box_2d": box})}], (1000, 800))
    y, x = masks[0].dense().nonzero()
    assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == (200, 80, 600, 400)
    assert said(masks) <= {"box_mended"}
    if box is not None:
        assert masks.boxes[0].tolist() == [200, 80, 600, 400]


def test_units_that_differ_are_no_coordinates() -> None:
    masks = maskmill.decode([{"mask": [["20%", "80px"], ["60%", "80px"], ["60%", "400px"]]}], (1000, 800))
    assert masks.status.tolist() == ["garbage"]


# Near misses: readings that agree by chance, and items that share what others show.


@pytest.mark.parametrize(
    "size", [(1000, 800), (800, 1000), (1024, 768), (900, 900), (1200, 900), (1280, 720), (1080, 1350)]
)
@pytest.mark.parametrize("as_text", [False, True])
def test_pixels_are_noticed_where_thousandths_agree_too(size: tuple[int, int], as_text: bool) -> None:
    width, height = size
    ring = [
        [0.2 * width, 0.1 * height],
        [0.6 * width, 0.1 * height],
        [0.6 * width, 0.5 * height],
        [0.2 * width, 0.5 * height],
    ]
    items = [{"box_2d": [100, 200, 500, 600], "mask": [[round(x), round(y)] for x, y in ring]}]
    masks = maskmill.decode(json.dumps(items) if as_text else items, size)
    y, x = masks[0].dense().nonzero()
    want = [round(0.2 * width), round(0.1 * height), round(0.6 * width), round(0.5 * height)]
    assert [x.min(), y.min(), x.max() + 1, y.max() + 1] == want
    assert said(masks) == {"other_frame"}


def test_maps_share_the_frame_that_polygons_show() -> None:
    from support.replies import png_uri

    size = (640, 480)
    items = reply(size, ("yx", "pixels"), ("xy", "thousandths"))
    masks = maskmill.decode([*items, {"box_2d": [48, 128, 240, 384], "mask": png_uri()}], size)
    assert masks.boxes[3].tolist() == [128, 48, 384, 240]
    assert "other_frame" in said(masks, 3)


def test_a_map_whose_box_passes_1000_and_fits_the_image_is_in_pixels() -> None:
    from support.replies import png_uri

    items = [
        {"box_2d": [108, 384, 540, 1152], "mask": png_uri()},
        {"box_2d": [108, 1384, 540, 1752], "mask": png_uri()},
    ]
    masks = maskmill.decode(items, (1920, 1080))
    assert masks.status.tolist() == ["ok", "ok"]
    assert masks.boxes.tolist() == [[384, 108, 1152, 540], [1384, 108, 1752, 540]]
    assert said(masks, 0) == said(masks, 1) == {"other_frame"}


@pytest.mark.parametrize("mask", ["ring", "png"])
def test_corners_of_0_and_1_are_the_whole_image_beside_a_box_of_fractions(mask: str) -> None:
    from support.replies import png_uri

    value = png_uri() if mask == "png" else [[0, 0], [1, 0], [1, 1], [0, 1]]
    first = {"box_2d": [0.1, 0.2, 0.5, 0.6], "mask": [[0.2, 0.1], [0.6, 0.1], [0.6, 0.5], [0.2, 0.5]]}
    masks = maskmill.decode([first, {"box_2d": [0, 0, 1, 1], "mask": value}], (100, 80))
    assert masks.status.tolist() == ["ok", "ok"]
    assert masks.boxes[1].tolist() == [0, 0, 100, 80]
    assert "box_unit" in said(masks, 1)


def test_a_ring_and_a_box_of_0_and_1_alone() -> None:
    masks = maskmill.decode([{"box_2d": [0, 0, 1, 1], "mask": [[0, 0], [1, 0], [1, 1], [0, 1]]}], (100, 80))
    assert masks.areas.tolist() == [8000]


def test_an_rle_by_rows_in_a_square_image_is_not_taken_for_a_box_in_another_order() -> None:
    size, extent = (512, 512), (100, 199, 400, 350)
    box = [v * 1000 / 512 for v in extent]
    masks = maskmill.decode([{"bbox": box, "mask": rle(size, extent, True, False)}], size)
    y, x = masks[0].dense().nonzero()
    assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == extent
    assert said(masks) == {"rle_reordered", "order_assumed"}


@pytest.mark.parametrize("size", [(100, 200), (480, 960), (200, 100), (64, 48)])
def test_rows_are_suspected_in_every_shape_of_image(size: tuple[int, int]) -> None:
    extent = (size[0] // 5, size[1] // 4, size[0] // 2, size[1] // 2)
    for rows in (False, True):
        masks = maskmill.decode([{"mask": rle(size, extent, rows, False)}], size)
        assert ("rle_doubtful" in said(masks)) == rows


def test_an_rle_without_a_box_follows_those_with_one() -> None:
    size = (64, 40)
    first = {"box_2d": [200, 78, 800, 391], "mask": rle(size, (5, 8, 25, 32), True, False)}
    masks = maskmill.decode([first, {"mask": rle(size, (30, 3, 60, 20), True, False)}], size)
    assert masks.areas.tolist() == [20 * 24, 30 * 17]
    assert said(masks, 1) == {"rle_reordered"}


def test_a_box_in_pixels_beside_an_rle_by_rows() -> None:
    size, extent = (640, 480), (100, 50, 400, 300)
    masks = maskmill.decode([{"bbox": list(extent), "mask": rle(size, extent, True, False)}], size)
    assert masks.areas.tolist() == [300 * 250]
    assert said(masks) >= {"rle_reordered", "other_frame"}


def test_decimals_are_no_thousandths_of_gemini() -> None:
    ring = [[20.5, 10.5], [60.5, 10.5], [60.5, 50.5], [20.5, 50.5]]
    for value in (
        [{"box_2d": [10.5, 20.5, 50.5, 60.5], "mask": ring}],
        '[{"box_2d": [10.5, 20.5, 50.5, 60.5], "mask": [[20.5, 10.5], [60.5, 10.5], [60.5, 50.5]]}]',
    ):
        assert "frame_unchecked" in said(maskmill.decode(value, (1000, 800)))


@pytest.mark.parametrize(
    ("fields", "is_checked"),
    [
        ({"mask": [[10, 20], [60, 20], [60, 50]]}, True),
        ({"mask": [[10.5, 20.5], [60.5, 20.5], [60.5, 50.5]]}, False),
        ({"polygon": [[10, 20], [60, 20], [60, 50]]}, False),
        ({"boxx_2d": [10, 20, 50, 60]}, True),
        ({"bbox_2d": [10, 20, 50, 60]}, False),
        ({"bbox": [10, 20, 50, 60], "masc": [[20, 10], [60, 10], [60, 50]]}, False),
        ({"bbox": [10, 20, 50, 60], "lable": "cat"}, False),
    ],
)
def test_only_the_key_of_the_box_or_of_its_mask_shows_geminis_frame(fields: Any, is_checked: bool) -> None:
    masks = maskmill.decode([fields], (1000, 800))
    assert len(masks) == 1
    assert ("frame_unchecked" not in said(masks)) == is_checked


@pytest.mark.parametrize("box", [None, [100, 200, 500, 600]])
def test_a_map_of_the_size_of_the_image_is_one_of_the_whole_image(box: Any) -> None:
    import base64

    from support import pngs

    pixels = np.zeros((400, 500), np.uint8)
    pixels[40:200, 100:300] = 255
    uri = "data:image/png;base64," + base64.b64encode(pngs.encode(pixels)).decode()
    masks = maskmill.decode([{"mask": uri, **({} if box is None else {"box_2d": box})}], (500, 400))
    assert masks.areas.tolist() == [160 * 200]
    assert "other_frame" in said(masks)
    np.testing.assert_array_equal(masks.boxes[0], [np.nan] * 4 if box is None else [100, 40, 300, 200])
    inside = maskmill.decode([{"mask": uri, "box_2d": [0, 0, 100, 100]}], (500, 400))
    assert "other_frame" not in said(inside)
