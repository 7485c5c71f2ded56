"""Convolutions as products of polynomials: blocks of 4x4 pixels to values at points, and values at points to pixels.

Format: float32, flat, channels last. A block has 25 values for each channel (5x5 points, for filters of 2x2 taps) or 36
(6x6, for 3x3). The block's value times the filter's, summed up over channels, is the value of the convolution at that
point: 25 products where there are 64, and 36 where there are 144. From 25 values come 5x5 sums, from 36 the inner 4x4.

Why it is fast: a block passes through registers, once for each vector of channels. Tried and slower: loops that LLVM
makes vectors of, for which blocks had to be copied (three times as long). Tried and too inexact: blocks of 8x8 pixels,
a fifth fewer products, but wrong by 2e-4 after one layer.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ..._jit import by_hand, cgutils, types
from ..._simd import Pen
from ...steps.polynomials import at_five, at_six, both_ways, from_five, from_six
from .gemm import LANES, WIDTH

BLOCK: Final = 4
_INTEGER: Final = types.int64


def _take_plainly(points: int, images: Any, at: int, line: int, depth: int, least: float, values: Any, to: int) -> None:
    """Write values at `points` x `points` points of the block at `at`; no pixel counts less than `least`."""
    starts = [[at + i * line + j * depth for j in range(BLOCK)] for i in range(BLOCK)]
    block = [[np.maximum(images[start : start + depth], np.float32(least)) for start in row] for row in starts]
    for p, row in enumerate(both_ways(at_five if points == 5 else at_six, block)):
        for q, lanes in enumerate(row):
            start = to + (p * points + q) * depth
            values[start : start + depth] = lanes


def _take_five_plainly(*arguments: Any) -> None:
    """Values at 5x5 points of a block."""
    _take_plainly(5, *arguments)


@by_hand(_take_five_plainly)
def take_five(_typing: Any, images: Any, _1: Any, _2: Any, _3: Any, _4: Any, values: Any, _5: Any) -> Any:
    """Values at 5x5 points of a block; see `_take_plainly`."""
    return types.void(images, _INTEGER, _INTEGER, _INTEGER, types.float32, values, _INTEGER), _write_take_five


def _take_six_plainly(*arguments: Any) -> None:
    """Values at 6x6 points of a block."""
    _take_plainly(6, *arguments)


@by_hand(_take_six_plainly)
def take_six(_typing: Any, images: Any, _1: Any, _2: Any, _3: Any, _4: Any, values: Any, _5: Any) -> Any:
    """Values at 6x6 points of a block."""
    return types.void(images, _INTEGER, _INTEGER, _INTEGER, types.float32, values, _INTEGER), _write_take_six


def _write_take_five(*call: Any) -> Any:
    return _write_take(Pen(LANES, *call), 5)


def _write_take_six(*call: Any) -> Any:
    return _write_take(Pen(LANES, *call), 6)


def _write_take(pen: Pen, points: int) -> Any:
    images, at, line, depth, least, values, to = pen.arguments
    floor = pen.spread(least)
    with cgutils.for_range_slice(pen.builder, pen.number(0), depth, pen.number(LANES)) as (first, _):
        corner, target = pen.at(images, at, first), pen.at(values, to, first)
        places = [[pen.at(corner, (line, i), (depth, j)) for j in range(BLOCK)] for i in range(BLOCK)]
        block = [[pen.load(place).above(floor) for place in row] for row in places]
        for p, row in enumerate(both_ways(at_five if points == 5 else at_six, block)):
            for q, lanes in enumerate(row):
                pen.store(pen.at(target, (depth, p * points + q)), lanes)
    return pen.nothing


def _give_plainly(
    values: Any, at: int, bias: Any, channel: int, out: Any, to: int, line: int, step: int, lower: bool, later: bool
) -> None:
    """Write 5x5 sums of one vector of channels; with a block above or before, their first row or column is added."""
    rows = _rows(values, at, 5)
    for i, row in enumerate(both_ways(from_five, rows)):
        for j, lanes in enumerate(row):
            start = to + i * line + j * step
            is_there = (lower and i == 0) or (later and j == 0)
            before = out[start : start + LANES] if is_there else bias[channel : channel + LANES]
            out[start : start + LANES] = before + lanes


@by_hand(_give_plainly)
def give_five(
    _typing: Any, values: Any, _1: Any, bias: Any, _2: Any, out: Any, _3: Any, _4: Any, _5: Any, _6: Any, _7: Any
) -> Any:
    """5x5 sums of one vector of channels of a block; see `_give_plainly`."""
    flags = types.boolean, types.boolean
    kinds = values, _INTEGER, bias, _INTEGER, out, _INTEGER, _INTEGER, _INTEGER, *flags
    return types.void(*kinds), _write_give_five


def _write_give_five(*call: Any) -> Any:
    pen = Pen(LANES, *call)
    values, at, bias, channel, out, to, line, step, lower, later = pen.arguments
    rows = [[pen.load(pen.at(values, at, (5 * i + j) * WIDTH)) for j in range(5)] for i in range(5)]
    start = pen.load(pen.at(bias, channel))
    for i, row in enumerate(both_ways(from_five, rows)):
        for j, lanes in enumerate(row):
            place = pen.at(out, to, (line, i), (step, j))
            before = start
            if i == 0:
                before = before.unless(lower, pen.load(place))
            if j == 0:
                before = before.unless(later, pen.load(place))
            pen.store(place, before + lanes)
    return pen.nothing


def _give_six_plainly(values: Any, at: int, bias: Any, channel: int, out: Any, to: int, step: int) -> None:
    """Write ReLU of 4x4 sums of one vector of channels, `step` numbers apart."""
    pixels = [pixel for row in both_ways(from_six, _rows(values, at, 6)) for pixel in row]
    for number, lanes in enumerate(pixels):
        start = to + number * step
        out[start : start + LANES] = np.maximum(lanes + bias[channel : channel + LANES], 0)


@by_hand(_give_six_plainly)
def give_six(_typing: Any, values: Any, _1: Any, bias: Any, _2: Any, out: Any, _3: Any, _4: Any) -> Any:
    """ReLU of 4x4 sums of one vector of channels of a block."""
    return types.void(values, _INTEGER, bias, _INTEGER, out, _INTEGER, _INTEGER), _write_give_six


def _write_give_six(*call: Any) -> Any:
    pen = Pen(LANES, *call)
    values, at, bias, channel, out, to, step = pen.arguments
    rows = [[pen.load(pen.at(values, at, (6 * i + j) * WIDTH)) for j in range(6)] for i in range(6)]
    start = pen.load(pen.at(bias, channel))
    pixels = [pixel for row in both_ways(from_six, rows) for pixel in row]
    for number, lanes in enumerate(pixels):
        pen.store(pen.at(out, to, (step, number)), (lanes + start).above(pen.zeros()))
    return pen.nothing


def _rows(values: Any, at: int, points: int) -> Any:
    starts = [[at + (points * i + j) * WIDTH for j in range(points)] for i in range(points)]
    return [[values[start : start + LANES] for start in row] for row in starts]
