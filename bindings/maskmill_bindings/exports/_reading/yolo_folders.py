"""Find the label files of a YOLO data set and their images, in the layouts that tools use.

``images/…/a.jpg`` with ``labels/…/a.txt`` (Ultralytics), ``train/images/a.jpg`` with ``train/labels/a.txt`` (Roboflow),
or ``a.txt`` beside ``a.jpg`` (Darknet, LabelImg).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from maskmill.errors import ArgumentError

IMAGES: Final = "images"
LABELS: Final = "labels"

_IMAGE_SUFFIXES: Final = frozenset(
    (
        ".jpg",
        ".jpeg",
        ".png",
        ".bmp",
        ".webp",
        ".tif",
        ".tiff",
        ".gif",
        ".heic",
        ".avif",
        ".jp2",
        ".pfm",
        ".dng",
        ".mpo",
    )
)


class LabelFile(NamedTuple):
    """The labels of one image; either may be missing."""

    labels: Path | None
    image: Path | None


def find_label_files(folder: Path) -> list[LabelFile]:
    """Return the label files of a folder with their images, and the images without labels, in the order of the paths.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is neither a label file nor an image that could have one.
    """
    texts, images = _files(folder)
    in_labels = any(LABELS in stem.parts[:-1] for stem in texts)
    found: dict[Path, LabelFile] = {}
    for stem, image in images.items():
        place = _labels_of(stem) if in_labels else stem
        if place is not None:
            found[place] = LabelFile(None, image)
    for stem, text in texts.items():
        if in_labels and LABELS not in stem.parts[:-1]:
            continue
        known = found.get(stem)
        if in_labels or known:
            found[stem] = LabelFile(text, known.image if known else None)
    if not any(file.labels for file in found.values()) and not (folder / LABELS).is_dir():
        raise ArgumentError("a folder with label files beside images, or in a folder `labels`", "none", str(folder))
    return [found[stem] for stem in sorted(found)]


def _files(folder: Path) -> tuple[dict[Path, Path], dict[Path, Path]]:
    """Return the text files and the images of a folder by their paths in it without suffix."""
    texts: dict[Path, Path] = {}
    images: dict[Path, Path] = {}
    for file in _walk(folder):
        stem = file.relative_to(folder).with_suffix("")
        suffix = file.suffix.lower()
        if suffix == ".txt":
            texts[stem] = file
        elif suffix in _IMAGE_SUFFIXES:
            images.setdefault(stem, file)
    return texts, images


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder and of those in it, without hidden ones, in order."""
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry)
        elif entry.is_file():
            yield entry


def _labels_of(stem: Path) -> Path | None:
    """Return where the labels of an image are: its last folder ``images`` is called ``labels``; None without one."""
    folders = stem.parts[:-1]
    if IMAGES not in folders:
        return None
    at = len(folders) - 1 - folders[::-1].index(IMAGES)
    return Path(*folders[:at], LABELS, *folders[at + 1 :], stem.name)
