"""What a mask value turns out to be: pixels of a map, rings, runs, tokens, or a reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..status import Note, Status

Points = NDArray[np.float64]
"""Vertices of one ring, (V, 2) float64."""


Dialect = Literal["gemini", "paligemma"]
"""Who writes tokens: ``<seg_4>`` or ``<seg004>``. The same number means another thing in the other."""


class Map(NamedTuple):
    """A probability map, to be resized to its item's box and thresholded: (h, w) uint8."""

    pixels: NDArray[np.uint8]


class Part(NamedTuple):
    """One outer ring and its holes: each (V, 2) float64, the two numbers of a point in the order they came."""

    outer: Points
    holes: tuple[Points, ...] = ()


@dataclass(frozen=True, slots=True)
class Rings:
    """Parts of one mask in thousandths of the image.

    Attributes
    ----------
    parts
        What is united.
    named
        The points named their x and y: order is x, y, and nothing is to be decided.
    """

    parts: tuple[Part, ...]
    named: bool = False


class Runs(NamedTuple):
    """Column-major run lengths, background first, that sum up to the product of `size` = (height, width)."""

    size: tuple[int, int]
    counts: NDArray[np.int64]


class Tokens(NamedTuple):
    """A complete run of mask tokens, row by row of their grid, for a codebook of whoever wrote them."""

    numbers: tuple[int, ...]
    dialect: Dialect


class Reason(NamedTuple):
    """Why a value gives no mask."""

    status: Status
    message: str


@dataclass(slots=True)
class Found:
    """A recognised value: the form's name, what it holds, and what was mended."""

    form: str
    payload: Map | Rings | Runs | Tokens | Reason
    notes: list[Note] = field(default_factory=list)
