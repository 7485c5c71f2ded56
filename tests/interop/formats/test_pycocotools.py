"""COCO files and results as pycocotools reads them: the same pixels, run lengths and polygons alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill import Masks
from maskmill_bindings.exports import Settings, coco, coco_results
from support.datasets.annotated_records import noise, overlapping, with_pixels
from support.tiers import cases

COCO = pytest.importorskip("pycocotools.coco").COCO
cocomask = pytest.importorskip("pycocotools.mask")
COCOeval = pytest.importorskip("pycocotools.cocoeval").COCOeval

# pycocotools hands arrays to numpy in a way that numpy 2 deprecates
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def opened(path: Path, records: Any, **options: Any) -> Any:
    [file] = coco.write(records, path / "coco.json", Settings(**options))
    return COCO(str(file))


@pytest.mark.parametrize("polygons", [False, True])
def test_the_same_pixels_classes_and_measures(tmp_path: Path, polygons: bool) -> None:
    dataset = opened(tmp_path, overlapping(), polygons=polygons)
    assert sorted(dataset.imgs) == [1, 2, 3, 4]
    for number, record in enumerate(overlapping(), 1):
        found = dataset.loadAnns(dataset.getAnnIds(imgIds=number))
        for annotation, row in zip(found, with_pixels(record), strict=True):
            np.testing.assert_array_equal(dataset.annToMask(annotation), row.dense())
            assert dataset.cats[annotation["category_id"]]["name"] == row.label
            rle = dataset.annToRLE(annotation)
            assert (annotation["area"], annotation["bbox"]) == (cocomask.area(rle), cocomask.toBbox(rle).tolist())
            counts = row.coco()["counts"]
            assert rle["counts"] == (counts if polygons else counts.decode())


@settings(max_examples=cases(100), deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 1), st.integers(1, 40), st.integers(1, 40))
def test_polygons_of_any_mask_fill_to_it(
    tmp_path_factory: pytest.TempPathFactory, seed: int, share: float, height: int, width: int
) -> None:
    mask = noise(height, width, seed, share)
    dataset = opened(tmp_path_factory.mktemp("coco"), Masks.from_dense(mask[None]), polygons=True)
    found = [dataset.annToMask(annotation) for annotation in dataset.anns.values()]
    np.testing.assert_array_equal(found, [mask] if mask.any() else found)
    assert len(found) == mask.any()


def test_polygons_of_a_large_image_fill_to_it(tmp_path: Path) -> None:
    mask = np.zeros((700, 1501), bool)
    mask[1:699] = mask[0, 1499] = True
    mask[200:600:50, 500:1000:7] = False
    dataset = opened(tmp_path, Masks.from_dense(mask[None]), polygons=True)
    np.testing.assert_array_equal(dataset.annToMask(dataset.anns[1]), mask)


@pytest.mark.filterwarnings("ignore:COCO results need scores")
@pytest.mark.parametrize("kind", ["segm", "bbox"])
def test_results_agree_with_the_file_they_belong_to(tmp_path: Path, kind: str) -> None:
    truth = opened(tmp_path, overlapping())
    classes = tuple(category["name"] for category in truth.dataset["categories"])
    [file] = coco_results.write(overlapping(), tmp_path / "results.json", Settings(classes=classes))
    results = truth.loadRes(str(file))
    assert [a["area"] for a in results.anns.values()] == [a["area"] for a in truth.anns.values()]
    evaluation = COCOeval(truth, results, kind)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    assert evaluation.stats[0] == 1


def test_files_of_pycocotools_are_read(tmp_path: Path) -> None:
    masks = np.array([noise(20, 30, seed, share) for seed, share in enumerate(np.linspace(0, 1, 30))])
    strings = [cocomask.encode(np.asfortranarray(mask, np.uint8)) for mask in masks]
    annotations = [
        {"image_id": 1, "category_id": 1, "segmentation": {**rle, "counts": rle["counts"].decode()}} for rle in strings
    ]
    image = {"id": 1, "width": 30, "height": 20, "file_name": "x.jpg"}
    data = {"images": [image], "annotations": annotations, "categories": [{"id": 1, "name": "x"}]}
    (tmp_path / "x.json").write_bytes(orjson.dumps(data))
    [record] = coco.read(tmp_path / "x.json")
    np.testing.assert_array_equal(record.masks.dense(), masks)
