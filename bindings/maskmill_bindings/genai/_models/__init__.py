"""Models as data: families, their prompts and their prices."""

from __future__ import annotations

from .families import Family, ModelTable, Price, TokenGuess, load_models

__all__ = ["Family", "ModelTable", "Price", "TokenGuess", "load_models"]
