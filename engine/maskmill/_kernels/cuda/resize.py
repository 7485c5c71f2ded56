"""Maps to the bits of their boxes' columns: Pillow's BILINEAR resize and ``> threshold``, many maps in two launches.

Format: maps are uint8 or, of 0 and 255, the bits of their columns as in `cpu.binarypng`, end to end; weights as in
`cpu.windows`, one table after the other; bits as `frames` says. A row of `maps` says where the parts of one are.

State: `lines` holds the maps after the pass along the rows, uint8: as wide as the box, as tall as the map. The second
pass goes down their columns, 32 outputs a thread, and keeps nothing but bits.

Why it is fast: neighbouring threads have neighbouring columns, so what they read and write lies together, and they
share their weights. All is integers, so that no contraction of a product and a sum can move a pixel. Every output is
blended: to skip the sure ones, as `cpu.resize` does, would have most threads of a warp wait for the few others.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._jit import cuda_kernel, cuda_module
from ..cpu.resize.weights import Tables
from ..steps.bits import WORD
from ..steps.resample import HALF, rounded
from .bit_layout import COLUMNS, ROWS, WHOLE, WORDS, Layout, owner
from .launch import empty, launch, upload

cuda = cuda_module()

PIXELS, WIDTH, TALL, LINES, ACROSS, DOWN, THRESHOLD = range(7)
"""Columns of `maps`: where the map begins, its width, its rows (of words, in bits), where its lines and tables begin,
and the threshold."""

_Integers = NDArray[np.int64]


def resize(pixels: NDArray[Any], maps: _Integers, tables: Tables, plan: Layout) -> Any:
    """Return the bits of all masks, on the device.

    Parameters
    ----------
    pixels
        uint8, maps row by row; or uint32, the bits of the columns of maps of 0 and 255.
    maps
        (N, 7) int64, the map of each mask; `LINES` is filled here.
    tables
        The weights of all masks, as `cpu.windows.tables` makes them.
    plan
        The layout of the visible parts of their boxes.
    """
    wide = plan.frames[:, COLUMNS] - plan.frames[:, WHOLE]
    places = np.cumsum(np.append(0, wide * maps[:, TALL]))
    maps = maps.copy()
    maps[:, LINES] = places[:-1]
    frames, sent, weights = upload(plan.frames, np.int64), upload(maps, np.int64), upload(tables.weights, np.int32)
    lines, words = empty(max(int(places[-1]), 1), np.uint8), int(plan.starts[-1])
    first = fill_lines if pixels.dtype == np.uint8 else fill_lines_of_bits
    launch(first, int(places[-1]), upload(pixels, pixels.dtype), sent, frames, upload(places, np.int64), weights, lines)
    bits = empty(max(words, 1), np.uint32)
    launch(fill_bits, words, lines, sent, frames, upload(plan.starts, np.int64), weights, bits)
    return bits


@cuda_kernel
def fill_lines(pixels: Any, maps: Any, frames: Any, places: Any, weights: Any, lines: Any) -> None:
    """Blend one output along a row of a map."""
    i = cuda.grid(1)
    if i >= places[places.size - 1]:
        return
    mask = owner(places, i)
    wide = int(frames[mask, COLUMNS]) - int(frames[mask, WHOLE])
    local = i - int(places[mask])
    row = local // wide
    at = int(maps[mask, ACROSS]) + local - row * wide
    base = int(maps[mask, PIXELS]) + row * int(maps[mask, WIDTH]) + int(weights[at])
    total = HALF
    for tap in range(weights[at + wide]):
        total += int(pixels[base + tap]) * int(weights[at + (2 + tap) * wide])
    lines[i] = rounded(total)


@cuda_kernel
def fill_lines_of_bits(words: Any, maps: Any, frames: Any, places: Any, weights: Any, lines: Any) -> None:
    """Blend one output along a row of a map of 0 and 255."""
    i = cuda.grid(1)
    if i >= places[places.size - 1]:
        return
    mask = owner(places, i)
    wide = int(frames[mask, COLUMNS]) - int(frames[mask, WHOLE])
    local = i - int(places[mask])
    row = local // wide
    at = int(maps[mask, ACROSS]) + local - row * wide
    stride = (int(maps[mask, TALL]) + WORD - 1) // WORD
    base, bit = int(maps[mask, PIXELS]) + int(weights[at]) * stride + row // WORD, row % WORD
    total = HALF
    for tap in range(weights[at + wide]):
        total += ((np.int64(words[base + tap * stride]) >> bit) & 1) * 255 * int(weights[at + (2 + tap) * wide])
    lines[i] = rounded(total)


@cuda_kernel
def fill_bits(lines: Any, maps: Any, frames: Any, starts: Any, weights: Any, bits: Any) -> None:
    """Blend 32 outputs down a column of the lines, and keep which are above the threshold."""
    i = cuda.grid(1)
    if i >= starts[starts.size - 1]:
        return
    mask = owner(starts, i)
    columns, words = int(frames[mask, COLUMNS]), int(frames[mask, WORDS])
    local, rows, threshold = i - int(starts[mask]), int(frames[mask, ROWS]), int(maps[mask, THRESHOLD])
    part = local // columns
    x, top, word = local - part * columns, part * WORD, 0
    wide = columns - int(frames[mask, WHOLE])
    if x < wide:
        for row in range(top, min(top + WORD, rows)):
            at = int(maps[mask, DOWN]) + row
            base = int(maps[mask, LINES]) + int(weights[at]) * wide + x
            total = HALF
            for tap in range(weights[at + rows]):
                total += int(lines[base + tap * wide]) * int(weights[at + (2 + tap) * rows])
            word |= int(rounded(total) > threshold) << (row - top)
    bits[int(starts[mask]) + x * words + part] = np.uint32(word)
