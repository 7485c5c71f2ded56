"""Batches and rows are values: equal where everything that a caller sees is equal."""

from __future__ import annotations

import json
import pickle
from typing import Any

import numpy as np
import pytest

import maskmill
from maskmill import Mask, Masks
from maskmill.samples import mixed

SIZE = (960, 640)
COCO = [{"size": [2, 3], "counts": [1, 2, 3]}, {"size": [2, 3], "counts": [0, 6]}]
COLUMNS: dict[str, Any] = {
    "labels": ["a", "b"],
    "scores": [0.5, np.nan],
    "boxes": [[0, 0, 1, 1], [np.nan] * 4],
    "status": ["ok", "ok"],
    "forms": ["rle", "rle"],
    "filled": [False, True],
    "problems": [maskmill.Problem(0, "clipped", "…")],
    "reply_status": "salvaged",
}
CHANGES: dict[str, Any] = {
    "labels": ["a", "c"],
    "scores": [0.5, 0.5],
    "boxes": [[0, 0, 1, 2], [np.nan] * 4],
    "status": ["ok", "empty"],
    "forms": ["rle", "ring"],
    "filled": [False, False],
    "problems": [maskmill.Problem(1, "clipped", "…")],
    "reply_status": "ok",
}


def test_equal_replies_give_equal_masks() -> None:
    masks, again = (maskmill.decode(mixed(), SIZE) for _ in range(2))
    assert masks == again
    assert hash(masks) == hash(again)
    assert masks[:] == masks
    assert masks[0] == masks[0]
    assert hash(masks[0]) == hash(again[0])
    assert list(masks) == list(again)
    assert len({*masks, *again}) == len(masks)


def test_copies_are_equal() -> None:
    masks = maskmill.decode(mixed(), SIZE)
    assert pickle.loads(pickle.dumps(masks)) == masks
    assert Masks.from_dict(json.loads(json.dumps(masks.to_dict()))) == masks


@pytest.mark.parametrize("name", COLUMNS)
def test_every_column_counts(name: str) -> None:
    masks = Masks.from_coco(COCO, **COLUMNS)
    assert masks == Masks.from_coco(COCO, **COLUMNS)
    assert masks != Masks.from_coco(COCO, **{**COLUMNS, name: CHANGES[name]})


def test_pixels_size_items_and_length_count() -> None:
    masks = Masks.from_coco(COCO)
    assert masks != Masks.from_coco([COCO[0], {"size": [2, 3], "counts": [1, 5]}])
    assert masks != masks[:1]
    assert Masks.from_coco([], (3, 2)) != Masks.from_coco([], (2, 3))
    one, other = (maskmill.decode([{"label": "a", "note": note}], (3, 2)) for note in (1, 2))
    assert one != other


def test_an_item_with_nan_equals_itself() -> None:
    one, other = (maskmill.decode([{"label": "a", "note": float("nan")}], (3, 2)) for _ in range(2))
    assert one == other


@pytest.mark.parametrize("other", [None, 5, "masks", []], ids=repr)
def test_nothing_else_is_equal(other: Any) -> None:
    masks = Masks.from_coco(COCO)
    assert masks != other
    assert masks[0] != other
    assert masks[0] != masks
    assert isinstance(masks[0], Mask)
