"""Codebooks, which decode 16 mask tokens to a map; and fitting one to pairs of tokens and maps.

>>> from maskmill import codebooks
>>> codebook = codebooks.load("gemini.npz")  # doctest: +SKIP
>>> codebook.decode([[27] * 16]).shape  # doctest: +SKIP
(1, 256, 256)

Gemini's codebook is not public: `fit` learns one from pairs of tokens and maps. PaliGemma's is: `load` reads its file,
``vae-oid.npz``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._names.lazy import lazy_names as _lazy
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


if not TYPE_CHECKING:  # these need Numba
    _PLACES = {"Curve": "_fitting", "Fitted": "_fitted", "fit": "_fitting", "learning_curve": "_fitting"}
    __getattr__, __dir__ = _lazy(__name__, _PLACES, __all__)
