"""YOLO's segmentation labels: what is written, what comes back, what is lost, and data sets of other tools."""

from __future__ import annotations

import json
import sys
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
from maskmill.errors import ArgumentError, MissingPackageError
from maskmill_bindings.exports import LossWarning, Settings, yolo
from maskmill_bindings.exports._shared import yolo_class_names
from maskmill_bindings.exports._shared.folder_index import INDEX
from maskmill_bindings.record import Record
from support.datasets.export_records import record_of_several_parts, records_of_one_part
from support.datasets.masks_equality import assert_same_masks
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
    assert yolo_class_names.read_class_names(file) == dict(enumerate(names))
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
    assert yolo_class_names.read_class_names(tmp_path / "data.yaml") == {0: "cat", 1: "dog"}


@pytest.mark.parametrize(
    "text", ["", "names: cat", "names: [[cat]]", "names: {a: cat}", "a: [", "nc: 2", "\0", "[" * 5_000]
)
def test_no_names(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(ArgumentError, match=r"data\.yaml"):
        yolo_class_names.read_class_names(tmp_path / "data.yaml")


def test_without_pyyaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    yolo.write(records_of_one_part(), tmp_path)
    assert len(list(yolo.read(tmp_path))) == 3
    (tmp_path / "data.yaml").write_text("names: [cat]")
    with pytest.raises(MissingPackageError, match="pip install pyyaml"):
        list(yolo.read(tmp_path))


# Data sets of other tools.


def test_the_size_comes_from_the_image(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "1 0.01 0.01 0.49 0.01 0.49 0.49 0.01 0.49\n")
    [record] = yolo.read(folder)
    assert (record.key, record.masks.size, record.masks.labels.tolist()) == ("images/train/x.png", (8, 6), ["dog"])
    np.testing.assert_array_equal(record.masks.dense()[0], np.pad(np.ones((3, 4), bool), ((0, 3), (0, 4))))


def test_points_on_the_rim_are_cut_off(tmp_path: Path) -> None:
    [record] = yolo.read(folder_of(tmp_path, "0 0 0 1 0 1 1 0 1\n"))
    assert record.masks.areas.tolist() == [48]


def test_boxes_are_left_out(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "0 0.5 0.5 0.2 0.2\n1 0.5 0.5 0.2 0.2 0.9\n\n0 0 0 1 0 1 1 0.7\n")
    with pytest.warns(LossWarning, match="boxes without a polygon"):
        [record] = yolo.read(folder)
    assert len(record.masks) == 1


def test_an_unknown_class_is_called_by_its_number(tmp_path: Path) -> None:
    [record] = yolo.read(folder_of(tmp_path, "7 0 0 1 0 1 1\n"))
    assert record.masks.labels.tolist() == ["7"]


def test_an_image_that_is_missing(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, "")
    (folder / "images" / "train" / "x.png").unlink()
    with pytest.raises(ArgumentError, match=r"expected an image for x\.txt, to read its size"):
        list(yolo.read(folder))


@pytest.mark.parametrize(
    "line", ["0 0 0", "0 0 0 1 0 2 2", "0 0 0 1 0 nan 1", "cat 0 0 1 0 1 1", "0 0 0 1 0 a 1", "inf 0 0 1 0 1 1", "\x00"]
)
def test_lines_that_are_none(tmp_path: Path, line: str) -> None:
    with pytest.raises(ArgumentError, match=r"x\.txt"):
        list(yolo.read(folder_of(tmp_path, f"{line}\n")))


@pytest.mark.parametrize(
    "change",
    [{"name": "../x"}, {"name": 3}, {"name": "x\0"}, {"size": "ab"}, {"size": [0, 4]}, {"size": [4]}, {"size": None}],
)
def test_an_index_that_is_none(tmp_path: Path, change: dict[str, object]) -> None:
    yolo.write(records_of_one_part(), tmp_path)
    line = (tmp_path / INDEX).read_text().splitlines()[0]
    (tmp_path / INDEX).write_text(json.dumps(json.loads(line) | change) + "\n")
    with pytest.raises(ArgumentError, match=r"line 1 of .*index\.jsonl"):
        list(yolo.read(tmp_path))
