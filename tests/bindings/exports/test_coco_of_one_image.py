"""COCO's dict and file of the masks of one image, read back by pycocotools."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest
from pycocotools import mask as cocomask
from pycocotools.coco import COCO

import maskmill
from maskmill import samples
from maskmill_bindings.exports import coco

SIZE = (120, 80)
MASKS = maskmill.decode(samples.mixed(), SIZE)
SQUARE = [[100, 100], [900, 100], [900, 900], [100, 900]]


def labelled(*labels: str) -> maskmill.Masks:
    return maskmill.decode([{"mask": SQUARE, "label": label} for label in labels], SIZE)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_pycocotools_reads_the_same_pixels(tmp_path: Path) -> None:
    [file] = coco.write(MASKS, tmp_path / "coco.json", "scene.png")
    dataset = COCO(str(file))
    found = [row for row in MASKS if row.area]
    assert len(dataset.anns) == len(found) == 5
    for annotation, row in zip(dataset.anns.values(), found, strict=True):
        np.testing.assert_array_equal(dataset.annToMask(annotation), row.dense())
        assert dataset.cats[annotation["category_id"]]["name"] == row.label
        assert annotation["area"] == cocomask.area(dataset.annToRLE(annotation))
        assert annotation["bbox"] == cocomask.toBbox(dataset.annToRLE(annotation)).tolist()
        assert annotation["iscrowd"] == 0
    assert dataset.imgs[1] == {"id": 1, "file_name": "scene.png", "width": 120, "height": 80}


def test_categories_are_the_labels_in_order() -> None:
    built = coco.build(labelled("pear", "apple", "pear", ""))
    assert [(c["id"], c["name"]) for c in built["categories"]] == [(1, ""), (2, "apple"), (3, "pear")]
    assert [a["category_id"] for a in built["annotations"]] == [3, 2, 3, 1]


def test_rows_without_a_mask_are_no_annotations() -> None:
    built = coco.build(maskmill.decode(samples.reply("tokens"), SIZE))
    assert built["annotations"] == []
    assert len(built["categories"]) == len(samples.SHAPES)


def test_a_score_is_kept_where_there_is_one() -> None:
    items = [{"mask": SQUARE, "score": 0.5}, {"mask": SQUARE}, {"mask": SQUARE, "score": float("nan")}]
    built = coco.build(maskmill.decode(items, SIZE))
    assert [a.get("score") for a in built["annotations"]] == [0.5, None, None]


def test_a_filled_box_is_an_annotation_that_says_so() -> None:
    items = [{"mask": SQUARE}, {"box_2d": [0, 0, 500, 500], "mask": "gimme_mask_for_this"}]
    built = coco.build(maskmill.decode(items, SIZE, fallback="box"))
    assert [a.get("filled") for a in built["annotations"]] == [None, True]


@pytest.mark.parametrize("label", ["\ud83d", "a\x00b", "日本語", '"\\'])
def test_any_label_makes_json(tmp_path: Path, label: str) -> None:
    [file] = coco.write(labelled(label), tmp_path / "coco.json")
    assert len(orjson.loads(file.read_bytes())["categories"]) == 1
