"""Scales and axes of a chart: from values to pixels, with a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import NamedTuple

from .sheet import HAIR, INK, SOFT, Point, Rectangle, Sheet


class Scale(NamedTuple):
    """A linear or logarithmic scale from a low to a high value.

    >>> Scale(1, 100, logarithmic=True).share(10), Scale(0, 4).share(1)
    (0.5, 0.25)
    """

    low: float
    high: float
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return the position of a value on the scale, 0..1."""
        if self.logarithmic:
            return log10(value / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def decades(self) -> list[float]:
        """Return the powers of ten on the scale."""
        return [10.0**n for n in range(ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9) + 1)]


def decades_around(values: Sequence[float]) -> Scale:
    """Return the smallest scale of whole decades that holds all values.

    >>> decades_around([40, 3000])
    Scale(low=10.0, high=10000.0, logarithmic=True)
    """
    return Scale(10.0 ** floor(log10(min(values))), 10.0 ** ceil(log10(max(values))), True)


@dataclass(frozen=True)
class Axes:
    """A panel of a sheet with a horizontal and a vertical scale."""

    sheet: Sheet
    box: Rectangle
    across: Scale
    up: Scale

    def x(self, value: float) -> float:
        """Return the x of a value in pixels."""
        return self.box.x0 + (self.box.x1 - self.box.x0) * self.across.share(value)

    def y(self, value: float) -> float:
        """Return the y of a value in pixels."""
        return self.box.y1 - (self.box.y1 - self.box.y0) * self.up.share(value)

    def at(self, x: float, y: float) -> Point:
        """Return the pixel position of a pair of values."""
        return self.x(x), self.y(y)

    def title(self, text: str, note: str = "", lift: float = 22) -> None:
        """Write a title above the panel.

        Parameters
        ----------
        text : str
            Text of the title.
        note : str
            Smaller text beside it.
        lift : float
            Distance from the panel in pixels.
        """
        end = self.sheet.text(text, (self.box.x0, self.box.y0 - lift), 24)
        self.sheet.text(note, (end + 12, self.box.y0 - lift), 18, SOFT)

    def grid_across(self, values: Sequence[float]) -> None:
        """Draw vertical grid lines at values, labelled below."""
        for value in values:
            x = self.x(value)
            self.sheet.line([(x, self.box.y0), (x, self.box.y1)], HAIR)
            self.sheet.text(format_tick(value), (x, self.box.y1 + 24), 17, SOFT, "centre")

    def grid_up(self, values: Sequence[float], percent: bool = False) -> None:
        """Draw horizontal grid lines at values, labelled at the left."""
        for value in values:
            y = self.y(value)
            self.sheet.line([(self.box.x0, y), (self.box.x1, y)], HAIR)
            label = format_tick(value) if not percent else f"{value - 1:+.0%}" if value != 1 else "0"
            self.sheet.text(label, (self.box.x0 - 10, y + 6), 17, SOFT, "right")

    def base(self) -> None:
        """Draw the line at the bottom of the panel."""
        self.sheet.line([(self.box.x0, self.box.y1), (self.box.x1, self.box.y1)], INK)


def format_tick(value: float) -> str:
    """Return the label of a value on an axis.

    >>> [format_tick(v) for v in (0.5, 100, 20_000, 3_000_000)]
    ['0.5', '100', '20 k', '3 M']
    """
    for unit, name in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"
