"""One output of Pillow's 8-bit BILINEAR resampling: its window of source pixels, their weights, their blend.

Format: a window is the run of source pixels that one output sees, under a tent whose half-width `reach` is
the scale when shrinking and 1 when growing. A weight is a fixed-point number with `PRECISION` fractional
bits. A table of windows is int32 (2 + taps, outputs); a column holds the first source pixel, the number of
taps, and their weights.

Invariants: doubles are evaluated in Pillow's order of operations, none fused or reordered, so that the
weights agree to the last bit. No weight is negative. Rounding to fixed point at most doubles one, so those of
a window sum to at most 2**23, and a blend, at most 255 * 2**23 + 2**21, fits in 32 signed bits whatever the
number of taps.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from .._jit import step

PRECISION = 22
ONE = 1 << PRECISION
HALF = ONE >> 1

SURE_TAPS = 8192
"""Up to this many taps, pixels on one side of a threshold blend to that side.

The `n` weights of a window are each off by at most a half, so they sum to 2**22 within `n / 2`. While 255
times that is below 2**21, pixels of at least `t + 1` blend to at least `t + 1`, and others to at most `t`.
"""


@step
def window_centre(start: float, scale: float, output: int) -> float:
    """Return the centre of an output, in source pixels.

    Parameters
    ----------
    start : float
        Where the first output begins, in source pixels.
    scale : float
        Source pixels per output.
    output : int
        Its number.
    """
    return start + (output + 0.5) * scale


@step
def first_pixel(centre: float, reach: float) -> int:
    """Return the first source pixel of a window; ``int()`` rounds towards zero, as a C cast does."""
    return max(int(centre - reach + 0.5), 0)


@step
def stop_pixel(centre: float, reach: float, size: int) -> int:
    """Return one past the last source pixel of a window.

    Parameters
    ----------
    centre, reach : float
        The centre and half-width of the window, in source pixels.
    size : int
        Number of source pixels.
    """
    return min(int(centre + reach + 0.5), size)


@step
def tent(pixel: int, centre: float, inverse: float) -> float:
    """Return the weight of a source pixel before normalisation.

    Parameters
    ----------
    pixel : int
        The source pixel.
    centre : float
        The centre of the output, in source pixels.
    inverse : float
        One over the reach.
    """
    distance = abs((pixel - centre + 0.5) * inverse)
    return 1.0 - distance if distance < 1.0 else 0.0


@step
def to_fixed(weight: float) -> int:
    """Round a weight in 0..1 to fixed point."""
    return int(0.5 + weight * ONE)


@step
def blend(flat: NDArray[Any], base: int, stride: int, table: NDArray[Any], output: int) -> int:
    """Return the value 0..255 of one output.

    Parameters
    ----------
    flat : NDArray[np.uint8]
        The map, flat.
    base, stride : int
        Pixel i along the axis is ``flat[base + stride * i]``.
    table : NDArray[np.int32]
        The windows.
    output : int
        Its number.
    """
    first = base + stride * table[0, output]
    total = HALF
    for tap in range(table[1, output]):
        total += flat[first + stride * tap] * table[2 + tap, output]
    return to_uint8(total)


@step
def to_uint8(total: int) -> int:
    """Return the value 0..255 of a blend from `total`, the sum of `HALF` and its weighted pixels."""
    return min(total >> PRECISION, 255)
