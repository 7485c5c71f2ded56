"""Masks over their image: fill, outline and label of each row, legible on any image.

Every line is drawn twice, in the row's colour upon a wider dark one, and every label stands on a tag of the row's
colour with a dark rim, so nothing depends on what lies below. Smaller masks lie on top, and all outlines upon all
fills. All sizes follow from that of the image. Work is done on the crop of one mask at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import expected
from ..masks import Mask, Masks
from ..status import Status
from .lettering import Canvas, Colour, Lettering, lettering
from .outlines import DARK, Outline, around_box, around_mask, draw_outlines

COLOURS: Final[tuple[Colour, ...]] = (
    (0, 178, 129),
    (213, 94, 0),
    (240, 228, 66),
    (0, 114, 178),
    (204, 121, 167),
    (86, 180, 233),
    (230, 159, 0),
    (170, 170, 170),
)
"""RGB of row 0, 1, …, then over again: Okabe and Ito's colours, told apart with any kind of colour vision."""

_WHITE: Final = (255, 255, 255)
_GROUND: Final = 128
_OPACITY: Final = 0.42
_TAGS_SHARE: Final = 0.3
"""Share of the image that tags may hide."""


class Box(NamedTuple):
    """Whole pixels, ends exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def area(self) -> int:
        """Pixels; zero where the ends do not lie behind the beginnings."""
        return max(self.x1 - self.x0, 0) * max(self.y1 - self.y0, 0)


class Tag(NamedTuple):
    """A label in its place."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes in pixels, all from the size of the image.

    Attributes
    ----------
    line
        Width of an outline.
    casing
        How far the dark line below it looks out on both sides together.
    letters
        Height of a label's line.
    """

    line: int
    casing: int
    letters: int

    @classmethod
    def of(cls, size: tuple[int, int]) -> Style:
        """For an image of (width, height)."""
        side = float(np.sqrt(size[0] * size[1]))
        line = max(1, round(side / 280))
        casing = 2 * max(1, line // 3) if line > 1 else int(side >= 128)
        return cls(line, casing, int(np.clip(side / 40, 10, 200)))


def draw(masks: Masks, image: NDArray[np.uint8] | None) -> NDArray[np.uint8]:
    """The image with each mask filled, outlined and labelled.

    >>> import maskmill
    >>> reply = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
    >>> draw(maskmill.decode(reply, size=(64, 48)), None).shape
    (48, 64, 3)

    A row without a mask is a dashed box with its status in the tag; one that has no box either is left out.

    Parameters
    ----------
    masks
        What is drawn, of (W, H) pixels.
    image
        (H, W) or (H, W, 1) grey, (H, W, 3) RGB or (H, W, 4) RGBA, uint8; it is not changed, and its alpha is
        ignored. Or a Pillow image, whose EXIF orientation is applied. None for a plain grey ground.

    Returns
    -------
    NDArray[np.uint8]
        (H, W, 3) RGB.

    Raises
    ------
    maskmill.errors.ArgumentError
        The image is of another size or type.
    """
    canvas = _ground(masks.size, image)
    style = Style.of(masks.size)
    outlines: list[tuple[Outline, Colour]] = []
    tops: dict[int, Box] = {}
    for i in np.argsort(-masks.areas, kind="stable").tolist():
        outline, tops[i] = _fill_row(canvas, masks[i], _colour(i), style)
        if outline is not None:
            outlines.append((outline, _colour(i)))
    draw_outlines(canvas, outlines, style.line, style.casing)
    letters = lettering(style.letters)
    for i, tag in _tags(masks, tops, letters).items():
        _draw_tag(canvas, tag, _colour(i), letters)
    return canvas


def _colour(row: int) -> Colour:
    return COLOURS[row % len(COLOURS)]


# The ground.


def _ground(size: tuple[int, int], image: Any) -> Canvas:
    width, height = size
    if image is None:
        return np.full((height, width, 3), _GROUND, np.uint8)
    if hasattr(image, "getexif"):
        image = _from_pillow(image)
    shapes = [(height, width), *((height, width, channels) for channels in (1, 3, 4))]
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8 or image.shape not in shapes:
        raise expected(f"a uint8 array ({height}, {width}[, 1, 3 or 4])", _described(image), "image")
    pixels = image[..., None] if image.ndim == 2 else image[..., :3]
    return np.array(np.broadcast_to(pixels, (height, width, 3)), order="C")


def _from_pillow(image: Any) -> Canvas:
    """The pixels as seen: EXIF's orientations 5 to 8 swap the axes first, then some flip rows or columns."""
    orientation = image.getexif().get(0x0112, 1)
    pixels = np.asarray(image.convert("RGB"))
    if orientation in (5, 6, 7, 8):
        pixels = pixels.transpose(1, 0, 2)
    rows = -1 if orientation in (3, 4, 7, 8) else 1
    columns = -1 if orientation in (2, 3, 6, 7) else 1
    return pixels[::rows, ::columns]


def _described(image: Any) -> str:
    return f"{image.dtype} {image.shape}" if isinstance(image, np.ndarray) else type(image).__name__


# Rows.


def _fill_row(canvas: Canvas, row: Mask, colour: Colour, style: Style) -> tuple[Outline | None, Box]:
    """Fill a row; return its outline, if it has one, and its uppermost line of pixels, where the tag belongs."""
    y, x, crop = row.crop()
    if crop.size:
        _fill(canvas[y : y + crop.shape[0], x : x + crop.shape[1]], crop, colour)
    if crop.size and row.status == Status.OK:
        columns = np.flatnonzero(crop[0])
        return around_mask(crop, (x, y)), Box(x + int(columns[0]), y, x + int(columns[-1]) + 1, y + 1)
    box = _visible(row.box, row.size)
    return around_box(box, style.line) if box.area else None, box._replace(y1=min(box.y0 + 1, box.y1))


def _fill(view: Canvas, crop: NDArray[np.bool_], colour: Colour) -> None:
    """Mix the colour into the pixels of a mask: by table, for 256 values of each channel."""
    import cv2

    values = np.arange(256)[:, None, None] * (1 - _OPACITY) + np.array(colour) * _OPACITY
    mixed = cv2.LUT(view, np.rint(values).astype(np.uint8))
    cv2.copyTo(mixed, crop.view(np.uint8), view)


def _visible(box: NDArray[np.float64], size: tuple[int, int]) -> Box:
    """The box inside the image; empty where there is none, or nothing of it is inside."""
    width, height = size
    corners = np.clip(np.nan_to_num(box), 0, (width, height, width, height))
    return Box(*(int(v) for v in corners))


# Tags.


def _tags(masks: Masks, tops: dict[int, Box], letters: Lettering) -> dict[int, Tag]:
    """A tag for each row that can be seen: its label, else its number, else nothing, as there is room."""
    tags: dict[int, Tag] = {}
    room = _TAGS_SHARE * masks.size[0] * masks.size[1] / max(len(tops), 1)
    for i in sorted(tops):
        taken = np.array([tag.box for tag in tags.values()], np.int64).reshape(-1, 4)
        for text in _texts(masks[i], i, letters, room) if tops[i].area else ():
            box = _place(tops[i], _tag_size(text, letters), masks.size, taken)
            if box is not None:
                tags[i] = Tag(text, box)
                break
    return tags


def _texts(row: Mask, number: int, letters: Lettering, room: float) -> list[str]:
    """What a tag may say, the best first; `room` is its share of the pixels that tags may hide."""
    status = "" if row.status == Status.OK else f": no mask ({row.status})"
    name = letters.drawable(row.label) or f"#{number}"
    share = int(room / _tag_size("", letters)[1])
    widest = min(max(share, 10 * letters.size), row.size[0]) - 2 * _margin(letters)
    label = letters.fitted(name, status, widest)
    return [label, f"#{number}"] if label else [f"#{number}"]


def _margin(letters: Lettering) -> int:
    return max(2, letters.size // 4)


def _tag_size(text: str, letters: Lettering) -> tuple[int, int]:
    margin = _margin(letters)
    return letters.width(text) + 2 * margin, letters.size + 2 * (margin // 2) + 1


def _place(top: Box, tag: tuple[int, int], size: tuple[int, int], taken: NDArray[np.int64]) -> Box | None:
    """Centred above the row, or the nearest place to that where the tag hides no other; None where there is none."""
    (wide, high), (width, height) = tag, size
    if wide > width or high > height or wide * high + _area(taken) > _TAGS_SHARE * width * height:
        return None
    across, down = (steps.ravel() for steps in np.meshgrid(np.arange(-4, 5), np.arange(-7, 8)))
    x = np.clip((top.x0 + top.x1 - wide) // 2 + across * (wide // 2 + 1), 0, width - wide)
    y = np.clip(top.y0 - high - 2 + down * (high + 1), 0, height - high)
    free = _overlaps(np.stack((x, y, x + wide, y + high), axis=1), taken) == 0
    if not free.any():
        return None
    best = np.where(free, np.abs(across) * wide + np.abs(down) * high * 2, np.inf).argmin()
    return Box(int(x[best]), int(y[best]), int(x[best]) + wide, int(y[best]) + high)


def _area(boxes: NDArray[np.int64]) -> int:
    return int((boxes[:, 2:] - boxes[:, :2]).prod(axis=1).sum())


def _overlaps(boxes: NDArray[np.int64], taken: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) pixels of each box that others take."""
    a, b = boxes[:, None], taken[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    total: NDArray[np.int64] = np.clip(sides, 0, None).prod(axis=2).sum(axis=1)
    return total


def _draw_tag(canvas: Canvas, tag: Tag, colour: Colour, letters: Lettering) -> None:
    x0, y0, x1, y1 = tag.box
    view = canvas[y0:y1, x0:x1]
    view[:] = DARK
    view[1:-1, 1:-1] = colour
    base = y1 - y0 - _margin(letters) // 2 - letters.size // 5 - 1
    letters.write(view, tag.text, (_margin(letters), base), _ink_on(colour))


def _ink_on(colour: Colour) -> Colour:
    """Black or white, whichever stands out more: by relative luminance, as the web's guidelines define it."""
    channels = (np.array(colour) / 255) ** 2.2
    return DARK if channels @ (0.2126, 0.7152, 0.0722) > 0.18 else _WHITE
