"""What stands around the items of a text: refusals, thoughts, prompts, and marks before every line."""

from __future__ import annotations

from .line_prefixes import without_prefixes
from .turns import spoken_in

__all__ = ["spoken_in", "without_prefixes"]
