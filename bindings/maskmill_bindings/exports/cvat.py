"""CVAT's XML, *CVAT for images 1.1*: one element per image, with one run-length mask per row.

Format, by CVAT's documentation of its XML format: a ``<mask>`` has a label, the box ``left``, ``top``, ``width``,
``height`` in pixels, and ``rle``, row-major run lengths within the box, background and foreground in turn, background
first, separated by commas. ``<meta>`` comes before the images and names the labels. Polygons are x, y along the edges
of pixels: ``x,y;x,y;…``.

A file with a document type declaration is refused, since it could declare entities that grow without bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.parsers import expat
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import numpy as np
from numpy.typing import NDArray

from maskmill.errors import ArgumentError

from ..record import Record, as_records
from ._geometry.foreign_shapes import (
    ForeignShape,
    Rle,
    fill_enclosed,
    paste_box,
    shapes_to_masks,
    to_ranges,
    translate_annotation_errors,
)
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings, resolve_classes

if TYPE_CHECKING:
    from maskmill import Masks

NAMELESS: Final = "object"
"""Label of masks without a label, since CVAT refuses empty labels."""

_NOT_IN_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CHUNK: Final = 1 << 18
_SKIPPED: Final = ("polyline", "points", "ellipse", "cuboid", "skeleton", "tag")


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write one XML file, to upload into a task that holds images of the same names.

    >>> import maskmill, tempfile
    >>> masks = maskmill.Masks.from_dense(np.array([[[0, 1, 1], [0, 0, 1]]], bool), labels=["cat"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write(Record("a.jpg", masks), Path(folder, "a.xml"))
    ...     print(next(line for line in file.read_text().splitlines() if "rle" in line))
    <mask label="cat" source="auto" occluded="0" rle="0, 2, 1, 1" left="1" top="0" width="2" height="2" z_order="0"/>

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Rows without a pixel are left out; an empty label becomes `NAMELESS`.
    path : str or Path
        File to write.
    settings : Settings, optional
        Classes, which are the labels that the file declares.

    Warns
    -----
    LossWarning
        Masks have scores, or labels are empty or have characters that XML cannot hold.
    """
    records, settings = resolve_classes(as_records(records), settings or Settings())
    file = Path(path)
    with file.open("wb") as opened:
        writer = _Writer(opened, settings)
        writer.begin()
        for number, record in enumerate(records):
            writer.image(number, record)
        writer.end()
    return [file]


class _Writer:
    """Writes the XML as a stream."""

    def __init__(self, opened: Any, settings: Settings) -> None:
        self._xml = XMLGenerator(opened, "utf-8", short_empty_elements=True)
        self._settings = settings
        self._losses = LossWarner()

    def begin(self) -> None:
        """Write the start of the file, up to the first image."""
        self._xml.startDocument()
        self._open("annotations")
        self._text_element("version", "1.1")
        for name in ("meta", "task", "labels"):
            self._open(name)
        for label in dict.fromkeys(self._label(name) for name in self._settings.classes or ()):
            self._open("label")
            self._text_element("name", label)
            self._text_element("attributes", "")
            self._close("label")
        for name in ("labels", "task", "meta"):
            self._close(name)

    def image(self, number: int, record: Record) -> None:
        """Write one image with its masks."""
        width, height = record.masks.size
        self._open("image", id=number, name=self._clean(record.name), width=width, height=height)
        self._losses.warn_of_scores(record.masks, "CVAT")
        for row in record.masks[record.masks.areas > 0]:
            self._settings.number(row.label)
            y, x, pixels = row.crop()
            self._open("mask", label=self._label(row.label), source="auto", occluded=0, **_box(pixels, x, y), z_order=0)
            self._close("mask")
        self._close("image")

    def end(self) -> None:
        """Write the end of the file."""
        self._close("annotations")
        self._xml.endDocument()

    def _label(self, name: str) -> str:
        """Return a label that CVAT accepts."""
        if not name:
            self._losses.warn(f"CVAT takes no empty label: it becomes {NAMELESS!r}")
        return self._clean(name or NAMELESS)

    def _clean(self, text: str) -> str:
        """Return a text without characters that XML cannot hold."""
        if not _NOT_IN_XML.search(text):
            return text
        self._losses.warn("a text has characters that XML cannot hold; they became \ufffd")
        return _NOT_IN_XML.sub("\ufffd", text)

    def _open(self, name: str, /, **attributes: object) -> None:
        """Write a start tag."""
        self._xml.startElement(name, AttributesImpl({key: str(value) for key, value in attributes.items()}))
        if name in ("annotations", "meta", "task", "labels", "image"):
            self._xml.characters("\n")

    def _close(self, name: str) -> None:
        """Write an end tag."""
        self._xml.endElement(name)
        self._xml.characters("\n")

    def _text_element(self, name: str, text: str) -> None:
        """Write an element that holds a text."""
        self._xml.startElement(name, AttributesImpl({}))
        self._xml.characters(text)
        self._close(name)


def _box(pixels: NDArray[np.bool_], x: int, y: int) -> dict[str, object]:
    """Return the attributes of a mask with the pixels of a box."""
    height, width = pixels.shape
    changes = to_ranges(pixels, 0, 0, (width, height)).reshape(-1)
    counts = np.diff(changes, prepend=0, append=width * height).tolist()
    rle = ", ".join(map(str, counts if counts[-1] else counts[:-1]))
    return {"rle": rle, "left": x, "top": y, "width": width, "height": height}


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of a file that `write` or CVAT's export *CVAT for images 1.1* wrote.

    Masks, polygons and boxes become rows, boxes without their rotation; other shapes, and the tracks of videos, are
    left out with a `LossWarning`. The name of an image is its key. Memory is that of one image's elements.
    """
    file, losses = Path(path), LossWarner()
    for number, image in enumerate(_images(file, losses), 1):
        name = image.attributes.get("name", "")
        with translate_annotation_errors(f"{file}: image {name!r}"):
            size = int(image.attributes["width"]), int(image.attributes["height"])
            shapes = [ForeignShape(a.get("label", ""), _rle(kind, a, size, losses)) for kind, a in image.shapes]
            masks = shapes_to_masks(shapes, size)
        yield Record(name, masks, name, file.name, number)


_Attributes = Mapping[str, str]


@dataclass(slots=True)
class _Image:
    """One ``<image>`` element, and the names and attributes of its shapes."""

    attributes: _Attributes
    shapes: list[tuple[str, _Attributes]] = field(default_factory=list)


class _Handler:
    """Collects what expat parses; `done` holds the finished images."""

    def __init__(self, losses: LossWarner) -> None:
        self.done: list[_Image] = []
        self._image: _Image | None = None
        self._losses = losses
        self._number = count()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Start an image, or add a shape to it."""
        if not next(self._number) and name != "annotations":
            raise ArgumentError("the element `annotations`", name, "xml")
        if name == "image":
            self._image = _Image(attributes)
        elif name in _SHAPES and self._image is not None:
            self._image.shapes.append((name, attributes))
        elif name == "track" or (name in _SKIPPED and self._image is not None):
            self._losses.warn(f"elements {name!r} of CVAT are left out")

    def end(self, name: str) -> None:
        """Finish an image at its end tag."""
        if name == "image" and self._image is not None:
            self.done.append(self._image)
            self._image = None

    def doctype(self, name: str, *_: object) -> None:
        """Refuse a document type declaration."""
        raise ArgumentError("XML without a document type", f"<!DOCTYPE {name}", "xml")


def _images(file: Path, losses: LossWarner) -> Iterator[_Image]:
    """Yield the images of a file as they are parsed."""
    handler, parser = _Handler(losses), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end
    parser.StartDoctypeDeclHandler = handler.doctype
    with file.open("rb") as opened:
        chunk = b" "
        while chunk:
            chunk = opened.read(_CHUNK)
            try:
                parser.Parse(chunk, not chunk)
            except ArgumentError:
                raise
            except (expat.ExpatError, ValueError, LookupError) as error:
                raise ArgumentError("XML of CVAT", str(error), str(file)) from None
            yield from handler.done
            handler.done.clear()


def _rle(kind: str, attributes: _Attributes, size: tuple[int, int], losses: LossWarner) -> Rle:
    """Return the mask of a shape."""
    if float(attributes.get("rotation", 0)):
        losses.warn("boxes that are rotated are read upright")
    return _SHAPES[kind](attributes, size)


def _mask(attributes: _Attributes, size: tuple[int, int]) -> Rle:
    """Return the mask of a ``<mask>``."""
    left, top, width, height = (int(attributes[name]) for name in ("left", "top", "width", "height"))
    counts = np.array(attributes["rle"].split(","), np.int64)
    if width < 1 or height < 1 or width * height > size[0] * size[1]:
        raise ArgumentError(f"a box inside {size}", f"{width}x{height}", "mask")
    if not ((counts >= 0) & (counts <= width * height)).all() or counts.sum() != width * height:
        raise ArgumentError(f"runs that sum up to {width * height}", str(counts.sum()), "rle")
    pixels = np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(height, width)
    return paste_box(pixels, left, top, size)


def _polygon(attributes: _Attributes, size: tuple[int, int]) -> Rle:
    """Return the mask of a ``<polygon>``."""
    return fill_enclosed([[float(v) for v in pair.split(",")] for pair in attributes["points"].split(";")], size)


def _upright(attributes: _Attributes, size: tuple[int, int]) -> Rle:
    """Return the mask of a ``<box>``, without its rotation."""
    x0, y0, x1, y1 = (float(attributes[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
    return fill_enclosed([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], size)


_SHAPES: Final = {"mask": _mask, "polygon": _polygon, "box": _upright}
