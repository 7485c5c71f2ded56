"""The chart of a fitted codebook: its learning curve, and held-out masks beside what it decodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from maskmill._drawing.overlay import COLOURS

from .scales import Axes, Scale, format_tick
from .sheet import HAIR, SOFT, Rectangle, Sheet, tint

if TYPE_CHECKING:
    from maskmill.codebooks import Curve
    from maskmill.codebooks._scores import Spread

SIZE: Final = (1500, 760)
_CURVE_BOX: Final = Rectangle(110, 120, 760, 660)
_TILE: Final = 180
_GAP: Final = 16
_TILES_ORIGIN: Final = (860, 120)
_LINES: Final = (COLOURS[3], "this codebook"), (COLOURS[1], "mean patch of each token")
_MISSING_COLOUR, _EXCESS_COLOUR = COLOURS[1], COLOURS[3]
_MAX_EXAMPLES: Final = 3

_Mask = NDArray[np.bool_]


def draw_learning_curve(curve: Curve) -> NDArray[np.uint8]:
    """Return the chart of a learning curve and its examples as RGB, uint8 (760, 1500, 3)."""
    sheet = Sheet(SIZE)
    _draw_curve(sheet, curve)
    _draw_examples(sheet, curve)
    return sheet.pixels


def _draw_curve(sheet: Sheet, curve: Curve) -> None:
    numbers = [point.pairs for point in curve.points]
    lowest = min(min(point.fitted.p25, point.patches.p25) for point in curve.points)
    up = Scale(max(np.floor(lowest * 20 - 0.5) / 20, 0.0), 1.0)
    axes = Axes(sheet, _CURVE_BOX, Scale(min(numbers) * 0.8, max(numbers) * 1.25, logarithmic=True), up)
    axes.title("IoU of held-out pairs", "median and quartiles, by number of pairs")
    axes.grid_up([round(float(v), 3) for v in np.linspace(up.low, 1, 6)])
    axes.grid_across(numbers)
    axes.base()
    for row, spreads in enumerate(([p.fitted for p in curve.points], [p.patches for p in curve.points])):
        _draw_spreads(axes, numbers, spreads, row)


def _draw_spreads(axes: Axes, numbers: list[int], spreads: list[Spread], row: int) -> None:
    """Draw medians and quartiles, shifted a little sideways by row, so that no line hides the other."""
    colour, name = _LINES[row]
    aside = 12 * row - 6
    for number, spread in zip(numbers, spreads, strict=True):
        low, high = (axes.at(number, value) for value in (spread.p25, spread.p75))
        axes.sheet.line([(low[0] + aside, low[1]), (high[0] + aside, high[1])], tint(colour), 5)
    medians = [axes.at(number, spread.median) for number, spread in zip(numbers, spreads, strict=True)]
    places = [(x + aside, y) for x, y in medians]
    axes.sheet.line(places, colour, 2)
    for place in places:
        axes.sheet.mark("circle", place, 6, colour)
    below = axes.box.y1 + 60 + 28 * row
    axes.sheet.mark("circle", (axes.box.x0 + 6, below - 6), 6, colour)
    end = axes.sheet.text(f"{spreads[-1].median:.3f}", (axes.box.x0 + 22, below), 18)
    axes.sheet.text(f"{name}, of {format_tick(numbers[-1])} pairs", (end + 10, below), 18, SOFT)


def _draw_examples(sheet: Sheet, curve: Curve) -> None:
    x, y = _TILES_ORIGIN
    for column, name in enumerate(("held-out", "decoded")):
        sheet.text(name, (x + column * (_TILE + _GAP), y - 12), 18, SOFT)
    end = sheet.text("missing", (x + 2 * (_TILE + _GAP), y - 12), 18, _MISSING_COLOUR)
    sheet.text("excess", (end + 14, y - 12), 18, _EXCESS_COLOUR)
    for row, (truth, fitted) in enumerate(zip(curve.truth[:_MAX_EXAMPLES], curve.fitted[:_MAX_EXAMPLES], strict=True)):
        for column, tile in enumerate((_mask_tile(truth), _mask_tile(fitted), _difference_tile(truth, fitted))):
            _draw_tile(sheet, tile, x + column * (_TILE + _GAP), y + row * (_TILE + _GAP))


def _draw_tile(sheet: Sheet, tile: NDArray[np.uint8], x: int, y: int) -> None:
    import cv2

    sheet.pixels[y : y + _TILE, x : x + _TILE] = cv2.resize(tile, (_TILE, _TILE), interpolation=cv2.INTER_AREA)


def _mask_tile(mask: _Mask) -> NDArray[np.uint8]:
    return np.where(mask[..., None], np.uint8(60), np.array(HAIR, np.uint8))


def _difference_tile(truth: _Mask, fitted: _Mask) -> NDArray[np.uint8]:
    tile = np.where((truth & fitted)[..., None], np.uint8(190), np.array(HAIR, np.uint8))
    tile[truth & ~fitted], tile[fitted & ~truth] = _MISSING_COLOUR, _EXCESS_COLOUR
    return tile
