"""Codebooks: what 16 mask tokens stand for.

>>> from maskmill import codebooks
>>> codebook = codebooks.load("gemini.npz")  # doctest: +SKIP
>>> codebook.decode([[27] * 16]).shape  # doctest: +SKIP
(1, 256, 256)

Gemini's codebook is not public: `fit` learns one from pairs of tokens and masks. PaliGemma's is: `load` takes its file,
``vae-oid.npz``.
"""

from __future__ import annotations

from .codebook import Codebook
from .loading import given, load, path_of

__all__ = ["Codebook", "given", "load", "path_of"]
