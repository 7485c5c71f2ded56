"""What is converted: replies, which are decoded, or masks in a format that is read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import orjson

from maskmill.errors import expected, told

from .. import exports
from .._table import to_batch
from ..exports._shared.table_rows import readable
from ._options import REPORT

if TYPE_CHECKING:
    from .._sources import Chunk, Source, SourceOptions
    from ..record import Record
    from ._decode_rows import Made, Maker
    from ._options import Options

REPLIES: Final = "replies"

_MARKS: Final = {
    "yolo": ("data.yaml", "labels"),
    "coco-panoptic": ("panoptic.json",),
    "png-maps": ("classes.json", "instances"),
}
"""Files and folders by which a folder's format is known."""

_GROUP: Final = 16
"""Records that are measured at a time."""


class Piece(Protocol):
    """A bounded piece of an input."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory, about."""

    @property
    def count(self) -> int:
        """Rows in it."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of what it holds."""

    @property
    def end(self) -> Any:
        """The position after it, JSON-safe."""


class Input(Protocol):
    """One file or folder of the input."""

    @property
    def can_seek(self) -> bool:
        """Whether another process can read it from a position on, without all that stands before."""

    def identity(self) -> dict[str, Any]:
        """What tells it from another, JSON-safe."""

    def pieces(self, start: Any, max_rows: int, max_bytes: int) -> Iterator[Any]:
        """Bounded pieces from a position on; None is the beginning."""

    def made(self, piece: Any, maker: Maker) -> Made:
        """What a piece becomes."""


@dataclass(frozen=True, slots=True)
class Replies:
    """Replies of models."""

    source: Source

    @property
    def can_seek(self) -> bool:
        """As the source says."""
        return self.source.can_seek

    def identity(self) -> dict[str, Any]:
        """As the source says."""
        known: dict[str, Any] = self.source.identity()
        return known

    def pieces(self, start: Any, max_rows: int, max_bytes: int) -> Iterator[Chunk]:
        """Rows as they stand."""
        yield from self.source.chunks(start, max_rows, max_bytes)

    def made(self, piece: Chunk, maker: Maker) -> Made:
        """Decode them."""
        return maker.from_entries(self.source.entries(piece))


@dataclass(frozen=True, slots=True)
class _Records:
    """Some records, which are rows of an input that holds masks."""

    records: list[Record]
    end: int
    nbytes: int
    digest: bytes

    @property
    def count(self) -> int:
        """Rows in it."""
        return len(self.records)


@dataclass(frozen=True, slots=True)
class MaskFile:
    """Masks in a format that `exports` reads."""

    path: Path
    format: str

    @property
    def can_seek(self) -> bool:
        """Records are read from the first on."""
        return False

    def identity(self) -> dict[str, Any]:
        """Path, format, and of a file its size and time."""
        status = self.path.stat()
        known = {"path": str(self.path), "format": self.format}
        return known if self.path.is_dir() else {**known, "size": status.st_size, "mtime_ns": status.st_mtime_ns}

    def pieces(self, start: Any, max_rows: int, max_bytes: int) -> Iterator[_Records]:
        """Records, read one at a time; those before `start` are read and passed over."""
        records = islice(exports.module_of(self.format).read(self.path), start or 0, None)
        end = start or 0
        while group := list(islice(records, _GROUP)):
            taken: list[Record] = []
            nbytes, digest = 0, hashlib.sha256()
            while group:
                batch = to_batch(group)
                digest.update(batch.serialize())
                taken, nbytes = taken + group, nbytes + batch.nbytes
                is_full = len(taken) >= max_rows or nbytes >= max_bytes
                group = [] if is_full else list(islice(records, _GROUP))
            end += len(taken)
            yield _Records(taken, end, nbytes, digest.digest())

    def made(self, piece: _Records, maker: Maker) -> Made:
        """Take them as they are."""
        return maker.from_records(piece.records)


def open_inputs(paths: list[str], options: Options) -> list[Input]:
    """Open every input; what it holds is told by the option, or by its content.

    Raises
    ------
    maskmill.errors.ArgumentError
        One is not there, or nothing that can be converted.
    """
    if options.source not in (None, REPLIES, *exports.FORMATS):
        raise expected(f"{REPLIES}, or one of {', '.join(exports.FORMATS)}", options.source, "source")
    if not paths:
        raise told("files or folders to convert", "none", "inputs")
    kinds = [options.source or _kind(path) for path in paths]
    if all(kind == REPLIES for kind in kinds):
        return _replies(paths, options)
    if REPLIES in kinds:
        raise told("replies or masks", "both", "inputs")
    if (options.fallback, options.threshold, options.axis) != ("none", 127, "auto"):
        raise told("replies, which alone are decoded by fallback, threshold and axis", "masks", "inputs")
    return [file for path, kind in zip(paths, kinds, strict=True) for file in _mask_files(path, kind)]


def source_options(options: Options) -> SourceOptions:
    """How rows of replies are read."""
    from .._sources import SourceOptions

    return SourceOptions(size=options.size, images=options.images, requests=options.requests, fields=options.fields)


def _replies(paths: list[str], options: Options) -> list[Input]:
    from .._sources import open_sources

    return [Replies(source) for source in open_sources(paths, source_options(options))]


def _mask_files(path: str, kind: str) -> list[Input]:
    """A file or a folder of files; or each shard of a folder."""
    if not Path(path).exists():
        raise expected("a file or folder that exists", path, "inputs")
    if not hasattr(exports.module_of(kind), "read"):
        known_to_read = [name for name in exports.FORMATS if hasattr(exports.module_of(name), "read")]
        raise expected(f"a format that holds masks to be read ({', '.join(known_to_read)})", kind, "source")
    known, file = exports.FORMATS[kind], Path(path)
    if known.is_folder or file.is_file():
        return [MaskFile(file, kind)]
    suffixes = known.suffixes or (".json",)
    shards = sorted(entry for entry in file.iterdir() if entry.suffix in suffixes and not entry.name.startswith("."))
    if not shards:
        raise told(f"a folder with files of the format ({', '.join(suffixes)})", "none", path)
    return [MaskFile(shard, kind) for shard in shards]


def _kind(path: str) -> str:
    """Replies, or the format of a file that can be nothing else."""
    file = Path(path)
    if made := _made_by_us(file):
        return made
    if file.is_dir():
        return _kind_of_folder(file)
    name = exports.format_of(file)
    if name == "parquet" and file.is_file():
        return name if _has_masks(file) else REPLIES
    if name == "coco" and file.is_file():
        return name if _is_coco(file) else REPLIES
    return name or REPLIES


def _made_by_us(path: Path) -> str:
    """The format that the report beside an output names; empty where there is none."""
    report = path.with_name(f"{path.name}.{REPORT}") if path.name else path
    try:
        name = orjson.loads(report.read_bytes())["run"]["output"]
    except (OSError, KeyError, TypeError, orjson.JSONDecodeError):
        return ""
    return name if isinstance(name, str) and name in exports.FORMATS else ""


def _kind_of_folder(folder: Path) -> str:
    """Replies, or the format whose marks a folder bears: a file of that name, or nothing but files of its suffix."""
    names = {file.name for file in folder.iterdir() if not file.name.startswith(".")}
    for format, marks in _MARKS.items():
        if names.issuperset(marks):
            return format
    suffixes = {Path(name).suffix for name in names}
    if suffixes == {".svg"}:
        return "svg"
    kinds = {_kind(str(folder / name)) for name in names} if len(suffixes) == 1 else set()
    return kinds.pop() if len(kinds) == 1 else REPLIES


def _has_masks(file: Path) -> bool:
    """Tell a table of masks from one of replies."""
    import pyarrow.parquet as pq

    with readable("Parquet", file), pq.ParquetFile(file) as opened:
        return {"counts", "height", "width"} <= set(opened.schema_arrow.names)


def _is_coco(path: Path) -> bool:
    """Tell a data set in COCO's form from a reply in a JSON file, by the keys that its beginning names."""
    with path.open("rb") as stream:
        head = stream.read(2**16)
    return head.lstrip()[:1] == b"{" and any(key in head for key in (b'"image_id"', b'"categories"', b'"images"'))
