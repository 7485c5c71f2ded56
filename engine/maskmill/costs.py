"""When a GPU pays."""

from __future__ import annotations

from .sizes import Size


def pays(texts: list[tuple[str, Size]]) -> bool:
    """Tell."""
    return False
