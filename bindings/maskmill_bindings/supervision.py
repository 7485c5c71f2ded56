"""Masks as `supervision.Detections` and back, without a dense mask on the way.

`CompactMask` keeps the run lengths of a crop, as COCO orders them, beside the place of the crop: what
`maskmill.masks._patches` cuts out of our runs. Source: ``supervision/detection/compact_mask.py``, version 0.31.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from maskmill import Problem
from maskmill.errors import expected

from ._optional import class_numbers, needed

if TYPE_CHECKING:
    import supervision as sv

    from maskmill import Masks
    from maskmill.masks._patches import Patch


def to_detections(
    masks: Masks, classes: Sequence[str] | None = None, boxes: Literal["tight", "reply"] = "tight"
) -> sv.Detections:
    """The masks of one image as `supervision.Detections`.

    >>> import maskmill
    >>> reply = [{"label": "no mask"}, {"mask": [[0, 0], [500, 0], [500, 500], [0, 500]], "label": "cat"}]
    >>> detections = to_detections(maskmill.decode(reply, size=(8, 8)))
    >>> detections.xyxy.tolist(), detections["class_name"].tolist(), detections["row"].tolist()
    ([[0.0, 0.0, 4.0, 4.0]], ['cat'], [1])

    Parameters
    ----------
    masks
        Rows without a pixel are left out; ``data["row"]`` says which are there.
    classes
        Names of the classes in the order of their numbers; None: the sorted labels of these masks.
    boxes
        ``"tight"``: the smallest rectangle around each mask. ``"reply"``: the model's box, where there is one; it may
        leave the image, and the mask may leave it.

    Returns
    -------
    supervision.Detections
        N rows with a pixel: `xyxy` (N, 4) float64 in pixels, ends exclusive; `mask` a `CompactMask` of tight crops;
        `class_id` (N,) int64; `confidence` (N,) float32, or None where a row has no score, as supervision's own readers
        do, so that no score is invented; `data` with ``class_name``, ``row`` (number in `masks`), ``score`` (NaN:
        none) and ``status``.

    Raises
    ------
    maskmill.errors.ArgumentError
        A label is none of the classes.
    maskmill.errors.MissingPackageError
        supervision is not installed.
    """
    package = needed("supervision", "supervision")
    if boxes not in ("tight", "reply"):
        raise expected("'tight' or 'reply'", boxes, "boxes")
    rows = np.flatnonzero(masks.areas)
    shown = masks[rows]
    scores = shown.scores.copy()
    detections: sv.Detections = package.Detections(
        xyxy=_xyxy(shown, boxes),
        mask=_compact(shown, package.CompactMask),
        confidence=None if np.isnan(scores).any() else scores.copy(),
        class_id=class_numbers(shown, classes),
        data={"class_name": shown.labels.astype(str), "row": rows, "score": scores, "status": shown.status},
    )
    return detections


def from_detections(
    detections: sv.Detections, size: tuple[int, int] | None = None, names: Sequence[str] | None = None
) -> Masks:
    """`Masks` of detections with a `CompactMask`, with dense masks, or with boxes alone.

    >>> import numpy as np, supervision as sv
    >>> detections = sv.Detections(np.array([[0, 0, 2, 1]]), mask=np.array([[[1, 1, 0], [0, 0, 0]]], bool))
    >>> from_detections(detections)
    <Masks: 1 rows of 3x2, 1 ok>

    Parameters
    ----------
    detections
        Of one image. The labels are ``data["class_name"]``, else the names of the classes, else their numbers.
    size
        (width, height) of the image; needed only where there are no masks to tell it.
    names
        Of the classes, in the order of their numbers.

    Returns
    -------
    Masks
        A row for each detection: its `xyxy` are `boxes`, its `confidence` are `scores`. Without masks, the status of
        the rows is ``nothing``.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no size, or another than that of the masks.
    """
    from maskmill import Masks

    found = _size(detections.mask)
    if (found or size) is None or (found and size and found != tuple(size)):
        raise expected("the size of the masks" if found else "(width, height) where there are no masks", size, "size")
    given: dict[str, Any] = {
        "labels": _labels(detections, names),
        "scores": detections.confidence,
        "boxes": detections.xyxy,
    }
    if detections.mask is None:
        given |= _without_masks(len(detections))
    return Masks.from_patches(_patches(detections), found or size, **given)


def _xyxy(masks: Masks, boxes: str) -> NDArray[np.float64]:
    tight = masks.extents.astype(np.float64)
    return tight if boxes == "tight" else np.where(np.isnan(masks.boxes), tight, masks.boxes)


def _compact(masks: Masks, kind: Any) -> Any:
    from maskmill.masks._patches import cut

    patches = cut(masks)
    shapes = np.array([(p.height, p.width) for p in patches], np.int32).reshape(-1, 2)
    offsets = np.array([(p.x, p.y) for p in patches], np.int32).reshape(-1, 2)
    return kind([p.counts for p in patches], shapes, offsets, masks.size[::-1])


def _size(mask: Any) -> tuple[int, int] | None:
    return None if mask is None else (int(mask.shape[2]), int(mask.shape[1]))


def _patches(detections: sv.Detections) -> list[Patch]:
    from maskmill.masks._patches import Patch

    mask: Any = detections.mask
    if mask is None:
        return [Patch(0, 0, 0, 0, np.zeros(1, np.int32))] * len(detections)
    if isinstance(mask, np.ndarray):
        return [Patch.of(0, 0, pixels) for pixels in mask]
    return [Patch.of(y, x, mask.crop(i)) for i, (x, y) in enumerate(mask.offsets.tolist())]


def _labels(detections: sv.Detections, names: Sequence[str] | None) -> list[str]:
    if "class_name" in detections.data:
        return [str(name) for name in detections.data["class_name"]]
    if detections.class_id is None:
        return [""] * len(detections)
    return [_name(number, names) for number in detections.class_id.tolist()]


def _name(number: int, names: Sequence[str] | None) -> str:
    if names is None:
        return str(number)
    if not 0 <= number < len(names):
        raise expected(f"a class number below {len(names)}", number, "detections.class_id")
    return names[number]


def _without_masks(rows: int) -> dict[str, Any]:
    told = [Problem(row, "nothing", "expected a mask, got a detection with a box alone") for row in range(rows)]
    return {"status": ["nothing"] * rows, "forms": ["none"] * rows, "problems": told}
