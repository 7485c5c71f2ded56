"""The last layer of a decoder: ReLU of 16 channels, weighted and summed up, for 16 pixels at a time.

Why it is fast: LLVM may not reorder a sum of floats, and takes one channel after the other; here two vectors are folded
into one, half on half, until the sixteen are one vector of sixteen sums.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from llvmlite import ir

from ..._jit import by_hand, types
from ..._simd import Pen, Vector

CHANNELS: Final = 16


def _sum_up_plainly(image: Any, at: int, weights: Any, out: Any, to: int) -> None:
    """Write 16 sums of ``max(image, 0) * weights`` over channels, and the bias behind the weights."""
    pixels = image[at : at + CHANNELS * CHANNELS].reshape(CHANNELS, CHANNELS)
    out[to : to + CHANNELS] = np.maximum(pixels, 0) @ weights[:CHANNELS] + weights[CHANNELS]


@by_hand(_sum_up_plainly)
def sum_up(_typing: Any, image: Any, _1: Any, weights: Any, out: Any, _2: Any) -> Any:
    """Sums of 16 pixels; see `_sum_up_plainly`."""
    return types.void(image, types.int64, weights, out, types.int64), _write


def _write(*call: Any) -> Any:
    pen = Pen(CHANNELS, *call)
    image, at, weights, out, to = pen.arguments
    factors, zeros = pen.load(weights), pen.zeros()
    pixels = [pen.load(pen.at(image, at, pixel * CHANNELS)) for pixel in range(CHANNELS)]
    sums = [pixel.above(zeros).times(factors) for pixel in pixels]
    size = CHANNELS
    while size > 1:
        sums = [_fold(one, two, size) for one, two in zip(sums[::2], sums[1::2], strict=True)]
        size //= 2
    bias = pen.spread(pen.builder.load(pen.at(weights, CHANNELS)))
    pen.store(pen.at(out, to), sums[0] + bias)
    return pen.nothing


def _fold(one: Vector, two: Vector, size: int) -> Vector:
    """Halve the groups of `size` lanes of both, and put the first's before the second's."""
    low = [first + lane for first in range(0, 2 * CHANNELS, size) for lane in range(size // 2)]
    kind = ir.VectorType(ir.IntType(32), CHANNELS)
    masks = ir.Constant(kind, low), ir.Constant(kind, [lane + size // 2 for lane in low])
    halves = [Vector(one.builder, one.builder.shuffle_vector(one.value, two.value, mask)) for mask in masks]
    return halves[0] + halves[1]
