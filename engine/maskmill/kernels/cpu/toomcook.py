"""Convolutions as products of polynomials: blocks of 4x4 pixels to values at points, and values at points to sums.

Format: a block is 16 rows of lanes, one lane a channel; its values are 25 rows (5x5 points, for filters of 2x2 taps)
or 36 (6x6, for 3x3). A product of the block's value and the filter's is the value of the convolution at that point,
and 25 values give its 5x5 sums: 25 products for each channel where there are 64, and 36 where there are 144. Blocks do
not overlap; the sums of their edges do, and are added up by the caller.

Why it is fast: offsets within a block are constants, so LLVM sees that nothing overlaps, and uses vectors.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from ..steps.points import at_five, at_six, from_five, from_six
from .products import WIDTH

Floats = NDArray[np.float32]

LANES: Final = 32
"""Of a block that goes in: it divides every number of channels. What comes out has `WIDTH` lanes, a panel's."""

SIDE: Final = 4


@kernel
def to_five(block: Floats, values: Floats, half: Floats) -> None:
    """16 rows of `LANES` to 25; `half` is scratch of 20 rows."""
    for j in range(4):
        for c in range(j * LANES, (j + 1) * LANES):
            v = at_five(block[c], block[4 * LANES + c], block[8 * LANES + c], block[12 * LANES + c])
            half[c], half[4 * LANES + c], half[8 * LANES + c], half[12 * LANES + c], half[16 * LANES + c] = v
    for p in range(5):
        for c in range(LANES):
            at = p * 4 * LANES + c
            v = at_five(half[at], half[at + LANES], half[at + 2 * LANES], half[at + 3 * LANES])
            at = p * 5 * LANES + c
            values[at], values[at + LANES], values[at + 2 * LANES], values[at + 3 * LANES] = v[0], v[1], v[2], v[3]
            values[at + 4 * LANES] = v[4]


@kernel
def of_five(values: Floats, sums: Floats, half: Floats) -> None:
    """25 rows of `WIDTH` to 25; `half` is scratch of 25 rows."""
    for p in range(5):
        for c in range(WIDTH):
            at = p * WIDTH + c
            v = from_five(
                values[at], values[5 * WIDTH + at], values[10 * WIDTH + at], values[15 * WIDTH + at], values[20 * WIDTH + at]
            )
            half[at], half[5 * WIDTH + at], half[10 * WIDTH + at], half[15 * WIDTH + at], half[20 * WIDTH + at] = v
    for i in range(5):
        for c in range(WIDTH):
            at = i * 5 * WIDTH + c
            v = from_five(half[at], half[WIDTH + at], half[2 * WIDTH + at], half[3 * WIDTH + at], half[4 * WIDTH + at])
            sums[at], sums[WIDTH + at], sums[2 * WIDTH + at], sums[3 * WIDTH + at], sums[4 * WIDTH + at] = v


@kernel
def to_six(block: Floats, values: Floats, half: Floats) -> None:
    """16 rows of `LANES` to 36; `half` is scratch of 24 rows."""
    for j in range(4):
        for c in range(LANES):
            at = j * LANES + c
            v = at_six(block[at], block[4 * LANES + at], block[8 * LANES + at], block[12 * LANES + at])
            half[at], half[4 * LANES + at], half[8 * LANES + at] = v[0], v[1], v[2]
            half[12 * LANES + at], half[16 * LANES + at], half[20 * LANES + at] = v[3], v[4], v[5]
    for p in range(6):
        for c in range(LANES):
            at = p * 4 * LANES + c
            v = at_six(half[at], half[LANES + at], half[2 * LANES + at], half[3 * LANES + at])
            at = p * 6 * LANES + c
            values[at], values[LANES + at], values[2 * LANES + at] = v[0], v[1], v[2]
            values[3 * LANES + at], values[4 * LANES + at], values[5 * LANES + at] = v[3], v[4], v[5]


@kernel
def of_six(values: Floats, sums: Floats, half: Floats) -> None:
    """36 rows of `WIDTH` to 16; `half` is scratch of 24 rows."""
    for q in range(6):
        for c in range(WIDTH):
            at = q * WIDTH + c
            v = from_six(
                values[at],
                values[6 * WIDTH + at],
                values[12 * WIDTH + at],
                values[18 * WIDTH + at],
                values[24 * WIDTH + at],
                values[30 * WIDTH + at],
            )
            half[at], half[6 * WIDTH + at], half[12 * WIDTH + at], half[18 * WIDTH + at] = v
    for i in range(4):
        for c in range(WIDTH):
            at = i * 6 * WIDTH + c
            v = from_six(
                half[at],
                half[WIDTH + at],
                half[2 * WIDTH + at],
                half[3 * WIDTH + at],
                half[4 * WIDTH + at],
                half[5 * WIDTH + at],
            )
            at = i * 4 * WIDTH + c
            sums[at], sums[WIDTH + at], sums[2 * WIDTH + at], sums[3 * WIDTH + at] = v
