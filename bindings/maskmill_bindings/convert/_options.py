"""What a conversion is: its options, checked; and whether two runs are the same conversion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from maskmill import codebooks
from maskmill.errors import expected, told

from .. import exports
from ._filters import Filter

_VERSION: Final = 1
"""Of the shards: one of another version is not continued."""


REPORT: Final = "report.json"
UNMASKED: Final = "unmasked.jsonl"
"""What lies beside an output; see `Target.beside`."""


class Bounds(NamedTuple):
    """Rows and bytes of the input after which a shard is closed."""

    rows: int
    nbytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of a conversion.

    >>> Options(to="coco", filter="area >= 100, status = ok").keep
    (Filter(column='area', sign='>=', values=(100.0,)), Filter(column='status', sign='=', values=('ok',)))

    Attributes
    ----------
    to
        Format to write, one of `exports.FORMATS`; None: as the suffix of the output says, Parquet for a folder.
    source
        What the input is: ``"replies"``, or a format whose masks are read; None: told by its content.
    size
        (width, height) of images whose size nothing else tells.
    images
        Folder with the images, or a pattern such as ``photos/{key}.jpg``.
    requests
        Input of the batch whose output is converted: JSON Lines with each row's key and request.
    fields
        Names of the input's fields by role: ``reply``, ``key``, ``image``, ``width``, ``height``.
    threshold, axis, fallback
        As for `maskmill.decode`.
    codebook
        File that says what mask tokens stand for, as for `maskmill.decode`; None: the one that ``MASKMILL_CODEBOOK``
        names, if it does. Runs with files of equal content are the same conversion.
    max_reply_chars
        Characters of a reply that are read; what follows counts as cut off, and is said. No model writes as many, and
        some garbage takes 150 times its length of memory.
    filter
        Conditions that a row must meet, separated by commas; see `filters`.
    classes
        Names of classes in the order of their numbers; rows with another label are left out. None: all labels, sorted.
    polygons
        Polygons instead of run lengths, in formats that hold both.
    shard_rows, shard_bytes
        Rows and bytes of the input after which a shard is closed.
    """

    to: str | None = None
    source: str | None = None
    size: tuple[int, int] | None = None
    images: str | None = None
    requests: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    threshold: int = 127
    axis: Literal["auto", "xy", "yx"] = "auto"
    fallback: Literal["none", "box"] = "none"
    codebook: Path | None = None
    max_reply_chars: int = 2**20
    filter: str = ""
    classes: tuple[str, ...] | None = None
    polygons: bool = False
    shard_rows: int = 8192
    shard_bytes: int = 64 * 2**20

    def __post_init__(self) -> None:
        if self.to is not None:
            exports.module_of(self.to)
        for name in ("shard_rows", "shard_bytes", "max_reply_chars"):
            if type(getattr(self, name)) is not int or getattr(self, name) < 1:
                raise expected("a positive integer", getattr(self, name), name)
        if self.classes is not None and len(set(self.classes)) < len(self.classes):
            raise told("classes that differ", "one twice", "classes")
        _ = self.keep
        object.__setattr__(self, "codebook", codebooks.path_of(self.codebook))
        codebooks.given(self.codebook)

    @property
    def keep(self) -> tuple[Filter, ...]:
        """The conditions of `filter`, and that of the classes."""
        from ._filters import parse

        named = () if self.classes is None else (Filter("label", "=", self.classes),)
        return (*parse(self.filter), *named)

    @property
    def bounds(self) -> Bounds:
        """When a shard is closed."""
        return Bounds(self.shard_rows, self.shard_bytes)

    def described(self) -> dict[str, Any]:
        """All options as JSON-safe values: equal for conversions that give the same bytes."""
        data = asdict(self)
        if self.codebook is not None:
            data["codebook"] = sha256(self.codebook.read_bytes()).hexdigest()
        return {"version": _VERSION, **{name: _plain(value) for name, value in data.items()}}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


class Target:
    """Where a conversion writes to, and what.

    >>> target = Target(Path("x.parquet"), None)
    >>> target.format, target.is_file, target.parts.name
    ('parquet', True, 'x.parquet.parts')

    An output with the suffix of its format, or with any suffix where the format is named, is one file; every other is a
    folder, which holds shards, or the files of a format that has many.
    """

    def __init__(self, output: Path, to: str | None) -> None:
        if not output.name:
            raise told("the name of a file or folder", f"{str(output)!r}", "output")
        self.output = output
        self.format = to or exports.format_of(output) or "parquet"
        known = exports.FORMATS[self.format]
        other = exports.format_of(output)
        if to is not None and other not in (None, to) and output.suffix not in (*known.suffixes, ".json"):
            raise told(f"an output for {to}", f"the suffix of {other}", str(output))
        self.is_file = not known.is_folder and bool(output.suffix) and not output.is_dir()
        if to is None and output.suffix and exports.format_of(output) is None and not output.is_dir():
            raise told(f"a suffix that names a format ({_suffixes()}), or the option to", f"{output.suffix}", "output")

    @property
    def module(self) -> Any:
        """The module that writes the format."""
        return exports.module_of(self.format)

    @property
    def is_shards(self) -> bool:
        """Whether each shard becomes a file of its own in the output folder."""
        return not self.is_file and not exports.FORMATS[self.format].is_folder

    @property
    def is_joined(self) -> bool:
        """Whether shards are joined to the output as they are."""
        return self.is_file and self.format == "parquet"

    @property
    def parts(self) -> Path:
        """Folder of the shards while the conversion runs."""
        return self.output.with_name(self.output.name + ".parts") if self.is_file else self.output / ".maskmill"

    def beside(self, name: str) -> Path:
        """A file that goes with the output: ``x.parquet.report.json`` beside ``x.parquet``.

        It is never in the folder, where other tools would take it for one of theirs.
        """
        return self.output.with_name(f"{self.output.name}.{name}")

    def shard_name(self, number: int) -> str:
        """File name of a shard in the output folder."""
        return f"{number:05}{(*exports.FORMATS[self.format].suffixes, '.json')[0]}"


def _suffixes() -> str:
    return ", ".join(suffix for known in exports.FORMATS.values() for suffix in known.suffixes)
