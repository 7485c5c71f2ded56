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
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from .._safe_text import replace_surrogates
from ..record import Record, as_records
from ._geometry.foreign_shapes import (
    ForeignShape,
    Rle,
    fill_enclosed,
    from_ranges,
    shapes_to_masks,
    to_ranges,
    translate_annotation_errors,
)
from ._geometry.keyholes import join_holes
from ._shared import labelstudio_rle
from ._shared.json_array import read_objects
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
        With `polygons`, polygons instead of brush masks.

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
    regions = _polygons if settings.polygons else _brushes
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


def _polygons(masks: Masks, losses: LossWarner) -> Iterator[_Region]:
    """Yield one region per part of each mask; see `_brushes`."""
    rows = zip(masks.polygons(), masks.labels, masks.scores, strict=True)
    for row, (parts, label, score) in enumerate(rows):
        if len(parts) > 1:
            losses.warn("Label Studio cannot group the polygons of one mask: each part becomes a separate region")
        for number, part in enumerate(parts):
            points = join_holes(part.outer, part.holes) * 100 / masks.size
            value = {"points": points, "closed": True, "polygonlabels": [replace_surrogates(label)]}
            yield (row, number), "polygonlabels", score, value


def _id(key: str, row: int, part: int) -> str:
    """Return the id of a region."""
    return blake2b(f"{row}:{part}:{key}".encode("utf-8", "replace"), digest_size=5).hexdigest()


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of tasks that `write` wrote, or of Label Studio's JSON export.

    The newest annotation of a task that is not cancelled is read, else its newest prediction. Brush masks and polygons
    become rows; other regions, and tasks without a size, are left out with a `LossWarning`.
    """
    file, losses = Path(path), LossWarner()
    for number, task in enumerate(read_objects(file), 1):
        with translate_annotation_errors(f"{file}: task {number}"):
            record = _record(task, losses)
        if record is not None:
            yield Record(*record, source=file.name, line=number)


def _record(task: dict[str, Any], losses: LossWarner) -> tuple[str, Masks, str] | None:
    """Return key, masks and image of a task; None without a size."""
    data, regions = task["data"], list(_regions(task))
    size = _size(data, regions)
    if size is None:
        losses.warn("tasks without the size of their image are left out")
        return None
    image = next((value for value in (data.get("image"), *data.values()) if isinstance(value, str)), "")
    key = str(data.get("key", image or task.get("id", "")))
    masks = shapes_to_masks([shape for region in regions for shape in _shapes(region, size, losses)], size)
    return key, masks, image


def _regions(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the regions; of two with one id, which separate tags for shape and label write, the labelled one."""
    annotations = [annotation for annotation in task.get("annotations") or () if not annotation.get("was_cancelled")]
    answers = annotations or task.get("predictions") or ()
    newest = sorted(answers, key=lambda answer: str(answer.get("created_at") or ""))[-1:]
    by_id: dict[Any, dict[str, Any]] = {}
    for number, region in enumerate(newest[0]["result"] if newest else ()):
        known = by_id.setdefault(region.get("id", number), region)
        if known is not region and _label(region["value"]):
            by_id[region.get("id", number)] = region
    yield from (region for region in by_id.values() if isinstance(region.get("value"), dict))


def _size(data: dict[str, Any], regions: list[dict[str, Any]]) -> tuple[int, int] | None:
    """Return the (width, height) that the regions or the data name."""
    for values, names in [*((r, ("original_width", "original_height")) for r in regions), (data, ("width", "height"))]:
        if all(isinstance(values.get(name), int) for name in names):
            return values[names[0]], values[names[1]]
    return None


def _label(value: dict[str, Any]) -> str:
    """Return the first label of a region; empty without one."""
    return next((str(value[name][0]) for name in _LABELS if value.get(name)), "")


def _shapes(region: dict[str, Any], size: tuple[int, int], losses: LossWarner) -> Iterator[ForeignShape]:
    """Yield the shape of a region, if it can be read."""
    value, score = region["value"], region.get("score")
    rle = _rle(value, size)
    if rle is None:
        losses.warn("regions that are neither brush masks nor polygons are left out")
    else:
        yield ForeignShape(_label(value), rle, float("nan") if score is None else float(score))


def _rle(value: dict[str, Any], size: tuple[int, int]) -> Rle | None:
    """Return the mask of a brush or a polygon; None for any other value."""
    if "rle" in value:
        return from_ranges(labelstudio_rle.unpack_brush(bytes(value["rle"]), size[0] * size[1]), size)
    if "points" in value:
        return fill_enclosed(np.asarray(value["points"], np.float64) * size / 100, size)
    return None
