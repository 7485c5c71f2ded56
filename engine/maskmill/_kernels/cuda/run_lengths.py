"""Run-length masks on the GPU: encode bits, and measure areas, boxes and intersections.

Format: bits and frames as in `bit_layout`, counts and offsets as in `cpu.run_lengths`. `ends`, int32, holds where each
run ends, counted from the first pixel of its mask.

Why it is fast: each change of colour is written once, at its final place, and threads wait only within their block. The
CPU waits for one thing: how many changes each mask has, for all masks at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._jit import cuda_kernel, cuda_module, step
from ..cpu.run_lengths import Counts, Offsets
from ..steps.bits import WORD, changed_bits, low_bits
from .bit_layout import FULL_HEIGHT, HEIGHT, ROWS, TOTAL, WORDS, X0, Y0, Layout, find_owner
from .launch import empty, fetch, launch, upload, zeros
from .prefix_sums import prefix_sums
from .streams import Steps

cuda = cuda_module()

_TOP = WORD - 1


# Bits to counts.


def encode(bits: Any, layout: Layout) -> Steps[tuple[Counts, Offsets]]:
    """Return canonical counts and offsets of masks whose bits are on the device."""
    words, masks = int(layout.starts[-1]), len(layout.frames)
    frames, starts = upload(layout.frames, np.int64), upload(layout.starts, np.int64)
    per_word = empty(max(words, 1), np.int32)
    launch(_count_changes, words, bits, frames, starts, per_word)
    sums, firsts = prefix_sums(per_word, words), empty(masks + 1, np.int64)
    launch(_gather_values, masks + 1, sums, starts, firsts)
    offsets = yield from fetch(firsts)
    slots = offsets + np.arange(masks + 1)
    changes, counts = empty(max(int(offsets[-1]), 1), np.int32), empty(max(int(slots[-1]), 1), np.int32)
    launch(_place_changes, words, bits, frames, starts, sums, changes)
    launch(_fill_counts, int(slots[-1]), changes, firsts, upload(slots, np.int64), frames, counts)
    host = yield from fetch(counts)
    return _drop_final_zeros(host[: slots[-1]], slots)


def _drop_final_zeros(counts: Counts, slots: Offsets) -> tuple[Counts, Offsets]:
    """Drop the last count of each mask whose last run ends with the image: it is 0."""
    is_zero = (np.diff(slots) > 1) & (counts[slots[1:] - 1] == 0)
    if not is_zero.any():
        return counts, slots
    return np.delete(counts, slots[1:][is_zero] - 1), slots - np.append(0, np.cumsum(is_zero))


@step
def _changes_of(bits: Any, frames: Any, mask: int, local: int, i: int) -> int:
    """Return which pixels of word `i`, number `local` of its mask, differ from the pixel before them."""
    words, rows, full = int(frames[mask, WORDS]), int(frames[mask, ROWS]), int(frames[mask, FULL_HEIGHT])
    before, part = 0, local % words
    if part > 0:
        before = np.int64(bits[i - 1]) >> _TOP
    elif full != 0 and local > 0:
        before = np.int64(bits[i - 1]) >> ((rows - 1) % WORD)
    return changed_bits(np.int64(bits[i]), before) & low_bits(rows + 1 - full - part * WORD)


@cuda_kernel
def _count_changes(bits: Any, frames: Any, starts: Any, per_word: Any) -> None:
    """Count the changes in each word."""
    i = cuda.grid(1)
    if i < starts[starts.size - 1]:
        mask = find_owner(starts, i)
        per_word[i] = cuda.popc(_changes_of(bits, frames, mask, i - int(starts[mask]), i))


@cuda_kernel
def _place_changes(bits: Any, frames: Any, starts: Any, sums: Any, changes: Any) -> None:
    """Write the position of each change after those of all words before."""
    i = cuda.grid(1)
    if i >= starts[starts.size - 1] or sums[i] == sums[i + 1]:
        return
    mask = find_owner(starts, i)
    local = i - int(starts[mask])
    remaining = _changes_of(bits, frames, mask, local, i)
    words, height = int(frames[mask, WORDS]), int(frames[mask, HEIGHT])
    column = local // words
    position = (int(frames[mask, X0]) + column) * height + int(frames[mask, Y0]) + (local - column * words) * WORD
    n = int(sums[i])
    while remaining != 0:
        changes[n] = position + cuda.popc((remaining & -remaining) - 1)
        remaining &= remaining - 1
        n += 1


@cuda_kernel
def _fill_counts(changes: Any, firsts: Any, slots: Any, frames: Any, counts: Any) -> None:
    """Write the count that ends with each change, and the one that ends with the image."""
    i = cuda.grid(1)
    if i < slots[slots.size - 1]:
        mask = find_owner(slots, i)
        k, start = i - int(slots[mask]), int(firsts[mask])
        end = int(frames[mask, TOTAL])
        if start + k < firsts[mask + 1]:
            end = int(changes[start + k])
        counts[i] = end - int(changes[start + k - 1]) if k > 0 else end


@cuda_kernel
def _gather_values(values: Any, indices: Any, out: Any) -> None:
    """Copy the values at some indices."""
    i = cuda.grid(1)
    if i < out.size:
        out[i] = values[indices[i]]


# Measures of counts.


class DeviceMasks(NamedTuple):
    """N masks of one image size on the device.

    Attributes
    ----------
    counts, offsets, ends
        Device arrays.
    run_count, count : int
        How many runs and masks there are.
    total : int
        Pixels of the image.
    """

    counts: Any
    offsets: Any
    ends: Any
    run_count: int
    count: int
    total: int


def upload_masks(counts: Counts, offsets: Offsets, *, total: int) -> DeviceMasks:
    """Copy a batch to the device.

    Parameters
    ----------
    counts, offsets
        The batch, as in `cpu.run_lengths`.
    total : int
        Pixels of the image.
    """
    runs, masks = len(counts), len(offsets) - 1
    device_counts, device_offsets = upload(counts, np.int32), upload(offsets, np.int64)
    ends = empty(max(runs, 1), np.int32)
    launch(_fill_ends, runs, prefix_sums(device_counts, runs), device_offsets, total, runs, ends)
    return DeviceMasks(device_counts, device_offsets, ends, runs, masks, total)


@cuda_kernel
def _fill_ends(sums: Any, offsets: Any, total: int, runs: int, ends: Any) -> None:
    """Write where each run ends in its mask; every mask before it has `total` pixels."""
    i = cuda.grid(1)
    if i < runs:
        ends[i] = int(sums[i + 1]) - find_owner(offsets, i) * total


def areas(masks: DeviceMasks) -> Any:
    """Return the foreground pixels of each mask, int64 (N,) on the device; N is not 0."""
    out = zeros(masks.count, np.int64)
    launch(_add_areas, masks.run_count, masks.counts, masks.offsets, masks.run_count, out)
    return out


@cuda_kernel
def _add_areas(counts: Any, offsets: Any, runs: int, out: Any) -> None:
    """Add each foreground run to the area of its mask."""
    i = cuda.grid(1)
    if i < runs:
        mask = find_owner(offsets, i)
        if (i - int(offsets[mask])) & 1:
            cuda.atomic.add(out, mask, int(counts[i]))


def boxes(masks: DeviceMasks, *, height: int) -> Any:
    """Return the smallest box x0, y0, x1, y1 of each mask, ends exclusive, int64 (N, 4) on the device; 0 if empty."""
    bounds, out = zeros(4 * masks.count, np.int64), empty((max(masks.count, 1), 4), np.int64)
    launch(_widen_boxes, masks.run_count, masks.ends, masks.offsets, masks.run_count, height, bounds)
    launch(_finish_boxes, masks.count, bounds, masks.count, out)
    return out


@cuda_kernel
def _widen_boxes(ends: Any, offsets: Any, runs: int, height: int, bounds: Any) -> None:
    """Widen the box of a mask over each of its runs; its first column and row are stored as 2**31 minus them."""
    i = cuda.grid(1)
    if i >= runs:
        return
    mask = find_owner(offsets, i)
    if (i - int(offsets[mask])) & 1:
        start, last = int(ends[i - 1]), int(ends[i]) - 1
        left, right = start // height, last // height
        top, bottom = start - left * height, last - right * height
        if right > left:  # a run over two columns covers both the last row and the first
            top, bottom = 0, height - 1
        cuda.atomic.max(bounds, 4 * mask, 2**31 - left)
        cuda.atomic.max(bounds, 4 * mask + 1, 2**31 - top)
        cuda.atomic.max(bounds, 4 * mask + 2, right + 1)
        cuda.atomic.max(bounds, 4 * mask + 3, bottom + 1)


@cuda_kernel
def _finish_boxes(bounds: Any, masks: int, out: Any) -> None:
    """Convert the bounds of `_widen_boxes` to boxes."""
    i = cuda.grid(1)
    if i < masks:
        is_filled = int(bounds[4 * i + 2] > 0)
        out[i, 0], out[i, 1] = is_filled * (2**31 - int(bounds[4 * i])), is_filled * (2**31 - int(bounds[4 * i + 1]))
        out[i, 2], out[i, 3] = bounds[4 * i + 2], bounds[4 * i + 3]


def intersections(a: DeviceMasks, b: DeviceMasks) -> Any:
    """Return the pixels that mask i and mask j share, int64 (N, M) on the device; neither N nor M is 0."""
    out = empty((a.count, b.count), np.int64)
    pairs = a.ends, a.offsets, a.count, b.ends, b.offsets, b.count
    launch(_fill_intersections, a.count * b.count, *pairs, out)
    return out


@cuda_kernel
def _fill_intersections(
    ends_a: Any, offsets_a: Any, masks_a: int, ends_b: Any, offsets_b: Any, masks_b: int, out: Any
) -> None:
    """Merge the runs of two masks until one of them has no more."""
    i = cuda.grid(1)
    if i >= masks_a * masks_b:
        return
    row = i // masks_b
    column = i - row * masks_b
    k, m, pixels = int(offsets_a[row]), int(offsets_b[column]), 0
    first_k, first_m, last_k, last_m = k, m, int(offsets_a[row + 1]), int(offsets_b[column + 1])
    position = 0
    while k < last_k and m < last_m:
        end_k, end_m = int(ends_a[k]), int(ends_b[m])
        stop = min(end_k, end_m)
        if (k - first_k) & (m - first_m) & 1:
            pixels += stop - position
        position = stop
        k += int(end_k == stop)
        m += int(end_m == stop)
    out[row, column] = pixels


def intersections_over_unions(a: DeviceMasks, b: DeviceMasks) -> Any:
    """Return the IoU of each pair, float64 (N, M) on the device, 0 where both are empty; neither N nor M is 0."""
    out = empty((a.count, b.count), np.float64)
    launch(_fill_ious, a.count * b.count, intersections(a, b), areas(a), areas(b), out)
    return out


@cuda_kernel
def _fill_ious(common: Any, areas_a: Any, areas_b: Any, out: Any) -> None:
    """Divide, rounded as on the CPU: a lone quotient is never contracted."""
    i = cuda.grid(1)
    rows, columns = out.shape
    if i < rows * columns:
        row = i // columns
        column = i - row * columns
        both = int(common[row, column])
        total = int(areas_a[row]) + int(areas_b[column]) - both
        out[row, column] = both / total if total > 0 else 0.0
