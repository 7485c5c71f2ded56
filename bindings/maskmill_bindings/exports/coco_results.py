"""COCO results: the list of masks with scores that pycocotools' ``loadRes`` evaluates against a ground truth.

https://cocodataset.org/#format-results

It holds only the ids of images and categories, which have to be those of the ground truth: pass its classes in order,
and the records in the order of its images. There is no ``bbox``: pycocotools would take the area of masks from it, and
computes it where needed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..record import Record, as_records
from ._reading.coco.results import read_entries
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._shared.coco_writing import Entry, JsonList
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings, resolve_classes

if TYPE_CHECKING:
    from maskmill import Masks


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write the masks of all images as one JSON list.

    >>> import maskmill, tempfile
    >>> reply = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat", "score": 0.5}]'
    >>> masks = maskmill.decode(reply, size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write(masks, f"{folder}/results.json", Settings(classes=("cat",)))
    ...     print(file.read_text())
    [{"image_id":1,"category_id":1,"segmentation":{"size":[8,8],"counts":"8171O1o0"},"score":0.5}]
    <BLANKLINE>

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Rows without a pixel are left out.
    path : str or Path
        File to write.
    settings : Settings, optional
        Classes, which are categories from 1, and the id of the first image.

    Warns
    -----
    LossWarning
        A mask has no score; its score becomes 1.
    """
    file, losses = Path(path), LossWarner()
    entries, chosen = resolve_classes(as_records(records), settings or Settings())
    with file.open("wb") as out:
        out.write(b"[")
        results = JsonList(out)
        for number, record in enumerate(entries, chosen.first_image):
            for result in _results(record.masks, chosen, losses):
                results.append({"image_id": number, **result})
        out.write(b"]\n")
    return [file]


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a results file, one per image that has results; ids serve as keys and labels.

    The size of an image is that of its run lengths; images with polygons alone need `size` or `images`. `native` draws
    polygons as pycocotools does. A result without a segmentation is a row with the status ``nothing``.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    options = ReadOptions(rule, size, images, on_unread)
    return options.deliver(read_entries(Path(path), options))


def _results(masks: Masks, settings: Settings, losses: LossWarner) -> Iterator[Entry]:
    """Yield the results of one image, without its id."""
    columns = zip(masks.areas.tolist(), masks.labels.tolist(), masks.coco(), masks.scores.tolist(), strict=True)
    for area, label, rle, score in columns:
        if area:
            if not math.isfinite(score):
                losses.warn("COCO results need scores: masks without one get 1.0")
            yield {
                "category_id": settings.number(label) + 1,
                "segmentation": {**rle, "counts": rle["counts"].decode()},
                "score": score if math.isfinite(score) else 1.0,
            }
