"""Turn an untrusted mask value into a probability map, polygons, run lengths or tokens, or the reason why not."""

from __future__ import annotations

from .classification import classify
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
]
