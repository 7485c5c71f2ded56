"""Read what arguments name: replies, images, sizes, lists of words."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from maskmill.errors import ArgumentError, expected

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIZE: Final = re.compile(r"([0-9]{1,6})[x×X]([0-9]{1,6})")


def read_reply(name: str) -> bytes:
    """Read a file, or the standard input for ``-``; a binary file is refused, and so are several replies in one."""
    from maskmill._reply.source import file_kind

    from ..._sources.batches.answers_file import count_answers

    if not name:
        raise ArgumentError("the name of a file, or - for the standard input", "an empty one", "REPLY")
    with file_errors_as_arguments("a file that can be read", "REPLY"):
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    if kind := file_kind(data):
        raise ArgumentError("a reply, which is text", kind, "REPLY")
    if name != "-":
        _refuse_annotations(Path(name))
    if (count := count_answers(data)) > 1:
        raise ArgumentError("one reply", f"{count} answers; maskmill convert keeps each with its key", "REPLY")
    return data


def _refuse_annotations(file: Path) -> None:
    """Raise for a file of another tool, or of masks, which is no reply; GeoJSON may be one."""
    from ..._detection import REPLIES, detect_file

    found = detect_file(file)
    if found.format not in (REPLIES, "geojson"):
        raise found.refusal("a reply", str(file))


def read_canvas(image: Path | None, size: str | None) -> tuple[tuple[int, int] | None, NDArray[np.uint8] | None]:
    """Return (width, height), and the pixels if an image is given; both None without image and size."""
    if image is not None and size is not None:
        raise ArgumentError("one of --image and --size", "both", "--image")
    if image is not None:
        from maskmill._images.pixels import read_rgb

        return _with_size(read_rgb(image, "--image"))
    return (None if size is None else parse_size(size)), None


def _with_size(pixels: NDArray[np.uint8]) -> tuple[tuple[int, int], NDArray[np.uint8]]:
    from maskmill._images.size import read_size
    from maskmill.limits import Limits

    return read_size(pixels, Limits(), "--image"), pixels


def parse_size(text: str) -> tuple[int, int]:
    """Return width and height from ``WxH``.

    >>> parse_size("1920x1080")
    (1920, 1080)
    """
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise expected("WIDTHxHEIGHT in pixels, such as 1920x1080", text, "--size")
    return int(match[1]), int(match[2])


def parse_frame(text: str) -> Any:
    """Return (width, height) from ``WxH``, and the name of a frame as it is; the decoder refuses unknown ones.

    >>> parse_frame("1024x768"), parse_frame("pixels")
    ((1024, 768), 'pixels')
    """
    match = _SIZE.fullmatch(text.strip())
    return text if match is None else (int(match[1]), int(match[2]))


def parse_words(text: str, option: str) -> tuple[str, ...]:
    """Return the words of an option, separated by commas.

    >>> parse_words("cup, plate", "--labels")
    ('cup', 'plate')
    """
    words = tuple(word for part in text.split(",") if (word := part.strip()))
    if not words:
        raise ArgumentError("words separated by commas", f"{text!r}", option)
    return words


@contextmanager
def file_errors_as_arguments(wanted: str, at: str) -> Iterator[None]:
    """Turn an error of the file system into an `ArgumentError` about the argument `at`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise expected(wanted, f"{error.filename or '-'}: {error.strerror}", at) from None
