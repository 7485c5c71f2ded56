"""The size of an image as seen, from its header; no pixel is decoded.

`imagesize` reads most formats. It ignores the orientation of PNG and WebP, which `exif` reads, and the turns and cuts
of HEIC and AVIF, which `iso_bmff` reads.
"""

from __future__ import annotations

import os
import stat
import struct
from typing import BinaryIO

from .exif import orientation_tag, read_exif
from .iso_bmff import iso_image_size
from .orientation import Size, oriented_size
from .signatures import ISO_KINDS, detect_kind


def image_file_size(path: str) -> Size | None:
    """Return (width, height) of the image in a file; None where there is no such file or no size in it.

    >>> image_file_size("no such file.jpg")
    """
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None
        with open(path, "rb", buffering=0) as file:
            return image_size(file)
    except (OSError, ValueError):  # ValueError: a path with a null character or half of a surrogate pair
        return None


def image_size(file: BinaryIO) -> Size | None:
    """Return (width, height) of the image in an open file, after EXIF orientation; None where no size is found.

    The beginning of a file is enough, as long as it holds the header.

    >>> import io
    >>> image_size(io.BytesIO(b"P6 640 480 255 "))
    (640, 480)
    """
    head = file.read(32)
    try:
        size = _read_size(file, head)
    except (ValueError, IndexError, OverflowError, struct.error):  # damaged data
        return None
    return size if size is not None and min(size) > 0 else None


def _read_size(file: BinaryIO, head: bytes) -> Size | None:
    """Return the size as seen; not positive where the format is unknown."""
    import imagesize

    if detect_kind(head) in ISO_KINDS:
        return iso_image_size(file)
    file.seek(0)
    width, height = map(int, imagesize.get(file))
    return oriented_size((width, height), orientation_tag(read_exif(file, head)))
