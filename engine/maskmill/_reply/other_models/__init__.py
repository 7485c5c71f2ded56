"""Read what other models write, by one rule: text in, geometry that maskmill already has; no weights, no client."""

from __future__ import annotations

from .marked_text import read_marked_text
from .network_tokens import absent_mask
from .parsed_values import rewrite_value

__all__ = ["absent_mask", "read_marked_text", "rewrite_value"]
