"""One module a form: from an untrusted value to a map, rings, runs, tokens or a reason."""

from __future__ import annotations

from .axis_order import settle_axes
from .classification import classify
from .polygon import in_unit_frame
from .results import Found, Map, Part, Reason, Rings, Runs, Tokens

__all__ = ["Found", "Map", "Part", "Reason", "Rings", "Runs", "Tokens", "in_unit_frame", "classify", "settle_axes"]
