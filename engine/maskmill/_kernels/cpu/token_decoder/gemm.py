"""Many small matrix products at once, near the peak speed of the CPU: the inner loop of the token decoder.

Format: `left` is float32 (rows, points, depth); `right` is (points, panels, depth, `WIDTH`), as `pack_weights` returns
it. There is one product per point. One panel of `WIDTH` columns is computed at a time, (rows, points, `WIDTH`), so that
the next step finds it in the cache.

Why it is fast: a tile of `ROWS` rows by `WIDTH` columns is summed in registers. The weights are in the order in which
they are read, aligned to cache lines: vectors across two lines take twice as long. Why no BLAS: its threads would
multiply with the caller's, and on products of 32 by 64 it reaches 60 % of this speed.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..._jit import cgutils, kernel, llvm_intrinsic, types
from ..._simd import HAS_AVX512, Vector, VectorWriter

Floats = NDArray[np.float32]

LANES: Final = 16 if HAS_AVX512 else 8
_ACROSS: Final = 4 if HAS_AVX512 else 2
"""Vectors per row of a tile: with six rows they take 24 of 32 registers, or 12 of 16."""

ROWS: Final = 6
WIDTH: Final = LANES * _ACROSS
_LINE: Final = 16
"""float32 values per cache line."""


def aligned_zeros(shape: tuple[int, ...]) -> Floats:
    """Return an array of zeros that starts at a cache line."""
    size = int(np.prod(shape))
    padded = np.zeros(size + _LINE, np.float32)
    start = -(padded.ctypes.data // 4) % _LINE
    return padded[start : start + size].reshape(shape)


def pack_weights(weights: NDArray[np.floating[Any]]) -> Floats:
    """Return weights (points, depth, columns) in the format of `right`; columns are a multiple of 64."""
    points, depth, columns = weights.shape
    out = aligned_zeros((points, columns // WIDTH, depth, WIDTH))
    out[...] = weights.reshape(points, depth, -1, WIDTH).transpose(0, 2, 1, 3)
    return out


@kernel
def multiply_panel(left: Floats, right: Floats, panel: int, rows: int, out: Floats) -> None:
    """Compute one panel of the products.

    Parameters
    ----------
    left, right : NDArray[np.float32]
        The factors; `left` has a multiple of `ROWS` rows.
    panel : int
        Which `WIDTH` columns of `right` to multiply.
    rows : int
        How many rows of `left` are used.
    out : NDArray[np.float32]
        (rows, points, `WIDTH`), with a multiple of `ROWS` rows; overwritten.
    """
    points, depth = left.shape[1], left.shape[2]
    sources, weights, sums = left.reshape(-1), right.reshape(-1), out.reshape(-1)
    for point in range(points):
        matrix = (point * right.shape[1] + panel) * depth * WIDTH
        for row in range(0, rows, ROWS):
            source, target = (row * points + point) * depth, (row * points + point) * WIDTH
            _tile(sources, source, points * depth, weights, matrix, depth, sums, target, points * WIDTH)


def _tile_in_python(
    a: Any, a_at: int, a_step: int, w: Any, w_at: int, depth: int, out: Any, at: int, step: int
) -> None:
    """Write the `ROWS` x `WIDTH` sums of one tile; the arrays are flat."""
    matrix = w[w_at : w_at + depth * WIDTH].reshape(depth, WIDTH)
    for row in range(ROWS):
        source, target = a_at + row * a_step, at + row * step
        out[target : target + WIDTH] = a[source : source + depth] @ matrix


@llvm_intrinsic(_tile_in_python)
def _tile(
    _typing: Any, a: Any, a_at: Any, a_step: Any, w: Any, w_at: Any, depth: Any, out: Any, at: Any, step: Any
) -> Any:
    integer = types.int64
    return types.void(a, integer, integer, w, integer, integer, out, integer, integer), _write_tile


def _write_tile(*call: Any) -> Any:
    writer = VectorWriter(LANES, *call)
    builder = writer.builder
    a, a_at, a_step, w, w_at, depth, out, at, step = writer.arguments
    sums = [[writer.allocate() for _ in range(_ACROSS)] for _ in range(ROWS)]
    for register in (register for row in sums for register in row):
        builder.store(writer.zeros().value, register)
    sources, weights = [writer.offset(a, a_at, (a_step, row)) for row in range(ROWS)], writer.offset(w, w_at)
    with cgutils.for_range(builder, depth) as loop:
        columns = [writer.load(writer.offset(weights, (loop.index, WIDTH), part * LANES)) for part in range(_ACROSS)]
        for source, row in zip(sources, sums, strict=True):
            factor = writer.broadcast(builder.load(writer.offset(source, loop.index)))
            for column, register in zip(columns, row, strict=True):
                total = Vector(builder, builder.load(register)) + factor.multiply(column)
                builder.store(total.value, register)
    for number, row in enumerate(sums):
        for part, register in enumerate(row):
            writer.store(writer.offset(out, at, (step, number), part * LANES), Vector(builder, builder.load(register)))
    return writer.void
