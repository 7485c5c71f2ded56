"""Load a codebook from its file, which says what kind it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from os import PathLike
from pathlib import Path
from typing import Final, Literal

from ..errors import ArgumentError, expected
from . import _npz_file
from ._codebook import Codebook

ENVIRONMENT_VARIABLE: Final = "MASKMILL_CODEBOOK"
"""Environment variable that names the codebook file to use by default."""

CodebookSource = Codebook | str | PathLike[str] | Literal[False] | None
"""How a caller names a codebook. None: the one that the environment names; False: none in any case."""

Loader = Callable[[_npz_file.Arrays, str, str], Codebook]
"""From arrays, the SHA-256 of their file and the file's name in errors to a codebook."""


def load(path: str | PathLike[str], at: str = "codebook") -> Codebook:
    """Load a codebook: one that `fit` made, or PaliGemma's ``vae-oid.npz``.

    >>> codebook = load("gemini.npz")  # doctest: +SKIP

    Parameters
    ----------
    path : str or PathLike
        File to read.
    at : str
        What errors call the file.

    Returns
    -------
    Codebook
        A `Fitted` or a PaliGemma codebook.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read or holds no codebook: wrong shapes, numbers that are not finite, pickled objects.
    """
    with _npz_file.open_npz(path, at) as file:
        arrays = _npz_file.read_npz(file, at)
        for name, loader in _LOADERS.items():
            if name in arrays:
                file.seek(0)
                return loader(arrays, hashlib.file_digest(file, "sha256").hexdigest(), at)
    raise ArgumentError(f"arrays of a codebook ({' or '.join(_LOADERS)})", ", ".join(sorted(arrays)[:8]) or "none", at)


def codebook_path(codebook: str | PathLike[str] | None) -> Path | None:
    """Return the file that the caller names, or for None the one that ``MASKMILL_CODEBOOK`` names, if any."""
    path = os.environ.get(ENVIRONMENT_VARIABLE) or None if codebook is None else codebook
    return None if path is None else Path(path)


def resolve_codebook(codebook: CodebookSource) -> Codebook | None:
    """Return the codebook that a caller names, loaded if need be.

    >>> resolve_codebook(False) is None
    True

    Parameters
    ----------
    codebook : Codebook, str, PathLike, False or None
        A codebook or its file. None: the file that ``MASKMILL_CODEBOOK`` names, if any. False: no codebook.

    Raises
    ------
    maskmill.errors.ArgumentError
        The argument is none of these, or the file cannot be read.
    """
    if codebook is False:
        return None
    if codebook is None:
        path = codebook_path(None)
        return None if path is None else _load_cached(path, ENVIRONMENT_VARIABLE)
    if isinstance(codebook, (str, PathLike)):
        return _load_cached(Path(codebook), "codebook")
    if not isinstance(codebook, Codebook):
        raise expected("a codebook, its file, or None", codebook, "codebook")
    return codebook


def _load_cached(path: Path, at: str) -> Codebook:
    """Load a file, or return the codebook loaded before if the file has not changed since."""
    try:
        status = path.stat()
    except OSError:  # `load` reports it
        return load(path, at)
    except ValueError as error:
        raise ArgumentError("the name of a file", str(error), at) from None
    return _load_state(path.absolute(), at, (status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_size))


@lru_cache(maxsize=4)
def _load_state(path: Path, at: str, _state: tuple[int, ...]) -> Codebook:
    return load(path, at)


def _load_paligemma(arrays: _npz_file.Arrays, digest: str, at: str) -> Codebook:
    from ._paligemma import PaliGemma  # imports Numba, which callers without a codebook need not load

    return PaliGemma(arrays, digest, at)


def _load_fitted(arrays: _npz_file.Arrays, _digest: str, at: str) -> Codebook:
    from ._fitted import read_fitted

    return read_fitted(arrays, at)


_LOADERS: Final[dict[str, Loader]] = {"_vq_vae._embedding": _load_paligemma, "maskmill_codebook": _load_fitted}
"""Loaders by the name of the array that only their kind of codebook has."""
