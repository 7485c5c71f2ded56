"""SVG: one picture per image, in which each mask is one path along the edges of its pixels.

A browser shows the masks over their image, each with its label as a tooltip, in the colours of `Masks.overlay`, one
colour per label. The image is linked, not copied, if the settings name the folder with the images; else the background
is grey. Larger masks lie below smaller ones, so each path names its row (``data-index``), beside its score and status;
a row without a pixel is an empty path.

What is lost: the model's boxes, forms, problems, and characters that XML cannot hold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape, quoteattr

from .._safe_text import UniqueNames, replace_surrogates
from ..record import Record, as_records
from ._geometry.simplified import simplify_polygon
from ._geometry.svg_paths import to_path_data
from ._reading.options import ReadOptions
from ._reading.rules import OnUnread, Rule
from ._reading.xml.svg import read_entries
from ._shared.image_files import find_image
from ._shared.loss_warnings import LossWarner
from ._shared.settings import Settings

if TYPE_CHECKING:
    from maskmill import Mask, Masks

_STYLE: Final = (
    ".maskmill path{fill-opacity:.42;stroke-width:2;stroke-linejoin:round;vector-effect:non-scaling-stroke}"
    ".maskmill path:hover{fill-opacity:.75}.maskmill{max-width:100%;height:auto}"
)
_GREY: Final = "#808080"
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write one SVG per image into a folder, named as the images.

    >>> import maskmill, tempfile
    >>> masks = maskmill.decode('[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]', size=(8, 8))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [file] = write([Record("a.jpg", masks)], folder)
    ...     file.name, file.read_text().splitlines()[-2]
    ...     [(record.key, record.masks.labels.tolist()) for record in read(folder)]
    ('a.svg', '<path d="M1 0H4V3H3V2H2V1H1Z" fill="#00b281" stroke="#00b281" fill-rule="evenodd" data-index="0" \
data-status="ok"><title>cat</title></path>')
    [('a.jpg', ['cat'])]

    Parameters
    ----------
    records : Masks, Record or iterable of Record
        Images without a row and rows without a pixel are written too.
    path : str or Path
        Folder to write.
    settings : Settings, optional
        Classes, whose numbers choose the colours; without them, labels get colours in the order of their appearance.
        The folder with the images, to link them. `simplify` gives outlines fewer vertices.

    Warns
    -----
    LossWarning
        A text has characters that XML cannot hold.
    """
    folder, names, chosen = Path(path), UniqueNames(), settings or Settings()
    folder.mkdir(parents=True, exist_ok=True)
    draw = _Drawing(chosen)
    files = []
    for record in as_records(records):
        file = folder / f"{names.name_for(record.stem)}.svg"
        with file.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{line}\n" for line in draw.lines(record))
        files.append(file)
    return files


def read(
    path: str | Path,
    *,
    rule: Rule = "native",
    size: tuple[int, int] | None = None,
    images: str | Path | None = None,
    on_unread: OnUnread = None,
) -> Iterator[Record]:
    """Return the records of an SVG file, or of those in a folder, in the order of their names.

    Paths with every command, polygons, rectangles, circles and ellipses become rows, with fill rules and transforms;
    curves become edges that stay within 0.04 pixels of them. What cannot be read exactly is a row with its
    reason. The size is that of the picture in pixels, or of its ``viewBox``; the label a shape's ``title``, or its id.
    Shapes are filled by pixel centres under both rules, as no tool keeps masks in SVG.

    Parameters
    ----------
    path : str or Path
        File or folder.
    rule, size, images, on_unread : optional
        As in `maskmill_bindings.exports.read`.
    """
    options = ReadOptions(rule, size, images, on_unread)
    return options.deliver(read_entries(Path(path), options))


class _Drawing:
    """Draws images; keeps the colours of labels and the warnings that they share."""

    def __init__(self, settings: Settings) -> None:
        self._images, self._tolerance = settings.images, settings.simplify
        self._numbers = {name: i for i, name in enumerate(settings.classes or ())}
        self._losses = LossWarner()

    def lines(self, record: Record) -> Iterator[str]:
        """Yield the lines of one picture."""
        width, height = record.masks.size
        about = self._attributes({"key": record.key, "image": record.image, "model": record.model})
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="maskmill" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}"{about}>'
        )
        yield f"<style>{_STYLE}</style>"
        yield self._background(record)
        colours = [self._colour(label) for label in record.masks.labels]
        for i in (-record.masks.areas).argsort(kind="stable").tolist():
            yield self._path(i, record.masks[i], colours[i])
        yield "</svg>"

    def _background(self, record: Record) -> str:
        """Return the element of the image, or of a grey background."""
        place, image = 'width="100%" height="100%"', find_image(record, self._images)
        if image is None:
            return f'<rect {place} fill="{_GREY}"/>'
        return f'<image {place} preserveAspectRatio="none" href={quoteattr(image.resolve().as_uri())}/>'

    def _path(self, index: int, mask: Mask, colour: str) -> str:
        """Return the path of one mask."""
        parts = (simplify_polygon(part, self._tolerance) for part in mask.polygons())
        rings = [ring for part in parts for ring in (part.outer, *part.holes)]
        data: dict[str, Any] = {"index": index, "status": mask.status}
        if not math.isnan(mask.score):
            data["score"] = mask.score
        style = f'fill="{colour}" stroke="{colour}" fill-rule="evenodd"'
        title = escape(self._clean(mask.label), {"\r": "&#13;"})
        return f'<path d="{to_path_data(rings)}" {style}{self._attributes(data)}><title>{title}</title></path>'

    def _colour(self, label: str) -> str:
        """Return the colour of a label, as ``#rrggbb``."""
        from maskmill._drawing.overlay import COLOURS

        number = self._numbers.setdefault(label, len(self._numbers))
        return "#{:02x}{:02x}{:02x}".format(*COLOURS[number % len(COLOURS)])

    def _attributes(self, data: dict[str, Any]) -> str:
        """Return values as ``data-`` attributes."""
        return "".join(f" data-{name}={quoteattr(self._clean(str(value)))}" for name, value in data.items())

    def _clean(self, text: str) -> str:
        """Return a text without characters that XML cannot hold."""
        fit = _NOT_IN_XML.sub("\ufffd", replace_surrogates(text))
        if fit != text:
            self._losses.warn("a text has characters that XML cannot hold; they became \ufffd")
        return fit
