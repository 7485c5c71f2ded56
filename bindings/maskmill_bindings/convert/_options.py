"""The options of a conversion, checked, and its target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from maskmill import codebooks
from maskmill.errors import ArgumentError, expected

from .. import exports
from ..exports._reading.rules import RULES, Rule
from ..exports._shared.settings import PlaceImages, check_data_set_options, class_names
from ._filters import Filter

if TYPE_CHECKING:
    from maskmill._layout import Dialect
    from maskmill._options import FrameOption

DATA_SET: Final[dict[str, Any]] = {"simplify": 0.0, "split": None, "seed": 0, "place_images": ""}
"""Options that shape the outputs of some formats, and their defaults."""

_LATER: Final = {"boxes": "auto", "frame": "auto", "dialect": "auto", "rule": "native", **DATA_SET}
"""Options that older runs did not have, and the values that stand for what these did."""

_SHARD_VERSION: Final = 1
"""Version of the shards; a run with shards of another version is not resumed."""

REPORT: Final = "report.json"
UNMASKED: Final = "unmasked.jsonl"
"""Suffixes of the files beside an output; see `Target.sidecar_path`."""


class ShardBounds(NamedTuple):
    """Rows and bytes of the input after which a shard is closed."""

    rows: int
    nbytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertOptions:
    """The options of a conversion.

    >>> ConvertOptions(to="coco", filter="area >= 100, status = ok").keep
    (Filter(column='area', sign='>=', values=(100.0,)), Filter(column='status', sign='=', values=('ok',)))

    Attributes
    ----------
    to : str, optional
        Format to write, one of `exports.FORMATS`; None: that of the output's suffix, Parquet for a folder.
    source : str, optional
        What the input holds: ``"replies"``, or a format of masks; None: detected by content.
    size : tuple of int, optional
        (width, height) of images whose size is not known otherwise.
    images : str, optional
        Folder with the images, or a pattern such as ``photos/{key}.jpg``.
    requests : str, optional
        Input of the batch whose output is converted: JSON Lines with each row's key and request.
    fields : mapping of str to str
        Names of the input's fields by role: ``reply``, ``key``, ``image``, ``width``, ``height``.
    threshold : int
        As for `maskmill.decode`.
    axis : {"auto", "xy", "yx"}
        As for `maskmill.decode`.
    fallback : {"none", "box"}
        As for `maskmill.decode`.
    codebook : path, optional
        File that defines mask tokens, as for `maskmill.decode`; None: the one that ``MASKMILL_CODEBOOK`` names, if it
        is set. Runs whose files have equal content are the same conversion.
    max_reply_chars : int
        Characters read of a reply; the rest counts as cut off and is reported. No model writes as many, and some
        garbage takes 150 times its length in memory.
    filter : str
        Conditions that a row must meet, separated by commas; see `parse_filter`.
    classes : tuple of str, optional
        Names of classes in the order of their numbers; rows with another label are left out. None: all labels, sorted.
    polygons : bool
        Write polygons instead of run lengths in formats that hold both.
    shard_rows, shard_bytes : int
        Rows and bytes of the input after which a shard is closed.
    boxes : {"auto", "yx", "xy"}
        As for `maskmill.decode`.
    frame : str or tuple of int
        As for `maskmill.decode`.
    dialect : str
        As for `maskmill.decode`.
    simplify : float
        Pixels by which outlines may move, so that polygons get fewer vertices; 0: none.
    split : float, optional
        Share of the images to train on, above 0 and below 1, in formats of data sets.
    seed : int
        Number that chooses the split.
    place_images : {"", "copy", "link"}
        Whether the images are put beside their labels, in formats of data sets.
    rule : {"native", "exact"}
        How the shapes of other tools' files become pixels, see `maskmill_bindings.exports.read`. Replies are always
        drawn exactly.
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
    boxes: Literal["auto", "yx", "xy"] = "auto"  # options from here on came later than the first pickles
    frame: FrameOption = "auto"
    dialect: Dialect = "auto"
    rule: Rule = "native"
    simplify: float = 0.0
    split: float | None = None
    seed: int = 0
    place_images: PlaceImages = ""

    def __setstate__(self, state: list[Any]) -> None:
        """Restore the options from a pickle; one of an earlier version lacks the last, which get their defaults."""
        names = [field.name for field in fields(self)]
        for name, value in {**_LATER, **dict(zip(names, state, strict=False))}.items():
            object.__setattr__(self, name, value)

    def __post_init__(self) -> None:
        if self.to is not None:
            exports.module_of(self.to)
        for name in ("shard_rows", "shard_bytes", "max_reply_chars"):
            if type(getattr(self, name)) is not int or getattr(self, name) < 1:
                raise expected("a positive integer", getattr(self, name), name)
        if self.classes is not None:
            object.__setattr__(self, "classes", class_names(self.classes))
            if len(set(self.classes)) < len(self.classes):
                raise ArgumentError("classes that differ", "one twice", "classes")
        if self.rule not in RULES:
            raise expected(" or ".join(map(repr, RULES)), self.rule, "rule")
        check_data_set_options(self.simplify, self.split, self.seed, self.place_images)
        if self.place_images and (self.images is None or "{" in self.images):
            raise expected("a folder with the images that are placed", self.images, "images")
        _ = self.keep
        object.__setattr__(self, "codebook", codebooks.codebook_path(self.codebook))
        codebooks.resolve_codebook(self.codebook)

    @property
    def keep(self) -> tuple[Filter, ...]:
        """The conditions of `filter`, and the condition on the label that `classes` implies."""
        from ._filters import parse_filter

        of_classes = () if self.classes is None else (Filter("label", "=", self.classes),)
        return (*parse_filter(self.filter), *of_classes)

    @property
    def bounds(self) -> ShardBounds:
        """Size of the input at which a shard is closed."""
        return ShardBounds(self.shard_rows, self.shard_bytes)

    def describe(self) -> dict[str, Any]:
        """Return all options as JSON-safe values, which are equal for conversions that give the same bytes."""
        data = asdict(self)
        if self.codebook is not None:
            data["codebook"] = sha256(self.codebook.read_bytes()).hexdigest()
        stated = {name: _to_json(value) for name, value in data.items() if (name, value) not in _LATER.items()}
        return {"version": _SHARD_VERSION, **stated}


def _to_json(value: Any) -> Any:
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value


class Target:
    """Where a conversion writes, and in which format.

    >>> target = Target(Path("x.parquet"), None)
    >>> target.format, target.is_file, target.parts_folder.name
    ('parquet', True, 'x.parquet.parts')

    An output with the suffix of its format, or with any suffix where the format is given, is one file. Every other is a
    folder, which holds shards, or the files of a format that consists of many.

    Parameters
    ----------
    output : Path
        File or folder.
    to : str, optional
        The format, as for `ConvertOptions`.

    Attributes
    ----------
    output : Path
        The file or folder to write.
    format : str
        The format, one of `exports.FORMATS`.
    is_file : bool
        Whether the output is one file.
    is_main : bool
        Whether the shards of the conversion are beside it; false for further outputs.

    Raises
    ------
    maskmill.errors.ArgumentError
        The suffix of `output` names no format, or another than `to`.
    """

    def __init__(self, output: Path, to: str | None, is_main: bool = True) -> None:
        if not output.name:
            raise ArgumentError("the name of a file or folder", f"{str(output)!r}", "output")
        self.output, self.is_main = output, is_main
        self.format = to or exports.format_of(output) or "parquet"
        known = exports.FORMATS[self.format]
        other = exports.format_of(output)
        if to is not None and other not in (None, to) and output.suffix not in (*known.suffixes, ".json"):
            raise ArgumentError(f"an output for {to}", f"the suffix of {other}", str(output))
        self.is_file = not known.is_folder and bool(output.suffix) and not output.is_dir()
        if to is None and output.suffix and exports.format_of(output) is None and not output.is_dir():
            raise ArgumentError(
                f"a suffix that names a format ({_suffixes()}), or the option to", f"{output.suffix}", "output"
            )

    @classmethod
    def of_several(cls, outputs: Sequence[str | Path], to: str | None) -> list[Target]:
        """Return the targets of one or more outputs, written as a path, or as ``FORMAT=PATH``.

        >>> [(t.format, t.output.name) for t in Target.of_several(["a.parquet", "yolo=labels"], None)]
        [('parquet', 'a.parquet'), ('yolo', 'labels')]

        Parameters
        ----------
        outputs : sequence of path
            The first has the shards.
        to : str, optional
            The format of a single output.

        Raises
        ------
        maskmill.errors.ArgumentError
            There is none, or `to` is given for several.
        """
        if not outputs:
            raise ArgumentError("an output", "none", "output")
        if to is not None and len(outputs) > 1:
            raise ArgumentError("formats as FORMAT=PATH where there are several outputs", f"{to!r}", "to")
        named = [_split_format(output) for output in outputs]
        return [cls(path, name or to, is_main=i == 0) for i, (name, path) in enumerate(named)]

    def takes(self, option: str, polygons: bool) -> bool:
        """Whether an option of `DATA_SET` changes this output; `polygons` tells whether polygons are asked for."""
        settings = exports.FORMATS[self.format].settings
        return option in settings and (option != "simplify" or "polygons" not in settings or polygons)

    @property
    def module(self) -> Any:
        """The module that writes the format."""
        return exports.module_of(self.format)

    @property
    def has_shard_files(self) -> bool:
        """Whether each shard becomes one file in the output folder."""
        return not self.is_file and not exports.FORMATS[self.format].is_folder

    @property
    def is_joined(self) -> bool:
        """Whether the rows of the shards are joined to the output while later shards are written."""
        return self.is_main and self.is_file and self.format == "parquet"

    parts_name: Final = ".maskmill"

    @property
    def parts_folder(self) -> Path:
        """Folder of the shards while the conversion runs."""
        return self.output.with_name(self.output.name + ".parts") if self.is_file else self.output / self.parts_name

    def sidecar_path(self, name: str) -> Path:
        """Return the path of a file beside the output: ``x.parquet.report.json`` beside ``x.parquet``.

        It is never inside an output folder, where other tools would read it as data.
        """
        return self.output.with_name(f"{self.output.name}.{name}")

    def shard_name(self, number: int) -> str:
        """Return the file name of a shard in the output folder."""
        return f"{number:05}{exports.FORMATS[self.format].file_suffixes[0]}"


def check_options_of_outputs(targets: Sequence[Target], options: ConvertOptions) -> None:
    """Raise where an option changes none of the outputs, or a split cannot be written to one of them.

    Raises
    ------
    maskmill.errors.ArgumentError
        The message names the option, and the formats that have it.
    """
    for option, default in DATA_SET.items():
        if getattr(options, option) == default or any(target.takes(option, options.polygons) for target in targets):
            continue
        able = [name for name, known in exports.FORMATS.items() if option in known.settings]
        hint = " (with --polygons, where a format has it)" if option == "simplify" else ""
        raise ArgumentError(f"an output in {', '.join(able)}{hint}", targets[0].format, option)
    if options.split is not None:
        for target in targets:
            if target.takes("split", options.polygons) and target.is_file:
                raise ArgumentError("a folder for the two files of a split", str(target.output), "output")


def _split_format(output: str | Path) -> tuple[str | None, Path]:
    """Return the format and the path of ``FORMAT=PATH``; any other text is a path."""
    name, sign, path = str(output).partition("=")
    return (name, Path(path)) if sign and path and name in exports.FORMATS else (None, Path(output))


def _suffixes() -> str:
    return ", ".join(suffix for known in exports.FORMATS.values() for suffix in known.suffixes)
