"""Settings of the export formats: class numbers, polygons, first ids, and the folder with the images."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from maskmill.errors import expected

from ...record import Record

PlaceImages = Literal["", "copy", "link"]
"""What happens to the images of a data set."""


_LATER: Final[dict[str, Any]] = {"simplify": 0.0, "split": None, "seed": 0, "place_images": ""}
"""Settings that came later than the first pickles, and the values that stand for what these did."""


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
    simplify : float
        Pixels by which outlines of polygons may move so that they get fewer vertices; 0: none.
    split : float or None
        Share of the images to train on, between 0 and 1; the others are for validation. None: no split.
    seed : int
        Number that chooses the split.
    place_images : str
        ``"copy"`` or ``"link"``: put the images beside their labels. Empty: leave them where they are.
    """

    classes: tuple[str, ...] | None = None
    polygons: bool = False
    first_image: int = 1
    first_mask: int = 1
    images: Path | None = None
    simplify: float = 0.0
    split: float | None = None
    seed: int = 0
    place_images: PlaceImages = ""
    _numbers: dict[str, int] = field(init=False, default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.classes is not None:
            object.__setattr__(self, "classes", class_names(self.classes))
        check_data_set_options(self.simplify, self.split, self.seed, self.place_images)
        if self.place_images and self.images is None:
            raise expected("a folder with the images that are placed", None, "images")
        self._numbers.update({name: i for i, name in enumerate(self.classes or ())})

    def __setstate__(self, state: list[Any]) -> None:
        """Restore the settings from a pickle; one of an earlier version lacks the last, which get their defaults."""
        known = (
            [field for field in fields(self) if field.name not in _LATER] if len(state) < len(fields(self)) else None
        )
        names = [field.name for field in known or fields(self)]
        for name, value in {**_LATER, **dict(zip(names, state, strict=True))}.items():
            object.__setattr__(self, name, value)

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


def check_data_set_options(simplify: Any, split: Any, seed: Any, place_images: Any) -> None:
    """Raise for values that the settings of these names cannot have.

    Parameters
    ----------
    simplify, split, seed, place_images : object
        See `Settings`.

    Raises
    ------
    maskmill.errors.ArgumentError
        The message names the setting.
    """
    if not _is_number(simplify) or not 0 <= simplify < math.inf:
        raise expected("a number of pixels, 0 or more", simplify, "simplify")
    if split is not None and (not _is_number(split) or not 0 < split < 1):
        raise expected("a share above 0 and below 1", split, "split")
    if type(seed) is not int:
        raise expected("a whole number", seed, "seed")
    if place_images not in get_args(PlaceImages):
        raise expected("'copy', 'link' or ''", place_images, "place_images")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


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
