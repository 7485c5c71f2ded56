"""Label Studio's tasks: one JSON array, one task per image, whose prediction holds one region per mask.

Format, as labelstud.io documents it (*Import pre-annotated data*, tags ``BrushLabels`` and ``PolygonLabels``): a task
has ``data``, whose ``image`` the labeling interface shows, and ``predictions``, each with the regions of one model. The
regions fit this interface, or one whose tags have the same names::

    <View>
      <Image name="image" value="$image"/>
      <BrushLabels name="label" toName="image"> <Label value="cat"/> … </BrushLabels>
    </View>

with ``PolygonLabels`` for polygons. Brush masks are exact, see `labelstudio_rle`. Polygons run along the edges of
pixels, in percent of the image's sides, with holes joined by keyholes. Each polygon is a region, so the parts of a mask
become separate regions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from .._safe_text import replace_surrogates
from ..record import Record, as_records
from ._geometry.foreign_shapes import (
    to_ranges,
)
from ._geometry.simplified import join_simplified
from ._reading.labelstudio import read_entries
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._shared import labelstudio_rle
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings

if TYPE_CHECKING:
    from maskmill import Masks

_LABELS: Final = ("brushlabels", "polygonlabels", "labels")


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write tasks to import into Label Studio, one per line of the array.

    ``data`` of a task also holds ``key``, ``width`` and ``height``, for `read`. The ids of regions are digests of the
    key and the row.

    >>> import maskmill, tempfile
    >>> masks = maskmill.Masks.from_dense(np.ones((1, 2, 2), bool), labels=["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write(Record("a.jpg", masks), Path(folder, "tasks.json"))
    ...     [task] = orjson.loads(file.read_bytes())
    >>> task["predictions"][0]["result"][0]["value"]["brushlabels"]
    ['cat']

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Rows without a pixel are left out.
    path : str or Path
        File to write.
    settings : Settings, optional
        With `polygons`, polygons instead of brush masks; `simplify` gives them fewer vertices.

    Warns
    -----
    LossWarning
        With `polygons`: masks have several parts, which become separate regions.
    """
    settings, losses, file = settings or Settings(), LossWarner(), Path(path)
    with file.open("wb") as opened:
        before = b"[\n"
        for record in as_records(records):
            opened.write(before + orjson.dumps(_task(record, settings, losses), option=orjson.OPT_SERIALIZE_NUMPY))
            before = b",\n"
        opened.write(b"\n]\n" if before == b",\n" else b"[]\n")
    return [file]


def _task(record: Record, settings: Settings, losses: LossWarner) -> dict[str, Any]:
    """Return the task of one record."""
    width, height = record.masks.size
    named = {"model_version": replace_surrogates(record.model)} if record.model else {}
    regions = partial(_polygons, settings.simplify) if settings.polygons else _brushes
    common = {
        "from_name": "label",
        "to_name": "image",
        "original_width": width,
        "original_height": height,
        "image_rotation": 0,
    }
    result = []
    for (row, part), kind, score, value in regions(record.masks, losses):
        scored = {} if np.isnan(score) else {"score": float(score)}
        result.append({"id": _id(record.key, row, part), "type": kind, **common, **scored, "value": value})
    data = {
        "image": replace_surrogates(record.name),
        "key": replace_surrogates(record.key),
        "width": width,
        "height": height,
    }
    return {"data": data, "predictions": [{**named, "result": result}]}


_Region = tuple[tuple[int, int], str, float, dict[str, Any]]


def _brushes(masks: Masks, losses: LossWarner) -> Iterator[_Region]:
    """Yield (row, part), type, score and value of each region."""
    width, height = masks.size
    for number, row in enumerate(masks):
        y, x, pixels = row.crop()
        if pixels.size:
            rle = labelstudio_rle.pack_brush(to_ranges(pixels, x, y, masks.size), width * height)
            yield (
                (number, 0),
                "brushlabels",
                row.score,
                {"format": "rle", "rle": rle, "brushlabels": [replace_surrogates(row.label)]},
            )


def _polygons(tolerance: float, masks: Masks, losses: LossWarner) -> Iterator[_Region]:
    """Yield one region per part of each mask; see `_brushes`."""
    rows = zip(masks.polygons(), masks.labels, masks.scores, strict=True)
    for row, (parts, label, score) in enumerate(rows):
        if len(parts) > 1:
            losses.warn("Label Studio cannot group the polygons of one mask: each part becomes a separate region")
        for number, part in enumerate(parts):
            points = join_simplified(part, tolerance) * 100 / masks.size
            value = {"points": points, "closed": True, "polygonlabels": [replace_surrogates(label)]}
            yield (row, number), "polygonlabels", score, value


def _id(key: str, row: int, part: int) -> str:
    """Return the id of a region."""
    return blake2b(f"{row}:{part}:{key}".encode("utf-8", "replace"), digest_size=5).hexdigest()


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of tasks that `write` wrote, or of Label Studio's exports JSON and JSON-MIN.

    Brush masks, bitmasks, polygons, rectangles and ellipses become rows; other regions rows with the status
    ``nothing``. Of a task that several people annotated, each annotation is a record with the same key, and the person
    as its `model`. Predictions are read where a task has no annotation. Shapes are filled by pixel centres under both
    rules, since no tool of Label Studio draws them.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    options = ReadOptions(rule, size, images, on_unread)
    return options.deliver(read_entries(Path(path), options))
