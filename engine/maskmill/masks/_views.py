"""Views of a batch that need only its columns: pixels, run lengths, polygons, label maps, overlaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import NDArray

from .._device.array import DeviceArray
from .._kernels.cpu import composite, label_map, rle_string, run_lengths
from ..errors import expected
from ._patches import Patch, cut_patches
from ._polygons import Polygon, polygons_of
from ._row import Crop
from ._storage import Columns
from ._types import CocoRle, Order, Place


class Views:
    """Base of `Masks`: its views, kept apart because they need no problems, reply status or selection.

    Views that take a device leave what a GPU computes in its memory.

    Raises
    ------
    maskmill.errors.ArgumentError
        From views that take a device: it is neither ``"cpu"`` nor ``"cuda"``.
    maskmill.errors.DeviceError
        From the same views: there is no GPU, it fails, or its memory is too small.
    """

    __slots__ = ("_columns", "_size")

    def __init__(self, size: tuple[int, int], columns: Columns) -> None:
        self._size = size
        self._columns = columns

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) of the image in pixels."""
        return self._size

    @property
    def areas(self) -> NDArray[np.int64]:
        """(N,) int64: number of pixels in each mask."""
        return readonly_copy(run_lengths.areas(self._columns.counts, self._columns.offsets))

    @property
    def extents(self) -> NDArray[np.int64]:
        """(N, 4) int64: x0, y0, x1, y1 in pixels of the smallest rectangle around each mask; zeros for an empty one."""
        return readonly_copy(run_lengths.boxes(self._columns.counts, self._columns.offsets, height=self._size[1]))

    @overload
    def dense(self, device: Literal["cpu"] = "cpu") -> NDArray[np.bool_]: ...

    @overload
    def dense(self, device: Literal["cuda"]) -> DeviceArray: ...

    def dense(self, device: Place = "cpu") -> Any:
        """Return the pixels of all masks, bool (N, H, W); the only view of that size.

        Parameters
        ----------
        device : {"cpu", "cuda"}
            ``"cuda"`` computes the pixels on a GPU and leaves them there: a `DeviceArray`, for ``torch.from_dlpack(…)``
            or ``cupy.asarray(…)``.
        """
        if _is_gpu(device):
            from . import _gpu_views

            return _gpu_views.dense_on_gpu(self._columns, self._size)
        width, height = self._size
        return composite.dense(self._columns.counts, self._columns.offsets, height=height, width=width)

    def crops(self) -> list[Crop]:
        """Return (y, x, pixels) of the smallest rectangle around each mask; (0, 0, 0x0) for an empty one.

        Pixel (i, j) of a crop, bool (h, w), is pixel (y + i, x + j) of the image.
        """
        columns, extents = self._columns, self.extents
        crops = composite.crops(columns.counts, columns.offsets, extents, height=self._size[1])
        return [(int(box[1]), int(box[0]), crop) for box, crop in zip(extents, crops, strict=True)]

    def coco(self) -> list[CocoRle]:
        """Return COCO's compressed RLE of each mask: ``{"size": [H, W], "counts": bytes}``, as pycocotools encodes it.

        JSON cannot hold bytes: write ``counts.decode()``, or use `to_dict`, whose rows hold the RLE as text.
        """
        strings = rle_string.to_strings(self._columns.counts, self._columns.offsets)
        return [{"size": [self._size[1], self._size[0]], "counts": counts} for counts in strings]

    def polygons(self) -> list[list[Polygon]]:
        """Return the polygons of each mask: parts with holes along the pixels' edges, which rasterise back to it.

        A part is ``(outer, holes)``: (V, 2) int32 x, y in pixels, and a tuple of such rings. An empty mask has none.
        """
        offsets = self._columns.offsets
        runs = (self._columns.counts[start:stop] for start, stop in pairwise(offsets.tolist()))
        return [polygons_of(counts, self._size) for counts in runs]

    def patches(self) -> list[Patch]:
        """Return the run lengths of the smallest rectangle around each mask, and its place; 0 x 0 for an empty mask.

        >>> import maskmill
        >>> masks = maskmill.decode([{"mask": [[250, 500], [750, 500], [750, 1000], [250, 1000]]}], size=(8, 8))
        >>> masks.patches()
        [Patch(y=4, x=2, height=4, width=4, counts=array([ 0, 16], dtype=int32))]
        """
        return cut_patches(self._columns, self.extents, height=self._size[1])

    @overload
    def instance_map(self, order: Order = "area", device: Literal["cpu"] = "cpu") -> NDArray[np.int32]: ...

    @overload
    def instance_map(self, order: Order = "area", *, device: Literal["cuda"]) -> DeviceArray: ...

    def instance_map(self, order: Order = "area", device: Place = "cpu") -> Any:
        """Return the row number + 1 of each pixel, int32 (H, W), 0 where there is no mask.

        Parameters
        ----------
        order : {"area", "score", "reply"}
            Which mask is on top where masks overlap: the smaller, the one with the higher score, or the later one. Ties
            and rows without a score go to the later one.
        device : {"cpu", "cuda"}
            As for `dense`.
        """
        values = np.arange(1, len(self._columns.labels) + 1, dtype=np.int32)
        return self._paint(self._bottom_up(order), values, _is_gpu(device))

    @overload
    def class_map(
        self, classes: Sequence[str] | Mapping[str, int], order: Order = "area", device: Literal["cpu"] = "cpu"
    ) -> NDArray[np.int32]: ...

    @overload
    def class_map(
        self, classes: Sequence[str] | Mapping[str, int], order: Order = "area", *, device: Literal["cuda"]
    ) -> DeviceArray: ...

    def class_map(
        self, classes: Sequence[str] | Mapping[str, int], order: Order = "area", device: Place = "cpu"
    ) -> Any:
        """Return the class number + 1 of each pixel, int32 (H, W), 0 where there is no mask.

        Parameters
        ----------
        classes : sequence of str, or mapping of str to int
            Labels in the order of their numbers, or a number per label. Rows with other labels are left out.
        order : {"area", "score", "reply"}
            As for `instance_map`.
        device : {"cpu", "cuda"}
            As for `dense`.
        """
        numbers = _class_numbers(classes)
        values = np.array([numbers.get(label, -1) + 1 for label in self._columns.labels], dtype=np.int32)
        bottom_up = self._bottom_up(order)
        return self._paint(bottom_up[values[bottom_up] > 0], values, _is_gpu(device))

    def union(self) -> CocoRle:
        """Return COCO's compressed RLE of all masks together: ``{"size": [H, W], "counts": bytes}``."""
        width, height = self._size
        counts = composite.union(self._columns.counts, self._columns.offsets, width * height)
        return {"size": [height, width], "counts": rle_string.to_string(counts)}

    @overload
    def iou(self, other: Self, device: Literal["cpu"] = "cpu") -> NDArray[np.float64]: ...

    @overload
    def iou(self, other: Self, device: Literal["cuda"]) -> DeviceArray: ...

    def iou(self, other: Self, device: Place = "cpu") -> Any:
        """Return the intersection over union of each mask with each of `other`, float64 (N, M); 0 if both are empty.

        Parameters
        ----------
        other : Masks
            M masks of the same image size.
        device : {"cpu", "cuda"}
            As for `dense`.

        Raises
        ------
        maskmill.errors.ArgumentError
            `other` is not a `Masks`, or has another image size.
        """
        if not isinstance(other, Views) or other.size != self.size:
            raise expected(f"Masks of {self.size}", other.size if isinstance(other, Views) else other, "other")
        a, b = self._columns, other._columns
        if _is_gpu(device):
            from . import _gpu_views

            return _gpu_views.iou_on_gpu(a, b, self._size)
        common = run_lengths.intersections(a.counts, a.offsets, b.counts, b.offsets)
        total = self.areas[:, None] + other.areas[None, :] - common
        ious = np.zeros(common.shape)
        np.divide(common, total, out=ious, where=total > 0)
        return ious

    def _bottom_up(self, order: Order) -> NDArray[np.int64]:
        if not isinstance(order, str):
            raise expected("'area', 'score' or 'reply'", order, "order")
        if order == "area":
            return np.argsort(-self.areas, kind="stable")
        if order == "score":
            return np.argsort(np.nan_to_num(self._columns.scores, nan=-np.inf), kind="stable")
        if order == "reply":
            return np.arange(len(self._columns.labels))
        raise expected("'area', 'score' or 'reply'", order, "order")

    def _paint(self, bottom_up: NDArray[np.int64], values: NDArray[np.int32], on_gpu: bool) -> Any:
        if on_gpu:
            from . import _gpu_views

            return _gpu_views.instance_map_on_gpu(self._columns, bottom_up, values, self._size)
        (width, height), columns = self._size, self._columns
        return label_map.instance_map(columns.counts, columns.offsets, bottom_up, values, height=height, width=width)


def _is_gpu(device: Place) -> bool:
    if not isinstance(device, str) or device not in ("cpu", "cuda"):
        raise expected("'cpu' or 'cuda'", device, "device")
    return device == "cuda"


def _class_numbers(classes: Sequence[str] | Mapping[str, int]) -> dict[str, int]:
    """Return the number of each label, checked."""
    is_named = isinstance(classes, (Sequence, Mapping)) and not isinstance(classes, (str, bytes))
    if not is_named or not all(isinstance(name, str) for name in classes):
        raise expected("labels in order, or a mapping of labels to numbers", classes, "classes")
    numbers = dict(classes) if isinstance(classes, Mapping) else {name: i for i, name in enumerate(classes)}
    for name, number in numbers.items():
        if not isinstance(number, (int, np.integer)) or not 0 <= number < 2**31 - 1:
            raise expected("a class number from 0 to 2**31 - 2", number, f"classes[{name!r}]")
    return numbers


def readonly_copy(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only copy, so that callers cannot change the batch."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy
