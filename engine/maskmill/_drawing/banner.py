"""A banner that says in the picture that no row has a mask, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from ..status import ReplyStatus, Status
from .label_font import Canvas, LabelFont, open_font
from .outlines import DARK

_WHITE: Final = (255, 255, 255)
_SMALLEST: Final = 8
"""Height of the smallest line that one can read."""

_MAX_SHARE: Final = 0.5
_MIN_ROOM: Final = 16
"""Share of the image's height that a banner may take, and the pixels that it may take in any case."""


class Banner(NamedTuple):
    """Lines of text and the place where they are drawn.

    Attributes
    ----------
    lines : tuple of str
        From top to bottom; none: nothing fits, and a cross is drawn.
    box : tuple of int
        x0, y0, x1, y1 in pixels, ends exclusive.
    font_size : int
        Height of a line.
    """

    lines: tuple[str, ...]
    box: tuple[int, int, int, int]
    font_size: int


def banner_texts(status: Sequence[str], reply_status: ReplyStatus, filled: int) -> list[str]:
    """Return the texts of a banner, the longest first; none if a row has its mask.

    >>> banner_texts(["tokens", "tokens", "nothing"], ReplyStatus.OK, 0)[1:]
    ['no masks: 2 tokens, 1 nothing', 'no masks']

    Parameters
    ----------
    status : sequence of str
        The status of each row.
    reply_status : ReplyStatus
        The status of the reply.
    filled : int
        How many rows have their box filled instead.
    """
    if Status.OK in status:
        return []
    reason = ", ".join(f"{number} {name}" for name, number in Counter(map(str, status)).items())
    if not reason and reply_status.is_complete:
        return ["no masks: 0 rows", "no masks"]
    text = f"no masks: {reason or reply_status.sentence}{', boxes filled' if filled else ''}"
    return [f"{text}; see maskmill inspect", text, "no masks"]


def place_banner(texts: Sequence[str], size: tuple[int, int], font_size: int) -> Banner:
    """Return the longest text that fits at the bottom of the image, in the largest letters that it fits in.

    Parameters
    ----------
    texts : sequence of str
        The longest first.
    size : tuple of int
        (width, height) of the image.
    font_size : int
        Height of a line, as labels have it; smaller ones are tried where nothing fits.
    """
    width, height = size
    for pixels in sorted({font_size, *range(_SMALLEST, min(font_size, 12) + 1)}, reverse=True):
        font, margin = open_font(pixels), max(1, pixels // 4)
        room = max(_MAX_SHARE * height, min(height, _MIN_ROOM))
        max_lines = int((room - 2 * margin) // _step(pixels))
        for text in texts:
            lines = _wrap(text, font, width - 2 * margin)
            if lines and len(lines) <= max_lines:
                wide = max(map(font.text_width, lines)) + 2 * margin
                high = len(lines) * _step(pixels) + 2 * margin
                left = (width - wide) // 2
                return Banner(tuple(lines), (left, height - high, left + wide, height), pixels)
    return Banner((), (0, 0, 0, 0), _SMALLEST)


def _step(font_size: int) -> int:
    """Return the height of a line with the space below it."""
    return font_size + max(1, font_size // 5)


def _wrap(text: str, font: LabelFont, width: int) -> list[str]:
    """Break a text at blanks into lines of at most `width` pixels; no lines if a word is wider."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.text_width(longer) <= width:
            lines[-1] = longer
        elif font.text_width(word) <= width:
            lines.append(word)
        else:
            return []
    return lines


def draw_banner(canvas: Canvas, banner: Banner) -> None:
    """Draw a banner: light letters on a dark ground; or a cross where the image has no room for letters."""
    if not banner.lines:
        _draw_cross(canvas)
        return
    x0, y0, x1, y1 = banner.box
    view, font, step = canvas[y0:y1, x0:x1], open_font(banner.font_size), _step(banner.font_size)
    view[:] = DARK
    margin = max(1, banner.font_size // 4)
    for number, line in enumerate(banner.lines):
        base = margin + number * step + banner.font_size * 4 // 5
        font.draw(view, line, ((x1 - x0 - font.text_width(line)) // 2, base), _WHITE)


def _draw_cross(canvas: Canvas) -> None:
    import cv2

    right, bottom = canvas.shape[1] - 1, canvas.shape[0] - 1
    for start, end in (((0, 0), (right, bottom)), ((right, 0), (0, bottom))):
        cv2.line(canvas, start, end, DARK, 3)
    for start, end in (((0, 0), (right, bottom)), ((right, 0), (0, bottom))):
        cv2.line(canvas, start, end, _WHITE, 1)
