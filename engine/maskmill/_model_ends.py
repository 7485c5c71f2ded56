"""The ends of models: the day from which another model answers in the place of one, or none."""

from __future__ import annotations

import re
from datetime import date
from typing import Final, NamedTuple


class ModelEnd(NamedTuple):
    """The end of a family of models.

    Attributes
    ----------
    family : str
        Name of the family, which is also that of a model.
    day : date
        The first day on which it does not answer.
    routed : str
        The model that answers in its place from then on; empty: none, or not known.
    """

    family: str
    day: date
    routed: str = ""

    @property
    def has_come(self) -> bool:
        """Whether the model has ended."""
        return today() >= self.day


MODEL_ENDS: Final = (
    ModelEnd("gemini-2.0-flash", date(2026, 6, 1)),
    ModelEnd("gemini-2.5-flash", date(2026, 12, 1), "gemini-3.5-flash-lite"),
    ModelEnd("gemini-2.5-pro", date(2026, 12, 1), "gemini-3.8-flash"),
    ModelEnd("gemini-robotics-er-1.6-preview", date(2026, 8, 31)),
)
"""Every end that is known, by Google's pages as of 2026-11-30. The table of `maskmill models` reads them here."""

LAST_PNG_MODEL: Final = "gemini-2.5-flash-lite"
"""The model of 2.5 that stays until further notice."""

POLYGON_MODEL: Final = "gemini-3.6-flash"
"""The model to ask for polygons: checked on literal replies, and the cheapest of its kind."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.\-]{0,60}")
_VERSION: Final = r"(?:-(?:latest|exp|preview|\d).*)?"


def today() -> date:
    """Return the day by which models are judged."""
    return date.today()


def model_name(text: str) -> str:
    """Return the bare name of a model, as a response or a client's library writes it; empty if it cannot be one.

    >>> model_name("models/gemini-2.5-flash"), model_name("google/gemini-2.5-flash:free"), model_name("a b")
    ('gemini-2.5-flash', 'gemini-2.5-flash', '')
    """
    bare = re.split("[@:]", text.strip().lower().rpartition("/")[2], maxsplit=1)[0]
    return bare if _NAME.fullmatch(bare) else ""


def end_of(model: str) -> ModelEnd | None:
    """Return the end of a model by its name; None where none is known.

    >>> str(end_of("gemini-2.5-flash-preview-09-2025").day), end_of("gemini-2.5-flash-lite")
    ('2026-12-01', None)
    """
    name = model_name(model)
    return next((end for end in MODEL_ENDS if re.fullmatch(re.escape(end.family) + _VERSION, name)), None)
