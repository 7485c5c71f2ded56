"""What commands read: replies, images, sizes."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from maskmill.errors import expected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Reply = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""A file name, or ``-``."""

_SIZE: Final = re.compile(r"([0-9]{1,6})[x×X]([0-9]{1,6})")


def read_reply(name: str) -> bytes:
    """What a file holds, or the standard input for ``-``."""
    if name == "-":
        return sys.stdin.buffer.read()
    with checked("a file that can be read", "REPLY"):
        return Path(name).read_bytes()


def read_canvas(image: Path | None, size: str | None) -> tuple[tuple[int, int] | None, NDArray[np.uint8] | None]:
    """Width and height, and the pixels where an image is given; both None where neither is."""
    if image is not None and size is not None:
        raise expected("one of --image and --size", "both", "--image")
    if image is not None:
        pixels = read_image(image)
        return (pixels.shape[1], pixels.shape[0]), pixels
    return (None if size is None else read_size(size)), None


def read_size(text: str) -> tuple[int, int]:
    """Width and height out of ``WxH``."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise expected("WIDTHxHEIGHT in pixels, such as 1920x1080", text, "--size")
    return int(found[1]), int(found[2])


def read_image(path: Path) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB of any image that OpenCV reads, turned as its EXIF orientation says."""
    import cv2
    import numpy as np

    with checked("an image that can be read", "--image"):
        data = np.frombuffer(path.read_bytes(), np.uint8)
    pixels: Any = None
    try:
        pixels = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    except cv2.error:  # more pixels than OpenCV takes
        pixels = None
    if pixels is None:
        raise expected("an image that OpenCV reads (PNG, JPEG, WebP, TIFF, …)", str(path), "--image")
    return np.ascontiguousarray(pixels[..., ::-1])


@contextmanager
def checked(what: str, at: str) -> Iterator[None]:
    """Turn an error of the file system into a mistake of the caller."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise expected(what, f"{error.filename}: {error.strerror}", at) from None
