"""Winding numbers of 32 pixels at a time, as four words: the four bits i are the number of pixel i.

Format: two's complement, the sign in the last word, so -8 to 7. A number outside that range is reported.

Why it is fast: an edge that passes all 32 pixels costs a dozen instructions without a branch.
"""

from __future__ import annotations

from .._jit import step

Planes = tuple[int, int, int, int]


@step
def add_winding(planes: Planes, pixels: int, flip: int) -> tuple[Planes, int]:
    """Add 1 to the numbers of `pixels`, or subtract 1; return the numbers, and the pixels whose number overflows.

    Parameters
    ----------
    planes : tuple[int, int, int, int]
        The numbers.
    pixels : int
        A bit for each pixel to change.
    flip : int
        0 to add, -1 to subtract, which is to add among the complements.
    """
    p0, p1, p2, p3 = planes
    to_second = (p0 ^ flip) & pixels
    to_third = (p1 ^ flip) & to_second
    to_sign = (p2 ^ flip) & to_third
    return (p0 ^ pixels, p1 ^ to_second, p2 ^ to_third, p3 ^ to_sign), to_sign & ~(p3 ^ flip)


@step
def nonzero_winding(planes: Planes) -> int:
    """Return the pixels whose number is not 0."""
    return planes[0] | planes[1] | planes[2] | planes[3]
