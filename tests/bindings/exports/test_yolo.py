"""YOLO's segmentation labels: what is written, what comes back, what is lost, and data sets of other tools."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from numba import config

import maskmill
from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import LossWarning, Settings, yolo
from maskmill_bindings.exports._shared import yolo_class_names
from maskmill_bindings.exports._shared.folder_index import INDEX
from maskmill_bindings.record import Record
from support.datasets.export_records import record_of_several_parts, records_of_one_part
from support.datasets.masks_equality import assert_same_masks
from support.datasets.read_everything import read_everything, reasons
from support.tiers import thorough


def drawn_by_yolo(file: Path, size: tuple[int, int]) -> list[np.ndarray]:
    """Return each line as Ultralytics fills it: float32 fractions by the size, truncated, filled by OpenCV."""
    masks = []
    for line in file.read_text().splitlines():
        shares = np.array(line.split()[1:], np.float32).reshape(-1, 2)
        masks.append(np.zeros(size[::-1], np.uint8))
        cv2.fillPoly(masks[-1], [(shares * np.array(size, np.float32)).astype(np.int32)], 1)
    return masks


def folder_of(path: Path, text: str, names: str = "names: [cat, dog]\n") -> Path:
    """Write a data set as other tools write it, with one image of 8x6."""
    for name in ("images", "labels"):
        (path / name / "train").mkdir(parents=True)
    cv2.imwrite(str(path / "images" / "train" / "x.png"), np.zeros((6, 8), np.uint8))
    (path / "labels" / "train" / "x.txt").write_text(text)
    (path / "data.yaml").write_text(names)
    return path


def test_masks_of_one_part_come_back(tmp_path: Path) -> None:
    records = records_of_one_part()
    files = yolo.write(records, tmp_path)
    assert [file.name for file in files] == ["x.txt", "y.txt", "empty.txt", "data.yaml", "index.jsonl"]
    for found, wanted in zip(yolo.read(tmp_path), records, strict=True):
        assert (found.key, found.image) == (wanted.key, wanted.image)
        assert_same_masks(found.masks, wanted.masks)


def test_yolo_draws_the_same_pixels(tmp_path: Path) -> None:
    for record, file in zip(records_of_one_part(), yolo.write(records_of_one_part(), tmp_path), strict=False):
        drawn = drawn_by_yolo(file, record.masks.size)
        np.testing.assert_array_equal(np.array(drawn).reshape(record.masks.dense().shape), record.masks.dense())


@pytest.mark.skipif(config.DISABLE_JIT, reason="minutes without compiled kernels")
@pytest.mark.parametrize(
    "size", [(1920, 1080), *(pytest.param(size, marks=thorough) for size in ((4093, 2999), (65_535, 3), (3, 65_535)))]
)
def test_every_pixel_of_a_large_image_comes_back(tmp_path: Path, size: tuple[int, int]) -> None:
    combs = np.zeros((2, *size[::-1]), bool)
    combs[0, ::2] = combs[0, :, 0] = combs[1, :, ::2] = combs[1, 0] = True
    masks = Masks.from_dense(combs, labels=["rows", "columns"])
    [file, *_] = yolo.write(Record("x.png", masks), tmp_path)
    np.testing.assert_array_equal(drawn_by_yolo(file, size), combs)
    [record] = yolo.read(tmp_path)
    assert_same_masks(record.masks, masks)


def test_lost_parts_and_scores_are_warned_of_once(tmp_path: Path) -> None:
    record = record_of_several_parts()
    with pytest.warns(LossWarning) as warned:
        yolo.write([record, Record("y.png", record.masks)], tmp_path)
    assert sorted(str(warning.message) for warning in warned) == [
        "YOLO cannot group the parts of one mask: each part becomes a separate line",
        "YOLO has no place for scores, which are left out",
    ]
    found, _ = yolo.read(tmp_path)
    assert found.masks.labels.tolist() == ["cat", "cat", "dog", "dog"]
    np.testing.assert_array_equal(found.masks.dense()[::2] | found.masks.dense()[1::2], record.masks.dense())


def test_rows_without_a_mask_are_left_out(tmp_path: Path) -> None:
    yolo.write(Record("a", maskmill.decode('[{"label": "a"}]', size=(8, 8))), tmp_path)
    assert (tmp_path / "labels" / "a.txt").read_bytes() == b""


def test_images_of_one_name_get_another(tmp_path: Path) -> None:
    masks = records_of_one_part()[0].masks
    with pytest.warns(LossWarning, match="images with the name of another"):
        yolo.write([Record("a/x.jpg", masks), Record("b/x.jpg", masks)], tmp_path)
    assert [json.loads(line)["name"] for line in (tmp_path / INDEX).read_text().splitlines()] == ["x", "x-2"]
    assert [record.key for record in yolo.read(tmp_path)] == ["a/x.jpg", "b/x.jpg"]


def test_numbers_are_those_of_the_classes(tmp_path: Path) -> None:
    masks = Masks.from_dense(np.ones((1, 4, 4), bool), labels=["dog"])
    [file, *_] = yolo.write(masks, tmp_path, Settings(classes=("cat", "dog")))
    assert file.read_text().split()[0] == "1"
    with pytest.raises(ArgumentError, match="expected a label among the classes, got 'dog'"):
        yolo.write(Record("x", masks), tmp_path, Settings(classes=("cat",)))


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        yolo.write(records_of_one_part(), tmp_path / name)
    for file in (tmp_path / "a").rglob("*.*"):
        assert file.read_bytes() == (tmp_path / "b" / file.relative_to(tmp_path / "a")).read_bytes()


# Names.


@given(names=st.lists(st.text(st.characters(exclude_categories=())), max_size=6))
def test_any_names_are_yaml(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    file = tmp_path_factory.mktemp("names") / "data.yaml"
    file.write_bytes(yolo_class_names.class_names_yaml(names).encode())
    assert yolo_class_names.read_class_names(file.parent) == dict(enumerate(names))
    assert yaml.safe_load(file.read_bytes()) == {
        "train": "images",
        "val": "images",
        "names": dict(enumerate(names)),
    }


@pytest.mark.parametrize(
    "text",
    ["names: [cat, dog]", "names:\n- cat\n- dog", "nc: 2\nnames: {0: cat, 1: dog}", 'names:\n  1: dog\n  "0": cat'],
)
def test_names_as_others_write_them(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    assert yolo_class_names.read_class_names(tmp_path) == {0: "cat", 1: "dog"}


@pytest.mark.parametrize(
    "text", ["", "names: cat", "names: [[cat]]", "names: {a: cat}", "a: [", "nc: 2", "\0", "[" * 5_000]
)
def test_no_names(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(ArgumentError, match=r"data\.yaml"):
        yolo_class_names.read_class_names(tmp_path)


@pytest.mark.parametrize("name", ["classes.txt", "obj.names", "labels/classes.txt", "_darknet.labels"])
def test_names_in_a_list(tmp_path: Path, name: str) -> None:
    (tmp_path / "labels").mkdir()
    (tmp_path / name).write_text("\ufeffcat\n\n dog \n", encoding="utf-8")
    assert yolo_class_names.read_class_names(tmp_path) == {0: "cat", 1: "dog"}


def test_names_in_another_yaml_file(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("train: images")
    (tmp_path / "coco8.yml").write_text("names: [cat, dog]")
    assert yolo_class_names.read_class_names(tmp_path) == {0: "cat", 1: "dog"}
    assert yolo_class_names.read_class_names(tmp_path / "no such") == {}


# Data sets of other tools.


def test_the_size_comes_from_the_image(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "1 0.01 0.01 0.49 0.01 0.49 0.49 0.01 0.49\n")
    [record] = yolo.read(folder)
    assert (record.key, record.masks.size, record.masks.labels.tolist()) == ("images/train/x.png", (8, 6), ["dog"])
    np.testing.assert_array_equal(record.masks.dense()[0], np.pad(np.ones((3, 4), bool), ((0, 3), (0, 4))))


def test_points_on_the_rim_are_cut_off(tmp_path: Path) -> None:
    [record] = yolo.read(folder_of(tmp_path, "0 0 0 1 0 1 1 0 1\n"))
    assert record.masks.areas.tolist() == [48]


def test_boxes_are_rows_without_a_mask(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "0 0.5 0.5 0.25 0.5\n1 0.5 0.5 0.2 0.2 0.9\n\n0 0 0 1 0 1 1 0.75\n")
    [record] = yolo.read(folder)
    assert record.masks.status.tolist() == ["nothing", "nothing", "ok"]
    assert record.masks.boxes[0].tolist() == [3, 1.5, 5, 4.5]
    assert record.masks.scores[2] == 0.75
    assert reasons(record) == [
        f"{i} nothing: expected a polygon, got a box - at `line {i + 1} of x.txt`" for i in (0, 1)
    ]


def test_an_unknown_class_is_called_by_its_number(tmp_path: Path) -> None:
    [record] = yolo.read(folder_of(tmp_path, "7 0 0 1 0 1 1\n"))
    assert record.masks.labels.tolist() == ["7"]


def test_an_image_that_is_missing_is_listed(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "0 0 0 1 0 1 1\n")
    (folder / "images" / "train" / "x.png").unlink()
    records, [unread] = read_everything(yolo, folder)
    assert not records
    assert unread.key == unread.source == "labels/train/x.txt"
    assert unread.reason.startswith("expected an image beside the labels, got none")
    [record] = yolo.read(folder, size=(8, 6))
    assert record.masks.size == (8, 6)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ("0 0 0", "degenerate"),
        ("0", "degenerate"),
        ("0 0 0 1 0 2 2", "garbage"),
        ("0 100 0 640 0 2 200", "garbage"),
        ("0 0 0 1 0 nan 1", "garbage"),
        ("cat 0 0 1 0 1 1", "garbage"),
        ("0.5 0 0 1 0 1 1", "garbage"),
        ("-1 0 0 1 0 1 1", "garbage"),
        ("0 0 0 1 0 a 1", "garbage"),
        ("inf 0 0 1 0 1 1", "garbage"),
        ("\x00", "garbage"),
    ],
)
def test_a_bad_line_is_a_row_with_its_reason(tmp_path: Path, line: str, status: str) -> None:
    [record] = yolo.read(folder_of(tmp_path, f"{line}\n1 0 0 1 0 1 1\n"))
    assert record.masks.status.tolist() == [status, "ok"]
    [reason] = reasons(record)
    assert reason.startswith(f"0 {status}: expected ")
    assert "line 1 of x.txt" in reason


def test_points_a_little_outside_are_clipped(tmp_path: Path) -> None:
    [record] = yolo.read(folder_of(tmp_path, "0 -0.02 0 1.02 0 1.02 1.02 -0.02 1.02\n"))
    assert record.masks.areas.tolist() == [48]
    assert [problem.code for problem in record.masks.problems] == ["clipped"]


def test_images_without_labels_are_backgrounds(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "0 0 0 1 0 1 1\n")
    cv2.imwrite(str(folder / "images" / "train" / "w.png"), np.zeros((3, 4), np.uint8))
    records = list(yolo.read(folder))
    assert [(record.key, len(record.masks)) for record in records] == [
        ("images/train/w.png", 0),
        ("images/train/x.png", 1),
    ]
    assert records[0].masks.size == (4, 3)


def test_the_layout_of_roboflow_and_labels_beside_images(tmp_path: Path) -> None:
    for part in ("train", "valid"):
        for name in ("images", "labels"):
            (tmp_path / "a" / part / name).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "a" / part / "images" / "x.png"), np.zeros((6, 8), np.uint8))
        (tmp_path / "a" / part / "labels" / "x.txt").write_text("1 0 0 1 0 1 1\n")
    (tmp_path / "a" / "data.yaml").write_text("names: [cat, dog]\ntrain: ../train/images")
    found = [(record.key, record.masks.labels.tolist()) for record in yolo.read(tmp_path / "a")]
    assert found == [("train/images/x.png", ["dog"]), ("valid/images/x.png", ["dog"])]
    assert [record.key for record in yolo.read(tmp_path / "a" / "data.yaml")] == [key for key, _ in found]

    (tmp_path / "b").mkdir()
    cv2.imwrite(str(tmp_path / "b" / "x.png"), np.zeros((6, 8), np.uint8))
    (tmp_path / "b" / "x.txt").write_text("0 0 0 1 0 1 1\n")
    (tmp_path / "b" / "classes.txt").write_text("cat\n")
    [record] = yolo.read(tmp_path / "b")
    assert (record.key, record.source, record.masks.labels.tolist()) == ("x.png", "x.txt", ["cat"])


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("0 0 0 1 0 1 1")
    with pytest.raises(ArgumentError, match="a folder with label files beside images"):
        list(yolo.read(tmp_path))


@given(data=st.data())
def test_random_polygons_are_filled_as_ultralytics_fills_them(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    shares = data.draw(st.lists(st.floats(0, 1), min_size=6, max_size=20).filter(lambda values: len(values) % 2 == 0))
    folder = folder_of(tmp_path_factory.mktemp("yolo"), "0 " + " ".join(map(repr, shares)))
    [wanted] = drawn_by_yolo(folder / "labels" / "train" / "x.txt", (8, 6))
    [record] = yolo.read(folder)
    np.testing.assert_array_equal(record.masks.dense()[0], wanted.astype(bool))


@pytest.mark.parametrize(
    "change",
    [{"name": "../x"}, {"name": 3}, {"name": "x\0"}, {"size": "ab"}, {"size": [0, 4]}, {"size": [4]}, {"size": None}],
)
def test_an_index_that_is_none(tmp_path: Path, change: dict[str, object]) -> None:
    yolo.write(records_of_one_part(), tmp_path)
    line = (tmp_path / INDEX).read_text().splitlines()[0]
    (tmp_path / INDEX).write_text(json.dumps(json.loads(line) | change) + "\n")
    records, [unread] = read_everything(yolo, tmp_path)
    assert not records
    assert (unread.key, unread.source) == ("line 1", "index.jsonl")
    assert unread.reason.startswith("expected ")
