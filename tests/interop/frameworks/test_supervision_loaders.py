"""supervision reads YOLO and LabelMe folders: the same pixels."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskmill import Masks
from maskmill_bindings.exports import Settings, labelme, yolo
from maskmill_bindings.record import Record
from support.datasets.export_records import record_of_several_parts, records_of_one_part

sv = pytest.importorskip("supervision")

RECORDS = [record for record in records_of_one_part() if len(record.masks)]


def with_images(folder: Path, records: list[Record]) -> Path:
    folder.mkdir(parents=True)
    for record in records:
        width, height = record.masks.size
        cv2.imwrite(str(folder / f"{record.stem}.jpg"), np.zeros((height, width), np.uint8))
    return folder


def assert_read(dataset: sv.DetectionDataset, records: list[Record]) -> None:
    found = {Path(path).stem: detections for path, detections in dataset.annotations.items()}
    for record in records:
        detections = found[record.stem]
        assert [dataset.classes[number] for number in detections.class_id] == record.masks.labels.tolist()
        np.testing.assert_array_equal(detections.mask, record.masks.dense())


def test_yolo(tmp_path: Path) -> None:
    yolo.write(RECORDS, tmp_path)
    images = with_images(tmp_path / "images", RECORDS)
    labels, names = str(tmp_path / "labels"), str(tmp_path / "data.yaml")
    assert_read(sv.DetectionDataset.from_yolo(str(images), labels, names, is_obb=False), RECORDS)


@pytest.mark.parametrize("size", [(1921, 1083), (4093, 2999)])
def test_yolo_of_large_images(tmp_path: Path, size: tuple[int, int]) -> None:
    """Fractions in float32 still give the right pixel for every column and row."""
    steps = np.tri(*size[::-1], dtype=bool)
    steps[::2, : size[0] // 2] = True
    records = [Record("x.jpg", Masks.from_dense(steps[None], labels=["steps"]))]
    yolo.write(records, tmp_path)
    images = with_images(tmp_path / "images", records)
    labels, names = str(tmp_path / "labels"), str(tmp_path / "data.yaml")
    assert_read(sv.DetectionDataset.from_yolo(str(images), labels, names, is_obb=False), records)


def test_labelme_polygons(tmp_path: Path) -> None:
    record = record_of_several_parts()
    records = [*RECORDS, Record("z.jpg", record.masks, "z.jpg")]
    labelme.write(records, tmp_path, Settings(polygons=True))
    assert_read(sv.DetectionDataset.from_labelme(str(tmp_path), str(tmp_path)), records)
