"""A codebook out of its file, whoever made it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Final, Literal

from ..errors import expected, told
from . import _npz_file
from ._codebook import Codebook

VARIABLE: Final = "MASKMILL_CODEBOOK"
"""Of the environment: the file of the codebook that is taken where none is given."""

Given = Codebook | str | PathLike[str] | Literal[False] | None
"""What a caller may mean a codebook by; False: none, whatever the environment names."""

Maker = Callable[[_npz_file.Arrays, str, str], Codebook]
"""Arrays, the SHA-256 of their file, and what it is called in an error, to a codebook."""


def load(path: str | PathLike[str], at: str = "codebook") -> Codebook:
    """Read a codebook: one that `fit` made, or PaliGemma's ``vae-oid.npz``.

    >>> codebook = load("gemini.npz")  # doctest: +SKIP

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read, or holds no codebook: wrong shapes, numbers that are not finite, pickled objects.
    """
    with _npz_file.opened(path, at) as file:
        arrays = _npz_file.read(file, at)
        for mark, maker in _MARKS.items():
            if mark in arrays:
                file.seek(0)
                return maker(arrays, hashlib.file_digest(file, "sha256").hexdigest(), at)
    raise told(f"arrays of a codebook ({' or '.join(_MARKS)})", ", ".join(sorted(arrays)[:8]) or "none", at)


def path_of(codebook: str | PathLike[str] | None) -> Path | None:
    """Return the file that a caller means, or the one that ``MASKMILL_CODEBOOK`` names."""
    named = os.environ.get(VARIABLE) or None if codebook is None else codebook
    return None if named is None else Path(named)


def given(codebook: Given) -> Codebook | None:
    """Return the codebook that a caller means: one, its file, or for None the file that ``MASKMILL_CODEBOOK`` names.

    >>> given(False) is None
    True

    Raises
    ------
    maskmill.errors.ArgumentError
        It is none of these, or the file cannot be read.
    """
    if codebook is False:
        return None
    if codebook is None:
        path = path_of(None)
        return None if path is None else _kept(path, VARIABLE)
    if isinstance(codebook, (str, PathLike)):
        return _kept(Path(codebook), "codebook")
    if not isinstance(codebook, Codebook):
        raise expected("a codebook, its file, or None", codebook, "codebook")
    return codebook


def _kept(path: Path, at: str) -> Codebook:
    """The codebook of a file, which is read again only when it has changed, whatever time a copy says it is of."""
    try:
        found = path.stat()
    except OSError:  # told when it is read
        return load(path, at)
    except ValueError as error:
        raise told("the name of a file", str(error), at) from None
    return _loaded(path.absolute(), at, (found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size))


@lru_cache(maxsize=4)
def _loaded(path: Path, at: str, _state: tuple[int, ...]) -> Codebook:
    return load(path, at)


def _paligemma(arrays: _npz_file.Arrays, digest: str, at: str) -> Codebook:
    from ._paligemma import PaliGemma  # takes Numba along, which a caller without a codebook need not load

    return PaliGemma(arrays, digest, at)


def _fitted(arrays: _npz_file.Arrays, digest: str, at: str) -> Codebook:
    from ._fitted import from_arrays

    return from_arrays(arrays, digest, at)


_MARKS: Final[dict[str, Maker]] = {"_vq_vae._embedding": _paligemma, "maskmill_codebook": _fitted}
"""Which array tells a kind of codebook, and what makes it."""
