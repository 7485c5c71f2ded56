"""Fit a codebook to pairs of tokens and maps."""

from __future__ import annotations

from .curve import Curve, CurvePoint, learning_curve
from .fit_codebook import fit

__all__ = ["Curve", "CurvePoint", "fit", "learning_curve"]
