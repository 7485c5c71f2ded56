"""COCO instances and panoptic folders as datumaro reads them: the same pixels and classes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from maskmill import Masks
from maskmill_bindings.exports import LossWarning, coco, panoptic
from maskmill_bindings.record import Record
from support.datasets.annotated_records import disjoint, overlapping, with_pixels

datumaro = pytest.importorskip("datumaro")

pytestmark = pytest.mark.filterwarnings("default")  # datumaro's dependencies deprecate what it uses


def named(records: list[Record]) -> list[Record]:
    return [Record(f"{i}.png", record.masks, f"{i}.png") for i, record in enumerate(records)]


def found(folder: Path, kind: str) -> dict[str, list[tuple[str, Any]]]:
    """Return the label and pixels of each mask of each image, by their numbers."""
    (folder / "images").mkdir()
    dataset = datumaro.Dataset.import_from(str(folder), kind)
    labels = dataset.categories()[datumaro.AnnotationType.label]
    items = {}
    for item in dataset:
        masks = [found for found in item.annotations if found.type == datumaro.AnnotationType.mask]  # boxes beside them
        masks.sort(key=lambda mask: mask.id)
        items[item.id] = [(labels[mask.label].name, np.asarray(mask.image) > 0) for mask in masks]
    return items


def assert_found(masks: list[tuple[str, Any]], wanted: Masks) -> None:
    assert [label for label, _ in masks] == wanted.labels.tolist()
    for (_, pixels), row in zip(masks, wanted, strict=True):
        np.testing.assert_array_equal(pixels, row.dense())


def test_instances(tmp_path: Path) -> None:
    (tmp_path / "annotations").mkdir()
    records = named(overlapping())
    coco.write(records, tmp_path / "annotations" / "instances_train.json")
    items = found(tmp_path, "coco_instances")
    assert sorted(items) == ["0", "1", "2", "3"]
    for number, record in enumerate(records):
        assert_found(items[str(number)], with_pixels(record))


def test_panoptic(tmp_path: Path) -> None:
    records = named([*disjoint(), *overlapping()])
    with pytest.warns(LossWarning, match="overlap"):
        panoptic.write(records, tmp_path / "annotations")
    for name in ("panoptic.json", "panoptic"):
        whole = tmp_path / "annotations" / name
        shutil.move(whole, whole.with_stem("panoptic_train"))
    items = found(tmp_path, "coco_panoptic")
    for number, record in enumerate(panoptic.read(tmp_path / "annotations" / "panoptic_train.json")):
        assert_found(items[str(number)], record.masks)
    for number, record in enumerate(disjoint()):
        assert_found(items[str(number)], record.masks)
