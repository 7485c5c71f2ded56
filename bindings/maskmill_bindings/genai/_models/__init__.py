"""Models as data: what is known of each family, the words it is asked in, what it costs."""

from __future__ import annotations

from .families import Family, Guess, Models, Price, load_models

__all__ = ["Family", "Guess", "Models", "Price", "load_models"]
