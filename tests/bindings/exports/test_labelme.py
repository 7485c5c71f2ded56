"""LabelMe's files: what is written, what comes back, and files that LabelMe and others made."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image, ImageDraw

import maskmill
from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import LossWarning, Settings, labelme
from maskmill_bindings.record import Record
from support.datasets.export_records import Pixels, record_of_several_parts, records_of_one_part
from support.datasets.masks_equality import assert_same_masks

ALL = [*records_of_one_part(), record_of_several_parts()]
BY_STEM = sorted(ALL, key=lambda record: record.stem)


def shape(kind: str, points: Any, **more: Any) -> dict[str, Any]:
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
    record = read(tmp_path, shape("rectangle", [[3.2, 2.1], [0.9, -0.4]]))
    np.testing.assert_array_equal(record.masks.dense()[0], np.pad(np.ones((3, 3), bool), ((0, 3), (1, 4))))


def test_one_group_is_one_row(tmp_path: Path) -> None:
    triangles = [[[0, 0], [2, 0], [0, 2]], [[5, 3], [7, 3], [7, 5]], [[0, 5], [1, 5], [0, 4]]]
    shapes = [shape("polygon", points, group_id=group) for points, group in zip(triangles, (1, 1, None), strict=True)]
    record = read(tmp_path, *shapes, shapes[0] | {"label": "dog"})
    assert record.masks.labels.tolist() == ["cat", "cat", "dog"]
    assert record.masks.areas.tolist() == [12, 3, 6]


def test_other_shapes_are_left_out(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="no mask, polygon or rectangle"):
        record = read(tmp_path, shape("circle", [[1, 1], [2, 2]]), shape("rectangle", [[0, 0], [1, 1]]))
    assert len(record.masks) == 1


@pytest.mark.parametrize(
    "made",
    [
        3,
        {},
        {"shape_type": []},
        shape("polygon", [[0, 0], [1, 1]]),
        shape("polygon", [[0, 0], [1], [2, 2]]),
        shape("polygon", [[0, 0], ["a", 1], [2, 2]]),
        shape("polygon", [[0, 0], [1e300, 1], [2, 2]]),
        shape("polygon", None),
        shape("rectangle", []),
        shape("mask", [[0, 0], [1, 1]]),
        shape("mask", [[0, 0], [1, 1]], mask="%%%"),
        shape("mask", [[0, 0], [1, 1]], mask=""),
        shape("mask", [[0, 0], [1, 1]], mask=png(np.ones((3, 2), bool))),
        shape("mask", [[7, 0], [8, 1]], mask=png(np.ones((2, 2), bool))),
        shape("mask", [[-1, 0], [0, 1]], mask=png(np.ones((2, 2), bool))),
        shape("mask", [[0, 0], [99, 99]], mask=png(np.ones((100, 100), bool))),
        shape("mask", [[0, 0], [1, 1]], mask=png(np.ones((2, 2), bool))[:40]),
        shape("polygon", [[0, 0], [2, 0], [0, 2]], score="high"),
    ],
)
def test_shapes_that_are_none(tmp_path: Path, made: Any) -> None:
    with pytest.raises(ArgumentError, match=r"x\.json"):
        read(tmp_path, made)


@pytest.mark.parametrize(
    "more", [{"imagePath": None, "imageWidth": None}, {"imageWidth": 0}, {"imageHeight": 70_000}, {"shapes": 3}]
)
def test_files_that_are_none(tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=r"x\.json"):
        read(tmp_path, **more)


def test_no_json(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_bytes(b"{")
    with pytest.raises(ArgumentError, match=r"x\.json"):
        list(labelme.read(tmp_path))
