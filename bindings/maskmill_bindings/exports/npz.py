"""One .npz file of flat arrays, which numpy reads without pickle.

https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

For B images with N rows in all, in order:

- ``keys``, ``images``, ``models`` (B,) str, ``sizes`` (B, 2) int32 width and height, ``stops`` (B,) int64 one past the
  last row of each: as in `Record`;
- ``labels``, ``status``, ``forms`` (N,) str, ``scores`` (N,) float32, ``boxes`` (N, 4) float64, ``filled`` (N,) bool,
  ``areas`` (N,) int64: as in `maskmill.Masks`, also of rows without a pixel;
- ``counts`` uint8, COCO's run-length strings end to end, and ``ends`` (N + 1,) int64: the string of row i is
  ``counts[ends[i]:ends[i + 1]].tobytes()``.

Problems and items are left out, and NUL at the end of a text, which numpy does not keep.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import orjson
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, expected

from .._safe_text import replace_surrogates
from ..record import Record, as_records
from ._reading.rules import OnUnread, Rule
from ._shared.damage import damage_as_argument_error
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings

if TYPE_CHECKING:
    from maskmill import Masks

LONGEST_LABEL: Final = 256
"""Maximum characters of a label: numpy stores each text of an array in the length of the longest."""

_MAX_BYTES: Final = 1 << 28
_MAX_RATIO: Final = 200
"""Bytes that the arrays of any file may take, and how many times its size beyond that; real files take up to 30."""

_NUMBERS: Final = {
    "sizes": ("<i4", 2),
    "stops": ("<i8", 1),
    "scores": ("<f4", 1),
    "boxes": ("<f8", 4),
    "filled": ("|b1", 1),
    "areas": ("<i8", 1),
    "counts": ("|u1", 1),
    "ends": ("<i8", 1),
}
_PER_IMAGE: Final = ("images", "models", "sizes", "stops")
_PER_ROW: Final = ("status", "forms", "scores", "boxes", "filled")
_TEXTS: Final = ("keys", "images", "models", "labels", "status", "forms")


class _Numbers:
    """An array that grows in a temporary file."""

    def __init__(self, spool: IO[bytes], dtype: str, width: int) -> None:
        self._spool, self._dtype, self._width, self._length = spool, dtype, width, 0

    def extend(self, values: Any) -> None:
        """Append rows."""
        array = np.ascontiguousarray(values, self._dtype)
        self._spool.write(array.tobytes())
        self._length += len(array)

    def copy_to(self, out: IO[bytes]) -> None:
        """Write the array as an .npy file."""
        shape = (self._length,) if self._width == 1 else (self._length, self._width)
        _write_header(out, self._dtype, shape)
        self._spool.seek(0)
        copyfileobj(self._spool, out)


class _Texts:
    """An array of texts that grows in a temporary file, one line of JSON per text, until its longest is known."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool, self._length, self._longest = spool, 0, 1

    def extend(self, texts: Iterable[str]) -> None:
        """Append texts."""
        for text in map(replace_surrogates, texts):
            self._spool.write(orjson.dumps(text) + b"\n")
            self._length += 1
            self._longest = max(self._longest, len(text))

    def copy_to(self, out: IO[bytes]) -> None:
        """Write the array as an .npy file."""
        _write_header(out, f"<U{self._longest}", (self._length,))
        self._spool.seek(0)
        for line in self._spool:
            out.write(orjson.loads(line).encode("utf-32-le").ljust(4 * self._longest, b"\0"))


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write images and their masks as one .npz file; its arrays grow in temporary files beside it.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write([Record("a.jpg", masks)], f"{folder}/masks.npz")
    ...     with np.load(file, allow_pickle=False) as arrays:
    ...         arrays["keys"].tolist(), arrays["labels"].tolist(), arrays["counts"].tobytes()
    (['a.jpg'], ['cat'], b'8171O1o0')

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Images without a row and rows without a pixel are written too.
    path : str or Path
        File to write.
    settings : Settings, optional
        Not used.

    Warns
    -----
    LossWarning
        A label is longer than 256 characters, and was cut.
    """
    file, losses = Path(path), LossWarner()
    with ExitStack() as stack:
        columns: dict[str, Any] = {name: _Texts(_spool(stack, file)) for name in _TEXTS}
        columns |= {name: _Numbers(_spool(stack, file), *kind) for name, kind in _NUMBERS.items()}
        columns["ends"].extend([0])
        rows = size = 0
        for record in as_records(records):
            rows, size = _append(columns, record, rows, size, losses)
        with ZipFile(file, "w", ZIP_DEFLATED) as archive:
            for name, column in columns.items():
                with archive.open(_member(name), "w", force_zip64=True) as out:
                    column.copy_to(out)
    return [file]


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a file that `write` wrote; it is held in memory.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        Not used: the file holds finished masks.
    """
    file = Path(path)
    with damage_as_argument_error("a .npz of masks", str(file)):
        _check_sizes(file)
        with np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in (*_TEXTS, *_NUMBERS)}
    _check(arrays, str(file))
    return (_record(arrays, i, file.name) for i in range(len(arrays["keys"])))


def _check_sizes(file: Path) -> None:
    """Raise where the arrays would take far more memory than the file, before any of them is read."""
    with ZipFile(file) as archive:
        size = sum(member.file_size for member in archive.infolist())
    most = max(_MAX_BYTES, _MAX_RATIO * file.stat().st_size)
    if size > most:
        raise expected(f"arrays of at most {most} bytes together, {_MAX_RATIO} times the file", size, "arrays")


def _check(arrays: dict[str, NDArray[Any]], at: str) -> None:
    """Check the types and lengths of the arrays."""
    kinds = {**dict.fromkeys(_TEXTS, "U"), **{name: np.dtype(kind).kind for name, (kind, _) in _NUMBERS.items()}}
    for name, kind in kinds.items():
        if arrays[name].dtype.kind != kind or not arrays[name].ndim:
            raise expected(f"an array of kind {kind!r}", arrays[name].dtype.str, f"{name} of {at}")
    images, rows = len(arrays["keys"]), len(arrays["labels"])
    lengths = {**dict.fromkeys(_PER_IMAGE, images), **dict.fromkeys(_PER_ROW, rows), "ends": rows + 1}
    for name, length in lengths.items():
        if len(arrays[name]) != length:
            raise expected(f"an array of {length}", len(arrays[name]), f"{name} of {at}")
    stops = [0, *arrays["stops"].tolist()]
    if sorted(stops) != stops or stops[-1] != rows:
        raise expected(f"numbers that rise to {rows}", stops[1:], f"stops of {at}")


def _spool(stack: ExitStack, file: Path) -> IO[bytes]:
    """Open a temporary file beside the file."""
    return stack.enter_context(TemporaryFile(dir=file.parent))


def _member(name: str) -> ZipInfo:
    """Return the description of an archive member, always with the same time."""
    member = ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
    member.compress_type = ZIP_DEFLATED
    return member


def _write_header(out: IO[bytes], dtype: str, shape: tuple[int, ...]) -> None:
    """Write the header of an .npy file."""
    np.lib.format.write_array_header_1_0(out, {"descr": dtype, "fortran_order": False, "shape": shape})


def _append(columns: dict[str, Any], record: Record, rows: int, size: int, losses: LossWarner) -> tuple[int, int]:
    """Append a record after `rows` rows and `size` bytes of counts; return both numbers with the record included."""
    from maskmill.masks import _concatenate

    arrays = _concatenate.concatenate([record.masks])
    if any(len(label) > LONGEST_LABEL for label in arrays.labels):
        losses.warn(f"labels of more than {LONGEST_LABEL} characters are cut")
    values = {
        "keys": [record.key],
        "images": [record.image],
        "models": [record.model],
        "sizes": [record.masks.size],
        "stops": [rows + len(arrays.labels)],
        "labels": [label[:LONGEST_LABEL] for label in arrays.labels],
        "status": map(str, arrays.status),
        "counts": arrays.strings,
        "ends": arrays.string_offsets[1:] + size,
    }
    for name, column in columns.items():
        column.extend(values[name] if name in values else getattr(arrays, name))
    return rows + len(arrays.labels), size + len(arrays.strings)


def _record(arrays: dict[str, Any], number: int, name: str) -> Record:
    """Return the record of one image."""
    key, image, model = (str(arrays[column][number]) for column in ("keys", "images", "models"))
    try:
        return Record(key, _masks(arrays, number), image, name, number + 1, model)
    except ArgumentError as error:
        raise error.within(f"image {key!r} of {name}") from None


def _masks(arrays: dict[str, Any], number: int) -> Masks:
    """Return the masks of one image."""
    from maskmill import Masks

    start, stop = int(arrays["stops"][number - 1]) if number else 0, int(arrays["stops"][number])
    ends = arrays["ends"][start : stop + 1].tolist()
    columns: dict[str, Any] = {column: arrays[column][start:stop] for column in ("labels", *_PER_ROW)}
    rles = [{"counts": arrays["counts"][a:b].tobytes()} for a, b in pairwise(ends)]
    return Masks.from_coco(rles, arrays["sizes"][number], **columns)
