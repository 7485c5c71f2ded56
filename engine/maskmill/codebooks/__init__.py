"""Codebooks: what 16 mask tokens stand for.

>>> from maskmill import codebooks
>>> codebook = codebooks.load("gemini.npz")  # doctest: +SKIP
>>> codebook.decode([[27] * 16]).shape  # doctest: +SKIP
(1, 256, 256)

Gemini's codebook is not public: `fit` learns one from pairs of tokens and masks. PaliGemma's is: `load` takes its file,
``vae-oid.npz``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._codebook import Codebook
from ._loading import Given, given, load, path_of

if TYPE_CHECKING:
    from ._fitted import Fitted
    from ._fitting import Curve, fit, learning_curve

__all__ = ["Codebook", "Curve", "Fitted", "Given", "fit", "given", "learning_curve", "load", "path_of"]


def __getattr__(name: str) -> Any:
    """What takes Numba along is imported when first used."""
    if name in ("Curve", "fit", "learning_curve"):
        from . import _fitting

        return getattr(_fitting, name)
    if name == "Fitted":
        from ._fitted import Fitted

        return Fitted
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
