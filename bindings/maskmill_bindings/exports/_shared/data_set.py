"""What data sets to train on need: a split by key, and the images beside the labels."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Final

from ...record import Record
from .image_files import find_image
from .loss_warnings import LossWarner
from .settings import Settings

TRAIN: Final = "train"
VALIDATION: Final = "val"


def side_of(key: str, settings: Settings) -> str:
    """Return the side of a split to which a key belongs; empty where there is no split.

    >>> found = [side_of(f"{number}.jpg", Settings(split=0.75)) for number in range(100)]
    >>> found.count("train"), side_of("1.jpg", Settings())
    (71, '')

    The side depends on the key and the seed alone, so that it is the same in every run, order and format.
    """
    if settings.split is None:
        return ""
    digest = blake2b(f"{settings.seed}:{key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return TRAIN if int.from_bytes(digest) < settings.split * 2**64 else VALIDATION


def sides(settings: Settings) -> tuple[str, ...]:
    """Return the sides of the split; one without a name where there is none."""
    return ("",) if settings.split is None else (TRAIN, VALIDATION)


class ImagePlacer:
    """Copies or links images to the places where a data set has them; says at the end which were not found."""

    def __init__(self, settings: Settings, losses: LossWarner) -> None:
        self._settings, self._losses = settings, losses
        place: dict[str, Callable[[Path, Path], object]] = {"copy": shutil.copyfile, "link": _link}
        self._place = place.get(settings.place_images)
        self._missing: list[str] = []

    def place(self, record: Record, folder: Path, name: str) -> Path | None:
        """Put the image of a record into a folder, under a name without suffix; return its path there.

        Parameters
        ----------
        record : Record
            The record.
        folder : Path
            Where the image belongs.
        name : str
            Its name without suffix.
        """
        if self._place is None:
            return None
        image = find_image(record, self._settings.images)
        if image is None:
            self._missing.append(record.name)
            return None
        place = folder / f"{name}{image.suffix}"
        if not os.path.lexists(place):  # two records may be about one image
            folder.mkdir(parents=True, exist_ok=True)
            self._place(image, place)
        return place

    def warn(self) -> None:
        """Warn of the images that were not found."""
        if self._missing:
            count = f"{len(self._missing)} image" + "s" * (len(self._missing) > 1)
            self._losses.warn(f"{count} not found in {self._settings.images}, such as {self._missing[0]}")


def _link(image: Path, place: Path) -> None:
    """Make a symbolic link to an image, whose path is absolute, so that the data set can be moved."""
    os.symlink(image.resolve(), place)
