"""One module a form: from an untrusted value to a map, rings, runs, tokens or a reason."""

from __future__ import annotations

from .axis import settle_axes
from .found import Found, Map, Part, Reason, Rings, Runs, Tokens
from .recognise import recognise
from .ring import in_unit_frame

__all__ = ["Found", "Map", "Part", "Reason", "Rings", "Runs", "Tokens", "in_unit_frame", "recognise", "settle_axes"]
