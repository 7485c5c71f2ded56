"""Records for the tests of the exports: masks of every shape, and labels of every kind."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from maskmill import Masks
from maskmill_bindings.record import Record

Pixels = NDArray[np.bool_]

DRAWN = {
    "whole image": "#### #### ####",
    "one pixel": ".... ..#. ....",
    "last pixel": ".... .... ...#",
    "row": ".... #### ....",
    "column": "..#. ..#. ..#.",
    "hole": "#### #..# ####",
    "hole that touches the outside at a corner": "###. #.#. ##..",
    "spur": "##.. #### ##..",
    "comb": "#.#. #.#. ####",
    "two parts": "##.. .... ..##",
    "parts that touch at a corner": "##.. ..## ....",
}
LABELS = ["cat", "a dog", "日本 🐈", '"quoted" \\ & <tag>', "colon: #1", "'", "- x", "null", "~", "1"]


def pixels(drawn: str) -> Pixels:
    return np.array([[mark == "#" for mark in row] for row in drawn.split()])


def records_of_one_part() -> list[Record]:
    """Return masks of one part each, with labels that need escapes."""
    one = [drawn for name, drawn in DRAWN.items() if "parts" not in name]
    stack = np.stack([pixels(drawn) for drawn in one])
    labels = [LABELS[i % len(LABELS)] for i in range(len(stack))]
    blobs = [disc((37, 53), 20, 14, 13) & ~disc((37, 53), 18, 16, 5), disc((37, 53), 40, 30, 30)]
    return [
        Record("a/x.jpg", Masks.from_dense(stack, labels=labels), "a/x.jpg"),
        Record("b/y.jpg", Masks.from_dense(np.stack(blobs), labels=["cat", "cat"]), "b/y.jpg"),
        Record("c/empty.jpg", Masks.from_coco([], (7, 5)), "c/empty.jpg"),
    ]


def record_of_several_parts() -> Record:
    """Return masks of several parts, with scores."""
    stack = np.stack([pixels(drawn) for name, drawn in DRAWN.items() if "parts" in name])
    return Record("z.png", Masks.from_dense(stack, labels=["cat", "dog"], scores=[0.5, float("nan")]), "z.png")


def disc(size: tuple[int, int], x: float, y: float, radius: float) -> Pixels:
    rows, columns = np.indices(size)
    inside: Pixels = (columns - x) ** 2 + (rows - y) ** 2 < radius**2
    return inside


def any_pixels(longest: int = 9) -> st.SearchStrategy[Pixels]:
    shapes = st.tuples(st.integers(1, longest), st.integers(1, longest))
    return shapes.flatmap(lambda shape: arrays(np.bool_, shape, elements=st.booleans(), fill=st.nothing()))
