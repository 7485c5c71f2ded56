"""Convert masks to `supervision.Detections` and back, without dense masks.

`CompactMask` holds the run lengths of a crop, in COCO's order, and the crop's position: what `maskmill.masks.Patch`
holds. Source: ``supervision/detection/compact_mask.py``, version 0.31.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from maskmill import Problem
from maskmill.errors import expected

from ._optional import class_numbers, import_optional

if TYPE_CHECKING:
    import supervision as sv

    from maskmill import Masks
    from maskmill.masks import Patch


def to_detections(
    masks: Masks, classes: Sequence[str] | None = None, boxes: Literal["tight", "reply"] = "tight"
) -> sv.Detections:
    """Return the masks of one image as `supervision.Detections`.

    >>> import maskmill
    >>> reply = [{"label": "no mask"}, {"mask": [[0, 0], [500, 0], [500, 500], [0, 500]], "label": "cat"}]
    >>> detections = to_detections(maskmill.decode(reply, size=(8, 8)))
    >>> detections.xyxy.tolist(), detections["class_name"].tolist(), detections["row"].tolist()
    ([[0.0, 0.0, 4.0, 4.0]], ['cat'], [1])

    Parameters
    ----------
    masks : Masks
        Rows without a pixel are left out; ``data["row"]`` holds the numbers of the others.
    classes : sequence of str, optional
        Names of the classes in the order of their numbers; by default the sorted labels of these masks.
    boxes : {"tight", "reply"}
        ``"tight"``: the smallest rectangle around each mask. ``"reply"``: the model's box if there is one; it may
        reach outside the image, and the mask outside the box.

    Returns
    -------
    supervision.Detections
        N rows with a pixel: `xyxy` (N, 4) float64 in pixels, ends exclusive; `mask` a `CompactMask` of tight crops;
        `class_id` (N,) int64; `confidence` (N,) float32, or None if any row has no score, as supervision's readers set
        it; `data` with ``class_name``, ``row`` (number in `masks`), ``score`` (NaN for none) and ``status``.

    Raises
    ------
    maskmill.errors.ArgumentError
        A label is none of the classes.
    maskmill.errors.MissingPackageError
        supervision is not installed.
    """
    package = import_optional("supervision", "supervision")
    if boxes not in ("tight", "reply"):
        raise expected("'tight' or 'reply'", boxes, "boxes")
    rows = np.flatnonzero(masks.areas)
    drawn = masks[rows]
    scores = drawn.scores.copy()
    detections: sv.Detections = package.Detections(
        xyxy=_to_xyxy(drawn, boxes),
        mask=_to_compact_mask(drawn, package.CompactMask),
        confidence=None if np.isnan(scores).any() else scores.copy(),
        class_id=class_numbers(drawn, classes),
        data={"class_name": drawn.labels.astype(str), "row": rows, "score": scores, "status": drawn.status},
    )
    return detections


def from_detections(
    detections: sv.Detections, size: tuple[int, int] | None = None, names: Sequence[str] | None = None
) -> Masks:
    """Return detections of one image, with a `CompactMask`, with dense masks or with boxes only, as `Masks`.

    >>> import numpy as np, supervision as sv
    >>> detections = sv.Detections(np.array([[0, 0, 2, 1]]), mask=np.array([[[1, 1, 0], [0, 0, 0]]], bool))
    >>> from_detections(detections)
    <Masks: 1 rows of 3x2, 1 ok>

    Parameters
    ----------
    detections : supervision.Detections
        Labels are its ``data["class_name"]``, else the names of the classes, else their numbers.
    size : tuple[int, int], optional
        (width, height) of the image; needed only for detections without masks.
    names : sequence of str, optional
        Names of the classes, in the order of their numbers.

    Returns
    -------
    Masks
        One row per detection: its `xyxy` are `boxes`, its `confidence` are `scores`. Without masks, the status of the
        rows is ``nothing``.

    Raises
    ------
    maskmill.errors.ArgumentError
        The size is missing, or is not that of the masks.
    """
    from maskmill import Masks

    mask_size = _size(detections.mask)
    if (mask_size or size) is None or (mask_size and size and mask_size != tuple(size)):
        wanted = "the size of the masks" if mask_size else "(width, height) where there are no masks"
        raise expected(wanted, size, "size")
    columns: dict[str, Any] = {
        "labels": _labels(detections, names),
        "scores": detections.confidence,
        "boxes": detections.xyxy,
    }
    if detections.mask is None:
        columns |= _columns_without_masks(len(detections))
    return Masks.from_patches(_patches(detections), cast("tuple[int, int]", mask_size or size), **columns)


def _to_xyxy(masks: Masks, boxes: str) -> NDArray[np.float64]:
    """Return the boxes (N, 4) that `to_detections` was asked for."""
    tight = masks.extents.astype(np.float64)
    return tight if boxes == "tight" else np.where(np.isnan(masks.boxes), tight, masks.boxes)


def _to_compact_mask(masks: Masks, kind: Any) -> Any:
    """Return the masks as a `CompactMask` class `kind`."""
    patches = masks.patches()
    shapes = np.array([(p.height, p.width) for p in patches], np.int32).reshape(-1, 2)
    offsets = np.array([(p.x, p.y) for p in patches], np.int32).reshape(-1, 2)
    return kind([p.counts for p in patches], shapes, offsets, masks.size[::-1])


def _size(mask: Any) -> tuple[int, int] | None:
    """Return (width, height) of masks; None without masks."""
    return None if mask is None else (int(mask.shape[2]), int(mask.shape[1]))


def _patches(detections: sv.Detections) -> list[Patch]:
    """Return the mask of each detection as a patch."""
    from maskmill.masks import Patch

    mask: Any = detections.mask
    if mask is None:
        return [Patch(0, 0, 0, 0, np.zeros(1, np.int32))] * len(detections)
    if isinstance(mask, np.ndarray):
        return [Patch.of(0, 0, pixels) for pixels in mask]
    return [Patch.of(y, x, mask.crop(i)) for i, (x, y) in enumerate(mask.offsets.tolist())]


def _labels(detections: sv.Detections, names: Sequence[str] | None) -> list[str]:
    """Return the label of each detection."""
    if "class_name" in detections.data:
        return [str(name) for name in detections.data["class_name"]]
    if detections.class_id is None:
        return [""] * len(detections)
    return [_name(number, names) for number in detections.class_id.tolist()]


def _name(number: int, names: Sequence[str] | None) -> str:
    """Return the name of a class number."""
    if names is None:
        return str(number)
    if not 0 <= number < len(names):
        raise expected(f"a class number below {len(names)}", number, "detections.class_id")
    return names[number]


def _columns_without_masks(rows: int) -> dict[str, Any]:
    """Return the columns of rows that are only boxes."""
    problems = [Problem(row, "nothing", "expected a mask, got a detection with a box alone") for row in range(rows)]
    return {"status": ["nothing"] * rows, "forms": ["none"] * rows, "problems": problems}
