"""Files of arrays, read without trust: no pickle, bounded before memory is spent, every number finite."""

from __future__ import annotations

import zipfile
import zlib
from os import PathLike
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ArgumentError, excerpt, told

MOST_BYTES: Final = 2**28
"""Of all arrays together: thirty times the largest codebook known."""

MOST_ARRAYS: Final = 256
_SUFFIX: Final = ".npy"

Arrays = dict[str, NDArray[Any]]


def read(path: str | PathLike[str] | IO[bytes], at: str) -> Arrays:
    """Return the arrays of an ``.npz`` file by name.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file cannot be read, is no such archive, or holds what no codebook does.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_sizes(members, at)
            return {member.filename.removesuffix(_SUFFIX): _array(archive, member, at) for member in members}
    except OSError as error:
        raise told("a file that can be read", f"{error.strerror or error}: {_name(path)}", at) from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise told("a whole .npz archive", f"{_name(path)} ({error})", at) from None


def array(arrays: Arrays, name: str, shape: tuple[int | None, ...], kind: type[Any], at: str) -> NDArray[Any]:
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


def _check_sizes(members: list[zipfile.ZipInfo], at: str) -> None:
    if len(members) > MOST_ARRAYS:
        raise told(f"at most {MOST_ARRAYS} arrays", str(len(members)), at)
    if sum(member.file_size for member in members) > MOST_BYTES:
        raise told(f"at most {MOST_BYTES} bytes of arrays", f"{sum(m.file_size for m in members)}", at)


def _array(archive: zipfile.ZipFile, member: zipfile.ZipInfo, at: str) -> NDArray[Any]:
    place = f"{at}[{excerpt(member.filename.removesuffix(_SUFFIX))}]"
    with archive.open(member) as file:
        try:
            _check_header(file, member.file_size, place)
            file.seek(0)
            found: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
        except ArgumentError:
            raise
        except ValueError as error:
            raise told("an array of numbers", str(error).splitlines()[0], place) from None
    return found


def _check_header(file: IO[bytes], size: int, at: str) -> None:
    """Refuse objects, and an array larger than the file that should hold it."""
    version = np.lib.format.read_magic(file)
    reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = reader(file)
    if dtype.hasobject or dtype.kind not in "biufSU":
        raise told("an array of numbers", f"one of type {dtype}", at)
    if int(np.prod(shape, dtype=object)) * dtype.itemsize > size:
        raise told(f"an array within its {size} bytes", f"{dtype} {shape}", at)


def _name(path: Any) -> str:
    return excerpt(str(path) if isinstance(path, (str, PathLike)) else type(path).__name__)
