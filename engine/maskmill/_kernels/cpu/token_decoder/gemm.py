"""Many small matrix products at once, each near the speed of the machine: the inner loop of decoders of tokens.

Format: `left` is float32 (rows, points, depth), `right` (points, panels, depth, `WIDTH`), as `packed` makes it; a
product for each point. One panel of `WIDTH` columns is made at a time, (rows, points, `WIDTH`), so that what follows
finds it in the cache.

Why it is fast: a tile of `ROWS` rows by `WIDTH` columns is summed in registers. The weights are in the order in which
they are read, on whole lines of the cache: vectors across two lines take twice as long. No BLAS: its threads would
multiply with the caller's, and on products of 32 by 64 it reaches six tenths of this speed.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..._jit import by_hand, cgutils, kernel, types
from ..._simd import IS_WIDE, Pen, Vector

Floats = NDArray[np.float32]

LANES: Final = 16 if IS_WIDE else 8
_ACROSS: Final = 4 if IS_WIDE else 2
"""Vectors of a row of a tile: with six rows they take 24 of 32 registers, or 12 of 16."""

ROWS: Final = 6
WIDTH: Final = LANES * _ACROSS
_LINE: Final = 16
"""Numbers of a line of the cache."""


def aligned(shape: tuple[int, ...]) -> Floats:
    """Return an array of zeros that begins on a line of the cache."""
    size = int(np.prod(shape))
    room = np.zeros(size + _LINE, np.float32)
    start = -(room.ctypes.data // 4) % _LINE
    return room[start : start + size].reshape(shape)


def packed(weights: NDArray[np.floating[Any]]) -> Floats:
    """Return weights (points, depth, columns) as `right`; columns are a multiple of 64."""
    points, depth, columns = weights.shape
    out = aligned((points, columns // WIDTH, depth, WIDTH))
    out[...] = weights.reshape(points, depth, -1, WIDTH).transpose(0, 2, 1, 3)
    return out


@kernel
def multiply(left: Floats, right: Floats, panel: int, rows: int, out: Floats) -> None:
    """Fill one panel of `out`; `left` and `out` have room for a multiple of `ROWS` rows."""
    points, depth = left.shape[1], left.shape[2]
    sources, weights, sums = left.reshape(-1), right.reshape(-1), out.reshape(-1)
    for point in range(points):
        matrix = (point * right.shape[1] + panel) * depth * WIDTH
        for row in range(0, rows, ROWS):
            source, target = (row * points + point) * depth, (row * points + point) * WIDTH
            _tile(sources, source, points * depth, weights, matrix, depth, sums, target, points * WIDTH)


def _tile_plainly(a: Any, a_at: int, a_step: int, w: Any, w_at: int, depth: int, out: Any, at: int, step: int) -> None:
    """Write `ROWS` rows of `WIDTH` sums of products; the arrays are flat."""
    matrix = w[w_at : w_at + depth * WIDTH].reshape(depth, WIDTH)
    for row in range(ROWS):
        source, target = a_at + row * a_step, at + row * step
        out[target : target + WIDTH] = a[source : source + depth] @ matrix


@by_hand(_tile_plainly)
def _tile(_typing: Any, a: Any, _1: Any, _2: Any, w: Any, _3: Any, _4: Any, out: Any, _5: Any, _6: Any) -> Any:
    integer = types.int64
    return types.void(a, integer, integer, w, integer, integer, out, integer, integer), _write_tile


def _write_tile(*call: Any) -> Any:
    pen = Pen(LANES, *call)
    builder = pen.builder
    a, a_at, a_step, w, w_at, depth, out, at, step = pen.arguments
    sums = [[pen.register() for _ in range(_ACROSS)] for _ in range(ROWS)]
    for register in (register for row in sums for register in row):
        builder.store(pen.zeros().value, register)
    sources, weights = [pen.at(a, a_at, (a_step, row)) for row in range(ROWS)], pen.at(w, w_at)
    with cgutils.for_range(builder, depth) as loop:
        columns = [pen.load(pen.at(weights, (loop.index, WIDTH), part * LANES)) for part in range(_ACROSS)]
        for source, row in zip(sources, sums, strict=True):
            factor = pen.spread(builder.load(pen.at(source, loop.index)))
            for column, register in zip(columns, row, strict=True):
                total = Vector(builder, builder.load(register)) + factor.times(column)
                builder.store(total.value, register)
    for number, row in enumerate(sums):
        for part, register in enumerate(row):
            pen.store(pen.at(out, at, (step, number), part * LANES), Vector(builder, builder.load(register)))
    return pen.nothing
