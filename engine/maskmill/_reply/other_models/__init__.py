"""Read what other models write, by one rule: text in, geometry that maskmill already has; no weights, no client."""

from __future__ import annotations

from .marked_text import read_marked_text
from .parsed_values import rewrite_value
from .stated_size import set_stated_size
from .texts.network_tokens import absent_mask

__all__ = ["absent_mask", "read_marked_text", "rewrite_value", "set_stated_size"]
