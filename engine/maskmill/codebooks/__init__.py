"""Codebooks, which decode 16 mask tokens to a map; and fitting one to pairs of tokens and maps.

>>> from maskmill import codebooks
>>> codebook = codebooks.load("gemini.npz")  # doctest: +SKIP
>>> codebook.decode([[27] * 16]).shape  # doctest: +SKIP
(1, 256, 256)

Gemini's codebook is not public: `fit` learns one from pairs of tokens and maps. PaliGemma's is: `load` reads its file,
``vae-oid.npz``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._codebook import Codebook
from ._loading import CodebookSource, codebook_path, load, resolve_codebook

if TYPE_CHECKING:
    from ._fitted import Fitted
    from ._fitting import Curve, fit, learning_curve

__all__ = [
    "Codebook",
    "CodebookSource",
    "Curve",
    "Fitted",
    "Given",
    "codebook_path",
    "fit",
    "given",
    "learning_curve",
    "load",
    "path_of",
    "resolve_codebook",
]

Given, given, path_of = CodebookSource, resolve_codebook, codebook_path
"""Earlier names of these three."""


def __dir__() -> list[str]:
    """List the public names, which are imported on first use."""
    return sorted(__all__)


def __getattr__(name: str) -> Any:
    """Import on first use what needs Numba."""
    if name in ("Curve", "fit", "learning_curve"):
        from . import _fitting

        return getattr(_fitting, name)
    if name == "Fitted":
        from ._fitted import Fitted

        return Fitted
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
