"""Label Studio's tasks: what is written, what comes back, and the exports that Label Studio itself makes."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image

import maskmill
from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import LossWarning, Settings, labelstudio
from maskmill_bindings.exports._reading.parts.json_array import read_values
from maskmill_bindings.exports._shared import labelstudio_rle
from maskmill_bindings.record import Record
from support.datasets.export_records import record_of_several_parts, records_of_one_part
from support.datasets.masks_equality import assert_same_masks
from support.datasets.read_everything import read_everything, reasons

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
    ids = [made["id"] for found in read_values(tmp_path / "a") for made in found["predictions"][0]["result"]]
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


def annotation(label: str, **more: Any) -> dict[str, Any]:
    return {"result": [region({**POLYGON, "polygonlabels": [label]})], **more}


def test_annotations_of_several_people_are_kept_apart(tmp_path: Path) -> None:
    annotations = [
        annotation("a", completed_by=1),
        annotation("b", completed_by={"id": 7, "email": "x@y.z"}),
        annotation("c", id=9),
    ]
    records = read(tmp_path, task() | {"annotations": annotations, "predictions": [annotation("guess")]})
    found = [(record.key, record.model, record.masks.labels.tolist()) for record in records]
    assert found == [
        ("x.png", "annotator 1", ["a"]),
        ("x.png", "annotator x@y.z", ["b"]),
        ("x.png", "annotation 9", ["c"]),
    ]
    [record] = read(tmp_path, task() | {"annotations": annotations[:1]})
    assert (record.model, record.masks.labels.tolist()) == ("", ["a"])


def test_cancelled_annotations_are_warned_of_and_predictions_read_in_their_place(tmp_path: Path) -> None:
    made = task() | {
        "annotations": [annotation("cancelled", was_cancelled=True)],
        "predictions": [annotation("guess", model_version="m1")],
    }
    file = tmp_path / "tasks.json"
    file.write_bytes(orjson.dumps([made]))
    with pytest.warns(LossWarning, match="cancelled are not read"):
        [record] = labelstudio.read(file)
    assert (record.model, record.masks.labels.tolist()) == ("m1", ["guess"])


def test_json_min(tmp_path: Path) -> None:
    sides = {"original_width": 8, "original_height": 6}
    made = {
        "image": "/data/a.png",
        "id": 4,
        "label": [{**POLYGON, **sides}],
        "brush": [{"format": "rle", "rle": [], "brushlabels": ["dog"], **sides}],
        "annotator": 3,
        "lead_time": 1.5,
    }
    [record] = read(tmp_path, made)
    assert (record.key, record.model) == ("/data/a.png", "3")
    assert record.masks.labels.tolist() == ["cat", "dog"]
    assert record.masks.status.tolist() == ["ok", "garbage"]


def test_one_task_and_tasks_by_line(tmp_path: Path) -> None:
    one = orjson.dumps(task(region(POLYGON)))
    for text, count in ((one, 1), (one + b"\n" + one + b"\n", 2), (b"\xef\xbb\xbf[" + one + b"]", 1)):
        (tmp_path / "tasks.json").write_bytes(text)
        assert [record.masks.areas.tolist() for record in labelstudio.read(tmp_path / "tasks.json")] == [[12]] * count


def test_a_polygon_in_percents(tmp_path: Path) -> None:
    [record] = read(tmp_path, task(region(POLYGON)))
    np.testing.assert_array_equal(record.masks.dense()[0], np.pad(np.ones((3, 4), bool), ((0, 3), (0, 4))))
    assert (record.key, record.image) == ("x.png", "x.png")


def test_a_shape_and_its_label_under_one_id(tmp_path: Path) -> None:
    shape = {name: value for name, value in POLYGON.items() if name != "polygonlabels"}
    [record] = read(tmp_path, task(region(shape, id="a"), region({**shape, "labels": ["dog"]}, id="a")))
    assert record.masks.labels.tolist() == ["dog"]


def test_rectangles_and_ellipses(tmp_path: Path) -> None:
    box = {"x": 25, "y": 0, "width": 50, "height": 50, "rectanglelabels": ["box"]}
    turned = {**box, "rotation": 90}
    round_one = {"x": 50, "y": 50, "radiusX": 25, "radiusY": 50, "ellipselabels": ["egg"]}
    [record] = read(tmp_path, task(*(region(value, id=str(i)) for i, value in enumerate((box, turned, round_one)))))
    assert record.masks.labels.tolist() == ["box", "box", "egg"]
    y, x = np.mgrid[:6, :8] + 0.5
    np.testing.assert_array_equal(record.masks.dense()[0], (x > 2) & (x < 6) & (y < 3))
    np.testing.assert_array_equal(
        record.masks.dense()[1], (x < 2) & (y < 4)
    )  # about its corner, and so past the border
    np.testing.assert_array_equal(record.masks.dense()[2], ((x - 4) / 2) ** 2 + ((y - 3) / 3) ** 2 <= 1)
    assert [(problem.row, problem.code) for problem in record.masks.problems] == [(1, "clipped")]


def test_a_bitmask(tmp_path: Path) -> None:
    pixels = np.zeros((6, 8, 4), np.uint8)
    pixels[1:3, 2:5] = 255
    pixels[4, 4] = (255, 255, 255, 0)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    url = "data:image/png;base64," + base64.b64encode(data.getvalue()).decode()
    [record] = read(tmp_path, task(region({"imageDataURL": url, "bitmasklabels": ["cat"]})))
    assert (record.masks.areas.tolist(), record.masks.labels.tolist()) == ([6], ["cat"])


def test_other_regions_are_rows_with_a_reason_and_choices_are_none(tmp_path: Path) -> None:
    point = region({"x": 5, "y": 5, "keypointlabels": ["nose"]}, type="keypointlabels", id="p")
    choice = {"type": "choices", "value": {"choices": ["good"]}, "id": "c"}
    turned = region(POLYGON, image_rotation=90, id="t")
    [record] = read(tmp_path, task(point, choice, turned, region(POLYGON, id="q")))
    assert record.masks.status.tolist() == ["nothing", "nothing", "ok"]
    assert record.masks.labels.tolist() == ["nose", "cat", "cat"]


def test_sizes_as_floats_and_from_options(tmp_path: Path) -> None:
    [record] = read(tmp_path, task(region(POLYGON, original_width=8.0, original_height="6")))
    assert record.masks.size == (8, 6)
    (tmp_path / "tasks.json").write_bytes(orjson.dumps([task()]))
    records, [unread] = read_everything(labelstudio, tmp_path / "tasks.json")
    assert not records
    assert unread.reason.startswith("expected the size of the image, got none")
    [record] = labelstudio.read(tmp_path / "tasks.json", size=(4, 4))
    assert record.masks.size == (4, 4)


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"rle": [0, 0, 0, 16]}, "garbage"),
        ({"rle": "abc"}, "garbage"),
        ({"rle": [300]}, "garbage"),
        ({"points": [[0, 0], [1, 1]]}, "degenerate"),
        ({"points": [[0, 0], [1], [2, 2]]}, "garbage"),
        ({"points": [["a", 0], [1, 1], [2, 2]]}, "garbage"),
        ({"points": [[0, 0], [1e300, 1], [2, 2]]}, "garbage"),
        ({"x": 0, "y": 0, "width": "a", "height": 9}, "garbage"),
        ({"x": 0, "y": 0, "radiusX": 0, "radiusY": 9}, "degenerate"),
        ({"imageDataURL": "data:image/png;base64,abcd"}, "garbage"),
    ],
)
def test_a_bad_region_is_a_row_with_its_reason(tmp_path: Path, value: dict[str, Any], status: str) -> None:
    [record] = read(tmp_path, task(region({**value, "brushlabels": ["cat"]}, id="a"), region(POLYGON, id="b")))
    assert record.masks.status.tolist() == [status, "ok"]
    [reason] = reasons(record)
    assert reason.startswith(f"0 {status}: expected ")


@pytest.mark.parametrize(
    ("made", "records", "unread"),
    [
        (5, 0, 1),
        ({}, 0, 1),
        ({"data": []}, 0, 1),
        (task(region(POLYGON), data=3), 0, 1),
        ({"data": {}, "annotations": 3}, 0, 1),
        ({"data": {"width": 4, "height": 4}, "annotations": [{}]}, 1, 0),
        ({"data": {"width": 4, "height": 4}, "annotations": [{"result": [3]}]}, 1, 0),
        (task(region(POLYGON) | {"original_width": -1}), 0, 1),
    ],
)
def test_tasks_without_a_record_are_listed(tmp_path: Path, made: Any, records: int, unread: int) -> None:
    (tmp_path / "tasks.json").write_bytes(orjson.dumps([made, task(region(POLYGON))]))
    found, others = read_everything(labelstudio, tmp_path / "tasks.json")
    assert len(found) == records + 1
    assert len(others) == unread
    assert all(entry.reason.startswith("expected ") for entry in others)


# Arrays of objects.


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("[]", []),
        (' [ {"a": "]}\\""} , {} ] \n', [{"a": ']}"'}, {}]),
        ('{"a": [{}]}', [{"a": [{}]}]),
        ('[1, {}, "a", {"b": NaN}]'.replace("NaN", "2"), [1, {}, "a", {"b": 2}]),
        ('{}\n{"a": 1}\n', [{}, {"a": 1}]),
        ('[{"a\\\\": 1}]', [{"a\\": 1}]),
    ],
)
def test_values_of_an_array(tmp_path: Path, text: str, objects: list[Any]) -> None:
    (tmp_path / "a.json").write_text(text)
    assert list(read_values(tmp_path / "a.json")) == objects


@pytest.mark.parametrize(
    "text", ["", "3", '"a"', "[", "[{", '[{"a', "[{}", "[{}]]", "[{}] {}", "[{]}", "]", "[{} x]", "{} x"]
)
def test_no_array_of_values(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ArgumentError, match=r"a\.json"):
        list(read_values(tmp_path / "a.json"))
