"""A codebook out of its file, whoever made it."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from typing import Final

from ..errors import told
from . import fitted, npzfile
from .codebook import Codebook

Maker = Callable[[npzfile.Arrays, str], Codebook]
"""Arrays, and what they are called in an error, to a codebook."""


def load(path: str | PathLike[str], at: str = "codebook") -> Codebook:
    """Read a codebook: one that `fit` made, or PaliGemma's ``vae-oid.npz``.

    >>> codebook = load("gemini.npz")  # doctest: +SKIP

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read, or holds no codebook: wrong shapes, numbers that are not finite, pickled objects.
    """
    arrays = npzfile.read(path, at)
    for mark, maker in _MARKS.items():
        if mark in arrays:
            return maker(arrays, at)
    raise told(f"arrays of a codebook ({' or '.join(_MARKS)})", ", ".join(sorted(arrays)[:8]) or "none", at)


_MARKS: Final[dict[str, Maker]] = {"maskmill_codebook": fitted.from_arrays}
"""Which array tells a kind of codebook, and what makes it."""
