"""Images of scenes as files, and the pixels of an image as it is stored."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import expected

from .scene import draw

Suffix = Literal["jpg", "png", "webp"]
_QUALITY: Final = 90

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
"""How the pixels of an upright picture lie in a file of each EXIF orientation."""


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
    folder
        It is made where it is missing.
    count
        How many.
    seed
        Of the first; the truth of a file is `scene` of the number in its name.
    size
        Width and height of the upright pictures.
    suffix
        Which kind of file.
    orientations
        EXIF orientations, taken in turn: the stored pixels are turned so that a viewer shows the picture upright.
        JPEG and PNG hold them.
    """
    if bad := [o for o in orientations if o not in _AS_STORED or (o != 1 and suffix == "webp")]:
        raise expected("orientations in 1..8, of which WebP has only 1", bad[0], "orientations")
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    paths = []
    for i in range(count):
        path = place / f"scene_{seed + i}.{suffix}"
        path.write_bytes(encoded(draw(seed + i, size), suffix, orientations[i % len(orientations)]))
        paths.append(path)
    return paths


def encoded(pixels: NDArray[np.uint8], suffix: Suffix, orientation: int = 1, quality: int = _QUALITY) -> bytes:
    """An upright picture as the bytes of a file."""
    import cv2

    stored = np.ascontiguousarray(_AS_STORED[orientation](pixels)[..., ::-1])
    kind = {"jpg": cv2.IMWRITE_JPEG_QUALITY, "webp": cv2.IMWRITE_WEBP_QUALITY}
    options = [kind[suffix], quality] if suffix in kind else []
    data = cv2.imencode(f".{suffix}", stored, options)[1].tobytes()
    return data if orientation == 1 else _with_orientation(data, suffix, orientation)


def stored_pixels(data: bytes) -> NDArray[np.uint8] | None:
    """(H, W) uint8 grey of an image file, not turned as its EXIF orientation says; None where it is no image."""
    import cv2

    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE | cv2.IMREAD_IGNORE_ORIENTATION)
    except cv2.error:
        return None
    return None if found is None else found.astype(np.uint8, copy=False)


def _with_orientation(data: bytes, suffix: Suffix, orientation: int) -> bytes:
    """The file with an EXIF block that holds nothing but the orientation."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, orientation, 0, 0)
    if suffix == "jpg":
        block = b"Exif\0\0" + tiff
        return data[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + data[2:]
    from zlib import crc32

    chunk = struct.pack(">I", len(tiff)) + b"eXIf" + tiff + struct.pack(">I", crc32(b"eXIf" + tiff))
    return data[:33] + chunk + data[33:]  # behind the header
