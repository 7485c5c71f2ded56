"""The views of a batch of masks: pixels, runs, polygons, label maps, and what masks share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Self, overload

import numpy as np
from numpy.typing import NDArray

from .._device.array import DeviceArray
from .._kernels.cpu import composite, label_map, rle_string, run_lengths
from ..errors import expected
from ._polygons import Polygon, polygons_of
from ._storage import Columns

Order = Literal["area", "score", "reply"]
Place = Literal["cpu", "cuda"]

Crop = tuple[int, int, NDArray[np.bool_]]


class Views:
    """What `Masks` shows of its columns. Views that take a device leave what a GPU makes in its memory.

    Raises
    ------
    maskmill.errors.ArgumentError
        By those that take a device: it is neither ``"cpu"`` nor ``"cuda"``.
    maskmill.errors.DeviceError
        The same: there is no GPU, it fails, or its memory is too small.
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
        """(N,) int64: pixels in each mask."""
        return frozen(run_lengths.areas(self._columns.counts, self._columns.offsets))

    @property
    def extents(self) -> NDArray[np.int64]:
        """(N, 4) int64: x0, y0, x1, y1 in pixels of the smallest rectangle around each mask; zeros for an empty one."""
        return frozen(run_lengths.boxes(self._columns.counts, self._columns.offsets, self._size[1]))

    @overload
    def dense(self, device: Literal["cpu"] = "cpu") -> NDArray[np.bool_]: ...

    @overload
    def dense(self, device: Literal["cuda"]) -> DeviceArray: ...

    def dense(self, device: Place = "cpu") -> Any:
        """All masks as (N, H, W) bool; the only view of that size.

        Parameters
        ----------
        device
            ``"cuda"`` makes the pixels on a GPU and leaves them there: a `DeviceArray`, for ``torch.from_dlpack(…)`` or
            ``cupy.asarray(…)``.
        """
        if _is_gpu(device):
            from . import _gpu_views

            return _gpu_views.dense(self._columns, self._size)
        return composite.dense(self._columns.counts, self._columns.offsets, self._size[1], self._size[0])

    def crops(self) -> list[Crop]:
        """(y, x, 2-D bool) of the smallest rectangle around each mask; (0, 0, 0x0) for an empty one.

        The crop's pixel (i, j) is the image's (y + i, x + j).
        """
        columns, extents = self._columns, self.extents
        crops = composite.crops(columns.counts, columns.offsets, extents, self._size[1])
        return [(int(box[1]), int(box[0]), crop) for box, crop in zip(extents, crops, strict=True)]

    def coco(self) -> list[dict[str, Any]]:
        """COCO's compressed RLE of each mask: ``{"size": [H, W], "counts": bytes}``, as pycocotools encodes it.

        JSON takes no bytes: write ``counts.decode()``, or take `to_dict`, whose rows hold the RLE as text.
        """
        strings = rle_string.to_strings(self._columns.counts, self._columns.offsets)
        return [{"size": [self._size[1], self._size[0]], "counts": counts} for counts in strings]

    def polygons(self) -> list[list[Polygon]]:
        """A list of `Polygon` for each mask: parts with holes along the pixels' edges, which rasterise back to it.

        A part is ``(outer, holes)``: (V, 2) int32 x, y in pixels, and a tuple of such rings; none for an empty mask.
        """
        return [polygons_of(counts, self._size) for counts in self._each()]

    @overload
    def instance_map(self, order: Order = "area", device: Literal["cpu"] = "cpu") -> NDArray[np.int32]: ...

    @overload
    def instance_map(self, order: Order = "area", *, device: Literal["cuda"]) -> DeviceArray: ...

    def instance_map(self, order: Order = "area", device: Place = "cpu") -> Any:
        """(H, W) int32: row number + 1, 0 where there is no mask.

        Parameters
        ----------
        order
            What lies on top where masks overlap: ``"area"`` the smaller, ``"score"`` the higher, ``"reply"`` the later;
            on a tie, and among rows without a score, the later.
        device
            As for `dense`.
        """
        values = np.arange(1, len(self._columns.labels) + 1, dtype=np.int32)
        return self._painted(self._order(order), values, _is_gpu(device))

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
        """(H, W) int32: class number + 1, 0 where there is no mask.

        Parameters
        ----------
        classes
            Labels in the order of their numbers, or a number for each label. Rows with another label are left out.
        order
            As for `instance_map`.
        device
            As for `dense`.
        """
        numbers = _numbers(classes)
        values = np.array([numbers.get(label, -1) + 1 for label in self._columns.labels], dtype=np.int32)
        bottom_up = self._order(order)
        return self._painted(bottom_up[values[bottom_up] > 0], values, _is_gpu(device))

    def union(self) -> dict[str, Any]:
        """COCO's compressed RLE of all masks together: ``{"size": [H, W], "counts": bytes}``."""
        width, height = self._size
        united = composite.union(self._columns.counts, self._columns.offsets, width * height)
        return {"size": [height, width], "counts": rle_string.to_string(united)}

    @overload
    def iou(self, other: Self, device: Literal["cpu"] = "cpu") -> NDArray[np.float64]: ...

    @overload
    def iou(self, other: Self, device: Literal["cuda"]) -> DeviceArray: ...

    def iou(self, other: Self, device: Place = "cpu") -> Any:
        """(N, M) float64: intersection over union of each mask with each of `other`; 0 where both are empty.

        Parameters
        ----------
        other
            Masks of images of the same size.
        device
            As for `dense`.

        Raises
        ------
        maskmill.errors.ArgumentError
            `other` is no `Masks`, or of another size.
        """
        if not isinstance(other, Views) or other.size != self.size:
            raise expected(f"Masks of {self.size}", other.size if isinstance(other, Views) else other, "other")
        a, b = self._columns, other._columns
        if _is_gpu(device):
            from . import _gpu_views

            return _gpu_views.iou(a, b, self._size)
        common = run_lengths.intersections(a.counts, a.offsets, b.counts, b.offsets)
        total = self.areas[:, None] + other.areas[None, :] - common
        shares = np.zeros(common.shape)
        np.divide(common, total, out=shares, where=total > 0)
        return shares

    def _each(self) -> Iterator[NDArray[np.int32]]:
        offsets = self._columns.offsets
        return (self._columns.counts[offsets[i] : offsets[i + 1]] for i in range(len(offsets) - 1))

    def _order(self, order: Order) -> NDArray[np.int64]:
        """Rows from bottom to top."""
        if order == "area":
            return np.argsort(-self.areas, kind="stable")
        if order == "score":
            return np.argsort(np.nan_to_num(self._columns.scores, nan=-np.inf), kind="stable")
        if order == "reply":
            return np.arange(len(self._columns.labels))
        raise expected("'area', 'score' or 'reply'", order, "order")

    def _painted(self, bottom_up: NDArray[np.int64], values: NDArray[np.int32], on_gpu: bool) -> Any:
        if on_gpu:
            from . import _gpu_views

            return _gpu_views.instance_map(self._columns, bottom_up, values, self._size)
        (width, height), columns = self._size, self._columns
        return label_map.instance_map(columns.counts, columns.offsets, bottom_up, values, height, width)


def _is_gpu(device: Place) -> bool:
    if not isinstance(device, str) or device not in ("cpu", "cuda"):
        raise expected("'cpu' or 'cuda'", device, "device")
    return device == "cuda"


def _numbers(classes: Sequence[str] | Mapping[str, int]) -> dict[str, int]:
    """The number of each label, checked."""
    named = isinstance(classes, (Sequence, Mapping)) and not isinstance(classes, (str, bytes))
    if not named or not all(isinstance(name, str) for name in classes):
        raise expected("labels in order, or a mapping of labels to numbers", classes, "classes")
    numbers = dict(classes) if isinstance(classes, Mapping) else {name: i for i, name in enumerate(classes)}
    for name, number in numbers.items():
        if not isinstance(number, (int, np.integer)) or not 0 <= number < 2**31 - 1:
            raise expected("a class number from 0 to 2**31 - 2", number, f"classes[{name!r}]")
    return numbers


def frozen(array: NDArray[Any]) -> NDArray[Any]:
    """A read-only copy: nothing that a caller does to it reaches the batch."""
    copy = array.copy()
    copy.flags.writeable = False
    return copy
