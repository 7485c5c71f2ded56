"""Settings of the export formats: class numbers, polygons, first ids, and the folder with the images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from maskmill.errors import expected

from ...record import Record


@dataclass(frozen=True, slots=True)
class Settings:
    """What a format may need to know beside the records. `Format.settings` names the settings that a format uses.

    >>> Settings(classes=("cat", "dog")).number("dog")
    1

    Attributes
    ----------
    classes : tuple[str, ...] or None
        Names of the classes, in the order of their numbers from 0. None: the sorted labels of the records; `write`
        then reads them twice, and keeps an iterator of records in memory as a list.
    polygons : bool
        Write polygons, with holes joined by keyholes, instead of run lengths.
    first_image, first_mask : int
        COCO's ids of the first image and annotation, so that the shards of one data set do not collide.
    images : Path or None
        Folder with the images, for formats that use their pixels or their georeference.
    """

    classes: tuple[str, ...] | None = None
    polygons: bool = False
    first_image: int = 1
    first_mask: int = 1
    images: Path | None = None
    _numbers: dict[str, int] = field(init=False, default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.classes is not None:
            object.__setattr__(self, "classes", class_names(self.classes))
        self._numbers.update({name: i for i, name in enumerate(self.classes or ())})

    def number(self, label: str) -> int:
        """Return the number of a label's class, from 0.

        Raises
        ------
        maskmill.errors.ArgumentError
            The label is none of the classes.
        """
        if label not in self._numbers:
            raise expected("a label among the classes", label, "classes")
        return self._numbers[label]


Settings.__module__ = "maskmill_bindings.exports"  # its public place, which pickles name


def class_names(classes: Iterable[str]) -> tuple[str, ...]:
    """Return the names of classes, in the order of their numbers from 0, checked.

    >>> class_names(["cat", "dog"])
    ('cat', 'dog')

    Raises
    ------
    maskmill.errors.ArgumentError
        `classes` is one text, or does not hold texts.
    """
    if isinstance(classes, (str, bytes)) or not isinstance(classes, Iterable):
        raise expected("names of classes in order", classes, "classes")
    names = tuple(classes)
    for name in names:
        if not isinstance(name, str):
            raise expected("names of classes in order", name, "classes")
    return names


def labels_of(records: Iterable[Record]) -> tuple[str, ...]:
    """Return the sorted labels of all masks with a pixel: the classes where the settings name none."""
    return tuple(sorted({label for r in records for label in r.masks.labels[r.masks.areas > 0].tolist()}))


def resolve_classes(records: Iterable[Record], settings: Settings) -> tuple[Iterable[Record], Settings]:
    """Return the records, and settings that name the classes; records are read for them if the settings name none."""
    if settings.classes is not None:
        return records, settings
    kept: Sequence[Record] = records if isinstance(records, Sequence) else list(records)
    return kept, replace(settings, classes=labels_of(kept))
