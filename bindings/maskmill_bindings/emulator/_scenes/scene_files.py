"""Pictures of scenes as image files, and the stored pixels of an image file."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import expected

from .scene import draw_scene

Suffix = Literal["jpg", "png", "webp"]
_JPEG_QUALITY: Final = 90

_AS_STORED: Final[dict[int, Any]] = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, 1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, -1),
}
"""From the pixels of an upright picture to those stored in a file, by EXIF orientation."""


def write_images(
    folder: Path | str,
    count: int,
    seed: int = 0,
    size: tuple[int, int] = (640, 480),
    suffix: Suffix = "jpg",
    orientations: Sequence[int] = (1,),
) -> list[Path]:
    """Write pictures of the scenes `seed`, `seed` + 1, … as scene_SEED.jpg, and return their paths.

    >>> import tempfile
    >>> [path.name for path in write_images(tempfile.mkdtemp(), 2, seed=40)]
    ['scene_40.jpg', 'scene_41.jpg']

    Parameters
    ----------
    folder : Path or str
        Created if it is missing.
    count : int
        Number of pictures.
    seed : int
        Seed of the first picture; the true masks of a file are `scene` of the number in its name.
    size : tuple[int, int]
        (width, height) of the upright pictures.
    suffix : str
        ``jpg``, ``png`` or ``webp``.
    orientations : Sequence[int]
        EXIF orientations to use in turn: the stored pixels are turned so that a viewer shows the picture upright.
        WebP files have orientation 1 only.

    Raises
    ------
    maskmill.errors.ArgumentError
        An orientation is out of range, or the pictures are too small.
    """
    if bad := [o for o in orientations if o not in _AS_STORED or (o != 1 and suffix == "webp")]:
        raise expected("orientations in 1..8, of which WebP has only 1", bad[0], "orientations")
    directory = Path(folder)
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for i in range(count):
        path = directory / f"scene_{seed + i}.{suffix}"
        path.write_bytes(encode_picture(draw_scene(seed + i, size), suffix, orientations[i % len(orientations)]))
        paths.append(path)
    return paths


def encode_picture(
    pixels: NDArray[np.uint8], suffix: Suffix, orientation: int = 1, quality: int = _JPEG_QUALITY
) -> bytes:
    """Return an upright picture as the bytes of an image file.

    Parameters
    ----------
    pixels : NDArray[np.uint8]
        RGB, (H, W, 3).
    suffix : str
        ``jpg``, ``png`` or ``webp``.
    orientation : int
        EXIF orientation, 1..8.
    quality : int
        Quality of JPEG and WebP, 0..100.
    """
    import cv2

    stored = np.ascontiguousarray(_AS_STORED[orientation](pixels)[..., ::-1])
    kind = {"jpg": cv2.IMWRITE_JPEG_QUALITY, "webp": cv2.IMWRITE_WEBP_QUALITY}
    options = [kind[suffix], quality] if suffix in kind else []
    data = cv2.imencode(f".{suffix}", stored, options)[1].tobytes()
    return data if orientation == 1 else _with_orientation(data, suffix, orientation)


def decode_grey(data: bytes) -> NDArray[np.uint8] | None:
    """Return the stored pixels of an image file in grey, uint8 (H, W), without turning it; None if it is no image."""
    import cv2

    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if pixels is None else pixels.astype(np.uint8, copy=False)


def _with_orientation(data: bytes, suffix: Suffix, orientation: int) -> bytes:
    """Return the file with an EXIF block that holds the orientation only."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    if suffix == "jpg":
        block = b"Exif\0\0" + tiff
        return data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
    from zlib import crc32

    chunk = struct.pack(">I", len(tiff)) + b"eXIf" + tiff + struct.pack(">I", crc32(b"eXIf" + tiff))
    return data[:33] + chunk + data[33:]  # after the header
