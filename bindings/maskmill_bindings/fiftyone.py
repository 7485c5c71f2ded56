"""Convert masks to samples of FiftyOne and back: one `fiftyone.Detection` per mask, cropped to its box.

FiftyOne stores a box as fractions of the image and truncates to get its pixels, ``int(width * x)``; the fractions
written here truncate to the right pixels. Source: ``eta/core/geometry.py`` and ``render_instance_mask`` in
``eta/core/image.py``, as of fiftyone 1.22.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError

from ._optional import import_optional
from .record import Record, as_records

if TYPE_CHECKING:
    import fiftyone as fo

    from maskmill import Mask, Masks
    from maskmill.masks import Patch


def to_samples(
    records: Masks | Record | Iterable[Record],
    images: str | Path | Callable[[Record], str | Path] = ".",
    field: str = "ground_truth",
) -> Iterator[fo.Sample]:
    """Yield one sample per image, as `fiftyone.Dataset.add_samples` takes them.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> [sample] = to_samples(Record("a", masks, "a.jpg"), images="photos")
    >>> [detection] = sample.ground_truth.detections
    >>> detection.label, detection.bounding_box, detection.mask.shape
    ('cat', [0.125, 0.0, 0.375, 0.375], (3, 3))

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Records, one record, or the masks of one image. Rows without a pixel are left out.
    images : str, Path or callable
        The folder of the images, by the records' names; or a function that returns the path of a record's image.
    field : str
        Field of the sample that holds the `fiftyone.Detections`.

    Yields
    ------
    fiftyone.Sample
        With ``key`` and the size in its metadata. A detection has `label` (None if empty), `confidence` (None if there
        is no score), `bounding_box`, `mask` (h, w) bool, and the attributes ``row`` and ``status``.

    Raises
    ------
    maskmill.errors.MissingPackageError
        fiftyone is not installed.
    """
    package = import_optional("fiftyone", "fiftyone")
    path_of = images if callable(images) else lambda record: Path(images, record.name)
    for record in as_records(records):
        width, height = record.masks.size
        yield package.Sample(
            filepath=str(path_of(record)),
            metadata=package.ImageMetadata(width=width, height=height),
            key=record.key,
            **{field: to_detections(record.masks)},
        )


def to_detections(masks: Masks) -> fo.Detections:
    """Return the masks of one image as the label of a sample; see `to_samples`.

    >>> import maskmill
    >>> len(to_detections(maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]]}, {}], size=(8, 8))).detections)
    1
    """
    package = import_optional("fiftyone", "fiftyone")
    rows = np.flatnonzero(masks.areas)
    drawn = masks[rows]
    boxes, crops = drawn.extents.tolist(), [crop for _, _, crop in drawn.crops()]
    detections: fo.Detections = package.Detections(
        detections=[
            package.Detection(bounding_box=_relative_box(box, masks.size), mask=crop, **_attributes_of(mask), row=row)
            for row, mask, box, crop in zip(rows.tolist(), drawn, boxes, crops, strict=True)
        ]
    )
    return detections


def from_samples(samples: Iterable[fo.Sample], field: str = "ground_truth") -> Iterator[Record]:
    """Yield the records of samples whose `field` holds detections with instance masks.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> [record] = from_samples(to_samples(Record("a", masks, "a.jpg")))
    >>> record.key, record.image, record.masks.coco() == masks.coco()
    ('a', 'a.jpg', True)

    Parameters
    ----------
    samples : iterable of fiftyone.Sample
        A data set, a view, or samples. For a sample without metadata, the header of its image is read.
    field : str
        Field of the samples; a sample without it gives a record without masks.

    Yields
    ------
    Record
        The key is the sample's ``key``, or its path. A detection without a mask is a row with the status ``nothing``
        and its box.

    Raises
    ------
    maskmill.errors.ArgumentError
        `field` holds something other than detections.
    """
    for sample in samples:
        labels = sample[field] if sample.has_field(field) else None
        if labels is not None and not hasattr(labels, "detections"):
            raise ArgumentError("a field with detections", f"{type(labels).__name__} in {field!r}", "field")
        key = (sample["key"] if sample.has_field("key") else None) or sample.filepath
        yield Record(key, from_detections(labels or [], _size(sample)), Path(sample.filepath).name)


def from_detections(detections: fo.Detections | Iterable[fo.Detection], size: tuple[int, int]) -> Masks:
    """Return the detections of one image of (width, height) `size` as `Masks`, one row per detection.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> from_detections(to_detections(masks), (8, 8))
    <Masks: 1 rows of 8x8, 1 ok>

    A mask whose size is not that of its box is stretched to it as FiftyOne shows it, and clipped to the image.
    """
    from maskmill import Masks, Problem

    listed = list(getattr(detections, "detections", detections))
    boxes = [_pixel_box(detection.bounding_box, size) for detection in listed]
    pixels = [detection.get_mask() for detection in listed]
    bare = [row for row, mask in enumerate(pixels) if mask is None]
    return Masks.from_patches(
        [_patch(mask, box) for mask, box in zip(pixels, boxes, strict=True)],
        size,
        labels=[detection.label for detection in listed],
        scores=[math.nan if detection.confidence is None else detection.confidence for detection in listed],
        boxes=np.array(boxes, np.float64).reshape(-1, 4),
        status=["nothing" if mask is None else None for mask in pixels],
        forms=["none" if mask is None else None for mask in pixels],
        problems=[Problem(row, "nothing", "expected a mask, got a detection with a box alone") for row in bare],
    )


def _attributes_of(mask: Mask) -> dict[str, Any]:
    """Return label, confidence and status of a detection."""
    return {
        "label": mask.label or None,
        "confidence": None if math.isnan(mask.score) else mask.score,
        "status": str(mask.status),
    }


def _relative_box(box: list[int], size: tuple[int, int]) -> list[float]:
    """Return x, y, width, height as fractions of the image whose ``int(side * fraction)`` are the pixels of the box."""
    (left, right), (top, bottom) = (_relative_side(box[i], box[i + 2], size[i]) for i in range(2))
    return [left, top, right, bottom]


def _relative_side(start: int, end: int, side: int) -> tuple[float, float]:
    """Return the start and the length of a side of a box as fractions of the side of the image."""
    low, high = _relative_edge(start, side), _relative_edge(end, side)
    length = high - low
    return low, length if low + length >= high else length + math.ulp(high)


def _relative_edge(pixel: int, side: int) -> float:
    """Return the fraction of a side that truncates to a pixel."""
    fraction = pixel / side
    return fraction if int(side * fraction) == pixel else math.nextafter(fraction, 2)  # 1 / 49 * 49 is less than 1


def _pixel_box(box: list[float] | None, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return a box as x0, y0, x1, y1 in pixels, as FiftyOne computes them."""
    if not box or len(box) != 4:
        raise ArgumentError("a detection with a bounding box", "one without", "detections")
    x, y, w, h = box
    width, height = size
    return int(width * x), int(height * y), int(width * (x + w)), int(height * (y + h))


def _patch(mask: NDArray[Any] | None, box: tuple[int, int, int, int]) -> Patch:
    """Return the patch of a mask stretched to its box; an empty patch if either is missing."""
    import cv2

    from maskmill.masks import Patch

    x0, y0, x1, y1 = box
    if mask is None or not mask.size or x1 <= x0 or y1 <= y0:
        return Patch(0, 0, 0, 0, np.zeros(1, np.int32))
    pixels = np.asarray(mask, np.uint8)
    if pixels.shape != (y1 - y0, x1 - x0):
        pixels = np.asarray(cv2.resize(pixels, (x1 - x0, y1 - y0)), np.uint8)
    return Patch.of(y0, x0, pixels)


def _size(sample: fo.Sample) -> tuple[int, int]:
    """Return (width, height) of the image of a sample."""
    known = sample.metadata or import_optional("fiftyone", "fiftyone").ImageMetadata.build_for(sample.filepath)
    return known.width, known.height
