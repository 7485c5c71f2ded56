"""Read and write .npz files safely: no pickles, sizes checked before memory is allocated, finite numbers only."""

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

from ..errors import ArgumentError, excerpt

MAX_BYTES: Final = 2**28
"""Bound for all arrays together and for the file: thirty times the largest codebook known."""

MAX_ARRAYS: Final = 256
_SUFFIX: Final = ".npy"

Arrays = dict[str, NDArray[Any]]


@contextmanager
def open_npz(path: str | PathLike[str], at: str) -> Iterator[BufferedReader]:
    """Open a file for `read_npz`; regular files only, since others may be endless.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file is missing, not regular, or too large; the message calls it `at`.
    """
    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise ArgumentError("a file", f"{_quote_path(path)}, which is none", at)
        file = open(path, "rb")  # noqa: SIM115 (a file that cannot be opened is another error than one that breaks off)
    except (OSError, TypeError, ValueError) as error:
        if isinstance(error, ArgumentError):
            raise
        raise ArgumentError("a file that can be read", f"{_quote_path(path)} ({_reason(error)})", at) from None
    with file:
        if status.st_size > MAX_BYTES:
            raise ArgumentError(f"a file of at most {MAX_BYTES} bytes", f"{status.st_size}", at)
        yield file


def read_npz(file: IO[bytes], at: str) -> Arrays:
    """Return the arrays of an ``.npz`` file by name.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file is no such archive, or holds more or other arrays than a codebook may.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_members(members, at)
            return {_array_name(member): _read_member(archive, member, at) for member in members}
    except ArgumentError:
        raise
    except Exception as error:  # zipfile does not document what it raises for a broken archive
        raise ArgumentError("a whole .npz archive", _reason(error), at) from None


def write_npz(path: str | PathLike[str], arrays: Mapping[str, NDArray[Any]], at: str = "path") -> None:
    """Write an ``.npz`` file; unlike `numpy.savez`, do not append a suffix to its name.

    Parameters
    ----------
    path : str or PathLike
        File to write.
    arrays : Mapping[str, NDArray]
        Arrays by name.
    at : str
        What errors call the file.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be written.
    """
    try:
        with open(path, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # taken for its option `allow_pickle`
    except (OSError, TypeError, ValueError) as error:
        raise ArgumentError("a file that can be written", f"{_quote_path(path)} ({_reason(error)})", at) from None


def get_array(
    arrays: Mapping[str, NDArray[Any]], name: str, shape: tuple[int | None, ...], kind: type[Any], at: str
) -> NDArray[Any]:
    """Return the array of a name after checking its shape, its type, and that its numbers are finite.

    >>> get_array({"bias": np.zeros(3, np.float32)}, "bias", (3,), np.floating, "codebook").tolist()
    [0.0, 0.0, 0.0]

    Parameters
    ----------
    arrays : Mapping[str, NDArray]
        Arrays by name.
    name : str
        Name of the array.
    shape : tuple
        Expected shape; None stands for any length.
    kind : type
        Abstract NumPy type of its numbers, such as `numpy.floating`.
    at : str
        What errors call the file.

    Raises
    ------
    maskmill.errors.ArgumentError
        The array is missing or fails a check.
    """
    array = arrays.get(name)
    place = f"{at}[{name!r}]"
    if array is None:
        raise ArgumentError("an array of this name", f"{', '.join(sorted(arrays)[:8]) or 'an empty archive'}", place)
    fits = len(shape) == array.ndim and all(n in (None, m) for n, m in zip(shape, array.shape, strict=True))
    if not fits or not np.issubdtype(array.dtype, kind):
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ArgumentError(f"{kind.__name__} ({wanted})", f"{array.dtype} {array.shape}", place)
    if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all():
        raise ArgumentError("finite numbers", "NaN or infinity", place)
    return array


def _check_members(members: list[zipfile.ZipInfo], at: str) -> None:
    if len(members) > MAX_ARRAYS:
        raise ArgumentError(f"at most {MAX_ARRAYS} arrays", str(len(members)), at)
    total = sum(member.file_size for member in members)
    if total > MAX_BYTES:
        raise ArgumentError(f"at most {MAX_BYTES} bytes of arrays", str(total), at)
    duplicates = [name for name, count in Counter(map(_array_name, members)).items() if count > 1]
    if duplicates:
        raise ArgumentError("each array once", f"{excerpt(duplicates[0])} again", at)


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, at: str) -> NDArray[Any]:
    place = f"{at}[{excerpt(_array_name(member))}]"
    with archive.open(member) as file:
        try:
            _check_header(file, member.file_size, place)
            file.seek(0)
            array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        except (ArgumentError, zipfile.BadZipFile):
            raise
        except Exception as error:  # from NumPy, its header parser, or tokenize
            raise ArgumentError("an array of numbers", _reason(error), place) from None
    return array


def _check_header(file: IO[bytes], size: int, at: str) -> None:
    """Reject objects, and an array larger than the member that should hold it."""
    version = np.lib.format.read_magic(file)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = reader(file)
    if dtype.hasobject or dtype.kind not in "biufSU" or dtype.itemsize == 0:
        raise ArgumentError("an array of numbers", f"one of type {dtype}", at)
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > size:
        raise ArgumentError(f"an array within its {size} bytes", f"{dtype} {shape}", at)


def _array_name(member: zipfile.ZipInfo) -> str:
    return member.filename.removesuffix(_SUFFIX)


def _reason(error: Exception) -> str:
    lines = str(error.strerror or error if isinstance(error, OSError) else error).splitlines()
    return lines[0][:120] if lines else type(error).__name__


def _quote_path(path: Any) -> str:
    return excerpt(str(path) if isinstance(path, (str, PathLike)) else type(path).__name__)
