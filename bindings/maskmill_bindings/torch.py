"""Masks as torch tensors, and a Parquet file of masks as a data set, as torchvision's detectors take them.

Importing this module imports torch. Source of the shapes: torchvision's ``models/detection/mask_rcnn.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from maskmill._images.pixels import read_rgb
from maskmill.errors import ArgumentError

from ._optional import class_numbers, import_optional
from .exports._shared.settings import class_names
from .exports._shared.shard_paths import list_files
from .exports.parquet import labels_in
from .maskfile import MaskFile
from .record import Record

if TYPE_CHECKING:
    import torch

    from maskmill import Masks
else:
    torch = import_optional("torch", "torch")

Images = str | Path | Callable[[Record], NDArray[np.uint8]]


def to_tensors(masks: Masks, classes: Sequence[str] | None = None, first: int = 1) -> dict[str, torch.Tensor]:
    """Return the masks of one image as the target of a detector.

    >>> import maskmill
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> target = to_tensors(masks, classes=["dog", "cat"])
    >>> target["masks"].shape, target["boxes"].tolist(), target["labels"].tolist()
    (torch.Size([1, 8, 8]), [[1.0, 0.0, 4.0, 3.0]], [2])

    Parameters
    ----------
    masks : Masks
        Rows without a pixel are left out, since no detector takes an empty box; ``row`` holds the numbers of the
        others.
    classes : sequence of str, optional
        Names of the classes in the order of their numbers; by default the sorted labels of these masks.
    first : int
        Number of the first class: 1 if 0 is the background, as in torchvision; else 0.

    Returns
    -------
    dict[str, torch.Tensor]
        ``masks`` (N, H, W) uint8, without a copy of the pixels (`.view(torch.bool)` copies nothing either); ``boxes``
        (N, 4) float32, the smallest rectangles x0, y0, x1, y1 in pixels, ends exclusive; ``labels`` (N,) int64;
        ``scores`` (N,) float32, NaN where there is none; ``area`` (N,) float32; ``iscrowd`` (N,) int64 zeros; ``row``
        (N,) int64.

    Raises
    ------
    maskmill.errors.ArgumentError
        A label is none of the classes.
    """
    rows = np.flatnonzero(masks.areas)
    drawn = masks[rows]
    return {
        "boxes": torch.from_numpy(drawn.extents.astype(np.float32)),
        "labels": torch.from_numpy(class_numbers(drawn, classes) + first),
        "masks": torch.from_numpy(drawn.dense().view(np.uint8)),
        "scores": torch.from_numpy(drawn.scores.copy()),
        "area": torch.from_numpy(drawn.areas.astype(np.float32)),
        "iscrowd": torch.zeros(len(rows), dtype=torch.int64),
        "row": torch.from_numpy(rows),
    }


class MaskDataset(torch.utils.data.Dataset[Any]):  # type: ignore[misc, unused-ignore]  # Any where torch is missing
    """The images of a Parquet file of masks, by number or by key, for a `DataLoader` with any number of workers.

    >>> import maskmill, tempfile
    >>> from maskmill_bindings.exports import parquet
    >>> masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}], size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path] = parquet.write([Record("a", masks), Record("b", masks)], Path(folder, "masks.parquet"))
    ...     dataset = MaskDataset(path)
    ...     len(dataset), dataset.classes, dataset["b"]["image_id"], dataset[1]["boxes"].tolist()
    (2, ('cat',), 1, [[1.0, 0.0, 4.0, 3.0]])

    An item is the target of `to_tensors` with ``key`` and ``image_id``, the item's number; with `images`, it is the
    image, (3, H, W) uint8, and the target. Images without a row in the file are not items. Items have different sizes:
    batch them with `collate`.

    Parameters
    ----------
    path : str or Path
        The Parquet file that maskmill wrote, or the folder with its shards.
    images : str, Path or callable, optional
        The folder of the images, by their names in the file or else by their keys; or a function that returns the
        pixels (H, W, 3) uint8 RGB of a record.
    classes : sequence of str, optional
        Names of the classes in the order of their numbers; by default the sorted labels of all masks in the file.
    transform : callable, optional
        Called with the image and the target, or with the target only; it returns the item.
    first : int
        As for `to_tensors`.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file is no table of masks; at an item: its image is missing or of another size.
    """

    def __init__(
        self,
        path: str | Path,
        images: Images | None = None,
        classes: Sequence[str] | None = None,
        transform: Callable[..., Any] | None = None,
        first: int = 1,
    ) -> None:
        self.file = MaskFile(path)
        self.classes = labels_in(list_files(path, ".parquet")) if classes is None else class_names(classes)
        self._images = Path(images) if isinstance(images, str) else images
        self._transform = transform
        self._first = first

    def __len__(self) -> int:
        """Number of images."""
        return len(self.file)

    def __getitem__(self, index: int | str) -> Any:
        """Return the item of a number or a key.

        Raises
        ------
        IndexError, KeyError
            There is no such item.
        """
        number = self.file.find(index) if isinstance(index, str) else range(len(self))[index]
        if number is None:
            raise KeyError(index)
        record = self.file.at(number)
        target = {**to_tensors(record.masks, self.classes, self._first), "key": record.key, "image_id": number}
        item = (target,) if self._images is None else (_image(record, self._images), target)
        if self._transform is not None:
            return self._transform(*item)
        return target if self._images is None else item


def collate(items: list[Any]) -> Any:
    """Return items of different sizes as a batch: a list of images and a list of targets, or a list of targets.

    >>> collate([("image", {"key": "a"}), ("other", {"key": "b"})])
    (['image', 'other'], [{'key': 'a'}, {'key': 'b'}])
    """
    if not items or not isinstance(items[0], tuple):
        return items
    return tuple(map(list, zip(*items, strict=True)))


def _image(record: Record, images: Path | Callable[[Record], NDArray[np.uint8]]) -> torch.Tensor:
    """Return the pixels (3, H, W) of the image of a record."""
    width, height = record.masks.size
    pixels = read_rgb(images / record.name, "images") if isinstance(images, Path) else images(record)
    if pixels.shape != (height, width, 3):
        raise ArgumentError(
            f"an image {(height, width, 3)}, as the masks of {record.key!r} are", f"{pixels.shape}", "images"
        )
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))
