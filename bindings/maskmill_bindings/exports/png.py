"""PNG: one picture a mask, and one with all of them by number."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import MaskmillError, expected

if TYPE_CHECKING:
    from maskmill import Masks

INSTANCES: Final = "instances.png"
"""File name of the instance map."""

_NUMBERED: Final = re.compile(r"\d{3,}(_.*)?\.png")
_UNSAFE: Final = re.compile(r"[^\w-]+")
_LONGEST: Final = 40


def write(masks: Masks, path: str | Path) -> list[Path]:
    """Write ``000_label.png`` for each mask, and ``instances.png``, into a folder.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "a cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file.name for file in write(masks, folder)]
    ['000_a_cat.png', 'instances.png']

    Parameters
    ----------
    masks
        What is written. A row without a pixel gets no file; its number stays free.
    path
        The folder; it is made where it is missing, and files of the same names are replaced.

    Returns
    -------
    list[Path]
        The files: a mask is 8-bit grey of the image's size, 0 and 255; the instance map holds row number + 1, the
        smaller mask on top, in 8 bits up to 255 rows and in 16 bits beyond.

    Raises
    ------
    maskmill.errors.ArgumentError
        There are more than 65,535 rows.
    OSError
        A file cannot be written.
    """
    folder = Path(path)
    instances = _instances(masks)
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / name for name in file_names(masks) if name]
    rows = (row for row in masks if row.area)
    for row, file in zip(rows, files, strict=True):
        write_image(row.dense().astype(np.uint8) * np.uint8(255), file)
    return [*files, write_image(instances, folder / INSTANCES)]


def file_names(masks: Masks) -> list[str]:
    """The file name of each row: number and label, safe on any system; empty where the row has no pixel."""
    digits = max(3, len(str(len(masks) - 1)))
    named = zip(masks.labels, masks.areas.tolist(), strict=True)
    return [f"{i:0{digits}}{_slug(label)}.png" if area else "" for i, (label, area) in enumerate(named)]


def others(path: str | Path, files: list[Path]) -> list[Path]:
    """The masks in a folder that are none of these files: what `write` left there for another reply."""
    written = {file.stat().st_ino for file in files}  # by name, a file system that folds case would tell them apart
    found = (file for file in Path(path).iterdir() if _NUMBERED.fullmatch(file.name))
    return sorted(file for file in found if file.stat().st_ino not in written)


def write_image(pixels: NDArray[Any], file: Path) -> Path:
    """Write one PNG: (H, W) or (H, W, 3) RGB, uint8 or uint16."""
    import cv2

    good, data = cv2.imencode(".png", pixels if pixels.ndim == 2 else pixels[..., ::-1])
    if not good:
        raise MaskmillError(f"OpenCV cannot encode {pixels.shape} {pixels.dtype} as PNG")
    file.write_bytes(data.tobytes())
    return file


def _slug(label: str) -> str:
    words = _UNSAFE.sub("_", unicodedata.normalize("NFKC", label[: 4 * _LONGEST])).strip("_")
    return f"_{words[:_LONGEST]}" if words else ""


def _instances(masks: Masks) -> NDArray[Any]:
    if len(masks) > 65_535:
        raise expected("at most 65535 rows for a 16-bit PNG", len(masks), "masks")
    return masks.instance_map().astype(np.uint8 if len(masks) <= 255 else np.uint16)
