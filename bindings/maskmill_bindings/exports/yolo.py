"""YOLO's segmentation labels: one text file per image, one line per polygon, coordinates from 0 to 1.

Format, by Ultralytics' documentation of its segment data sets and supervision's loader: ``data.yaml`` holds the names
of the classes, ``labels/a.txt`` belongs to ``images/a.jpg``, and a line is a class number and x, y of at least three
points, as fractions of the image's sides. Such tools fill it with `cv2.fillPoly`, which colours the pixels under the
outline as well, so points stand for pixels and not for the corners between them. `write` writes the contour through the
outermost pixels of a part, at a quarter of each pixel, ``(x + 0.25) / width``. Ultralytics truncates
``fraction * width`` to x, and supervision rounds it to x: both draw the same mask. Corners of pixels would give a mask
one pixel wider and higher.

Holes are joined by keyholes. A line is an instance, so the parts of one mask are read back as separate masks.
Ultralytics trains on lines resampled to 1,000 points, which is close to the mask but not exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError, excerpt

from .._safe_text import UniqueNames
from ..record import Record, as_records
from ._geometry.contours import to_contour
from ._geometry.foreign_shapes import ForeignShape, fill_outlined, shapes_to_masks, translate_annotation_errors
from ._shared import yolo_class_names
from ._shared.folder_index import INDEX, read_folder_records, to_index_line
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings, resolve_classes

if TYPE_CHECKING:
    from maskmill import Masks


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write a folder with ``labels``, ``data.yaml`` and an index for `read`; the images belong into ``images`` there.

    >>> import maskmill, tempfile
    >>> masks = maskmill.Masks.from_dense(np.ones((1, 4, 4), bool), labels=["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write([Record("a.jpg", masks)], folder)
    ...     print([file.name for file in files], files[0].read_text(), end="")
    ['a.txt', 'data.yaml', 'index.jsonl'] 0 0.062500 0.062500 0.812500 0.062500 0.812500 0.812500 0.062500 0.812500

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Rows without a pixel are left out. If two images have the same name in different folders, the second gets
        another name, which the index holds: rename its image too.
    path : str or Path
        Folder to write.
    settings : Settings, optional
        Classes, in the order of their numbers from 0.

    Warns
    -----
    LossWarning
        Masks have several parts, which become separate lines; or scores; or images change their names.
    """
    records, settings = resolve_classes(as_records(records), settings or Settings())
    folder, names, losses = Path(path), UniqueNames(), LossWarner()
    (folder / "labels").mkdir(parents=True, exist_ok=True)
    files = []
    with (folder / INDEX).open("wb") as index:
        for record in records:
            name = names.name_for(record.stem)
            if record.name and name != record.stem:
                losses.warn(f"images with the name of another, or one not for every system, get the one in {INDEX}")
            files.append(folder / "labels" / f"{name}.txt")
            files[-1].write_bytes("".join(_lines(record.masks, settings, losses)).encode())
            index.write(to_index_line(record, name))
    (folder / "data.yaml").write_bytes(yolo_class_names.class_names_yaml(settings.classes or ()).encode())
    return [*files, folder / "data.yaml", folder / INDEX]


def _lines(masks: Masks, settings: Settings, losses: LossWarner) -> Iterator[str]:
    """Yield the lines of one image."""
    losses.warn_of_scores(masks, "YOLO")
    for label, parts in zip(masks.labels, masks.polygons(), strict=True):
        if len(parts) > 1:
            losses.warn("YOLO cannot group the parts of one mask: each part becomes a separate line")
        for part in parts:
            fractions = ((to_contour(part) + 0.25) / masks.size).reshape(-1).tolist()
            yield f"{settings.number(label)} {' '.join(f'{fraction:.6f}' for fraction in fractions)}\n"


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of a folder that `write` wrote, or of another YOLO data set with its images.

    Without the index that `write` writes, every ``.txt`` in a folder called ``labels`` is read, in the order of the
    paths, and the sizes are those of the images in the folder called ``images`` beside it. Polygons are filled as
    Ultralytics fills them. Boxes are left out with a `LossWarning`.

    Raises
    ------
    maskmill.errors.ArgumentError
        A file does not hold what it should, or an image is missing.
    maskmill.errors.MissingPackageError
        ``data.yaml`` was written by hand or by other tools, and PyYAML is not installed.
    """
    folder, losses = Path(path), LossWarner()
    names = yolo_class_names.read_class_names(folder / "data.yaml")
    if (folder / INDEX).exists():

        def read_masks(entry: dict[str, Any]) -> Masks:
            """Return the masks of an index line."""
            return _read_file(_label_file(folder, entry["name"]), tuple(entry["size"]), names, losses)

        yield from read_folder_records(folder, read_masks)
        return
    for file, image, size in _find_labels(folder):
        yield Record(image, _read_file(file, size, names, losses), image, file.relative_to(folder).as_posix())


def _label_file(folder: Path, name: str) -> Path:
    """Return the label file that an index line names."""
    if Path(name).name != name or "\0" in name:
        raise ArgumentError("a name without folders", excerpt(name), "name")
    return folder / "labels" / f"{name}.txt"


def _find_labels(folder: Path) -> Iterator[tuple[Path, str, tuple[int, int]]]:
    """Yield label file, image name and image size in a folder of another tool."""
    import imagesize

    stems = cache(_by_stem)
    for labels in sorted(folder.rglob("*.txt")):
        parts = labels.relative_to(folder).parent.parts
        if "labels" in parts:
            at = len(parts) - 1 - parts[::-1].index("labels")
            images = folder.joinpath(*parts[:at], "images", *parts[at + 1 :])
            image = stems(images).get(labels.stem)
            if image is None:
                raise ArgumentError(f"an image for {labels.name}, to read its size", "none", str(images))
            yield labels, image.relative_to(folder).as_posix(), imagesize.get(str(image), exif_rotation=True)


def _by_stem(images: Path) -> dict[str, Path]:
    """Return the files of a folder by their names without suffix; the first of equal ones."""
    return {file.stem: file for file in sorted(images.glob("*"), reverse=True)}


def _read_file(file: Path, size: tuple[int, int], names: dict[int, str], losses: LossWarner) -> Masks:
    """Return the masks of a label file; none if it does not exist."""
    with translate_annotation_errors(str(file)):
        text = file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
        return _masks(text, size, names, losses)


def _masks(text: str, size: tuple[int, int], names: dict[int, str], losses: LossWarner) -> Masks:
    """Return the masks of the lines of a label file."""
    shapes = []
    for number, line in enumerate(text.splitlines(), 1):
        values = line.split()
        if len(values) in (5, 6):
            losses.warn("boxes without a polygon are left out")
        elif values:
            points = _points(values[1:], f"line {number}")
            which = float(values[0])
            shapes.append(
                ForeignShape(names.get(int(which), values[0]), fill_outlined([np.floor(points * size)], size))
            )
    return shapes_to_masks(shapes, size)


def _points(values: list[str], at: str) -> NDArray[np.float64]:
    """Return the fractions (V, 2) of a line; an odd number at its end is a score."""
    points = np.array(values[: len(values) // 2 * 2], np.float64).reshape(-1, 2)
    if len(points) < 3 or not ((points >= -0.01) & (points <= 1.01)).all():  # as far out as Ultralytics allows
        raise ArgumentError("x, y in 0..1 of at least 3 points", f"{' '.join(values[:6])}…", at)
    return points
