"""SVG: a picture an image, in which each mask is one path along the edges of its pixels.

A browser shows the masks over their image, each with its label as a tooltip, in the colours of `Masks.overlay`, one a
label. The image is linked, not copied, and only where the folder with the images is given; else the ground is grey.
Larger masks lie below smaller ones, so the number of its row stands at each path (``data-index``), beside its score and
status; a row without a pixel is an empty path.

What is lost: boxes that the model gave, forms, problems, and characters that XML cannot hold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape, quoteattr

from .._safe_text import Names, sound
from ..record import Record, as_records
from . import Settings
from ._geometry.svg_paths import path_of
from ._shared.image_files import image_file
from ._shared.loss_warnings import Losses
from ._shared.svg_reading import record_of

if TYPE_CHECKING:
    from maskmill import Mask, Masks

_STYLE: Final = (
    ".maskmill path{fill-opacity:.42;stroke-width:2;stroke-linejoin:round;vector-effect:non-scaling-stroke}"
    ".maskmill path:hover{fill-opacity:.75}.maskmill{max-width:100%;height:auto}"
)
_GROUND: Final = "#808080"
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(records: Masks | Record | Iterable[Record], path: str | Path, settings: Settings | None = None) -> list[Path]:
    """Write an SVG for each image into a folder.

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
    records
        Also the masks of one image.
    path
        The folder; it is made where it is missing.
    settings
        Classes, whose numbers choose the colours; without them, labels get theirs in the order in which they come.
        The folder with the images, to link them.

    Returns
    -------
    list[Path]
        The files, named as the images.

    Raises
    ------
    OSError
        A file cannot be written.

    Warns
    -----
    LossWarning
        A text has characters that XML cannot hold.
    """
    folder, names, chosen = Path(path), Names(), settings or Settings()
    folder.mkdir(parents=True, exist_ok=True)
    draw = _Drawing(chosen)
    files = []
    for record in as_records(records):
        file = folder / f"{names.of(record.stem)}.svg"
        with file.open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{line}\n" for line in draw.lines(record))
        files.append(file)
    return files


def read(path: str | Path) -> Iterator[Record]:
    """The records of an SVG file, or of those in a folder, in the order of their names, one at a time.

    Read are the paths, with straight absolute lines (M, L, H, V, Z), in files whose ``viewBox`` begins at 0 0 and has
    whole sides: those that `write` made, and others like them. Other shapes are passed over with a warning; curves,
    relative steps, transforms and other viewBoxes are refused. A label is a path's ``title``.

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no such file, or something in it does not fit.
    OSError
        A file cannot be read.
    """
    from ._shared.shard_paths import files_of

    return map(record_of, files_of(path, ".svg"))


class _Drawing:
    """Draws images, and remembers what holds for all of them: a colour for each label, and losses."""

    def __init__(self, settings: Settings) -> None:
        self._images = settings.images
        self._numbers = {name: i for i, name in enumerate(settings.classes or ())}
        self._losses = Losses()

    def lines(self, record: Record) -> Iterator[str]:
        """The lines of one picture."""
        width, height = record.masks.size
        about = self._attributes({"key": record.key, "image": record.image, "model": record.model})
        yield (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="maskmill" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}"{about}>'
        )
        yield f"<style>{_STYLE}</style>"
        yield self._ground(record)
        colours = [self._colour(label) for label in record.masks.labels]
        for i in (-record.masks.areas).argsort(kind="stable").tolist():
            yield self._path(i, record.masks[i], colours[i])
        yield "</svg>"

    def _ground(self, record: Record) -> str:
        place, image = 'width="100%" height="100%"', image_file(record, self._images)
        if image is None:
            return f'<rect {place} fill="{_GROUND}"/>'
        return f'<image {place} preserveAspectRatio="none" href={quoteattr(image.resolve().as_uri())}/>'

    def _path(self, index: int, mask: Mask, colour: str) -> str:
        rings = [ring for part in mask.polygons() for ring in (part.outer, *part.holes)]
        known: dict[str, Any] = {"index": index, "status": mask.status}
        if not math.isnan(mask.score):
            known["score"] = mask.score
        look = f'fill="{colour}" stroke="{colour}" fill-rule="evenodd"'
        title = escape(self._sound(mask.label), {"\r": "&#13;"})
        return f'<path d="{path_of(rings)}" {look}{self._attributes(known)}><title>{title}</title></path>'

    def _colour(self, label: str) -> str:
        from maskmill._drawing.overlay import COLOURS

        number = self._numbers.setdefault(label, len(self._numbers))
        return "#{:02x}{:02x}{:02x}".format(*COLOURS[number % len(COLOURS)])

    def _attributes(self, known: dict[str, Any]) -> str:
        return "".join(f" data-{name}={quoteattr(self._sound(str(value)))}" for name, value in known.items())

    def _sound(self, text: str) -> str:
        fit = _NO_XML.sub("\ufffd", sound(text))
        if fit != text:
            self._losses.tell("a text has characters that XML cannot hold; they became \ufffd")
        return fit
