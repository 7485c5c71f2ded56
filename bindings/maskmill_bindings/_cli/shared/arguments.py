"""What commands read: replies, images, sizes."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from maskmill.errors import expected, told

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def path_of(option: str) -> Callable[[Any, Sequence[Any]], Path]:
    """How the words of an option become a path: the empty one is refused, as Path would take the working folder."""

    def convert(_: Any, words: Sequence[Any]) -> Path:
        if not words[0].value:
            raise told("the name of a file or folder", "an empty one", option)
        return Path(words[0].value)

    return convert


Reply = Annotated[str, Parameter(allow_leading_hyphen=True)]
"""A file name, or ``-``."""

Output = Annotated[Path, Parameter(alias="-o", converter=path_of("--output"))]
"""A folder to write to."""

Image = Annotated[Path | None, Parameter(converter=path_of("--image"))]
"""The file of an image."""

CodebookFile = Annotated[Path | None, Parameter(converter=path_of("--codebook"))]
"""The file of a codebook."""

_SIZE: Final = re.compile(r"([0-9]{1,6})[x×X]([0-9]{1,6})")


def read_reply(name: str) -> bytes:
    """What a file holds, or the standard input for ``-``; a file that is no text is refused."""
    from maskmill._reply.source import file_kind

    if not name:
        raise told("the name of a file, or - for the standard input", "an empty one", "REPLY")
    with checked("a file that can be read", "REPLY"):
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    if kind := file_kind(data):
        raise told("a reply, which is text", kind, "REPLY")
    return data


def read_canvas(image: Path | None, size: str | None) -> tuple[tuple[int, int] | None, NDArray[np.uint8] | None]:
    """Width and height, and the pixels where an image is given; both None where neither is."""
    if image is not None and size is not None:
        raise told("one of --image and --size", "both", "--image")
    if image is not None:
        from ..._images.pixels import read_rgb

        return _with_size(read_rgb(image, "--image"))
    return (None if size is None else read_size(size)), None


def _with_size(pixels: NDArray[np.uint8]) -> tuple[tuple[int, int], NDArray[np.uint8]]:
    from maskmill._image_size import read_size
    from maskmill.limits import Limits

    return read_size(pixels, Limits(), "--image"), pixels


def read_size(text: str) -> tuple[int, int]:
    """Width and height out of ``WxH``."""
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise expected("WIDTHxHEIGHT in pixels, such as 1920x1080", text, "--size")
    return int(found[1]), int(found[2])


@contextmanager
def checked(what: str, at: str) -> Iterator[None]:
    """Turn an error of the file system into a mistake of the caller."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise expected(what, f"{error.filename or '-'}: {error.strerror}", at) from None
