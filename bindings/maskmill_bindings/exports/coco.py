"""COCO instances JSON, as pycocotools and the tools after it read it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from maskmill import Masks


def write(masks: Masks, path: str | Path, file_name: str = "") -> list[Path]:
    """Write one image's masks as a COCO file; see `build`.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    file = Path(path)
    file.write_bytes(orjson.dumps(build(masks, file_name)))
    return [file]


def build(masks: Masks, file_name: str = "") -> dict[str, Any]:
    """COCO's dict of one image.

    >>> import maskmill
    >>> coco = build(maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8)))
    >>> coco["annotations"][0]["bbox"], coco["categories"]
    ([1, 0, 3, 3], [{'id': 1, 'name': 'cat', 'supercategory': ''}])

    Parameters
    ----------
    masks
        Rows without a pixel are left out: COCO has no way to say that a mask is missing.
    file_name
        Of the image, as the file is to name it.

    Returns
    -------
    dict[str, Any]
        JSON-safe: one image with id 1; categories from 1 in the order of their names; annotations with RLE,
        ``iscrowd`` 0, the area in pixels, the tight box x, y, width, height, the score where there is one, and
        ``filled`` where the row has no mask and its box stands in.
    """
    rows = masks.to_dict()["rows"]
    names = sorted({row["label"] for row in rows})
    numbers = {name: i for i, name in enumerate(names, 1)}
    seen = [(row, _box(*extent)) for row, extent in zip(rows, masks.extents.tolist(), strict=True) if row["area"]]
    width, height = masks.size
    return {
        "images": [{"id": 1, "file_name": file_name, "width": width, "height": height}],
        "annotations": [_annotation(i, row, numbers[row["label"]], box) for i, (row, box) in enumerate(seen, 1)],
        "categories": [{"id": i, "name": name, "supercategory": ""} for name, i in numbers.items()],
    }


def _annotation(number: int, row: dict[str, Any], category: int, box: list[int]) -> dict[str, Any]:
    annotation = {
        "id": number,
        "image_id": 1,
        "category_id": category,
        "segmentation": row["rle"],
        "area": row["area"],
        "bbox": box,
        "iscrowd": 0,
    }
    if row["score"] is not None:
        annotation["score"] = row["score"]
    if row["filled"]:
        annotation["filled"] = True
    return annotation


def _box(x0: int, y0: int, x1: int, y1: int) -> list[int]:
    return [x0, y0, x1 - x0, y1 - y0]
