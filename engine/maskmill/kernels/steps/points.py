"""Polynomials at points and back, in one dimension: coefficients to values, values of a product to coefficients.

The points are 0, 1, -1, 2 and infinity; with a filter of three taps also -2, before infinity. The values of a filter
are multiplied beforehand with `SCALE_FIVE` or `SCALE_SIX`, so that few multiplications are left here. All is float32,
its constants too: with others Numba would compute in double precision.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .._jit import step

FIVE: Final = 0, 1, -1, 2
SIX: Final = 0, 1, -1, 2, -2
"""Points, without infinity."""

SCALE_FIVE: Final = 1, 1 / 2, 1 / 2, 1 / 6, 1
SCALE_SIX: Final = 1, 1 / 2, 1 / 2, 1 / 24, 1 / 24, 1

_2: Final = np.float32(2)
_4: Final = np.float32(4)
_5: Final = np.float32(5)
_8: Final = np.float32(8)
_16: Final = np.float32(16)
_THIRD: Final = np.float32(1 / 3)
_QUARTER: Final = np.float32(1 / 4)
_SIXTH: Final = np.float32(1 / 6)

Float = np.float32


@step
def at_five(a: Float, b: Float, c: Float, d: Float) -> tuple[Float, Float, Float, Float, Float]:
    """Values of ``a + b t + c t² + d t³``."""
    even, odd = a + c, b + d
    return a, even + odd, even - odd, a + _2 * (b + _2 * (c + _2 * d)), d


@step
def from_five(
    zero: Float, one: Float, minus: Float, two: Float, far: Float
) -> tuple[Float, Float, Float, Float, Float]:
    """Coefficients of the product with a filter of two taps, degrees 0 to 4."""
    odd = one - minus  # first and third
    second = one + minus - zero - far
    third = two - (zero + _4 * second + _16 * far) * _SIXTH - odd * _THIRD
    return zero, odd - third, second, third, far


@step
def at_six(a: Float, b: Float, c: Float, d: Float) -> tuple[Float, Float, Float, Float, Float, Float]:
    """Values of ``a + b t + c t² + d t³``, at -2 as well."""
    even, odd, wide, twice = a + c, b + d, a + _4 * c, _2 * b + _8 * d
    return a, even + odd, even - odd, wide + twice, wide - twice, d


@step
def from_six(
    zero: Float, one: Float, minus: Float, two: Float, down: Float, far: Float
) -> tuple[Float, Float, Float, Float]:
    """Coefficients of the product with a filter of three taps, the inner four: degrees 1 to 4 of 0 to 5."""
    odd = one - minus  # first, third and fifth
    third = _2 * (two - down) - odd * _THIRD - _5 * far
    fourth = two + down - (one + minus) * _THIRD + zero * _QUARTER
    return odd - third - far, one + minus - zero - fourth, third, fourth
