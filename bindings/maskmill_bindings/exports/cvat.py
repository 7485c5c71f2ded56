"""CVAT's XML, *CVAT for images 1.1*: one element per image, with one run-length mask per row.

Format, by CVAT's documentation of its XML format: a ``<mask>`` has a label, the box ``left``, ``top``, ``width``,
``height`` in pixels, and ``rle``, row-major run lengths within the box, background and foreground in turn, background
first, separated by commas. ``<meta>`` comes before the images and names the labels. Polygons are x, y along the edges
of pixels: ``x,y;x,y;…``.

A file with a document type declaration is refused, since it could declare entities that grow without bounds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

import numpy as np
from numpy.typing import NDArray

from ..record import Record, as_records
from ._geometry.foreign_shapes import (
    to_ranges,
)
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._reading.xml.cvat import read_entries
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings, resolve_classes

if TYPE_CHECKING:
    from maskmill import Masks

NAMELESS: Final = "object"
"""Label of masks without a label, since CVAT refuses empty labels."""

_NOT_IN_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of a file that `write` or CVAT's export *CVAT for images 1.1* wrote.

    Masks, polygons, boxes and ellipses become rows; a box is the polygon of its corners, turned where it is rotated.
    `native` draws polygons as pycocotools does, and ellipses as OpenCV does, as CVAT's exporters have it. Other shapes
    become rows with the status ``nothing``, and the tracks of videos are not read. The name of an image is its key.
    Memory is that of one image's elements.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    options = ReadOptions(rule, size, images, on_unread)
    return options.deliver(read_entries(Path(path), options))
