"""The last layer of a decoder: ReLU of 16 channels, weighted and summed up.

Why it is fast: LLVM may not reorder a sum of floats, so a plain loop takes one channel after the other; here the 16
products are added in pairs.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from .products import data_of, load

CHANNELS: Final = 16


def dot(image: Any, at: Any, weights: Any) -> Any:
    """Sum of ``max(image[at + c], 0) * weights[c]`` over 16 channels; the arrays are flat."""
    return np.dot(np.maximum(image[at : at + CHANNELS], np.float32(0)), weights[:CHANNELS])


@intrinsic
def _dot(_context: Any, image: Any, at: Any, weights: Any) -> Any:
    return types.float32(image, types.int64, weights), _emit


@overload(dot, inline="always")
def _dot_in_kernels(image: Any, at: Any, weights: Any) -> Any:
    def call(image: Any, at: Any, weights: Any) -> Any:
        return _dot(image, at, weights)

    return call


def _emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    vector = ir.VectorType(ir.FloatType(), CHANNELS)
    pixel = builder.gep(data_of(context, builder, signature.args[0], arguments[0]), [arguments[1]])
    value = load(builder, pixel, vector, 0)
    nothing = ir.Constant(vector, None)
    above = builder.select(builder.fcmp_ordered(">", value, nothing), value, nothing)
    products = builder.fmul(above, load(builder, data_of(context, builder, signature.args[2], arguments[2]), vector, 0))
    kind = ir.FunctionType(ir.FloatType(), [ir.FloatType(), vector])
    total = cgutils.get_or_insert_function(builder.module, kind, f"llvm.vector.reduce.fadd.v{CHANNELS}f32")
    return builder.call(total, [ir.Constant(ir.FloatType(), 0), products], fastmath=("reassoc",))
