"""Where an edge of a ring crosses the centre line of a pixel column, exact for every finite double.

Format: a vertex (x, y) is in thousandths of a W x H image. The centre of column c is at
x = (1000c + 500) / W, that of row r at y = (1000r + 500) / H. An edge runs from a = (ax, ay) to b = (bx, by),
left to right; it spans the columns whose centre has ax <= centre < bx. Its first row there is the smallest r
whose centre is at or below the crossing; with that, a centre on an edge is in at the top and at the left, out
at the bottom and at the right. Columns are clipped to 0..W, rows to 0..H.

Filter: `edge_line` gives the crossing, in rows less one half, as base + slope * (centre - ax). Let u = 2**-53
and A = max(|ay|, |by|) * H / 1000, so |slope * (centre - ax)| <= 2A. The roundings of base add up to
u(3A + 1), those of the product to 14uA, that of the centre to 1000u|slope|, those of the last two sums to
u(2A + 1 + slack), each but for terms in u**2. The slack, 32u(A + 1000|slope| + 1), exceeds their sum, also
where a compiler contracts a product and a sum into one operation. When both ends of the interval have one
ceiling, it is the row.

Exact, on a grid: when every coordinate is a multiple of 1/s, s a power of two, with
s * max|coordinate| * max(W, H) < 2**30, `grid_row` counts in 1/(1000s) pixel. Vertices are below 2**30, and
so are the column centres between them, hence half a pixel, 500s. Differences are below 2**31, products below
2**62, and both 500s * dx and the crossing times dx, as it lies between the ends, below 2**61: all of it fits
in 64 bits. So do the four products, each below 2**61, that `grid_line` adds up for all columns at once. As dx is at
least 1/s, the slack is below 2**-16: an undecided row is one of two, and within the clip.

Exact, anywhere: with Px = 1000c + 500 and Py = 1000r + 500, the row's centre is above the crossing when this
sum is negative: W Py bx - W Py ax - H Px by + H Px ay + W H ax by - W H ay bx. Every factor but the
coordinates is an integer below 2**53, so it is a sum of 16 doubles (Dekker's product on Veltkamp's halves),
which Shewchuk's grow-expansion adds without error: the largest nonzero term of an expansion has its sign.
Magnitudes below 2**-300 are read as 0, so no product underflows. Strict arithmetic only: a contraction undoes
Veltkamp's split.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .._jit import step

TERMS = 16
"""Length of the scratch array that `row_between` needs."""

REACH = 2**30
"""Bound on a coordinate times the longer side, and on vertices in the units of `grid_row`."""

_SPLITTER = 134_217_729.0  # 2**27 + 1
_TINY = 2.0**-300
_SLACK = 2.0**-48  # 32u


@step
def two_sum(a: float, b: float) -> tuple[float, float]:
    """Return the rounded sum and its error: a + b exactly."""
    total = a + b
    shadow = total - a
    return total, (a - (total - shadow)) + (b - shadow)


@step
def split(a: float) -> tuple[float, float]:
    """Return two halves of at most 26 bits whose sum is `a`."""
    scaled = _SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


@step
def two_product(a: float, b: float) -> tuple[float, float]:
    """Return the rounded product and its error: a * b exactly."""
    product = a * b
    a_high, a_low = split(a)
    b_high, b_low = split(b)
    return product, a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


@step
def flushed(coordinate: float) -> float:
    """Return `coordinate`, or 0 for one too small to multiply without underflow."""
    return coordinate if abs(coordinate) >= _TINY else 0.0


@step
def past_centre(product: float, error: float, index: int) -> bool:
    """Tell whether ``product + error > 1000 * index + 500``.

    Parameters
    ----------
    product, error : float
        A sum rounded, and what rounding took from it.
    index : int
        A column or row.
    """
    centre = 1000.0 * index + 500.0
    return product > centre or (product == centre and error > 0.0)


@step
def first_column(x: float, width: int) -> int:
    """Return the first column, clipped to 0..width, whose centre is at or right of `x`."""
    product, error = two_product(x, float(width))
    # Rounding is monotonic: this is never too high, and too low only by a centre that it met.
    column = min(max(math.ceil((product - 500.0) / 1000.0), 0), width)
    return column + 1 if column < width and past_centre(product, error, column) else column


@step
def grid_doubled(coordinate: float, scale: int, reach: float) -> int:
    """Return the smallest power of two from `scale` on that makes `coordinate` an integer, or 0 past the bound.

    Parameters
    ----------
    coordinate : float
        In thousandths.
    scale : int
        A power of two; 0 stays 0.
    reach : float
        The largest magnitude of a coordinate times the longer side.
    """
    while coordinate * scale != math.floor(coordinate * scale):
        scale *= 2
        if scale * reach >= REACH:
            return 0
    return scale


@step
def edge_line(ax: float, ay: float, bx: float, by: float, height: int) -> tuple[float, float, float]:
    """Return base, slope and slack: the crossing is within slack of ``base + slope * (centre - ax)``.

    Parameters
    ----------
    ax, ay, bx, by : float
        The ends of the edge, left to right, in thousandths.
    height : int
        Rows of the image.
    """
    base = ay * height / 1000.0 - 0.5
    slope = (by - ay) / (bx - ax) * height / 1000.0
    return base, slope, _SLACK * (max(abs(ay), abs(by)) * height / 1000.0 + 1000.0 * abs(slope) + 1.0)


@step
def row_from(position: float, height: int) -> int:
    """Return the ceiling of `position`, clipped to 0..height before it becomes an integer."""
    return math.ceil(min(max(position, 0.0), float(height)))


@step
def grid_row(ax: float, ay: float, bx: float, by: float, column: int, scale: int, width: int, height: int) -> int:
    """Return the first row, if undecided by the filter, of an edge on a grid.

    Parameters
    ----------
    ax, ay, bx, by : float
        The ends of the edge, left to right, in thousandths.
    column : int
        A column that it spans.
    scale : int
        The coordinates are multiples of 1 / `scale`.
    width, height : int
        The image in pixels.
    """
    x, y = int(ax * scale) * width, int(ay * scale) * height
    dx, dy = int(bx * scale) * width - x, int(by * scale) * height - y
    position = y * dx + dy * (scale * (1000 * column + 500) - x)
    return (position + 500 * scale * dx - 1) // (1000 * scale * dx)


@step
def grid_line(edge: tuple[float, float, float, float], scale: int, width: int, height: int) -> tuple[int, int, int]:
    """Return an edge on a grid as offset, slope and divisor: ``(offset + slope * column) // divisor`` is its row.

    Parameters
    ----------
    edge : tuple[float, float, float, float]
        ax, ay, bx, by, left to right, in thousandths.
    scale : int
        The coordinates are multiples of 1 / `scale`.
    width, height : int
        The image in pixels.
    """
    x, y = int(edge[0] * scale) * width, int(edge[1] * scale) * height
    dx, dy = int(edge[2] * scale) * width - x, int(edge[3] * scale) * height - y
    half = 500 * scale
    return y * dx - dy * x + half * dy + half * dx - 1, 2 * half * dy, 2 * half * dx


@step
def line_row(offset: int, slope: int, divisor: int, inverse: float, column: int, height: int) -> int:
    """Return the row of a `grid_line` in a column, clipped.

    The quotient in doubles is at most one off, as it is below 2**21 wherever it is not clipped; the rest, in integers,
    decides which way. No division, and nothing that a contraction of product and sum could change.

    Parameters
    ----------
    offset, slope, divisor : int
        The line.
    inverse : float
        1 / divisor, rounded.
    column : int
        A column that it spans.
    height : int
        Rows of the image.
    """
    position = offset + slope * column
    row = int(min(max(position * inverse, -1.0), height + 1.0) + 2.0) - 2
    rest = position - row * divisor
    row += int(rest >= divisor) - int(rest < 0)
    return min(max(row, 0), height)


@step
def row_between(
    low: int,
    high: int,
    edge: tuple[float, float, float, float],
    column: int,
    width: int,
    height: int,
    terms: NDArray[np.float64],
) -> int:
    """Return the first row of an edge by exact signs.

    Parameters
    ----------
    low, high : int
        The row is one of these or between them.
    edge : tuple[float, float, float, float]
        ax, ay, bx, by, left to right, in thousandths.
    column : int
        A column that it spans.
    width, height : int
        The image in pixels.
    terms : NDArray[np.float64]
        Scratch, (`TERMS`,).
    """
    while low < high:
        row = (low + high) // 2
        put_orientation(terms, edge, column, row, width, height)
        if sum_is_negative(terms):
            low = row + 1
        else:
            high = row
    return low


@step
def put_orientation(
    terms: NDArray[np.float64],
    edge: tuple[float, float, float, float],
    column: int,
    row: int,
    width: int,
    height: int,
) -> None:
    """Fill `terms`; their sum is positive, 0 or negative when the centre is below, on or above the edge.

    Parameters
    ----------
    terms : NDArray[np.float64]
        Receives the terms, (`TERMS`,).
    edge : tuple[float, float, float, float]
        ax, ay, bx, by, left to right, in thousandths.
    column, row : int
        The pixel whose centre is compared.
    width, height : int
        The image in pixels.
    """
    ax, ay, bx, by = edge
    area, down, across = (
        float(width * height),
        width * (1000.0 * row + 500.0),
        height * (1000.0 * column + 500.0),
    )
    put_product(terms, 0, down, bx)
    put_product(terms, 2, -down, ax)
    put_product(terms, 4, -across, by)
    put_product(terms, 6, across, ay)
    put_double_product(terms, 8, area, ax, by)
    put_double_product(terms, 12, -area, ay, bx)


@step
def put_product(terms: NDArray[np.float64], at: int, a: float, b: float) -> None:
    """Store ``a * b`` as two terms.

    Parameters
    ----------
    terms : NDArray[np.float64]
        Receives them.
    at : int
        Where.
    a, b : float
        The factors.
    """
    terms[at], terms[at + 1] = two_product(a, b)


@step
def put_double_product(terms: NDArray[np.float64], at: int, a: float, b: float, c: float) -> None:
    """Store ``a * b * c`` as four terms.

    Parameters
    ----------
    terms : NDArray[np.float64]
        Receives them.
    at : int
        Where.
    a, b, c : float
        The factors.
    """
    product, error = two_product(b, c)
    put_product(terms, at, a, product)
    put_product(terms, at + 2, a, error)


@step
def sum_is_negative(terms: NDArray[np.float64]) -> bool:
    """Tell whether the exact sum of `terms` is below 0; replaces them by an expansion of the same sum."""
    size = 0
    for i in range(TERMS):
        carry = terms[i]
        if carry != 0.0:
            for j in range(size):
                carry, terms[j] = two_sum(carry, terms[j])
            terms[size] = carry
            size += 1
    for i in range(size - 1, -1, -1):
        if terms[i] != 0.0:
            return terms[i] < 0.0
    return False
