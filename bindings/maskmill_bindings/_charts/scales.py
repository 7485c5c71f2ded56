"""Scales of a figure: from values to pixels, with a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import NamedTuple

from .sheet import HAIR, INK, SOFT, Box, Point, Sheet


class Scale(NamedTuple):
    """From the least to the greatest value, by logarithm or straight.

    >>> Scale(1, 100, logarithmic=True).share(10), Scale(0, 4).share(1)
    (0.5, 0.25)
    """

    least: float
    greatest: float
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Where a value lies, from 0 to 1."""
        if self.logarithmic:
            return log10(value / self.least) / log10(self.greatest / self.least)
        return (value - self.least) / (self.greatest - self.least)

    def decades(self) -> list[float]:
        """The powers of ten in it."""
        return [10.0**n for n in range(ceil(log10(self.least) - 1e-9), floor(log10(self.greatest) + 1e-9) + 1)]


def decades_around(values: Sequence[float]) -> Scale:
    """Whole powers of ten.

    >>> decades_around([40, 3000])
    Scale(least=10.0, greatest=10000.0, logarithmic=True)
    """
    return Scale(10.0 ** floor(log10(min(values))), 10.0 ** ceil(log10(max(values))), True)


@dataclass(frozen=True)
class Axes:
    """A box on a sheet with its scales."""

    sheet: Sheet
    box: Box
    across: Scale
    up: Scale

    def x(self, value: float) -> float:
        """Pixels of a value on the scale across."""
        return self.box.x0 + (self.box.x1 - self.box.x0) * self.across.share(value)

    def y(self, value: float) -> float:
        """Pixels of a value on the scale up."""
        return self.box.y1 - (self.box.y1 - self.box.y0) * self.up.share(value)

    def at(self, x: float, y: float) -> Point:
        """Pixels of a pair of values."""
        return self.x(x), self.y(y)

    def title(self, text: str, note: str = "", lift: float = 22) -> None:
        """Say above the box what it shows."""
        end = self.sheet.text(text, (self.box.x0, self.box.y0 - lift), 24)
        self.sheet.text(note, (end + 12, self.box.y0 - lift), 18, SOFT)

    def grid_across(self, values: Sequence[float]) -> None:
        """Lines upwards at values, named below."""
        for value in values:
            x = self.x(value)
            self.sheet.line([(x, self.box.y0), (x, self.box.y1)], HAIR)
            self.sheet.text(short(value), (x, self.box.y1 + 24), 17, SOFT, "centre")

    def grid_up(self, values: Sequence[float], percent: bool = False) -> None:
        """Lines across at values, named at their left."""
        for value in values:
            y = self.y(value)
            self.sheet.line([(self.box.x0, y), (self.box.x1, y)], HAIR)
            told = short(value) if not percent else f"{value - 1:+.0%}" if value != 1 else "0"
            self.sheet.text(told, (self.box.x0 - 10, y + 6), 17, SOFT, "right")

    def base(self) -> None:
        """The line below."""
        self.sheet.line([(self.box.x0, self.box.y1), (self.box.x1, self.box.y1)], INK)


def short(value: float) -> str:
    """A number of an axis.

    >>> [short(v) for v in (0.5, 100, 20_000, 3_000_000)]
    ['0.5', '100', '20 k', '3 M']
    """
    for unit, name in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= unit:
            return f"{value / unit:g}{name}"
    return f"{value:g}"
