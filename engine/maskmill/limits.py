"""Limits on untrusted input, checked before memory is spent on it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from itertools import zip_longest

from .errors import expected

MAX_REACH = 2**30
"""`max_coordinate` times `max_side` must stay below this, so that the arithmetic of polygons fits in 64 bits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on one reply; a row that exceeds one has the status ``too_large``.

    >>> Limits(max_vertices=1_000).max_vertices
    1000

    Parameters
    ----------
    max_reply_chars : int
        Characters (or bytes) of a reply that are read; the rest counts as cut off.
    max_depth : int
        Nesting of arrays and objects in a reply, at most 200.
    max_side : int
        Width and height of the image in pixels, at most 65,535.
    max_pixels : int
        Width times height of the image, below 2**31.
    max_map_pixels : int
        Width times height of a probability map, as the header of its PNG says.
    max_vertices : int
        Vertices of one item, all its rings together.
    max_crossings : int
        Columns of the image that the edges of one item's rings cross, all edges together: the cost of a polygon in time
        and memory. The default lets an outline cross the widest image 256 times and back, so that only runaway vertices
        exceed it.
    max_coordinate : int
        Magnitude of a polygon's or box's coordinate, in thousandths of the image.
    max_reply_map_pixels : int
        Pixels of probability maps that the items of one reply read, all together; a map to which several items refer
        counts for each.
    max_reply_crossings : int
        As `max_crossings`, all items of one reply together.
    max_reply_counts : int
        Run lengths of the masks of one reply, all together: the memory of the result, 4 bytes each.

    Raises
    ------
    maskmill.errors.ArgumentError
        A limit is not a positive integer, or exceeds what the engine supports.
    """

    max_reply_chars: int = 64 * 2**20
    max_depth: int = 64
    max_side: int = 65_535
    max_pixels: int = 2**31 - 1
    max_map_pixels: int = 2**24
    max_vertices: int = 16_384
    max_crossings: int = 2**25
    max_coordinate: int = 16_000
    max_reply_map_pixels: int = 2**27
    max_reply_crossings: int = 2**26
    max_reply_counts: int = 2**22

    def __setstate__(self, state: list[int]) -> None:
        """Restore the limits from a pickle; one of an earlier version lacks the last, which get their defaults."""
        for field, value in zip_longest(fields(self), state):
            object.__setattr__(self, field.name, field.default if value is None else value)

    def __post_init__(self) -> None:
        """Check every limit."""
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is not int or value < 1:
                raise expected("a positive integer", value, f"limits.{field.name}")
        if self.max_depth > 200:
            raise expected("at most 200", self.max_depth, "limits.max_depth")
        if self.max_side > 65_535:
            raise expected("at most 65535", self.max_side, "limits.max_side")
        if self.max_pixels >= 2**31:
            raise expected("less than 2**31", self.max_pixels, "limits.max_pixels")
        if self.max_coordinate * self.max_side >= MAX_REACH:
            raise expected("max_coordinate * max_side < 2**30", self.max_coordinate, "limits.max_coordinate")
