"""What a mask value can hold: a probability map, polygons, run lengths, tokens, or the reason why no mask."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._layout import FrameName
from ..status import Note, Status

Points = NDArray[np.float64]
"""Vertices of one ring, (V, 2) float64."""

Dialect = Literal["gemini", "paligemma"]
"""The model that wrote tokens: ``<seg_4>`` or ``<seg004>``. The same number has different meanings in the two."""


class ProbabilityMap(NamedTuple):
    """A probability map, to be resized to its item's box and cut at the threshold: (h, w) uint8."""

    pixels: NDArray[np.uint8]


class PolygonPart(NamedTuple):
    """One outer ring and its holes: each (V, 2) float64, the two numbers of a point in the order the model wrote."""

    outer: Points
    holes: tuple[Points, ...] = ()


@dataclass(frozen=True, slots=True)
class Polygons:
    """The polygon parts of one mask: as written, or, once they are placed, as x, y in a frame of the image.

    Attributes
    ----------
    parts : tuple of PolygonPart
        The mask is their union.
    has_named_axes : bool
        The points named their x and y, so the axis order is known.
    frame : FrameName
        As written: the frame that the units of the numbers name; empty where they have none.
    far : tuple of float
        Once they are placed: the coordinates of the far sides of the image, x and y.
    """

    parts: tuple[PolygonPart, ...]
    has_named_axes: bool = False
    frame: FrameName = ""
    far: tuple[float, float] = (1000, 1000)


class RunLengths(NamedTuple):
    """Column-major run lengths, background first, whose sum is the product of `shape` = (height, width)."""

    shape: tuple[int, int]
    counts: NDArray[np.int64]


class Tokens(NamedTuple):
    """The 16 mask tokens of a 4x4 grid in row order, and the dialect that says whose codebook decodes them."""

    numbers: tuple[int, ...]
    dialect: Dialect


class NoMask(NamedTuple):
    """The status of a value that gives no mask, and the reason."""

    status: Status
    message: str


@dataclass(slots=True)
class MaskValue:
    """A classified value: the name of its form, its content, and notes about repairs."""

    form: str
    payload: ProbabilityMap | Polygons | RunLengths | Tokens | NoMask
    notes: list[Note] = field(default_factory=list)
