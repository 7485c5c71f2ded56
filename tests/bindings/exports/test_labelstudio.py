"""Label Studio's tasks: what is written, what comes back, and the exports that Label Studio itself makes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

import maskmill
from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import LossWarning, Settings, labelstudio
from maskmill_bindings.exports._shared import labelstudio_rle
from maskmill_bindings.exports._shared.json_array import read_objects
from maskmill_bindings.record import Record
from support.datasets.export_records import record_of_several_parts, records_of_one_part
from support.datasets.masks_equality import assert_same_masks

POLYGON = {"points": [[0, 0], [50, 0], [50, 50], [0, 50]], "closed": True, "polygonlabels": ["cat"]}
SIZE = {"original_width": 8, "original_height": 6}


def region(value: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "polygonlabels", "value": value, **SIZE, **more}


def task(*regions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"data": {"image": "x.png"}, "annotations": [{"result": list(regions)}], **more}


def read(path: Path, *tasks: Any) -> list[Record]:
    file = path / "tasks.json"
    file.write_bytes(orjson.dumps(list(tasks)))
    return list(labelstudio.read(file))


def test_brush_masks_come_back(tmp_path: Path) -> None:
    records = [*records_of_one_part(), record_of_several_parts()]
    [file] = labelstudio.write(records, tmp_path / "tasks.json")
    for found, wanted in zip(labelstudio.read(file), records, strict=True):
        assert (found.key, found.image) == (wanted.key, wanted.image)
        assert_same_masks(found.masks, wanted.masks)


def test_polygons_come_back(tmp_path: Path) -> None:
    records = records_of_one_part()
    [file] = labelstudio.write(records, tmp_path / "tasks.json", Settings(polygons=True))
    for found, wanted in zip(labelstudio.read(file), records, strict=True):
        assert_same_masks(found.masks, wanted.masks)


def test_parts_of_a_mask_become_regions_with_a_warning(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="polygons of one mask"):
        [file] = labelstudio.write(record_of_several_parts(), tmp_path / "tasks.json", Settings(polygons=True))
    [record] = labelstudio.read(file)
    assert record.masks.labels.tolist() == ["cat", "cat", "dog", "dog"]


def test_a_task_is_what_label_studio_imports(tmp_path: Path) -> None:
    masks = Masks.from_dense(np.ones((1, 2, 3), bool), labels=["cat"], scores=[0.5])
    [file] = labelstudio.write(Record("k", masks, "x.png", model="m"), tmp_path / "tasks.json")
    [found] = orjson.loads(file.read_bytes())
    [prediction] = found["predictions"]
    [made] = prediction["result"]
    assert found["data"] == {"image": "x.png", "key": "k", "width": 3, "height": 2}
    assert prediction["model_version"] == "m"
    assert made.pop("value") == {
        "format": "rle",
        "rle": labelstudio_rle.pack_brush(np.array([[0, 6]]), 6).tolist(),
        "brushlabels": ["cat"],
    }
    assert made == {
        "id": "e4ef20d481",
        "type": "brushlabels",
        "from_name": "label",
        "to_name": "image",
        "original_width": 3,
        "original_height": 2,
        "image_rotation": 0,
        "score": 0.5,
    }


def test_ids_differ_and_stay(tmp_path: Path) -> None:
    masks = record_of_several_parts().masks
    for name in ("a", "b"):
        labelstudio.write([Record("k", masks), Record("l", masks)], tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    ids = [made["id"] for found in read_objects(tmp_path / "a") for made in found["predictions"][0]["result"]]
    assert len(set(ids)) == len(ids) == 4


def test_no_records_are_an_empty_array(tmp_path: Path) -> None:
    [file] = labelstudio.write([], tmp_path / "tasks.json")
    assert orjson.loads(file.read_bytes()) == []
    assert list(labelstudio.read(file)) == []


@pytest.mark.parametrize("label", ["", "\ud83d", "a\0b", '"\\'])
def test_any_label_makes_json(tmp_path: Path, label: str) -> None:
    [file] = labelstudio.write(Masks.from_dense(np.ones((1, 2, 3), bool), labels=[label]), tmp_path / "tasks.json")
    [record] = labelstudio.read(file)
    assert record.masks.labels.tolist() == [label.replace("\ud83d", "?")]


def test_rows_without_a_mask_are_left_out(tmp_path: Path) -> None:
    [file] = labelstudio.write(Record("a", maskmill.decode('[{"label": "a"}]', size=(8, 8))), tmp_path / "tasks.json")
    [record] = labelstudio.read(file)
    assert (len(record.masks), record.masks.size) == (0, (8, 8))


# Label Studio's own exports.


def test_the_newest_annotation_that_is_not_cancelled(tmp_path: Path) -> None:
    def annotation(label: str, day: int, **more: Any) -> dict[str, Any]:
        result = [region({**POLYGON, "polygonlabels": [label]})]
        return {"result": result, "created_at": f"2026-01-0{day}T00:00:00Z", **more}

    annotations = [annotation("new", 2), annotation("old", 1), annotation("cancelled", 3, was_cancelled=True)]
    [record] = read(tmp_path, task() | {"annotations": annotations, "predictions": [annotation("guess", 4)]})
    assert record.masks.labels.tolist() == ["new"]
    [record] = read(tmp_path, task() | {"annotations": annotations[2:], "predictions": [annotation("guess", 4)]})
    assert record.masks.labels.tolist() == ["guess"]


def test_a_polygon_in_percents(tmp_path: Path) -> None:
    [record] = read(tmp_path, task(region(POLYGON)))
    np.testing.assert_array_equal(record.masks.dense()[0], np.pad(np.ones((3, 4), bool), ((0, 3), (0, 4))))
    assert (record.key, record.image) == ("x.png", "x.png")


def test_a_shape_and_its_label_under_one_id(tmp_path: Path) -> None:
    shape = {name: value for name, value in POLYGON.items() if name != "polygonlabels"}
    [record] = read(tmp_path, task(region(shape, id="a"), region({**shape, "labels": ["dog"]}, id="a")))
    assert record.masks.labels.tolist() == ["dog"]


def test_other_regions_are_left_out(tmp_path: Path) -> None:
    rectangle = region({"x": 0, "y": 0, "width": 9, "height": 9, "rectanglelabels": ["cat"]}, type="rectanglelabels")
    with pytest.warns(LossWarning, match="neither brush masks nor polygons"):
        [record] = read(tmp_path, task(rectangle, region(POLYGON)))
    assert len(record.masks) == 1


def test_a_task_without_a_size_is_left_out(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="tasks without the size"):
        assert read(tmp_path, task()) == []


@pytest.mark.parametrize(
    "value",
    [
        {"rle": [0, 0, 0, 16]},
        {"rle": "abc"},
        {"rle": [300]},
        {"points": [[0, 0], [1, 1]]},
        {"points": [[0, 0], [1], [2, 2]]},
        {"points": [["a", 0], [1, 1], [2, 2]]},
        {"points": [[0, 0], [1e300, 1], [2, 2]]},
    ],
)
def test_regions_that_are_none(tmp_path: Path, value: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=r"tasks\.json: task 1"):
        read(tmp_path, task(region({**value, "brushlabels": ["cat"]})))


@pytest.mark.parametrize(
    "made",
    [
        {},
        {"data": []},
        task(region(POLYGON), data=3),
        {"data": {}, "annotations": 3},
        {"data": {}, "annotations": [{}]},
        {"data": {}, "annotations": [{"result": [3]}]},
        task(region(POLYGON) | {"original_width": -1}),
    ],
)
def test_tasks_that_are_none(tmp_path: Path, made: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=r"tasks\.json: task 1"):
        read(tmp_path, made)


# Arrays of objects.


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("[]", []),
        (' [ {"a": "]}\\""} , {} ] \n', [{"a": ']}"'}, {}]),
        ('{"a": [{}]}', [{"a": [{}]}]),
        ('[{"a\\\\": 1}]', [{"a\\": 1}]),
    ],
)
def test_objects_of_an_array(tmp_path: Path, text: str, objects: list[Any]) -> None:
    (tmp_path / "a.json").write_text(text)
    assert list(read_objects(tmp_path / "a.json")) == objects


@pytest.mark.parametrize(
    "text", ["", "3", '"a"', "[", "[{", '[{"a', "[{}", "[{}]]", "[{}] {}", "[[1]]", "[{]}", "]", "{}{}"]
)
def test_no_array_of_objects(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ArgumentError, match=r"a\.json"):
        list(read_objects(tmp_path / "a.json"))
