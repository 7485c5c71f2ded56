"""Label Studio's tasks: one JSON array, each image with a prediction that holds a region a mask.

Format, as labelstud.io documents it (*Import pre-annotated data*, tags ``BrushLabels`` and ``PolygonLabels``): a task
has ``data``, whose ``image`` the labeling interface shows, and ``predictions``, each with the regions of one model. The
regions belong to this interface, or to one whose tags have the same names::

    <View>
      <Image name="image" value="$image"/>
      <BrushLabels name="label" toName="image"> <Label value="cat"/> … </BrushLabels>
    </View>

with ``PolygonLabels`` for polygons. Brush masks are exact, see `brush`. Polygons are in percents of the image along the
edges of pixels, with holes joined by keyholes; each is a region, so that a mask of several parts falls apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from .._safe_text import sound
from ..record import Record, as_records
from . import Settings
from ._geometry.foreign_shapes import Rle, Shape, enclosed, from_ranges, masks_of, ranges_of, reading
from ._geometry.keyholes import joined
from ._shared import labelstudio_rle
from ._shared.json_array import read_objects
from ._shared.loss_warnings import Losses

if TYPE_CHECKING:
    from maskmill import Masks

_LABELS: Final = ("brushlabels", "polygonlabels", "labels")


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write tasks to import into Label Studio, one a line of the array.

    >>> import maskmill, tempfile
    >>> masks = maskmill.Masks.from_dense(np.ones((1, 2, 2), bool), labels=["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write(Record("a.jpg", masks), Path(folder, "tasks.json"))
    ...     [task] = orjson.loads(file.read_bytes())
    >>> task["predictions"][0]["result"][0]["value"]["brushlabels"]
    ['cat']

    Parameters
    ----------
    records
        What is written; a row without a pixel is left out.
    path
        The file.
    settings
        With `polygons`, polygons instead of brush masks.

    Returns
    -------
    list[Path]
        The file. ``data`` also holds ``key``, ``width`` and ``height``, for `read`; the ids of regions are digests of
        the key and the row.

    Raises
    ------
    OSError
        The file cannot be written.

    Warns
    -----
    LossWarning
        With polygons: masks have several parts, which become regions of their own.
    """
    settings, losses, file = settings or Settings(), Losses(), Path(path)
    with file.open("wb") as opened:
        before = b"[\n"
        for record in as_records(records):
            opened.write(before + orjson.dumps(_task(record, settings, losses), option=orjson.OPT_SERIALIZE_NUMPY))
            before = b",\n"
        opened.write(b"\n]\n" if before == b",\n" else b"[]\n")
    return [file]


def _task(record: Record, settings: Settings, losses: Losses) -> dict[str, Any]:
    width, height = record.masks.size
    named = {"model_version": sound(record.model)} if record.model else {}
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
        told = {} if np.isnan(score) else {"score": float(score)}
        result.append({"id": _id(record.key, row, part), "type": kind, **common, **told, "value": value})
    data = {"image": sound(record.name), "key": sound(record.key), "width": width, "height": height}
    return {"data": data, "predictions": [{**named, "result": result}]}


_Region = tuple[tuple[int, int], str, float, dict[str, Any]]


def _brushes(masks: Masks, losses: Losses) -> Iterator[_Region]:
    """Row and part, type, score and value of each region."""
    width, height = masks.size
    for number, row in enumerate(masks):
        y, x, pixels = row.crop()
        if pixels.size:
            rle = labelstudio_rle.pack(ranges_of(pixels, x, y, masks.size), width * height)
            yield (
                (number, 0),
                "brushlabels",
                row.score,
                {"format": "rle", "rle": rle, "brushlabels": [sound(row.label)]},
            )


def _polygons(masks: Masks, losses: Losses) -> Iterator[_Region]:
    rows = zip(masks.polygons(), masks.labels, masks.scores, strict=True)
    for row, (parts, label, score) in enumerate(rows):
        if len(parts) > 1:
            losses.tell("Label Studio cannot tell polygons of one mask from masks: each part is a region of its own")
        for number, part in enumerate(parts):
            points = joined(part.outer, part.holes) * 100 / masks.size
            value = {"points": points, "closed": True, "polygonlabels": [sound(label)]}
            yield (row, number), "polygonlabels", score, value


def _id(key: str, row: int, part: int) -> str:
    return blake2b(f"{row}:{part}:{key}".encode("utf-8", "replace"), digest_size=5).hexdigest()


def read(path: str | Path) -> Iterator[Record]:
    """The records of tasks: what `write` wrote, or Label Studio's own export as JSON.

    Of a task with annotations, the newest that is not cancelled is read, else the newest prediction. Its brush masks
    and polygons become rows; other regions, and tasks that tell no size, are left out with a `LossWarning`.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file does not hold what it should.
    OSError
        The file cannot be read.
    """
    file, losses = Path(path), Losses()
    for number, task in enumerate(read_objects(file), 1):
        with reading(f"{file}: task {number}"):
            record = _record(task, losses)
        if record is not None:
            yield Record(*record, source=file.name, line=number)


def _record(task: dict[str, Any], losses: Losses) -> tuple[str, Masks, str] | None:
    data, regions = task["data"], list(_regions(task))
    size = _size(data, regions)
    if size is None:
        losses.tell("tasks that do not tell the size of their image are left out")
        return None
    image = next((value for value in (data.get("image"), *data.values()) if isinstance(value, str)), "")
    key = str(data.get("key", image or task.get("id", "")))
    masks = masks_of([shape for region in regions for shape in _shapes(region, size, losses)], size)
    return key, masks, image


def _regions(task: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The regions; of two with one id, which a tag for shapes and one for labels make, the one with a label."""
    sound_ones = [given for given in task.get("annotations") or () if not given.get("was_cancelled")]
    answers = sound_ones or task.get("predictions") or ()
    newest = sorted(answers, key=lambda given: str(given.get("created_at") or ""))[-1:]
    found: dict[Any, dict[str, Any]] = {}
    for number, region in enumerate(newest[0]["result"] if newest else ()):
        known = found.setdefault(region.get("id", number), region)
        if known is not region and _label(region["value"]):
            found[region.get("id", number)] = region
    yield from (region for region in found.values() if isinstance(region.get("value"), dict))


def _size(data: dict[str, Any], regions: list[dict[str, Any]]) -> tuple[int, int] | None:
    for given, names in [*((r, ("original_width", "original_height")) for r in regions), (data, ("width", "height"))]:
        if all(isinstance(given.get(name), int) for name in names):
            return given[names[0]], given[names[1]]
    return None


def _label(value: dict[str, Any]) -> str:
    return next((str(value[name][0]) for name in _LABELS if value.get(name)), "")


def _shapes(region: dict[str, Any], size: tuple[int, int], losses: Losses) -> Iterator[Shape]:
    value, score = region["value"], region.get("score")
    rle = _rle(value, size)
    if rle is None:
        losses.tell("regions that are neither brush masks nor polygons are left out")
    else:
        yield Shape(_label(value), rle, float("nan") if score is None else float(score))


def _rle(value: dict[str, Any], size: tuple[int, int]) -> Rle | None:
    if "rle" in value:
        return from_ranges(labelstudio_rle.unpack(bytes(value["rle"]), size[0] * size[1]), size)
    if "points" in value:
        return enclosed(np.asarray(value["points"], np.float64) * size / 100, size)
    return None
