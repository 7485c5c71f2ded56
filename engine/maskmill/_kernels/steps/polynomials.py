"""Polynomials evaluated at points, and products of them interpolated from their values.

The points are 0, 1, -1, 2 and infinity; with a filter of three taps also -2, before infinity. None is farther, since
each power of the farthest costs accuracy. The values of a filter are multiplied beforehand with `SCALE_FIVE` or
`SCALE_SIX`, so that few multiplications are left here. Numbers are slices of float32, or vectors in registers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

FIVE: Final = 0, 1, -1, 2
SIX: Final = 0, 1, -1, 2, -2
"""Points, without infinity."""

SCALE_FIVE: Final = 1, 1 / 2, 1 / 2, 1 / 6, 1
SCALE_SIX: Final = 1, 1 / 2, 1 / 2, 1 / 24, 1 / 24, 1

Line = tuple[Any, ...]


def transform_2d(transform: Callable[..., Line], rows: Iterable[Iterable[Any]]) -> list[Line]:
    """Apply `transform` to the columns, then to the rows of the result."""
    columns = [transform(*column) for column in zip(*rows, strict=True)]
    return [transform(*row) for row in zip(*columns, strict=True)]


def values_at_five(a: Any, b: Any, c: Any, d: Any) -> Line:
    """Return the values of ``a + b t + c t² + d t³``.

    Parameters
    ----------
    a, b, c, d : array or Vector
        Coefficients.
    """
    even, odd = a + c, b + d
    return a, even + odd, even - odd, a + 2.0 * (b + 2.0 * (c + 2.0 * d)), d


def coefficients_from_five(zero: Any, one: Any, minus: Any, two: Any, far: Any) -> Line:
    """Return the coefficients of the product with a filter of two taps, degrees 0 to 4.

    Parameters
    ----------
    zero, one, minus, two, far : array or Vector
        The product's values at 0, 1, -1, 2 and infinity.
    """
    odd = one - minus  # first and third
    second = one + minus - zero - far
    third = two - (1 / 6) * (zero + 4.0 * second + 16.0 * far) - (1 / 3) * odd
    return zero, odd - third, second, third, far


def values_at_six(a: Any, b: Any, c: Any, d: Any) -> Line:
    """Return the values of ``a + b t + c t² + d t³``, at -2 as well.

    Parameters
    ----------
    a, b, c, d : array or Vector
        Coefficients.
    """
    even, odd, wide, twice = a + c, b + d, a + 4.0 * c, 2.0 * b + 8.0 * d
    return a, even + odd, even - odd, wide + twice, wide - twice, d


def coefficients_from_six(zero: Any, one: Any, minus: Any, two: Any, down: Any, far: Any) -> Line:
    """Return the coefficients of the product with a filter of three taps, the inner four: degrees 1 to 4 of 0 to 5.

    Parameters
    ----------
    zero, one, minus, two, down, far : array or Vector
        The product's values at 0, 1, -1, 2, -2 and infinity.
    """
    odd = one - minus  # first, third and fifth
    third = 2.0 * (two - down) - (1 / 3) * odd - 5.0 * far
    fourth = two + down - (1 / 3) * (one + minus) + 0.25 * zero
    return odd - third - far, one + minus - zero - fourth, third, fourth
