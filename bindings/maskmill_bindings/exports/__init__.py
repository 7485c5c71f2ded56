"""Masks as files: one module a format, all with the same two verbs.

``write(records, path, settings)`` takes an iterable of `Record` (or one, or the `Masks` of one image), writes them as a
stream, in order, deterministically, and returns the files. ``read(path)`` gives the records of a file or folder back,
one at a time, where the format holds masks. What a format cannot hold is left out with a `LossWarning`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from maskmill.errors import expected

from ..record import Record


class LossWarning(UserWarning):
    """A format cannot hold something, which was left out or changed; said once for each kind of loss in a `write`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a format may need to know beside the records.

    >>> Settings(classes=("cat", "dog")).number("dog")
    1

    Attributes
    ----------
    classes
        Names of the classes in the order of their numbers, which start at 0; None: the sorted labels of the records,
        which then have to be a list, since they are read twice.
    polygons
        COCO: polygons, with holes joined by keyholes, instead of run lengths.
    first_image, first_mask
        COCO: numbers of the first image and annotation, so that shards of one data set do not collide.
    images
        Folder with the images, for formats that use their pixels or their georeference.
    """

    classes: tuple[str, ...] | None = None
    polygons: bool = False
    first_image: int = 1
    first_mask: int = 1
    images: Path | None = None
    _numbers: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        self._numbers.update({name: i for i, name in enumerate(self.classes or ())})

    def number(self, label: str) -> int:
        """The number of a label's class, from 0.

        Raises
        ------
        maskmill.errors.ArgumentError
            The label is none of the classes.
        """
        if label not in self._numbers:
            raise expected("a label among the classes", label, "classes")
        return self._numbers[label]


def labels_of(records: Iterable[Record]) -> tuple[str, ...]:
    """The labels of all masks with a pixel, sorted: the classes where nobody gives any."""
    return tuple(sorted({label for r in records for label in r.masks.labels[r.masks.areas > 0].tolist()}))


def with_classes(records: Iterable[Record], settings: Settings) -> tuple[Iterable[Record], Settings]:
    """The records and settings with classes, for formats that number them; a list of records may be read twice."""
    from dataclasses import replace

    if settings.classes is not None:
        return records, settings
    kept: Sequence[Record] = records if isinstance(records, Sequence) else list(records)
    return kept, replace(settings, classes=labels_of(kept), _numbers={})


class Format(NamedTuple):
    """One target.

    Attributes
    ----------
    module
        Its module, which has `write`, and `read` where the format holds masks.
    suffixes
        Of its files; the first is that of its shards.
    is_folder
        Whether it is a folder of files rather than one file.
    """

    module: str
    suffixes: tuple[str, ...]
    is_folder: bool = False


FORMATS: Final[dict[str, Format]] = {
    "parquet": Format("parquet", (".parquet",)),
    "arrow": Format("arrow", (".arrow", ".feather")),
    "coco": Format("coco", (".json",)),
    "coco-results": Format("coco_results", ()),
    "coco-panoptic": Format("panoptic", (), is_folder=True),
    "yolo": Format("yolo", (), is_folder=True),
    "labelstudio": Format("labelstudio", ()),
    "cvat": Format("cvat", (".xml",)),
    "labelme": Format("labelme", (), is_folder=True),
    "png": Format("png", (), is_folder=True),
    "png-maps": Format("maps", (), is_folder=True),
    "geojson": Format("geojson", (".geojson",)),
    "svg": Format("svg", (), is_folder=True),
    "webdataset": Format("webdataset", (".tar",)),
    "npz": Format("npz", (".npz",)),
}
"""Every format by its name on the command line."""


def module_of(name: str) -> Any:
    """The module of a format.

    >>> module_of("coco").__name__
    'maskmill_bindings.exports.coco'

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no such format.
    """
    if name not in FORMATS:
        raise expected(f"one of {', '.join(FORMATS)}", name, "to")
    return import_module(f".{FORMATS[name].module}", __name__)


def format_of(path: Path) -> str | None:
    """The name of the format that a file's suffix stands for; None for any other.

    >>> format_of(Path("masks.parquet"))
    'parquet'
    """
    return next((name for name, known in FORMATS.items() if path.suffix.lower() in known.suffixes), None)


def read(path: Path, name: str | None = None) -> Iterator[Record]:
    """The records of a file or folder in the format `name`, or that of its suffix."""
    records: Iterator[Record] = module_of(name or format_of(path) or "").read(path)
    return records
