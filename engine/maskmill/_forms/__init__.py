"""Turn an untrusted mask value into a probability map, polygons, run lengths or tokens, or the reason why not."""

from __future__ import annotations

from .axis_order import decide_axes
from .classification import classify
from .polygon import scale_unit_frame
from .results import MaskValue, NoMask, PolygonPart, Polygons, ProbabilityMap, RunLengths, Tokens

__all__ = [
    "MaskValue",
    "NoMask",
    "PolygonPart",
    "Polygons",
    "ProbabilityMap",
    "RunLengths",
    "Tokens",
    "classify",
    "decide_axes",
    "scale_unit_frame",
]
