"""Probability maps to the bits of their boxes: Pillow's BILINEAR resize and ``> threshold``, in two launches.

Format: maps are uint8; or, for maps of 0 and 255, the bits of their columns as in `cpu.png.binary_png`; end to end.
Weights are as in `cpu.resize.weights`, one table after another; bits as in `bit_layout`. Each row of `maps` says where
the parts of one map are.

State: `lines` holds the maps after the pass along pixel rows, uint8: as wide as the box and as high as the map. The
second pass goes down their columns, 32 outputs per thread, and keeps only bits.

Why it is fast: neighbouring threads work on neighbouring columns, so their reads and writes are adjacent and they share
weights. All arithmetic is on integers, so no contraction of product and sum can move a pixel. Every output is blended:
skipping the certain ones, as the CPU does, would make most threads of a warp wait for the few others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._jit import cuda_kernel, cuda_module
from ..cpu.resize.weights import WindowTables
from ..steps.bits import WORD
from ..steps.resample import HALF, to_uint8
from .bit_layout import COLUMNS, FULL_HEIGHT, ROWS, WORDS, Layout, find_owner
from .launch import empty, launch, upload

cuda = cuda_module()

PIXELS, MAP_WIDTH, MAP_HEIGHT, LINES, ACROSS, DOWN, THRESHOLD = range(7)
"""Columns of `maps`: where the pixels begin, width and height of the map, where its lines and its two weight tables
begin, and the threshold."""

_Integers = NDArray[np.int64]


def resize_to_bits(pixels: NDArray[Any], maps: _Integers, tables: WindowTables, layout: Layout) -> Any:
    """Return the bits of all masks on the device.

    Parameters
    ----------
    pixels : NDArray[np.uint8] or NDArray[np.uint32]
        uint8 maps in C-order; or uint32 bits of the columns of maps of 0 and 255.
    maps : NDArray[np.int64]
        (N, 7): the map of each mask; `LINES` is filled in here.
    tables : WindowTables
        The weights of all masks.
    layout : Layout
        Of the visible parts of the masks' boxes.
    """
    width = layout.frames[:, COLUMNS] - layout.frames[:, FULL_HEIGHT]
    places = np.cumsum(np.append(0, width * maps[:, MAP_HEIGHT]))
    maps = maps.copy()
    maps[:, LINES] = places[:-1]
    frames, table, weights = upload(layout.frames, np.int64), upload(maps, np.int64), upload(tables.weights, np.int32)
    lines, words = empty(max(int(places[-1]), 1), np.uint8), int(layout.starts[-1])
    first = _fill_lines if pixels.dtype == np.uint8 else _fill_lines_from_bits
    launch(
        first, int(places[-1]), upload(pixels, pixels.dtype), table, frames, upload(places, np.int64), weights, lines
    )
    bits = empty(max(words, 1), np.uint32)
    launch(_fill_box_bits, words, lines, table, frames, upload(layout.starts, np.int64), weights, bits)
    return bits


@cuda_kernel
def _fill_lines(pixels: Any, maps: Any, frames: Any, places: Any, weights: Any, lines: Any) -> None:
    """Blend one output along a pixel row of a map."""
    i = cuda.grid(1)
    if i >= places[places.size - 1]:
        return
    mask = find_owner(places, i)
    width = int(frames[mask, COLUMNS]) - int(frames[mask, FULL_HEIGHT])
    local = i - int(places[mask])
    row = local // width
    at = int(maps[mask, ACROSS]) + local - row * width
    base = int(maps[mask, PIXELS]) + row * int(maps[mask, MAP_WIDTH]) + int(weights[at])
    total = HALF
    for tap in range(weights[at + width]):
        total += int(pixels[base + tap]) * int(weights[at + (2 + tap) * width])
    lines[i] = to_uint8(total)


@cuda_kernel
def _fill_lines_from_bits(words: Any, maps: Any, frames: Any, places: Any, weights: Any, lines: Any) -> None:
    """Blend one output along a pixel row of a map of 0 and 255."""
    i = cuda.grid(1)
    if i >= places[places.size - 1]:
        return
    mask = find_owner(places, i)
    width = int(frames[mask, COLUMNS]) - int(frames[mask, FULL_HEIGHT])
    local = i - int(places[mask])
    row = local // width
    at = int(maps[mask, ACROSS]) + local - row * width
    stride = (int(maps[mask, MAP_HEIGHT]) + WORD - 1) // WORD
    base, bit = int(maps[mask, PIXELS]) + int(weights[at]) * stride + row // WORD, row % WORD
    total = HALF
    for tap in range(weights[at + width]):
        total += ((np.int64(words[base + tap * stride]) >> bit) & 1) * 255 * int(weights[at + (2 + tap) * width])
    lines[i] = to_uint8(total)


@cuda_kernel
def _fill_box_bits(lines: Any, maps: Any, frames: Any, starts: Any, weights: Any, bits: Any) -> None:
    """Blend 32 outputs down a column of the lines and write which are above the threshold."""
    i = cuda.grid(1)
    if i >= starts[starts.size - 1]:
        return
    mask = find_owner(starts, i)
    columns, words = int(frames[mask, COLUMNS]), int(frames[mask, WORDS])
    local, rows, threshold = i - int(starts[mask]), int(frames[mask, ROWS]), int(maps[mask, THRESHOLD])
    part = local // columns
    x, top, word = local - part * columns, part * WORD, 0
    width = columns - int(frames[mask, FULL_HEIGHT])
    if x < width:
        for row in range(top, min(top + WORD, rows)):
            at = int(maps[mask, DOWN]) + row
            base = int(maps[mask, LINES]) + int(weights[at]) * width + x
            total = HALF
            for tap in range(weights[at + rows]):
                total += int(lines[base + tap * width]) * int(weights[at + (2 + tap) * rows])
            word |= int(to_uint8(total) > threshold) << (row - top)
    bits[int(starts[mask]) + x * words + part] = np.uint32(word)
