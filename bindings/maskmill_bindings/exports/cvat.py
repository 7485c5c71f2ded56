"""CVAT's XML, *CVAT for images 1.1*: an element an image, with a run-length mask for each row.

Format, as CVAT's documentation of its XML format has it: a ``<mask>`` has a label, the box ``left``, ``top``,
``width``, ``height`` in pixels, and ``rle``, row-major runs within the box of background and foreground in turn,
background first, with commas between. ``<meta>`` comes before the images and names the labels. Polygons are x, y along
the edges of pixels: ``x,y;x,y;…``.

XML is read without its document types: a file that declares any, and with it entities that could grow without bounds,
is refused at the declaration.
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

from maskmill.errors import ArgumentError, told

from ..record import Record, as_records
from . import Settings, with_classes
from ._geometry.foreign_shapes import Rle, Shape, enclosed, masks_of, pasted, ranges_of, reading
from ._shared.loss_warnings import Losses

if TYPE_CHECKING:
    from maskmill import Masks

NAMELESS: Final = "object"
"""What an empty label is called, which CVAT does not take."""

_UNWRITABLE: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CHUNK: Final = 1 << 18
_LOST: Final = ("polyline", "points", "ellipse", "cuboid", "skeleton", "tag")


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
    records
        What is written; a row without a pixel is left out, and an empty label becomes `NAMELESS`.
    path
        The file.
    settings
        Its `classes` are the labels of the file.

    Raises
    ------
    maskmill.errors.ArgumentError
        A label is none of the classes.
    OSError
        The file cannot be written.

    Warns
    -----
    LossWarning
        Masks have scores, or labels are empty or have characters that XML cannot hold.
    """
    records, settings = with_classes(as_records(records), settings or Settings())
    file = Path(path)
    with file.open("wb") as opened:
        writer = _Writer(opened, settings)
        writer.begin()
        for number, record in enumerate(records):
            writer.image(number, record)
        writer.end()
    return [file]


class _Writer:
    def __init__(self, opened: Any, settings: Settings) -> None:
        self._xml = XMLGenerator(opened, "utf-8", short_empty_elements=True)
        self._settings = settings
        self._losses = Losses()

    def begin(self) -> None:
        self._xml.startDocument()
        self._open("annotations")
        self._whole("version", "1.1")
        for name in ("meta", "task", "labels"):
            self._open(name)
        for label in dict.fromkeys(self._label(name) for name in self._settings.classes or ()):
            self._open("label")
            self._whole("name", label)
            self._whole("attributes", "")
            self._close("label")
        for name in ("labels", "task", "meta"):
            self._close(name)

    def image(self, number: int, record: Record) -> None:
        width, height = record.masks.size
        self._open("image", id=number, name=self._written(record.name), width=width, height=height)
        self._losses.tell_scores(record.masks, "CVAT")
        for row in record.masks[record.masks.areas > 0]:
            self._settings.number(row.label)
            y, x, pixels = row.crop()
            self._open("mask", label=self._label(row.label), source="auto", occluded=0, **_box(pixels, x, y), z_order=0)
            self._close("mask")
        self._close("image")

    def end(self) -> None:
        self._close("annotations")
        self._xml.endDocument()

    def _label(self, name: str) -> str:
        if not name:
            self._losses.tell(f"CVAT takes no empty label: it becomes {NAMELESS!r}")
        return self._written(name or NAMELESS)

    def _written(self, text: str) -> str:
        if not _UNWRITABLE.search(text):
            return text
        self._losses.tell("a text has characters that XML cannot hold; they became \ufffd")
        return _UNWRITABLE.sub("\ufffd", text)

    def _open(self, name: str, /, **attributes: object) -> None:
        self._xml.startElement(name, AttributesImpl({key: str(value) for key, value in attributes.items()}))
        if name in ("annotations", "meta", "task", "labels", "image"):
            self._xml.characters("\n")

    def _close(self, name: str) -> None:
        self._xml.endElement(name)
        self._xml.characters("\n")

    def _whole(self, name: str, text: str) -> None:
        self._xml.startElement(name, AttributesImpl({}))
        self._xml.characters(text)
        self._close(name)


def _box(pixels: NDArray[np.bool_], x: int, y: int) -> dict[str, object]:
    height, width = pixels.shape
    changes = ranges_of(pixels, 0, 0, (width, height)).reshape(-1)
    counts = np.diff(changes, prepend=0, append=width * height).tolist()
    rle = ", ".join(map(str, counts if counts[-1] else counts[:-1]))
    return {"rle": rle, "left": x, "top": y, "width": width, "height": height}


def read(path: str | Path) -> Iterator[Record]:
    """The records of a file: what `write` wrote, or CVAT's own export *CVAT for images 1.1*.

    Masks, polygons and upright boxes become rows; other shapes, and the tracks of videos, are left out with a
    `LossWarning`. The name of an image is its key. Memory is that of one image's elements.

    Raises
    ------
    maskmill.errors.ArgumentError
        The file does not hold what it should.
    OSError
        The file cannot be read.
    """
    file, losses = Path(path), Losses()
    for number, image in enumerate(_images(file, losses), 1):
        name = image.attributes.get("name", "")
        with reading(f"{file}: image {name!r}"):
            size = int(image.attributes["width"]), int(image.attributes["height"])
            shapes = [Shape(a.get("label", ""), _rle(kind, a, size, losses)) for kind, a in image.shapes]
            masks = masks_of(shapes, size)
        yield Record(name, masks, name, file.name, number)


_Attributes = Mapping[str, str]


@dataclass(slots=True)
class _Image:
    attributes: _Attributes
    shapes: list[tuple[str, _Attributes]] = field(default_factory=list)


class _Handler:
    """What expat finds: finished images are taken from `done`."""

    def __init__(self, losses: Losses) -> None:
        self.done: list[_Image] = []
        self._image: _Image | None = None
        self._losses = losses
        self._number = count()

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not next(self._number) and name != "annotations":
            raise told("the element `annotations`", name, "xml")
        if name == "image":
            self._image = _Image(attributes)
        elif name in _SHAPES and self._image is not None:
            self._image.shapes.append((name, attributes))
        elif name == "track" or (name in _LOST and self._image is not None):
            self._losses.tell(f"elements {name!r} of CVAT are left out")

    def end(self, name: str) -> None:
        if name == "image" and self._image is not None:
            self.done.append(self._image)
            self._image = None

    def doctype(self, name: str, *_: object) -> None:
        raise told("XML without a document type", f"<!DOCTYPE {name}", "xml")


def _images(file: Path, losses: Losses) -> Iterator[_Image]:
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
                raise told("XML of CVAT", str(error), str(file)) from None
            yield from handler.done
            handler.done.clear()


def _rle(kind: str, attributes: _Attributes, size: tuple[int, int], losses: Losses) -> Rle:
    if float(attributes.get("rotation", 0)):
        losses.tell("boxes that are rotated are read upright")
    return _SHAPES[kind](attributes, size)


def _mask(attributes: _Attributes, size: tuple[int, int]) -> Rle:
    left, top, width, height = (int(attributes[name]) for name in ("left", "top", "width", "height"))
    counts = np.array(attributes["rle"].split(","), np.int64)
    if width < 1 or height < 1 or width * height > size[0] * size[1]:
        raise told(f"a box inside {size}", f"{width}x{height}", "mask")
    if not ((counts >= 0) & (counts <= width * height)).all() or counts.sum() != width * height:
        raise told(f"runs that sum up to {width * height}", str(counts.sum()), "rle")
    pixels = np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape(height, width)
    return pasted(pixels, left, top, size)


def _polygon(attributes: _Attributes, size: tuple[int, int]) -> Rle:
    return enclosed([[float(v) for v in pair.split(",")] for pair in attributes["points"].split(";")], size)


def _upright(attributes: _Attributes, size: tuple[int, int]) -> Rle:
    x0, y0, x1, y1 = (float(attributes[name]) for name in ("xtl", "ytl", "xbr", "ybr"))
    return enclosed([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], size)


_SHAPES: Final = {"mask": _mask, "polygon": _polygon, "box": _upright}
