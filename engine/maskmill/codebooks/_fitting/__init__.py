"""Learning a codebook from pairs of tokens and maps."""

from __future__ import annotations

from .curve import Curve, Point, learning_curve
from .fit_codebook import fit

__all__ = ["Curve", "Point", "fit", "learning_curve"]
