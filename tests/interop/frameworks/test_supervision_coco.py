"""COCO files as supervision's data sets read them: RLE as it is, polygons with the edges that OpenCV paints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from maskmill_bindings.exports import Settings, coco
from maskmill_bindings.record import Record
from support.datasets.annotated_records import overlapping, with_pixels

sv = pytest.importorskip("supervision")


def detections(path: Path, records: list[Record], **options: Any) -> list[Any]:
    """Return what supervision loads for each image, in order."""
    for record in records:
        file = path / record.name
        file.parent.mkdir(exist_ok=True)
        width, height = record.masks.size
        cv2.imwrite(str(file.with_suffix(".png")), np.zeros((height, width, 3), np.uint8))
    [file] = coco.write(records, path / "coco.json", Settings(**options))
    dataset = sv.DetectionDataset.from_coco(str(path), str(file), force_masks=True)
    names = [str(path / record.name) for record in records]
    return [(dataset.annotations[name], dataset.classes) for name in names]


def named(records: list[Record]) -> list[Record]:
    return [Record(f"{i}.png", record.masks, f"{i}.png") for i, record in enumerate(records)]


def right_and_below(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask with one more pixel on the right and at the bottom of each pixel."""
    return cv2.dilate(mask.astype(np.uint8), np.ones((2, 2), np.uint8), anchor=(1, 1)) > 0


@pytest.mark.parametrize("polygons", [False, True])
def test_masks_and_classes(tmp_path: Path, polygons: bool) -> None:
    records = named(overlapping())
    found = detections(tmp_path, records, polygons=polygons)
    for (detection, classes), wanted in zip(found, map(with_pixels, records), strict=True):
        assert [classes[i] for i in detection.class_id] == wanted.labels.tolist()
        pixels = wanted.dense()
        if len(pixels):
            masks = np.stack([right_and_below(mask) for mask in pixels]) if polygons else pixels
            np.testing.assert_array_equal(np.asarray(detection.mask), masks)
            np.testing.assert_array_equal(detection.xyxy, wanted.extents)
