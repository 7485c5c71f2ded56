"""Parse CVAT's XML as a stream: the images with the names and attributes of their shapes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.parsers import expat

from maskmill.errors import ArgumentError

from ....record import Unread

_CHUNK: Final = 1 << 18
_SHAPES: Final = ("mask", "polygon", "box", "ellipse", "polyline", "points", "cuboid", "skeleton")


@dataclass(slots=True)
class CvatImage:
    """One ``<image>`` element, and the names and attributes of its shapes."""

    attributes: Mapping[str, str]
    shapes: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)


class _Handler:
    """Collects what expat parses; `done` holds the finished images, and the tracks, which are not read."""

    def __init__(self, name: str) -> None:
        self.done: list[CvatImage | Unread] = []
        self._name = name
        self._image: CvatImage | None = None
        self._depth = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Start an image, or add a shape to it."""
        if not self._depth and name != "annotations":
            raise ArgumentError("the element `annotations` of CVAT", name, self._name)
        self._depth += 1
        if name == "image":
            self._image = CvatImage(attributes)
        elif name in _SHAPES and self._image is not None:
            self._image.shapes.append((name, attributes))
        elif name == "track" and self._image is None:
            label, number = attributes.get("label", ""), attributes.get("id", "")
            reason = f"expected shapes of images, got a track of a video ({label!r})"
            self.done.append(Unread(f"track {number}", reason, source=self._name))

    def end(self, name: str) -> None:
        """Finish an image at its end tag."""
        self._depth -= 1
        if name == "image" and self._image is not None:
            self.done.append(self._image)
            self._image = None

    def doctype(self, name: str, *_: object) -> None:
        """Refuse a document type, which could declare entities that grow without bounds."""
        raise ArgumentError("XML without a document type", f"<!DOCTYPE {name}", self._name)


def read_images(file: Path) -> Iterator[CvatImage | Unread]:
    """Yield the images of a file as they are parsed; memory is that of one image's elements.

    Raises
    ------
    maskmill.errors.ArgumentError
        It is no XML of CVAT, or declares a document type.
    """
    handler, parser = _Handler(file.name), expat.ParserCreate()
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
