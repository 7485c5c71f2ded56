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

from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import excerpt, told

from .._safe_text import Names
from ..record import Record, as_records
from . import Settings, with_classes
from ._geometry.contours import contour
from ._geometry.foreign_shapes import Shape, masks_of, outlined, reading
from ._shared import yolo_class_names
from ._shared.folder_index import INDEX, line_of, records_of
from ._shared.loss_warnings import Losses

if TYPE_CHECKING:
    from maskmill import Masks


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write a folder with ``labels``, ``data.yaml`` and an index for `read`; the images go into ``images`` beside them.

    >>> import maskmill, tempfile
    >>> masks = maskmill.Masks.from_dense(np.ones((1, 4, 4), bool), labels=["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write([Record("a.jpg", masks)], folder)
    ...     print([file.name for file in files], files[0].read_text(), end="")
    ['a.txt', 'data.yaml', 'index.jsonl'] 0 0.062500 0.062500 0.812500 0.062500 0.812500 0.812500 0.062500 0.812500

    Parameters
    ----------
    records
        What is written. A row without a pixel makes no line. Where two images have the same name in different folders,
        the second gets another, which the index tells: the image needs it as well.
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

    Warns
    -----
    LossWarning
        Masks have several parts, which become lines of their own; or scores; or images change their names.
    """
    records, settings = with_classes(as_records(records), settings or Settings())
    folder, names, losses = Path(path), Names(), Losses()
    (folder / "labels").mkdir(parents=True, exist_ok=True)
    files = []
    with (folder / INDEX).open("wb") as index:
        for record in records:
            name = names.of(record.stem)
            if record.name and name != record.stem:
                losses.tell(f"images with the name of another, or one not for every system, get the one in {INDEX}")
            files.append(folder / "labels" / f"{name}.txt")
            files[-1].write_bytes("".join(_lines(record.masks, settings, losses)).encode())
            index.write(line_of(record, name))
    (folder / "data.yaml").write_bytes(yolo_class_names.to_yaml(settings.classes or ()).encode())
    return [*files, folder / "data.yaml", folder / INDEX]


def _lines(masks: Masks, settings: Settings, losses: Losses) -> Iterator[str]:
    losses.tell_scores(masks, "YOLO")
    for label, parts in zip(masks.labels, masks.polygons(), strict=True):
        if len(parts) > 1:
            losses.tell("YOLO cannot tell parts of one mask from masks: each part is a line of its own")
        for part in parts:
            shares = ((contour(part) + 0.25) / masks.size).reshape(-1).tolist()
            yield f"{settings.number(label)} {' '.join(f'{share:.6f}' for share in shares)}\n"


def read(path: str | Path) -> Iterator[Record]:
    """The records of a folder with ``data.yaml`` and labels: what `write` wrote, or another data set with its images.

    Where `INDEX` is missing, every ``.txt`` in a folder called ``labels`` is read, in order of the paths, and the
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
    folder, losses = Path(path), Losses()
    names = yolo_class_names.read(folder / "data.yaml")
    if (folder / INDEX).exists():
        named = partial(_labels_of, folder)
        yield from records_of(folder, lambda entry: _read(named(entry["name"]), tuple(entry["size"]), names, losses))
        return
    for file, image, size in _searched(folder):
        yield Record(image, _read(file, size, names, losses), image, file.relative_to(folder).as_posix())


def _labels_of(folder: Path, name: str) -> Path:
    if Path(name).name != name or "\0" in name:
        raise told("a name without folders", excerpt(name), "name")
    return folder / "labels" / f"{name}.txt"


def _searched(folder: Path) -> Iterator[tuple[Path, str, tuple[int, int]]]:
    """Labels, image and its size, in a folder that other tools made."""
    import imagesize

    stems = cache(_by_stem)
    for labels in sorted(folder.rglob("*.txt")):
        parts = labels.relative_to(folder).parent.parts
        if "labels" in parts:
            at = len(parts) - 1 - parts[::-1].index("labels")
            images = folder.joinpath(*parts[:at], "images", *parts[at + 1 :])
            image = stems(images).get(labels.stem)
            if image is None:
                raise told(f"an image for {labels.name}, to tell its size", "none", str(images))
            yield labels, image.relative_to(folder).as_posix(), imagesize.get(str(image), exif_rotation=True)


def _by_stem(images: Path) -> dict[str, Path]:
    return {file.stem: file for file in sorted(images.glob("*"), reverse=True)}


def _read(file: Path, size: tuple[int, int], names: dict[int, str], losses: Losses) -> Masks:
    with reading(str(file)):
        text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
        return _masks(text, size, names, losses)


def _masks(text: str, size: tuple[int, int], names: dict[int, str], losses: Losses) -> Masks:
    shapes = []
    for number, line in enumerate(text.splitlines(), 1):
        values = line.split()
        if len(values) in (5, 6):
            losses.tell("boxes without a polygon are left out")
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
