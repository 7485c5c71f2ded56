"""A small data set for the tests of formats: images of several sizes, masks with holes and parts, awkward labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from maskmill import Masks
from maskmill_bindings.record import Record

Pixels = NDArray[np.bool_]


def frame(height: int, width: int) -> Pixels:
    """Return a mask with a hole that holds an island with a hole."""
    y, x = np.indices((height, width))
    return np.minimum.reduce([y, x, y[::-1], x[:, ::-1]]) % 3 != 2


def noise(height: int, width: int, seed: int = 7, share: float = 0.6) -> Pixels:
    """Return parts and holes of every shape, many of them touching at corners."""
    return np.random.default_rng(seed).random((height, width)) < share


def block(height: int, width: int, y0: int, x0: int, y1: int, x1: int) -> Pixels:
    """Return a mask of one rectangle."""
    mask = np.zeros((height, width), bool)
    mask[y0:y1, x0:x1] = True
    return mask


def overlapping() -> list[Record]:
    """Return overlapping masks, one hidden by another, with rows without a pixel and rows without a score."""
    nothing, hidden = np.zeros((20, 30), bool), block(20, 30, 4, 4, 9, 9)
    pixels = np.stack([frame(20, 30), noise(20, 30), nothing, hidden, hidden, np.ones((20, 30), bool)])
    labels = ["frame", "noise", "frame", "block", "block", "日本語 \"'&<"]
    boxes = np.arange(24.0).reshape(6, 4)
    boxes[1] = np.nan
    columns = {"scores": [0.5, np.nan, 0.25, 1, 0.75, 0.125], "filled": [False, False, False, True, False, False]}
    return [
        Record("a/photo.v2.jpg", Masks.from_dense(pixels, labels=labels, boxes=boxes, **columns), "a/photo.v2.jpg"),
        Record("none", Masks.from_coco([], (7, 5)), "none.png", model="gemini-3"),
        Record("key 3", Masks.from_dense(frame(9, 13)[None], labels=["frame"], scores=[0.5]), "b/photo.v2.png"),
        Record("4", Masks.from_dense(np.ones((1, 1, 1), bool), labels=["noise"], scores=[0.5])),
    ]


def disjoint() -> list[Record]:
    """Return records without overlapping masks."""
    left, right = noise(20, 30), ~noise(20, 30)
    left[:, 15:] = False
    masks = Masks.from_dense(np.stack([left, right]), labels=["left", "right"], scores=[0.5, 0.25])
    return [Record("one.jpg", masks, "one.jpg"), Record("two.jpg", Masks.from_coco([], (3, 2)), "two.jpg")]


def with_pixels(record: Record) -> Masks:
    """Return the rows with a pixel."""
    return record.masks[record.masks.areas > 0]
