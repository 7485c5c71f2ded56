"""Bounds on untrusted input, checked before the memory they guard is spent."""

from __future__ import annotations

from dataclasses import dataclass, fields

from .errors import expected

RING_REACH = 2**30
"""`max_coordinate` times `max_side` must stay below this, so that ring arithmetic fits in 64 bits."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one reply; a row past one of them has the status ``too_large``.

    >>> Limits(max_vertices=1_000).max_vertices
    1000

    Parameters
    ----------
    max_reply_chars
        Characters (or bytes) of a reply that are read; what follows counts as cut off.
    max_depth
        Nesting of arrays and objects in a reply.
    max_side
        Width and height of the image in pixels, at most 65,535.
    max_pixels
        Width times height of the image, below 2**31.
    max_map_pixels
        Width times height that the header of a PNG may claim.
    max_vertices
        Vertices of one item, all its rings together.
    max_crossings
        Columns of the image that the edges of one item's rings cross, all edges together: what a ring costs in time and
        memory. The default lets an outline go 256 times across the widest image and back, so that only a runaway of
        vertices meets it.
    max_coordinate
        Magnitude of a ring's or box's coordinate, in thousandths of the image.

    Raises
    ------
    maskmill.errors.ArgumentError
        A bound is not a positive integer, or larger than the engine can honour.
    """

    max_reply_chars: int = 64 * 2**20
    max_depth: int = 64
    max_side: int = 65_535
    max_pixels: int = 2**31 - 1
    max_map_pixels: int = 2**24
    max_vertices: int = 16_384
    max_crossings: int = 2**25
    max_coordinate: int = 16_000

    def __post_init__(self) -> None:
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
        if self.max_coordinate * self.max_side >= RING_REACH:
            raise expected("max_coordinate * max_side < 2**30", self.max_coordinate, "limits.max_coordinate")
