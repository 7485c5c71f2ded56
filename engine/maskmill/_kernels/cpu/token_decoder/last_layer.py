"""The last layer of the token decoder: weighted sums over the ReLU of 16 channels, for 16 pixels at a time.

Why it is fast: LLVM may not reorder a sum of floats, so it would add one channel after another. Here pairs of vectors
are folded into one, half onto half, until sixteen vectors are one vector of sixteen sums.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir

from ..._jit import llvm_intrinsic, types
from ..._simd import Vector, VectorWriter

CHANNELS: Final = 16


def _apply_in_python(image: Any, at: int, weights: Any, out: Any, to: int) -> None:
    """Write 16 sums of ``max(image, 0) * weights`` over channels, plus the bias after the weights."""
    pixels = image[at : at + CHANNELS * CHANNELS].reshape(CHANNELS, CHANNELS)
    out[to : to + CHANNELS] = np.maximum(pixels, 0) @ weights[:CHANNELS] + weights[CHANNELS]


@llvm_intrinsic(_apply_in_python)
def apply_last_layer(_typing: Any, image: Any, at: Any, weights: Any, out: Any, to: Any) -> Any:
    """Apply the last layer to 16 pixels.

    Parameters
    ----------
    image : NDArray[np.float32]
        Flat pixels of 16 channels.
    at : int
        Index of the first number to read.
    weights : NDArray[np.float32]
        (17,): weights and bias.
    out : NDArray[np.float32]
        Flat pixels of the map.
    to : int
        Index of the first of 16 numbers to write.
    """
    return types.void(image, types.int64, weights, out, types.int64), _write


def _write(*call: Any) -> Any:
    writer = VectorWriter(CHANNELS, *call)
    image, at, weights, out, to = writer.arguments
    factors, zeros = writer.load(weights), writer.zeros()
    pixels = [writer.load(writer.offset(image, at, pixel * CHANNELS)) for pixel in range(CHANNELS)]
    sums = [pixel.maximum(zeros).multiply(factors) for pixel in pixels]
    size = CHANNELS
    while size > 1:
        sums = [_fold(one, two, size) for one, two in zip(sums[::2], sums[1::2], strict=True)]
        size //= 2
    bias = writer.broadcast(writer.builder.load(writer.offset(weights, CHANNELS)))
    writer.store(writer.offset(out, to), sums[0] + bias)
    return writer.void


def _fold(one: Vector, two: Vector, size: int) -> Vector:
    """Add the halves of each group of `size` lanes; the sums of the first vector come before those of the second."""
    low = [first + lane for first in range(0, 2 * CHANNELS, size) for lane in range(size // 2)]
    kind = ir.VectorType(ir.IntType(32), CHANNELS)
    masks = ir.Constant(kind, low), ir.Constant(kind, [lane + size // 2 for lane in low])
    halves = [Vector(one.builder, one.builder.shuffle_vector(one.value, two.value, mask)) for mask in masks]
    return halves[0] + halves[1]
