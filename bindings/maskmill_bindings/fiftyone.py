"""Masks as samples of FiftyOne and back: a `fiftyone.Detection` a mask, with the pixels of its tight box.

FiftyOne keeps a box as shares of the image and finds its pixels by cutting off decimals, ``int(width * x)``; the boxes
written here are those whose pixels come out right. Source: ``eta/core/geometry.py`` and ``render_instance_mask`` in
``eta/core/image.py``, as of fiftyone 1.22.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import told

from ._optional import needed
from .record import Record, as_records

if TYPE_CHECKING:
    import fiftyone as fo

    from maskmill import Mask, Masks
    from maskmill.masks._patches import Patch


def to_samples(
    given: Masks | Record | Iterable[Record],
    images: str | Path | Callable[[Record], str | Path] = ".",
    field: str = "ground_truth",
) -> Iterator[fo.Sample]:
    """A sample an image, one at a time, as `fiftyone.Dataset.add_samples` takes them.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> [sample] = to_samples(Record("a", masks, "a.jpg"), images="photos")
    >>> [detection] = sample.ground_truth.detections
    >>> detection.label, detection.bounding_box, detection.mask.shape
    ('cat', [0.125, 0.0, 0.375, 0.375], (3, 3))

    Parameters
    ----------
    given
        Records, one of them, or the masks of one image.
    images
        The folder of the images, in which the record names its file; or what gives the path of a record's image.
    field
        Of the sample, which holds the `fiftyone.Detections`.

    Yields
    ------
    fiftyone.Sample
        With ``key`` and the size in its metadata. A detection has `label` (None where empty), `confidence` (None where
        there is no score), `bounding_box`, `mask` (h, w) bool, and the attributes ``row`` and ``status``. Rows without
        a pixel are left out.

    Raises
    ------
    maskmill.errors.MissingPackageError
        fiftyone is not installed.
    """
    package = needed("fiftyone", "fiftyone")
    place = images if callable(images) else lambda record: Path(images, record.name)
    for record in as_records(given):
        width, height = record.masks.size
        yield package.Sample(
            filepath=str(place(record)),
            metadata=package.ImageMetadata(width=width, height=height),
            key=record.key,
            **{field: to_detections(record.masks)},
        )


def to_detections(masks: Masks) -> fo.Detections:
    """The masks of one image, as the label of a sample; see `to_samples`.

    >>> import maskmill
    >>> len(to_detections(maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]]}, {}], size=(8, 8))).detections)
    1
    """
    package = needed("fiftyone", "fiftyone")
    rows = np.flatnonzero(masks.areas)
    shown = masks[rows]
    boxes, crops = shown.extents.tolist(), [crop for _, _, crop in shown.crops()]
    detections: fo.Detections = package.Detections(
        detections=[
            package.Detection(bounding_box=_shares(box, masks.size), mask=crop, **_told(mask), row=row)
            for row, mask, box, crop in zip(rows.tolist(), shown, boxes, crops, strict=True)
        ]
    )
    return detections


def from_samples(samples: Iterable[fo.Sample], field: str = "ground_truth") -> Iterator[Record]:
    """The records of samples whose `field` holds detections with instance masks, one at a time.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> [record] = from_samples(to_samples(Record("a", masks, "a.jpg")))
    >>> record.key, record.image, record.masks.coco() == masks.coco()
    ('a', 'a.jpg', True)

    Parameters
    ----------
    samples
        A data set, a view, or samples. One without metadata has its image's header read.
    field
        Of the samples; one that has none gives a record without masks.

    Yields
    ------
    Record
        The key is the sample's ``key``, or its path. A detection without a mask is a row ``nothing`` with its box.

    Raises
    ------
    maskmill.errors.ArgumentError
        `field` holds something else than detections.
    """
    for sample in samples:
        labels = sample[field] if sample.has_field(field) else None
        if labels is not None and not hasattr(labels, "detections"):
            raise told("a field with detections", f"{type(labels).__name__} in {field!r}", "field")
        key = (sample["key"] if sample.has_field("key") else None) or sample.filepath
        yield Record(key, from_detections(labels or [], _size(sample)), Path(sample.filepath).name)


def from_detections(detections: fo.Detections | Iterable[fo.Detection], size: tuple[int, int]) -> Masks:
    """The masks of one image of (width, height) `size`, a row a detection.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> from_detections(to_detections(masks), (8, 8))
    <Masks: 1 rows of 8x8, 1 ok>

    A mask of another size than its box is stretched to it as FiftyOne shows it, and what leaves the image is cut off.
    """
    from maskmill import Masks, Problem

    found = list(getattr(detections, "detections", detections))
    boxes = [_pixels(detection.bounding_box, size) for detection in found]
    pixels = [detection.get_mask() for detection in found]
    bare = [row for row, mask in enumerate(pixels) if mask is None]
    return Masks.from_patches(
        [_patch(mask, box) for mask, box in zip(pixels, boxes, strict=True)],
        size,
        labels=[detection.label for detection in found],
        scores=[math.nan if detection.confidence is None else detection.confidence for detection in found],
        boxes=np.array(boxes, np.float64).reshape(-1, 4),
        status=["nothing" if mask is None else None for mask in pixels],
        forms=["none" if mask is None else None for mask in pixels],
        problems=[Problem(row, "nothing", "expected a mask, got a detection with a box alone") for row in bare],
    )


def _told(mask: Mask) -> dict[str, Any]:
    return {
        "label": mask.label or None,
        "confidence": None if math.isnan(mask.score) else mask.score,
        "status": str(mask.status),
    }


def _shares(box: list[int], size: tuple[int, int]) -> list[float]:
    """x, y, width, height as shares of the image, whose ``int(side * share)`` are the pixels of the box."""
    (left, right), (top, bottom) = (_share(box[i], box[i + 2], size[i]) for i in range(2))
    return [left, top, right, bottom]


def _share(start: int, end: int, side: int) -> tuple[float, float]:
    share, stop = _edge(start, side), _edge(end, side)
    length = stop - share
    return share, length if share + length >= stop else length + math.ulp(stop)


def _edge(pixel: int, side: int) -> float:
    share = pixel / side
    return share if int(side * share) == pixel else math.nextafter(share, 2)  # 1 / 49 * 49 is less than 1


def _pixels(box: list[float] | None, size: tuple[int, int]) -> tuple[int, int, int, int]:
    if not box or len(box) != 4:
        raise told("a detection with a bounding box", "one without", "detections")
    x, y, w, h = box
    width, height = size
    return int(width * x), int(height * y), int(width * (x + w)), int(height * (y + h))


def _patch(mask: NDArray[Any] | None, box: tuple[int, int, int, int]) -> Patch:
    import cv2

    from maskmill.masks._patches import Patch

    x0, y0, x1, y1 = box
    if mask is None or not mask.size or x1 <= x0 or y1 <= y0:
        return Patch(0, 0, 0, 0, np.zeros(1, np.int32))
    pixels = np.asarray(mask, np.uint8)
    if pixels.shape != (y1 - y0, x1 - x0):
        pixels = np.asarray(cv2.resize(pixels, (x1 - x0, y1 - y0)), np.uint8)
    return Patch.of(y0, x0, pixels)


def _size(sample: fo.Sample) -> tuple[int, int]:
    known = sample.metadata or needed("fiftyone", "fiftyone").ImageMetadata.build_for(sample.filepath)
    return known.width, known.height
