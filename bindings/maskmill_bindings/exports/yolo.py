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
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .._safe_text import UniqueNames
from ..record import Record, as_records
from ._geometry.contours import to_contours
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._reading.yolo import read_entries
from ._shared import yolo_class_names
from ._shared.data_set import ImagePlacer, side_of, sides
from ._shared.folder_index import INDEX, to_index_line
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
        Classes, in the order of their numbers from 0. `split`: labels and images are in folders ``train`` and ``val``.
        `place_images`: the images are put into ``images``, under the names of their labels. `simplify`: outlines move
        by no more than so many pixels.

    Warns
    -----
    LossWarning
        Masks have several parts, which become separate lines; or scores; or images change their names.
    """
    records, settings = resolve_classes(as_records(records), settings or Settings())
    folder, names, losses = Path(path), UniqueNames(), LossWarner()
    placer = ImagePlacer(settings, losses)
    for side in sides(settings):
        (folder / "labels" / side).mkdir(parents=True, exist_ok=True)
    files = []
    with (folder / INDEX).open("wb") as index:
        for record in records:
            side, name = side_of(record.key, settings), names.name_for(record.stem)
            if record.name and name != record.stem and not settings.place_images:
                losses.warn(f"images with the name of another, or one not for every system, get the one in {INDEX}")
            files.append(folder / "labels" / side / f"{name}.txt")
            files[-1].write_bytes(b"".join(_lines(record.masks, settings, losses)))
            placer.place(record, folder / "images" / side, name)
            index.write(to_index_line(record, f"{side}/{name}" if side else name))
    placer.warn()
    text = yolo_class_names.class_names_yaml(settings.classes or (), sides(settings))
    (folder / "data.yaml").write_bytes(text.encode())
    return [*files, folder / "data.yaml", folder / INDEX]


def _lines(masks: Masks, settings: Settings, losses: LossWarner) -> Iterator[bytes]:
    """Yield the lines of one image."""
    losses.warn_of_scores(masks, "YOLO")
    across, down = map(_fractions, masks.size)
    for label, parts in zip(masks.labels, masks.polygons(), strict=True):
        if len(parts) > 1:
            losses.warn("YOLO cannot group the parts of one mask: each part becomes a separate line")
        for part in parts:
            ring = to_contours(part, settings.simplify)
            if ring.dtype == np.int32:
                x, y = ring.T
                texts = np.stack([across[x], down[y]], 1).tobytes()
            else:  # bridges to holes of simplified outlines end between pixels
                shares = ((ring + 0.25) / masks.size).ravel().tolist()
                texts = "".join(f"{share:.6f} " for share in shares).encode()
            yield b"%d %b\n" % (settings.number(label), texts[:-1])


@lru_cache(maxsize=64)
def _fractions(side: int) -> NDArray[np.uint8]:
    """Return the text of each pixel along a side, as a fraction with six decimals and a space: (side, 9).

    A contour takes its coordinates from this table, whose texts are formatted once per size. Formatting each vertex
    took two thirds of the time of writing.
    """
    texts = "".join(f"{(pixel + 0.25) / side:.6f} " for pixel in range(side))
    return np.frombuffer(texts.encode(), np.uint8).reshape(side, -1)


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a folder that `write` wrote, or of another YOLO data set with its images.

    It reads ``labels`` beside ``images``, also below ``train``, ``valid`` and so on, and label files beside their
    images; `path` may also be the YAML file. Names come from ``data.yaml``, another YAML file, or ``classes.txt``.
    Images without labels are records without rows. `native` fills polygons as Ultralytics does. A box is a row with the
    status ``nothing``, a line that cannot be read one with ``garbage``. Sizes are those of the images.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    options = ReadOptions(rule, size, images, on_unread)
    return options.deliver(read_entries(Path(path), options))
