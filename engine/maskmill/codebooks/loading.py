"""A codebook out of its file, whoever made it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from os import PathLike
from typing import Final

from ..errors import told
from . import npzfile, paligemma
from .codebook import Codebook

Maker = Callable[[npzfile.Arrays, str, str], Codebook]
"""Arrays, the SHA-256 of their file, and what it is called in an error, to a codebook."""


def load(path: str | PathLike[str], at: str = "codebook") -> Codebook:
    """Read a codebook: one that `fit` made, or PaliGemma's ``vae-oid.npz``.

    >>> codebook = load("gemini.npz")  # doctest: +SKIP

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read, or holds no codebook: wrong shapes, numbers that are not finite, pickled objects.
    """
    with npzfile.opened(path, at) as file:
        arrays = npzfile.read(file, at)
        for mark, maker in _MARKS.items():
            if mark in arrays:
                file.seek(0)
                return maker(arrays, hashlib.file_digest(file, "sha256").hexdigest(), at)
    raise told(f"arrays of a codebook ({' or '.join(_MARKS)})", ", ".join(sorted(arrays)[:8]) or "none", at)


_MARKS: Final[dict[str, Maker]] = {paligemma.MARK: paligemma.PaliGemma}
"""Which array tells a kind of codebook, and what makes it."""
