"""Draw masks over their image: fill, outline and label of each row, legible on any image.

Each line is drawn twice, in the row's colour on a wider dark casing, and each label is drawn on a tag of the row's
colour with a dark rim, so nothing depends on the image below. Smaller masks are on top, and all outlines are above all
fills. All sizes follow from the image size. Only the crop of one mask is processed at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .._images.size import ImageFile, PillowImage
from ..status import ReplyStatus, Status
from .background import to_canvas
from .banner import banner_texts, draw_banner, place_banner
from .label_font import Canvas, Colour, LabelFont, open_font
from .outlines import DARK, Outline, draw_outlines, outline_of_box, outline_of_mask

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
"""RGB of rows 0 to 7, then repeated: the palette of Okabe and Ito, distinct for any kind of colour vision."""

_WHITE: Final = (255, 255, 255)
_OPACITY: Final = 0.42
_TAGS_SHARE: Final = 0.3
"""Share of the image that tags may hide."""


class _Row(Protocol):
    """The parts of `Mask` that are drawn."""

    @property
    def size(self) -> tuple[int, int]: ...
    @property
    def label(self) -> str: ...
    @property
    def status(self) -> Status: ...
    @property
    def box(self) -> NDArray[np.float64]: ...
    def crop(self) -> tuple[int, int, NDArray[np.bool_]]: ...


class _Batch(Protocol):
    """The parts of `Masks` that are drawn; this module does not import it, as `Masks` imports this one."""

    @property
    def size(self) -> tuple[int, int]: ...
    @property
    def areas(self) -> NDArray[np.int64]: ...
    @property
    def status(self) -> NDArray[np.str_]: ...
    @property
    def filled(self) -> NDArray[np.bool_]: ...
    @property
    def reply_status(self) -> ReplyStatus: ...
    def __getitem__(self, key: int, /) -> _Row: ...


class PixelBox(NamedTuple):
    """A box in whole pixels, ends exclusive."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def area(self) -> int:
        """Number of pixels; 0 if an end is not after its beginning."""
        return max(self.x1 - self.x0, 0) * max(self.y1 - self.y0, 0)


class Tag(NamedTuple):
    """A text and the box that it is drawn in."""

    text: str
    box: PixelBox


@dataclass(frozen=True, slots=True)
class Style:
    """Sizes in pixels, derived from the size of the image.

    Attributes
    ----------
    line : int
        Width of an outline.
    casing : int
        How much wider the dark line below it is.
    font_size : int
        Height of a label's line.
    """

    line: int
    casing: int
    font_size: int

    @classmethod
    def of(cls, size: tuple[int, int]) -> Style:
        """Return the sizes for an image of (width, height)."""
        side = float(np.sqrt(size[0] * size[1]))
        line = max(1, round(side / 280))
        casing = 2 * max(1, line // 3) if line > 1 else int(side >= 128)
        return cls(line, casing, int(np.clip(side / 40, 10, 200)))


def draw_overlay(masks: _Batch, image: NDArray[np.uint8] | PillowImage | ImageFile | None) -> NDArray[np.uint8]:
    """Draw each mask over the image: filled, outlined and labelled.

    >>> import maskmill
    >>> reply = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
    >>> draw_overlay(maskmill.decode(reply, size=(64, 48)), None).shape
    (48, 64, 3)

    A row without a mask is drawn as a dashed box with its status in the tag; without a box too, it is left out. Where
    no row has a mask, a banner says so.

    Parameters
    ----------
    masks : Masks
        The masks of an image of (W, H) pixels.
    image : NDArray[np.uint8], Pillow image, image file or None
        (H, W) or (H, W, 1) grey, (H, W, 3) RGB or (H, W, 4) RGBA; not changed, and alpha is ignored. Or a Pillow image,
        whose EXIF orientation is applied. None for a grey background.

    Returns
    -------
    NDArray[np.uint8]
        (H, W, 3) RGB.

    Raises
    ------
    maskmill.errors.ArgumentError
        The image has another size or type.
    """
    canvas = to_canvas(image, masks.size)
    style = Style.of(masks.size)
    outlines: list[tuple[Outline, Colour]] = []
    tops: dict[int, PixelBox] = {}
    for i in np.argsort(-masks.areas, kind="stable").tolist():
        outline, tops[i] = _fill_row(canvas, masks[i], _colour(i), style)
        if outline is not None:
            outlines.append((outline, _colour(i)))
    draw_outlines(canvas, outlines, style.line, style.casing)
    font, banner = open_font(style.font_size), _draw_banner(canvas, masks, style)
    for i, tag in _tags(masks, tops, font, banner).items():
        _draw_tag(canvas, tag, _colour(i), font)
    return canvas


def _draw_banner(canvas: Canvas, masks: _Batch, style: Style) -> list[PixelBox]:
    """Say in the picture that no row has a mask; return the place of the banner, which tags avoid."""
    texts = banner_texts(masks.status.tolist(), masks.reply_status, int(masks.filled.sum()))
    if not texts:
        return []
    banner = place_banner(texts, masks.size, style.font_size)
    draw_banner(canvas, banner)
    return [PixelBox(*banner.box)]


def _colour(row: int) -> Colour:
    return COLOURS[row % len(COLOURS)]


# Rows.


def _fill_row(canvas: Canvas, row: _Row, colour: Colour, style: Style) -> tuple[Outline | None, PixelBox]:
    """Fill a row; return its outline, if any, and the part of its topmost pixel row that the tag belongs to."""
    y, x, crop = row.crop()
    if crop.size:
        _fill(canvas[y : y + crop.shape[0], x : x + crop.shape[1]], crop, colour)
    if crop.size and row.status == Status.OK:
        columns = np.flatnonzero(crop[0])
        return outline_of_mask(crop, (x, y)), PixelBox(x + int(columns[0]), y, x + int(columns[-1]) + 1, y + 1)
    box = _clip(row.box, row.size)
    return outline_of_box(box, style.line) if box.area else None, box._replace(y1=min(box.y0 + 1, box.y1))


def _fill(view: Canvas, crop: NDArray[np.bool_], colour: Colour) -> None:
    """Mix the colour into the pixels of a mask, by a table of 256 values per channel."""
    import cv2

    values = np.arange(256)[:, None, None] * (1 - _OPACITY) + np.array(colour) * _OPACITY
    mixed = cv2.LUT(view, np.rint(values).astype(np.uint8))
    cv2.copyTo(mixed, crop.view(np.uint8), view)


def _clip(box: NDArray[np.float64], size: tuple[int, int]) -> PixelBox:
    """Return the box clipped to the image; empty if there is none, or none of it is inside."""
    width, height = size
    corners = np.clip(np.nan_to_num(box), 0, (width, height, width, height))
    return PixelBox(*(int(v) for v in corners))


# Tags.


def _tags(masks: _Batch, tops: dict[int, PixelBox], font: LabelFont, taken: Sequence[PixelBox] = ()) -> dict[int, Tag]:
    """Return a tag for each visible row: its label, else its number, else none, depending on the free space."""
    tags: dict[int, Tag] = {}
    max_pixels = _TAGS_SHARE * masks.size[0] * masks.size[1] / max(len(tops), 1)
    for i in sorted(tops):
        occupied = np.array([*taken, *(tag.box for tag in tags.values())], np.int64).reshape(-1, 4)
        for text in _tag_texts(masks[i], i, font, max_pixels) if tops[i].area else ():
            box = _find_place(tops[i], _tag_size(text, font), masks.size, occupied)
            if box is not None:
                tags[i] = Tag(text, box)
                break
    return tags


def _tag_texts(row: _Row, number: int, font: LabelFont, max_pixels: float) -> list[str]:
    """Return possible texts of a tag, the best first; `max_pixels` is its share of the pixels that tags may hide."""
    status = "" if row.status == Status.OK else f": no mask ({row.status})"
    name = font.to_drawable(row.label) or f"#{number}"
    share = int(max_pixels / _tag_size("", font)[1])
    widest = min(max(share, 10 * font.size), row.size[0]) - 2 * _margin(font)
    label = font.fit(name, status, widest)
    return [label, f"#{number}"] if label else [f"#{number}"]


def _margin(font: LabelFont) -> int:
    return max(2, font.size // 4)


def _tag_size(text: str, font: LabelFont) -> tuple[int, int]:
    margin = _margin(font)
    return font.text_width(text) + 2 * margin, font.size + 2 * (margin // 2) + 1


def _find_place(
    top: PixelBox, tag: tuple[int, int], size: tuple[int, int], occupied: NDArray[np.int64]
) -> PixelBox | None:
    """Return a box centred above the row, or the nearest one that overlaps no other tag; None if there is none."""
    (tag_width, tag_height), (width, height) = tag, size
    is_too_large = tag_width > width or tag_height > height
    if is_too_large or tag_width * tag_height + _area(occupied) > _TAGS_SHARE * width * height:
        return None
    across, down = (steps.ravel() for steps in np.meshgrid(np.arange(-4, 5), np.arange(-7, 8)))
    x = np.clip((top.x0 + top.x1 - tag_width) // 2 + across * (tag_width // 2 + 1), 0, width - tag_width)
    y = np.clip(top.y0 - tag_height - 2 + down * (tag_height + 1), 0, height - tag_height)
    free = _overlaps(np.stack((x, y, x + tag_width, y + tag_height), axis=1), occupied) == 0
    if not free.any():
        return None
    best = np.where(free, np.abs(across) * tag_width + np.abs(down) * tag_height * 2, np.inf).argmin()
    return PixelBox(int(x[best]), int(y[best]), int(x[best]) + tag_width, int(y[best]) + tag_height)


def _area(boxes: NDArray[np.int64]) -> int:
    return int((boxes[:, 2:] - boxes[:, :2]).prod(axis=1).sum())


def _overlaps(boxes: NDArray[np.int64], occupied: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many pixels each box shares with others, int64 (N,)."""
    a, b = boxes[:, None], occupied[None]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    total: NDArray[np.int64] = np.clip(sides, 0, None).prod(axis=2).sum(axis=1)
    return total


def _draw_tag(canvas: Canvas, tag: Tag, colour: Colour, font: LabelFont) -> None:
    x0, y0, x1, y1 = tag.box
    view = canvas[y0:y1, x0:x1]
    view[:] = DARK
    view[1:-1, 1:-1] = colour
    base = y1 - y0 - _margin(font) // 2 - font.size // 5 - 1
    font.draw(view, tag.text, (_margin(font), base), _text_colour(colour))


def _text_colour(colour: Colour) -> Colour:
    """Return black or white, whichever contrasts more, by the relative luminance of the WCAG."""
    channels = (np.array(colour) / 255) ** 2.2
    return DARK if channels @ (0.2126, 0.7152, 0.0722) > 0.18 else _WHITE
