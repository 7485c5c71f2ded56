"""Toom-Cook (Winograd) convolution: transform 4x4 blocks to values at points, and products back to pixels.

Format: float32, flat, channels last. A block has 25 values per channel (5x5 points, for filters of 2x2 taps) or 36 (6x6
points, for 3x3 taps). The block's value times the filter's, summed over channels, is the value of the convolution at
that point: 25 products instead of 64, and 36 instead of 144. 25 values give 5x5 sums, 36 values give the inner 4x4.

Why it is fast: a block passes through registers, once per vector of channels. Tried and slower: loops for LLVM to
vectorise, for which blocks had to be copied (three times as long). Tried and too inexact: blocks of 8x8 pixels, which
take a fifth fewer products but are off by 2e-4 after one layer.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..._jit import cgutils, llvm_intrinsic, types
from ..._simd import VectorWriter
from ...steps.polynomials import (
    coefficients_from_five,
    coefficients_from_six,
    transform_2d,
    values_at_five,
    values_at_six,
)
from .gemm import LANES, WIDTH

BLOCK: Final = 4
_INTEGER: Final = types.int64


# Blocks of pixels to values at points.


def _transform_input_in_python(
    points: int, images: Any, at: int, line: int, depth: int, floor: float, values: Any, to: int
) -> None:
    starts = [[at + i * line + j * depth for j in range(BLOCK)] for i in range(BLOCK)]
    block = [[np.maximum(images[start : start + depth], np.float32(floor)) for start in row] for row in starts]
    for p, row in enumerate(transform_2d(values_at_five if points == 5 else values_at_six, block)):
        for q, lanes in enumerate(row):
            start = to + (p * points + q) * depth
            values[start : start + depth] = lanes


def _transform_input_5x5_in_python(*arguments: Any) -> None:
    _transform_input_in_python(5, *arguments)


@llvm_intrinsic(_transform_input_5x5_in_python)
def transform_input_5x5(
    _typing: Any, images: Any, at: Any, line: Any, depth: Any, floor: Any, values: Any, to: Any
) -> Any:
    """Write the values of a 4x4 block at 5x5 points.

    Parameters
    ----------
    images : NDArray[np.float32]
        Flat pixels of `depth` channels.
    at : int
        Index of the block's first number.
    line : int
        Numbers from one pixel row to the next.
    depth : int
        Channels, a multiple of `LANES`.
    floor : np.float32
        Smaller inputs count as this: 0 for a ReLU, minus infinity for none.
    values : NDArray[np.float32]
        Written from index `to` on: (points, points, depth).
    to : int
        Index of the first number to write.
    """
    return types.void(images, _INTEGER, _INTEGER, _INTEGER, types.float32, values, _INTEGER), _write_input_5x5


def _transform_input_6x6_in_python(*arguments: Any) -> None:
    _transform_input_in_python(6, *arguments)


@llvm_intrinsic(_transform_input_6x6_in_python)
def transform_input_6x6(
    _typing: Any, images: Any, at: Any, line: Any, depth: Any, floor: Any, values: Any, to: Any
) -> Any:
    """Write the values of a 4x4 block at 6x6 points.

    Parameters
    ----------
    images, at, line, depth, floor, values, to
        As for `transform_input_5x5`.
    """
    return types.void(images, _INTEGER, _INTEGER, _INTEGER, types.float32, values, _INTEGER), _write_input_6x6


def _write_input_5x5(*call: Any) -> Any:
    return _write_input(VectorWriter(LANES, *call), 5)


def _write_input_6x6(*call: Any) -> Any:
    return _write_input(VectorWriter(LANES, *call), 6)


def _write_input(writer: VectorWriter, points: int) -> Any:
    images, at, line, depth, floor, values, to = writer.arguments
    floors = writer.broadcast(floor)
    zero, step = writer.constant(0), writer.constant(LANES)
    with cgutils.for_range_slice(writer.builder, zero, depth, step) as (first, _):
        corner, target = writer.offset(images, at, first), writer.offset(values, to, first)
        pixels = [[writer.offset(corner, (line, i), (depth, j)) for j in range(BLOCK)] for i in range(BLOCK)]
        block = [[writer.load(pixel).maximum(floors) for pixel in row] for row in pixels]
        for p, row in enumerate(transform_2d(values_at_five if points == 5 else values_at_six, block)):
            for q, lanes in enumerate(row):
                writer.store(writer.offset(target, (depth, p * points + q)), lanes)
    return writer.void


# Values at points to pixels.


def _transform_output_5x5_in_python(
    values: Any,
    at: int,
    bias: Any,
    channel: int,
    out: Any,
    to: int,
    line: int,
    step: int,
    is_below: bool,
    is_after: bool,
) -> None:
    rows = _point_values(values, at, 5)
    for i, row in enumerate(transform_2d(coefficients_from_five, rows)):
        for j, lanes in enumerate(row):
            start = to + i * line + j * step
            is_shared = (is_below and i == 0) or (is_after and j == 0)
            before = out[start : start + LANES] if is_shared else bias[channel : channel + LANES]
            out[start : start + LANES] = before + lanes


@llvm_intrinsic(_transform_output_5x5_in_python)
def transform_output_5x5(
    _typing: Any, values: Any, at: Any, bias: Any, channel: Any, out: Any, to: Any, line: Any, step: Any,
    is_below: Any, is_after: Any
) -> Any:  # fmt: skip
    """Write the 5x5 sums of one vector of channels of a block, plus the bias.

    Parameters
    ----------
    values : NDArray[np.float32]
        Flat products; one panel, 25 points per block.
    at : int
        Index of the block's first value.
    bias : NDArray[np.float32]
        Of all channels.
    channel : int
        The first channel of the vector.
    out : NDArray[np.float32]
        The flat output.
    to : int
        Index of the first number to write.
    line, step : int
        Numbers from one row of sums to the next, and from one column to the next.
    is_below, is_after : bool
        Whether there is a block above, or before: then the first row, or column, is added to what that block wrote.
    """
    flags = types.boolean, types.boolean
    kinds = values, _INTEGER, bias, _INTEGER, out, _INTEGER, _INTEGER, _INTEGER, *flags
    return types.void(*kinds), _write_output_5x5


def _write_output_5x5(*call: Any) -> Any:
    writer = VectorWriter(LANES, *call)
    values, at, bias, channel, out, to, line, step, is_below, is_after = writer.arguments
    rows = [[writer.load(writer.offset(values, at, (5 * i + j) * WIDTH)) for j in range(5)] for i in range(5)]
    biases = writer.load(writer.offset(bias, channel))
    for i, row in enumerate(transform_2d(coefficients_from_five, rows)):
        for j, lanes in enumerate(row):
            target = writer.offset(out, to, (line, i), (step, j))
            before = biases
            if i == 0:
                before = before.replace_if(is_below, writer.load(target))
            if j == 0:
                before = before.replace_if(is_after, writer.load(target))
            writer.store(target, before + lanes)
    return writer.void


def _transform_output_6x6_in_python(
    values: Any, at: int, bias: Any, channel: int, out: Any, to: int, step: int
) -> None:
    pixels = [pixel for row in transform_2d(coefficients_from_six, _point_values(values, at, 6)) for pixel in row]
    for number, lanes in enumerate(pixels):
        start = to + number * step
        out[start : start + LANES] = np.maximum(lanes + bias[channel : channel + LANES], 0)


@llvm_intrinsic(_transform_output_6x6_in_python)
def transform_output_6x6(
    _typing: Any, values: Any, at: Any, bias: Any, channel: Any, out: Any, to: Any, step: Any
) -> Any:
    """Write the ReLU of the inner 4x4 sums of one vector of channels of a block, plus the bias.

    Parameters
    ----------
    values, at, bias, channel, out, to
        As for `transform_output_5x5`, with 36 points per block.
    step : int
        Numbers from one pixel to the next.
    """
    return types.void(values, _INTEGER, bias, _INTEGER, out, _INTEGER, _INTEGER), _write_output_6x6


def _write_output_6x6(*call: Any) -> Any:
    writer = VectorWriter(LANES, *call)
    values, at, bias, channel, out, to, step = writer.arguments
    rows = [[writer.load(writer.offset(values, at, (6 * i + j) * WIDTH)) for j in range(6)] for i in range(6)]
    biases = writer.load(writer.offset(bias, channel))
    pixels = [pixel for row in transform_2d(coefficients_from_six, rows) for pixel in row]
    for number, lanes in enumerate(pixels):
        writer.store(writer.offset(out, to, (step, number)), (lanes + biases).maximum(writer.zeros()))
    return writer.void


def _point_values(values: Any, at: int, points: int) -> Any:
    starts = [[at + (points * i + j) * WIDTH for j in range(points)] for i in range(points)]
    return [[values[start : start + LANES] for start in row] for row in starts]
