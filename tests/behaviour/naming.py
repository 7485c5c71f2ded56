"""Public names that a tool which renames identifiers must not follow: they are looked up as texts."""

from __future__ import annotations

from typing import Any

from maskmill_bindings import convert as conversion

Options: Any = vars(conversion)["Options"]
"""The options of a conversion, by the name that callers have used so far."""
