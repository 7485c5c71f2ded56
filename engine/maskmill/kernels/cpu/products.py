"""Many small matrix products at once, each near the speed of the machine: the inner loop of decoders of tokens.

Format: `left` is float32 (rows, points, depth), `right` (points, panels, depth, WIDTH), as `packed` makes it; a product
for each point. One panel of `WIDTH` columns is made at a time, (rows, points, WIDTH), so that what follows finds it
in the cache.

Why it is fast: a tile of `ROWS` rows by `WIDTH` columns is summed in registers, with explicit vectors, since LLVM does
not keep so many sums by itself and would take half of the vector's width. The weights are in the order in which they
are read, on whole lines of the cache (vectors across two lines take twice as long). No call of a BLAS: its threads
would multiply with the caller's, and on products this small it reaches two thirds of this speed.
"""

from __future__ import annotations

from typing import Any, Final

import llvmlite.binding
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numpy.typing import NDArray

from .._jit import kernel

Floats = NDArray[np.float32]

_HAS_WIDE: Final = bool(llvmlite.binding.get_host_cpu_features().get("avx512f"))
_LANES: Final = 16 if _HAS_WIDE else 8
_ACROSS: Final = 4 if _HAS_WIDE else 2
"""Vectors of a row of a tile: with six rows they take 24 of 32 registers, or 12 of 16."""

ROWS: Final = 6
WIDTH: Final = _LANES * _ACROSS
_LINE: Final = 64


def aligned(shape: tuple[int, ...]) -> Floats:
    """Return an array of zeros that begins on a line of the cache."""
    size = int(np.prod(shape))
    room = np.zeros(size + _LINE // 4, np.float32)
    start = -room.ctypes.data % _LINE // 4
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
            tile(sources, source, points * depth, weights, matrix, depth, sums, target, points * WIDTH)  # type: ignore[call-arg]


def tile(a: Any, a_at: Any, a_step: Any, w: Any, w_at: Any, depth: Any, out: Any, at: Any, step: Any) -> None:
    """Write `ROWS` rows of `WIDTH` sums of products; the arrays are flat."""
    matrix = w[w_at : w_at + depth * WIDTH].reshape(depth, WIDTH)
    for row in range(ROWS):
        source = a_at + row * a_step
        target = at + row * step
        out[target : target + WIDTH] = a[source : source + depth] @ matrix


@intrinsic
def _tile(_context: Any, a: Any, a_at: Any, a_step: Any, w: Any, w_at: Any, depth: Any, out: Any, at: Any, step: Any) -> Any:
    arguments = a, types.int64, types.int64, w, types.int64, types.int64, out, types.int64, types.int64
    return types.void(*arguments), _emit_tile


@overload(tile, inline="always")
def _tile_in_kernels(a: Any, a_at: Any, a_step: Any, w: Any, w_at: Any, depth: Any, out: Any, at: Any, step: Any) -> Any:
    def call(a: Any, a_at: Any, a_step: Any, w: Any, w_at: Any, depth: Any, out: Any, at: Any, step: Any) -> None:
        _tile(a, a_at, a_step, w, w_at, depth, out, at, step)

    return call


def _emit_tile(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    a, a_at, a_step, w, w_at, depth, out, at, step = arguments
    vector = ir.VectorType(ir.FloatType(), _LANES)
    multiply_add = fused(builder, vector)
    sums = [[cgutils.alloca_once(builder, vector) for _ in range(_ACROSS)] for _ in range(ROWS)]
    for total in (total for row in sums for total in row):
        builder.store(ir.Constant(vector, None), total)
    first = builder.gep(data_of(context, builder, signature.args[0], a), [a_at])
    sources = [builder.gep(first, [builder.mul(a_step, number(row))]) for row in range(ROWS)]
    weights = builder.gep(data_of(context, builder, signature.args[3], w), [w_at])
    with cgutils.for_range(builder, depth) as loop:
        place = builder.gep(weights, [builder.mul(loop.index, number(WIDTH))])
        columns = [load(builder, place, vector, part) for part in range(_ACROSS)]
        for row in range(ROWS):
            factor = spread(builder, builder.load(builder.gep(sources[row], [loop.index])), vector)
            for part in range(_ACROSS):
                total = sums[row][part]
                builder.store(builder.call(multiply_add, [factor, columns[part], builder.load(total)]), total)
    target = builder.gep(data_of(context, builder, signature.args[6], out), [at])
    for row in range(ROWS):
        place = builder.gep(target, [builder.mul(step, number(row))])
        for part in range(_ACROSS):
            store(builder, builder.load(sums[row][part]), place, part)
    return context.get_dummy_value()


def number(value: int) -> Any:
    return ir.Constant(ir.IntType(64), value)


def data_of(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return context.make_array(kind)(context, builder, array).data


def fused(builder: Any, vector: Any) -> Any:
    """``a * b + c``, rounded once where the machine can."""
    name = f"llvm.fmuladd.v{vector.count}f32"
    return cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector] * 3), name)


def load(builder: Any, place: Any, vector: Any, part: int) -> Any:
    value = builder.load(builder.gep(builder.bitcast(place, vector.as_pointer()), [number(part)]))
    value.align = 4
    return value


def store(builder: Any, value: Any, place: Any, part: int) -> None:
    builder.store(value, builder.gep(builder.bitcast(place, value.type.as_pointer()), [number(part)])).align = 4


def spread(builder: Any, value: Any, vector: Any) -> Any:
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, nothing, ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None))
