"""YOLO's segmentation labels: a text file an image, a line a polygon, coordinates as shares of the image's sides.

Format, as Ultralytics' documentation of its segment data sets and supervision's loader have it: ``data.yaml`` holds
the names of the classes, ``labels/a.txt`` is about ``images/a.jpg``, and a line is a class number and x, y of at least
three points in 0..1. Such tools make pixels of it with `cv2.fillPoly`, which colours the pixels under the outline as
well, so points stand for pixels and not for the corners between them: what is written is the contour through the
outermost pixels of a part, at a quarter of each pixel, ``(x + 0.25) / width``. Ultralytics then cuts ``share * width``
down to x, and supervision rounds it to x: both draw the same mask. Corners of pixels would come out a pixel wider and
higher.

Holes are joined by keyholes. A line is an instance, so the parts of one mask come back as masks of their own.
Ultralytics trains on lines resampled to 1,000 points, which is near the mask but no longer the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import told

from ..record import Record, as_records
from . import Settings, classnames, with_classes
from .contour import contour
from .losses import Losses
from .names import UniqueStems
from .shapes import Shape, masks_of, outlined, reading

if TYPE_CHECKING:
    from maskmill import Masks

IMAGES: Final = "images.jsonl"
"""Name of the file that tells the key, name and size of each image, for `read`; other tools do not look at it."""


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write a folder with ``labels``, ``data.yaml`` and `IMAGES`; the images go into ``images`` beside them.

    >>> import maskmill, tempfile
    >>> masks = maskmill.Masks.from_dense(np.ones((1, 4, 4), bool), labels=["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write([Record("a.jpg", masks)], folder)
    ...     print([file.name for file in files], files[0].read_text(), end="")
    ['a.txt', 'data.yaml', 'images.jsonl'] 0 0.062500 0.062500 0.812500 0.062500 0.812500 0.812500 0.062500 0.812500

    Parameters
    ----------
    records
        What is written. A mask of several parts becomes several lines, a row without a pixel none, and scores are left
        out: each with a `LossWarning`. Where two images have the same name in different folders, the second gets
        another, which `IMAGES` tells, and a `LossWarning`.
    path
        The folder; it is made where it is missing.
    settings
        Its `classes` give the numbers.

    Returns
    -------
    list[Path]
        The files.

    Raises
    ------
    maskmill.errors.ArgumentError
        A label is none of the classes.
    OSError
        A file cannot be written.
    """
    records, settings = with_classes(as_records(records), settings or Settings())
    folder, stem_of, losses = Path(path), UniqueStems(), Losses("YOLO")
    (folder / "labels").mkdir(parents=True, exist_ok=True)
    files = []
    with (folder / IMAGES).open("w", encoding="ascii", newline="\n") as images:
        for record in records:
            stem = stem_of(record)
            if record.name and stem != record.stem:
                losses.tell(f"an image named as another one, or not for every system; {IMAGES} tells the new names")
            files.append(folder / "labels" / f"{stem}.txt")
            files[-1].write_bytes("".join(_lines(record.masks, settings, losses)).encode())
            images.write(json.dumps(_entry(stem, record)) + "\n")
    names = folder / "data.yaml"
    names.write_bytes(classnames.to_yaml(settings.classes or ()).encode())
    return [*files, names, folder / IMAGES]


def _entry(stem: str, record: Record) -> dict[str, Any]:
    width, height = record.masks.size
    return {"stem": stem, "key": record.key, "image": record.image, "width": width, "height": height}


def _lines(masks: Masks, settings: Settings, losses: Losses) -> Iterator[str]:
    seen = losses.seen(masks)
    for label, parts in zip(seen.labels, seen.polygons(), strict=True):
        if len(parts) > 1:
            losses.tell("that parts belong to one mask; each is a line of its own")
        for part in parts:
            shares = ((contour(part) + 0.25) / masks.size).reshape(-1).tolist()
            yield f"{settings.number(label)} {' '.join(f'{share:.6f}' for share in shares)}\n"


def read(path: str | Path) -> Iterator[Record]:
    """The records of a folder with ``data.yaml`` and labels: what `write` wrote, or another data set with its images.

    Where `IMAGES` is missing, every ``.txt`` in a folder called ``labels`` is read, in order of the paths, and the
    sizes come from the images in the folder called ``images`` in the same place. Polygons become pixels as in
    Ultralytics. Boxes are left out with a `LossWarning`.

    Raises
    ------
    maskmill.errors.ArgumentError
        A file does not hold what it should, or an image is not found.
    MissingPackageError
        ``data.yaml`` was written by hand or by other tools, and PyYAML is not installed.
    OSError
        A file cannot be read.
    """
    folder, losses = Path(path), Losses("a record of masks")
    names = classnames.read(folder / "data.yaml")
    found = _listed(folder) if (folder / IMAGES).exists() else _searched(folder)
    for labels, key, image, size in found:
        text = labels.read_text(encoding="utf-8", errors="replace") if labels.exists() else ""
        with reading(str(labels)):
            masks = _masks(text, size, names, losses)
        yield Record(key, masks, image, str(labels))


_Found = tuple[Path, str, str, tuple[int, int]]


def _listed(folder: Path) -> Iterator[_Found]:
    """Labels, key, image and size, as `IMAGES` has them."""
    with (folder / IMAGES).open(encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            try:
                entry = json.loads(line)
                name, size = f"{entry['stem']}.txt", (int(entry["width"]), int(entry["height"]))
                found = str(entry["key"]), str(entry["image"])
            except (ValueError, KeyError, TypeError):
                raise told("stem, key, image, width and height", "another line", f"{IMAGES}:{number}") from None
            if Path(name).name != name or "\0" in name:
                raise told("a name without folders", repr(name), f"{IMAGES}:{number}")
            yield folder / "labels" / name, *found, size


def _searched(folder: Path) -> Iterator[_Found]:
    """The same of a folder that other tools made."""
    import imagesize

    for labels in sorted(folder.rglob("*.txt")):
        *parts, name = labels.relative_to(folder).parts
        if "labels" not in parts:
            continue
        at = len(parts) - 1 - parts[::-1].index("labels")
        images = folder.joinpath(*parts[:at], "images", *parts[at + 1 :])
        image = next((file for file in sorted(images.glob("*")) if file.stem == labels.stem), None)
        if image is None:
            raise told(f"an image for {name}, to tell its size", "none", str(images))
        key = image.relative_to(folder).as_posix()
        yield labels, key, key, imagesize.get(str(image), exif_rotation=True)


def _masks(text: str, size: tuple[int, int], names: dict[int, str], losses: Losses) -> Masks:
    shapes = []
    for number, line in enumerate(text.splitlines(), 1):
        values = line.split()
        if len(values) in (5, 6):
            losses.tell("a box without a polygon; it is left out")
        elif values:
            points = _points(values[1:], f"line {number}")
            which = float(values[0])
            shapes.append(Shape(names.get(int(which), values[0]), outlined([np.floor(points * size)], size)))
    return masks_of(shapes, size)


def _points(values: list[str], at: str) -> NDArray[np.float64]:
    """The shares (V, 2) of a line; a number too many at its end is a score."""
    points = np.array(values[: len(values) // 2 * 2], np.float64).reshape(-1, 2)
    if len(points) < 3 or not ((points >= -0.01) & (points <= 1.01)).all():  # as far out as Ultralytics allows
        raise told("x, y in 0..1 of at least 3 points", f"{' '.join(values[:6])}…", at)
    return points
