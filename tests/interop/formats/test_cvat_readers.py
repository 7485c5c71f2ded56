"""datumaro reads CVAT's XML, and cvat-sdk its run lengths: the same pixels."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from maskmill import Masks
from maskmill_bindings.exports import cvat
from maskmill_bindings.record import Record
from support.datasets.export_records import record_of_several_parts, records_of_one_part

RECORDS = [
    *records_of_one_part(),
    Record("z.png", Masks.from_coco(record_of_several_parts().masks.coco(), labels=["cat", "dog"]), "z.png"),
]


def with_images(folder: Path, records: list[Record]) -> None:
    for record in records:
        file = folder / "images" / record.image
        file.parent.mkdir(parents=True, exist_ok=True)
        width, height = record.masks.size
        cv2.imwrite(str(file), np.zeros((height, width, 3), np.uint8))


@pytest.mark.filterwarnings("ignore")  # of datumaro's own dependencies
def test_datumaro(tmp_path: Path) -> None:
    datumaro = pytest.importorskip("datumaro")
    cvat.write(RECORDS, tmp_path / "annotations.xml")
    with_images(tmp_path, RECORDS)
    dataset = datumaro.Dataset.import_from(str(tmp_path), "cvat")
    names = [category.name for category in dataset.categories()[datumaro.AnnotationType.label]]
    found = {item.id: item.annotations for item in dataset}
    assert len(found) == len(RECORDS)
    for record in RECORDS:
        masks = found[record.image.rpartition(".")[0]]
        assert [names[mask.label] for mask in masks] == record.masks.labels.tolist()
        for mask, row in zip(masks, record.masks, strict=True):
            np.testing.assert_array_equal(mask.image.astype(bool), row.dense())


@pytest.mark.filterwarnings("ignore")  # of datumaro's own dependencies
def test_what_datumaro_writes_is_read(tmp_path: Path) -> None:
    datumaro = pytest.importorskip("datumaro")
    cvat.write(RECORDS, tmp_path / "annotations.xml")
    with_images(tmp_path, RECORDS)
    datumaro.Dataset.import_from(str(tmp_path), "cvat").export(str(tmp_path / "out"), "cvat")
    [file] = (tmp_path / "out").glob("*.xml")
    wanted = {record.image.rpartition(".")[0]: record.masks for record in RECORDS}
    for record in cvat.read(file):
        masks = wanted.pop(record.key.rpartition(".")[0])
        assert record.masks.labels.tolist() == masks.labels.tolist()
        assert record.masks.coco() == masks.coco()
    assert not wanted


def test_cvat_sdk(tmp_path: Path) -> None:
    sdk = pytest.importorskip("cvat_sdk.masks")
    [file] = cvat.write(RECORDS, tmp_path / "annotations.xml")
    for image, record in zip(ElementTree.parse(file).getroot().iterfind("image"), RECORDS, strict=True):
        width, height = record.masks.size
        for mask, row in zip(image, record.masks, strict=True):
            left, top, wide, high = (int(mask.get(name, "")) for name in ("left", "top", "width", "height"))
            points = [*map(int, mask.get("rle", "").split(",")), left, top, left + wide - 1, top + high - 1]
            assert points == sdk.encode_mask(row.dense())
            decoded = sdk.decode_mask(points, image_width=width, image_height=height)
            np.testing.assert_array_equal(decoded, row.dense())
