"""Files of arrays, read without trust: no pickle, bounded before memory is spent, every number finite."""

from __future__ import annotations

import os
import stat
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from os import PathLike
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, excerpt, told

MOST_BYTES: Final = 2**28
"""Of all arrays together, and of the file: thirty times the largest codebook known."""

MOST_ARRAYS: Final = 256
_SUFFIX: Final = ".npy"

Arrays = dict[str, NDArray[Any]]


@contextmanager
def opened(path: str | PathLike[str], at: str) -> Iterator[BufferedReader]:
    """Open a file for `read`: a regular one, since others may have no end.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is not there, is none, or is too large.
    """
    try:
        found = os.stat(path)
        if not stat.S_ISREG(found.st_mode):
            raise told("a file", f"{_name(path)}, which is none", at)
        file = open(path, "rb")  # noqa: SIM115 (a file that cannot be opened is another error than one that breaks off)
    except (OSError, TypeError, ValueError) as error:
        if isinstance(error, ArgumentError):
            raise
        raise told("a file that can be read", f"{_name(path)} ({_reason(error)})", at) from None
    with file:
        if found.st_size > MOST_BYTES:
            raise told(f"a file of at most {MOST_BYTES} bytes", f"{found.st_size}", at)
        yield file


def read(file: IO[bytes], at: str) -> Arrays:
    """Return the arrays of an ``.npz`` file by name.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file is no such archive, or holds what no codebook does.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_members(members, at)
            return {_title(member): _array(archive, member, at) for member in members}
    except ArgumentError:
        raise
    except Exception as error:  # what a broken archive makes zipfile raise is nowhere listed
        raise told("a whole .npz archive", _reason(error), at) from None


def write(path: str | PathLike[str], arrays: Mapping[str, NDArray[Any]], at: str = "path") -> None:
    """Write an ``.npz`` file, under the very name that is given.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be written.
    """
    try:
        with open(path, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # taken for its option `allow_pickle`
    except (OSError, TypeError, ValueError) as error:
        raise told("a file that can be written", f"{_name(path)} ({_reason(error)})", at) from None


def array(
    arrays: Mapping[str, NDArray[Any]], name: str, shape: tuple[int | None, ...], kind: type[Any], at: str
) -> NDArray[Any]:
    """Return an array, checked: its shape (None: any length) and the kind of its numbers, all finite.

    >>> array({"bias": np.zeros(3, np.float32)}, "bias", (3,), np.floating, "codebook").tolist()
    [0.0, 0.0, 0.0]
    """
    found = arrays.get(name)
    place = f"{at}[{name!r}]"
    if found is None:
        raise told("an array of this name", f"{', '.join(sorted(arrays)[:8]) or 'an empty archive'}", place)
    fits = len(shape) == found.ndim and all(n in (None, m) for n, m in zip(shape, found.shape, strict=True))
    if not fits or not np.issubdtype(found.dtype, kind):
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise told(f"{kind.__name__} ({wanted})", f"{found.dtype} {found.shape}", place)
    if np.issubdtype(found.dtype, np.floating) and not np.isfinite(found).all():
        raise told("finite numbers", "NaN or infinity", place)
    return found


def _check_members(members: list[zipfile.ZipInfo], at: str) -> None:
    if len(members) > MOST_ARRAYS:
        raise told(f"at most {MOST_ARRAYS} arrays", str(len(members)), at)
    total = sum(member.file_size for member in members)
    if total > MOST_BYTES:
        raise told(f"at most {MOST_BYTES} bytes of arrays", str(total), at)
    twice = [name for name, count in Counter(map(_title, members)).items() if count > 1]
    if twice:
        raise told("each array once", f"{excerpt(twice[0])} again", at)


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, at: str) -> NDArray[Any]:
    place = f"{at}[{excerpt(_title(member))}]"
    with archive.open(member) as file:
        try:
            _check_header(file, member.file_size, place)
            file.seek(0)
            found: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        except (ArgumentError, zipfile.BadZipFile):
            raise
        except Exception as error:  # of NumPy, of its parser of headers, of tokenize
            raise told("an array of numbers", _reason(error), place) from None
    return found


def _check_header(file: IO[bytes], size: int, at: str) -> None:
    """Refuse objects, and an array larger than the file that should hold it."""
    version = np.lib.format.read_magic(file)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = reader(file)
    if dtype.hasobject or dtype.kind not in "biufSU" or dtype.itemsize == 0:
        raise told("an array of numbers", f"one of type {dtype}", at)
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > size:
        raise told(f"an array within its {size} bytes", f"{dtype} {shape}", at)


def _title(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(_SUFFIX)


def _reason(error: Exception) -> str:
    lines = str(error.strerror or error if isinstance(error, OSError) else error).splitlines()
    return lines[0][:120] if lines else type(error).__name__


def _name(path: Any) -> str:
    return excerpt(str(path) if isinstance(path, (str, PathLike)) else type(path).__name__)
