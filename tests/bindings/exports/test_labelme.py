"""LabelMe's files: what is written, what comes back, and files that LabelMe and others made."""

from __future__ import annotations

import base64
import io
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

import maskmill
from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import Settings, labelme
from maskmill_bindings.record import Record
from support.datasets.export_records import Pixels, record_of_several_parts, records_of_one_part
from support.datasets.masks_equality import assert_same_masks
from support.datasets.read_everything import read_everything, reasons

ALL = [*records_of_one_part(), record_of_several_parts()]
BY_STEM = sorted(ALL, key=lambda record: record.stem)


def shape(kind: str | None, points: Any, **more: Any) -> dict[str, Any]:
    return {"label": "cat", "points": points, "group_id": None, "shape_type": kind, "flags": {}, **more}


def read(path: Path, *shapes: Any, **more: Any) -> Record:
    data = {"version": "5.5.0", "shapes": list(shapes), "imagePath": "x.jpg", "imageHeight": 6, "imageWidth": 8, **more}
    (path / "x.json").write_bytes(orjson.dumps(data))
    [record] = labelme.read(path)
    return record


def png(pixels: Pixels) -> str:
    """Return a PNG as LabelMe writes it, with Pillow."""
    data = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(data, "PNG")
    return base64.b64encode(data.getvalue()).decode()


def drawn(made: dict[str, Any], size: tuple[int, int]) -> Pixels:
    """Return the pixels of a shape as LabelMe's documentation describes them."""
    canvas = np.zeros(size[::-1], bool)
    if made["shape_type"] == "mask":
        (x0, y0), (x1, y1) = made["points"]
        canvas[y0 : y1 + 1, x0 : x1 + 1] = np.array(Image.open(io.BytesIO(base64.b64decode(made["mask"]))))
        return canvas
    image = Image.fromarray(canvas.astype(np.uint8))
    ImageDraw.Draw(image).polygon([tuple(point) for point in made["points"]], outline=1, fill=1)
    return np.array(image) > 0


@pytest.mark.parametrize("polygons", [False, True])
def test_everything_comes_back(tmp_path: Path, polygons: bool) -> None:
    files = labelme.write(ALL, tmp_path, Settings(polygons=polygons))
    assert [file.name for file in files] == ["x.json", "y.json", "empty.json", "z.json"]
    for found, wanted in zip(labelme.read(tmp_path), BY_STEM, strict=True):
        assert (found.key, found.image) == (wanted.key, wanted.image)
        assert_same_masks(found.masks, wanted.masks)


@pytest.mark.parametrize("polygons", [False, True])
def test_pillow_draws_the_same_pixels(tmp_path: Path, polygons: bool) -> None:
    for record, file in zip(ALL, labelme.write(ALL, tmp_path, Settings(polygons=polygons)), strict=True):
        united: dict[Any, Pixels] = {}
        for number, made in enumerate(orjson.loads(file.read_bytes())["shapes"]):
            name = made["group_id"] if made["group_id"] is not None else f"{number} alone"
            united[name] = united.get(name, False) | drawn(made, record.masks.size)
        np.testing.assert_array_equal(
            np.array(list(united.values())).reshape(record.masks.dense().shape), record.masks.dense()
        )


def test_a_file_is_what_labelme_opens(tmp_path: Path) -> None:
    masks = Masks.from_dense(np.ones((1, 2, 3), bool), labels=["cat"])
    [file] = labelme.write(Record("a/x.jpg", masks), tmp_path, Settings(polygons=True))
    assert orjson.loads(file.read_bytes()) == {
        "version": "5.5.0",
        "flags": {},
        "shapes": [
            {
                "label": "cat",
                "points": [[0, 0], [2, 0], [2, 1], [0, 1]],
                "group_id": None,
                "description": "",
                "shape_type": "polygon",
                "flags": {},
                "mask": None,
            }
        ],
        "imagePath": "a/x.jpg",
        "imageData": None,
        "imageHeight": 2,
        "imageWidth": 3,
    }


def test_a_key_that_is_not_the_image_is_kept(tmp_path: Path) -> None:
    labelme.write(Record("row 7", records_of_one_part()[0].masks, "x.jpg"), tmp_path)
    [record] = labelme.read(tmp_path)
    assert (record.key, record.image) == ("row 7", "x.jpg")


def test_rows_without_a_mask_are_left_out(tmp_path: Path) -> None:
    labelme.write(Record("a", maskmill.decode('[{"label": "a"}]', size=(8, 8))), tmp_path)
    [record] = labelme.read(tmp_path)
    assert (len(record.masks), record.masks.size) == (0, (8, 8))


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    pairs = zip(labelme.write(ALL, tmp_path / "a"), labelme.write(ALL, tmp_path / "b"), strict=True)
    assert all(a.read_bytes() == b.read_bytes() for a, b in pairs)


@pytest.mark.parametrize("label", ["", "\ud83d", "a\0b"])
def test_any_label_makes_json(tmp_path: Path, label: str) -> None:
    labelme.write(Record("x", Masks.from_dense(np.ones((1, 2, 3), bool), labels=[label])), tmp_path)
    [record] = labelme.read(tmp_path)
    assert record.masks.labels.tolist() == [label.replace("\ud83d", "?")]


# Files that others made.


def test_a_mask_of_labelme(tmp_path: Path) -> None:
    pixels = np.array([[1, 0, 1], [0, 1, 1]], bool)
    record = read(tmp_path, shape("mask", [[2.0, 3.0], [4.0, 4.0]], mask=png(pixels), description=None))
    np.testing.assert_array_equal(record.masks.dense()[0], np.pad(pixels, ((3, 1), (2, 3))))


def test_a_rectangle_from_any_corner(tmp_path: Path) -> None:
    record = read(tmp_path, shape("rectangle", [[3.2, 2.1], [0.9, 0.4]]))
    np.testing.assert_array_equal(record.masks.dense()[0], np.pad(np.ones((3, 4), bool), ((0, 3), (0, 4))))


def test_one_group_is_one_row(tmp_path: Path) -> None:
    triangles = [[[0, 0], [2, 0], [0, 2]], [[5, 3], [7, 3], [7, 5]], [[0, 5], [1, 5], [0, 4]]]
    shapes = [shape("polygon", points, group_id=group) for points, group in zip(triangles, (1, 1, None), strict=True)]
    record = read(tmp_path, *shapes, shapes[0] | {"label": "dog"})
    assert record.masks.labels.tolist() == ["cat", "cat", "dog"]
    assert record.masks.areas.tolist() == [12, 3, 6]


@pytest.mark.parametrize("kind", ["line", "linestrip", "point", "points", "cuboid"])
def test_shapes_without_an_area_are_rows_with_a_reason(tmp_path: Path, kind: str) -> None:
    record = read(tmp_path, shape(kind, [[1, 1], [2, 2]]), shape("rectangle", [[0, 0], [1, 1]]))
    assert record.masks.status.tolist() == ["nothing", "ok"]
    assert reasons(record) == [f"0 nothing: expected a shape with an area, got a {kind} - at `shapes[0]`"]


@pytest.mark.parametrize("kind", [None, "", "missing"])
def test_without_a_kind_it_is_a_polygon(tmp_path: Path, kind: str | None) -> None:
    made = shape(kind, [[2, 2], [5, 2], [5, 4], [2, 4]])
    if kind == "missing":
        del made["shape_type"]
    assert read(tmp_path, made).masks.areas.tolist() == [12]


def drawn_by_labelme(kind: str, points: list[list[float]], size: tuple[int, int]) -> Pixels:
    """Return a shape as LabelMe draws it, with Pillow."""
    image = Image.new("L", size)
    draw, corners = ImageDraw.Draw(image), [tuple(point) for point in points]
    if kind == "circle":
        (cx, cy), (x, y) = corners
        radius = math.sqrt((cx - x) ** 2 + (cy - y) ** 2)
        draw.ellipse([cx - radius, cy - radius, cx + radius, cy + radius], outline=1, fill=1)
    elif kind == "rectangle":
        draw.rectangle([tuple(map(min, *corners)), tuple(map(max, *corners))], outline=1, fill=1)
    else:
        draw.polygon(corners, outline=1, fill=1)
    return np.array(image, bool)


COUNTS = {"polygon": (3, 9), "rectangle": (2, 2), "circle": (2, 2), "oriented_rectangle": (4, 4)}


@given(kind=st.sampled_from(sorted(COUNTS)), data=st.data())
def test_random_shapes_are_drawn_as_labelme_draws_them(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    number = st.one_of(st.floats(-3, 11), st.integers(-3, 11), st.integers(-6, 22).map(lambda v: v / 2))
    fewest, most = COUNTS[kind]
    points = data.draw(st.lists(st.lists(number, min_size=2, max_size=2), min_size=fewest, max_size=most))
    record = read(tmp_path_factory.mktemp("labelme"), shape(kind, points))
    np.testing.assert_array_equal(record.masks.dense()[0], drawn_by_labelme(kind, points, (8, 6)))


def test_exact_shapes_have_the_pixels_whose_centre_is_inside(tmp_path: Path) -> None:
    square = [[1, 1], [4, 1], [4, 4], [1, 4]]
    read(tmp_path, shape("polygon", square), shape("rectangle", [[1, 1], [4, 4]]), shape("circle", [[4, 3], [4, 1]]))
    [record] = labelme.read(tmp_path, rule="exact")
    y, x = np.mgrid[:6, :8] + 0.5
    circle = (x - 4) ** 2 + (y - 3) ** 2 <= 4
    assert record.masks.areas.tolist() == [9, 9, circle.sum()]


@pytest.mark.parametrize(
    ("corners", "area", "code"),
    [
        ([[7, 0], [8, 1]], 2, "clipped"),
        ([[-1, 0], [0, 1]], 2, "clipped"),
        ([[20, 20], [21, 21]], 0, "clipped"),
        ([[0, 0], [0, 0]], 1, "shape_mended"),
        ([[2.4, 1.6], [3.4, 2.6]], 4, ""),
    ],
)
def test_pictures_are_placed_as_labelme_places_them(
    tmp_path: Path, corners: list[list[float]], area: int, code: str
) -> None:
    record = read(tmp_path, shape("mask", corners, mask=png(np.ones((2, 2), bool))))
    assert record.masks.areas.tolist() == [area]
    assert [problem.code for problem in record.masks.problems] == ([code] if code else [])
    if not code:
        assert record.masks.extents.tolist() == [[2, 2, 4, 4]]


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (3, "garbage"),
        ({}, "garbage"),
        ({"shape_type": []}, "garbage"),
        (shape("polygon", [[0, 0], [1, 1]]), "degenerate"),
        (shape("circle", [[0, 0]]), "degenerate"),
        (shape("oriented_rectangle", [[0, 0], [1, 1]]), "degenerate"),
        (shape("polygon", [[0, 0], [1], [2, 2]]), "garbage"),
        (shape("polygon", [[0, 0], ["a", 1], [2, 2]]), "garbage"),
        (shape("polygon", [[0, 0], [1e300, 1], [2, 2]]), "garbage"),
        (shape("polygon", None), "garbage"),
        (shape("rectangle", []), "degenerate"),
        (shape("mask", [[0, 0], [1, 1]]), "garbage"),
        (shape("mask", [[0, 0], [1, 1]], mask="%%%"), "garbage"),
        (shape("mask", [[0, 0], [1, 1]], mask=""), "garbage"),
        (shape("mask", [[0, 0], [9, 9]], mask=png(np.ones((3, 2), bool))), "garbage"),
        (shape("mask", [[0, 0], [1e30, 1]], mask=png(np.ones((2, 2), bool))), "garbage"),
        (shape("mask", [[0, 0], [1, 1]], mask=png(np.ones((2, 2), bool))[:40]), "garbage"),
    ],
)
def test_a_bad_shape_is_a_row_with_its_reason(tmp_path: Path, made: Any, status: str) -> None:
    record = read(tmp_path, made, shape("polygon", [[0, 0], [2, 0], [0, 2]]))
    assert record.masks.status.tolist() == [status, "ok"]
    [reason] = reasons(record)
    assert reason.startswith(f"0 {status}: expected ")
    assert not re.search(r"\w+(Error|Exception)", reason)


def test_a_bad_part_of_a_group_is_left_out(tmp_path: Path) -> None:
    good, bad = [[0, 0], [2, 0], [0, 2]], [[0, 0], [1, 1]]
    record = read(tmp_path, shape("polygon", bad, group_id=1), shape("polygon", good, group_id=1))
    assert record.masks.areas.tolist() == [6]
    assert [problem.code for problem in record.masks.problems] == ["part_dropped"]


def test_a_score_that_is_no_number_is_left_out(tmp_path: Path) -> None:
    record = read(tmp_path, shape("polygon", [[0, 0], [2, 0], [0, 2]], score="high"))
    assert [problem.code for problem in record.masks.problems] == ["bad_score"]


def test_the_size_may_come_from_the_image_in_the_file_or_beside_it(tmp_path: Path) -> None:
    sides = {"imageWidth": None, "imageHeight": None}
    data = io.BytesIO()
    Image.new("RGB", (9, 7)).save(data, "PNG")
    assert read(tmp_path, imageData=base64.b64encode(data.getvalue()).decode(), **sides).masks.size == (9, 7)
    Image.new("L", (5, 4)).save(tmp_path / "a b.png")
    assert read(tmp_path, imagePath="..\\photos\\a b.png", **sides).masks.size == (5, 4)
    assert read(tmp_path, imageWidth=8.0, imageHeight="6").masks.size == (8, 6)


def test_paths_of_windows(tmp_path: Path) -> None:
    assert read(tmp_path, imagePath="..\\img\\a.jpg").image == "../img/a.jpg"


@pytest.mark.parametrize(
    "more",
    [
        {"imageWidth": None},
        {"imageWidth": 0},
        {"imageHeight": 70_000},
        {"shapes": 3},
        {"imageWidth": None, "imageData": 5},
    ],
)
def test_files_without_a_record_are_listed(tmp_path: Path, more: dict[str, Any]) -> None:
    read(tmp_path)
    data = orjson.loads((tmp_path / "x.json").read_bytes())
    (tmp_path / "y.json").write_bytes(orjson.dumps(data | more))
    records, [unread] = read_everything(labelme, tmp_path)
    assert [record.source for record in records] == ["x.json"]
    assert unread.source == "y.json"
    assert unread.reason.startswith("expected ")


def test_a_damaged_file_of_a_folder_is_listed_and_one_by_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"{")
    (tmp_path / "y.json").write_bytes(b'{"a": 1}')
    records, unread = read_everything(labelme, tmp_path)
    assert not records
    assert [entry.key for entry in unread] == ["x.json", "y.json"]
    for name in ("x.json", "y.json"):
        with pytest.raises(ArgumentError, match=name):
            list(labelme.read(tmp_path / name))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArgumentError, match="a folder with LabelMe's JSON files, got none"):
        list(labelme.read(tmp_path / "empty"))
