"""The picture of a fit: what to expect of how many pairs, and held-out maps beside what was learnt of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from maskmill.lettering import Colour
from maskmill.overlay import COLOURS

from ...bench.axes import Axes, Scale, short
from ...bench.sheet import HAIR, SOFT, Box, Sheet, tint

if TYPE_CHECKING:
    from maskmill.codebooks import Curve
    from maskmill.codebooks.scores import Spread

SIZE: Final = (1500, 760)
_PLOT: Final = Box(110, 120, 760, 660)
_TILE: Final = 180
_GAP: Final = 16
_TILES_AT: Final = (860, 120)
_FITTED, _PATCHES = COLOURS[3], COLOURS[1]
_LACKING, _TOO_MUCH = COLOURS[1], COLOURS[3]
_SHOWN: Final = 3

_Mask = NDArray[np.bool_]


def picture(curve: Curve) -> NDArray[np.uint8]:
    """(760, 1500, 3) uint8 RGB of a learning curve and its examples."""
    sheet = Sheet(SIZE)
    _curve(sheet, curve)
    _examples(sheet, curve)
    return sheet.pixels


def _curve(sheet: Sheet, curve: Curve) -> None:
    numbers = [point.pairs for point in curve.points]
    lowest = min(min(point.fitted.p25, point.patches.p25) for point in curve.points)
    up = Scale(max(np.floor(lowest * 20 - 0.5) / 20, 0.0), 1.0)
    axes = Axes(sheet, _PLOT, Scale(min(numbers) * 0.8, max(numbers) * 1.25, logarithmic=True), up)
    axes.title("IoU of held-out pairs", "median and quartiles, by pairs learnt from")
    axes.grid_up([round(float(v), 3) for v in np.linspace(up.least, 1, 6)])
    axes.grid_across(numbers)
    axes.base()
    _line(axes, numbers, [point.patches for point in curve.points], _PATCHES, "mean patch of each token")
    _line(axes, numbers, [point.fitted for point in curve.points], _FITTED, "this codebook")


def _line(axes: Axes, numbers: list[int], spreads: list[Spread], colour: Colour, name: str) -> None:
    for number, spread in zip(numbers, spreads, strict=True):
        axes.sheet.line([axes.at(number, spread.p25), axes.at(number, spread.p75)], tint(colour), 4)
    places = [axes.at(number, spread.median) for number, spread in zip(numbers, spreads, strict=True)]
    axes.sheet.line(places, colour, 2)
    for place in places:
        axes.sheet.mark("circle", place, 6, colour)
    row = 0 if colour == _FITTED else 1
    end = axes.sheet.text(f"{name}: ", (axes.box.x0, axes.box.y1 + 56 + 26 * row), 18, colour)
    axes.sheet.text(f"{spreads[-1].median:.3f} with {short(numbers[-1])} pairs", (end, axes.box.y1 + 56 + 26 * row), 18)


def _examples(sheet: Sheet, curve: Curve) -> None:
    x, y = _TILES_AT
    for column, name in enumerate(("held out", "learnt", "lacking, too much")):
        sheet.text(name, (x + column * (_TILE + _GAP), y - 12), 18, SOFT)
    for row, (truth, fitted) in enumerate(zip(curve.truth[:_SHOWN], curve.fitted[:_SHOWN], strict=True)):
        for column, tile in enumerate((_flat(truth), _flat(fitted), _difference(truth, fitted))):
            _place(sheet, tile, x + column * (_TILE + _GAP), y + row * (_TILE + _GAP))


def _place(sheet: Sheet, tile: NDArray[np.uint8], x: int, y: int) -> None:
    import cv2

    sheet.pixels[y : y + _TILE, x : x + _TILE] = cv2.resize(tile, (_TILE, _TILE), interpolation=cv2.INTER_AREA)


def _flat(mask: _Mask) -> NDArray[np.uint8]:
    return np.where(mask[..., None], np.uint8(60), np.array(HAIR, np.uint8))


def _difference(truth: _Mask, fitted: _Mask) -> NDArray[np.uint8]:
    tile = np.where((truth & fitted)[..., None], np.uint8(190), np.array(HAIR, np.uint8))
    tile[truth & ~fitted], tile[fitted & ~truth] = _LACKING, _TOO_MUCH
    return tile
