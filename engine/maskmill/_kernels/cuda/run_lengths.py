"""The bits of many masks to their counts, and what counts alone can give.

Format: bits and frames as `frames` says, counts and offsets as in `cpu.runs`. `ends`, int32, holds where each run ends,
counted from the first pixel of its mask.

State: `sums` holds, for each of a list of numbers, the sum of those before it, and then the sum of all. A block adds up
its own, each time over twice the distance; the sums of blocks are added up likewise, a level a factor of `BLOCK`.

Why it is fast: a change of colour is written once, where it stays, and no thread waits but for its block. The one
thing that the CPU waits for is how many changes each mask has, for all masks at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .._jit import cuda_kernel, cuda_module, step
from ..cpu.run_lengths import Counts, Offsets
from ..steps.bits import WORD, below, differing
from .bit_layout import HEIGHT, ROWS, TOTAL, WHOLE, WORDS, X0, Y0, Layout, owner
from .launch import BLOCK, empty, fetch, launch, upload, zeros
from .streams import Steps

cuda = cuda_module()

_TOP = WORD - 1


# Bits to counts.


def encode(bits: Any, plan: Layout) -> Steps[tuple[Counts, Offsets]]:
    """Return canonical counts of the masks whose bits are on the device, and their offsets."""
    words, masks = int(plan.starts[-1]), len(plan.frames)
    frames, starts = upload(plan.frames, np.int64), upload(plan.starts, np.int64)
    found = empty(max(words, 1), np.int32)
    launch(count_changes, words, bits, frames, starts, found)
    sums, firsts = running_sums(found, words), empty(masks + 1, np.int64)
    launch(pick, masks + 1, sums, starts, firsts)
    offsets = yield from fetch(firsts)
    slots = offsets + np.arange(masks + 1)
    changes, counts = empty(max(int(offsets[-1]), 1), np.int32), empty(max(int(slots[-1]), 1), np.int32)
    launch(place_changes, words, bits, frames, starts, sums, changes)
    launch(fill_counts, int(slots[-1]), changes, firsts, upload(slots, np.int64), frames, counts)
    made = yield from fetch(counts)
    return _closed(made[: slots[-1]], slots)


def _closed(counts: Counts, slots: Offsets) -> tuple[Counts, Offsets]:
    """Drop the last count of each mask that ends with its image: nothing follows."""
    void = (np.diff(slots) > 1) & (counts[slots[1:] - 1] == 0)
    if not void.any():
        return counts, slots
    return np.delete(counts, slots[1:][void] - 1), slots - np.append(0, np.cumsum(void))


@step
def _changes_of(bits: Any, frames: Any, mask: int, local: int, i: int) -> int:
    """Return where the pixels of word `i`, the `local`-th of its mask, differ from the pixel before them."""
    words, rows, whole = int(frames[mask, WORDS]), int(frames[mask, ROWS]), int(frames[mask, WHOLE])
    before, part = 0, local % words
    if part > 0:
        before = np.int64(bits[i - 1]) >> _TOP
    elif whole != 0 and local > 0:
        before = np.int64(bits[i - 1]) >> ((rows - 1) % WORD)
    return differing(np.int64(bits[i]), before) & below(rows + 1 - whole - part * WORD)


@cuda_kernel
def count_changes(bits: Any, frames: Any, starts: Any, found: Any) -> None:
    """Count the changes in each word."""
    i = cuda.grid(1)
    if i < starts[starts.size - 1]:
        mask = owner(starts, i)
        found[i] = cuda.popc(_changes_of(bits, frames, mask, i - int(starts[mask]), i))


@cuda_kernel
def place_changes(bits: Any, frames: Any, starts: Any, sums: Any, changes: Any) -> None:
    """Write the position of each change, after those of all words before."""
    i = cuda.grid(1)
    if i >= starts[starts.size - 1] or sums[i] == sums[i + 1]:
        return
    mask = owner(starts, i)
    local = i - int(starts[mask])
    left = _changes_of(bits, frames, mask, local, i)
    words, height = int(frames[mask, WORDS]), int(frames[mask, HEIGHT])
    column = local // words
    place = (int(frames[mask, X0]) + column) * height + int(frames[mask, Y0]) + (local - column * words) * WORD
    n = int(sums[i])
    while left != 0:
        changes[n] = place + cuda.popc((left & -left) - 1)
        left &= left - 1
        n += 1


@cuda_kernel
def fill_counts(changes: Any, firsts: Any, slots: Any, frames: Any, counts: Any) -> None:
    """Write the count that ends with each change, and the one that ends with the image."""
    i = cuda.grid(1)
    if i < slots[slots.size - 1]:
        mask = owner(slots, i)
        k, start = i - int(slots[mask]), int(firsts[mask])
        end = int(frames[mask, TOTAL])
        if start + k < firsts[mask + 1]:
            end = int(changes[start + k])
        counts[i] = end - int(changes[start + k - 1]) if k > 0 else end


@cuda_kernel
def pick(values: Any, places: Any, picked: Any) -> None:
    """Copy the values at some places."""
    i = cuda.grid(1)
    if i < picked.size:
        picked[i] = values[places[i]]


# Sums.


def running_sums(values: Any, n: int) -> Any:
    """Return the sums before each of the first `n` values, and that of all, int64 on the device."""
    sums, blocks = empty(n + 1, np.int64), -(-(n + 1) // BLOCK)
    totals = empty(blocks, np.int64)
    launch(sum_blocks, n + 1, values, n, sums, totals)
    if blocks > 1:
        launch(add_totals, n + 1, sums, running_sums(totals, blocks))
    return sums


@cuda_kernel
def sum_blocks(values: Any, n: int, sums: Any, totals: Any) -> None:
    """Add up the values before each one in its block, and all of the block."""
    kept = cuda.shared.array(BLOCK, np.int64)
    i, thread = cuda.grid(1), cuda.threadIdx.x
    own = int(values[i]) if i < n else 0
    kept[thread] = own
    cuda.syncthreads()
    distance = 1
    while distance < BLOCK:
        before = int(kept[thread - distance]) if thread >= distance else 0
        cuda.syncthreads()
        kept[thread] += before
        cuda.syncthreads()
        distance *= 2
    if i <= n:
        sums[i] = int(kept[thread]) - own
    if thread == BLOCK - 1:
        totals[cuda.blockIdx.x] = kept[thread]


@cuda_kernel
def add_totals(sums: Any, before: Any) -> None:
    """Add to each sum that of all blocks before its own."""
    i = cuda.grid(1)
    if i < sums.size:
        sums[i] += before[cuda.blockIdx.x]


# What counts give.


class Batch(NamedTuple):
    """Masks of one size on the device: counts, offsets, where runs end; their numbers, and the pixels of the image."""

    counts: Any
    offsets: Any
    ends: Any
    runs: int
    masks: int
    total: int


def batch(counts: Counts, offsets: Offsets, total: int) -> Batch:
    """Bring masks to the device, and add up their counts."""
    runs, masks = len(counts), len(offsets) - 1
    sent, places, ends = upload(counts, np.int32), upload(offsets, np.int64), empty(max(runs, 1), np.int32)
    launch(fill_ends, runs, running_sums(sent, runs), places, total, runs, ends)
    return Batch(sent, places, ends, runs, masks, total)


@cuda_kernel
def fill_ends(sums: Any, offsets: Any, total: int, runs: int, ends: Any) -> None:
    """Write where each run ends in its mask; every mask before it has `total` pixels."""
    i = cuda.grid(1)
    if i < runs:
        ends[i] = int(sums[i + 1]) - owner(offsets, i) * total


def areas(given: Batch) -> Any:
    """Return the foreground pixels of each mask, int64 (N,) on the device; N is not 0."""
    found = zeros(given.masks, np.int64)
    launch(add_areas, given.runs, given.counts, given.offsets, given.runs, found)
    return found


@cuda_kernel
def add_areas(counts: Any, offsets: Any, runs: int, found: Any) -> None:
    """Add each run of foreground to the area of its mask."""
    i = cuda.grid(1)
    if i < runs:
        mask = owner(offsets, i)
        if (i - int(offsets[mask])) & 1:
            cuda.atomic.add(found, mask, int(counts[i]))


def boxes(given: Batch, height: int) -> Any:
    """Return the tight box x0, y0, x1, y1 of each mask, ends exclusive, int64 (N, 4) on the device; zeros if empty."""
    raw, found = zeros(4 * given.masks, np.int64), empty((max(given.masks, 1), 4), np.int64)
    launch(spread, given.runs, given.ends, given.offsets, given.runs, height, raw)
    launch(fold, given.masks, raw, given.masks, found)
    return found


@cuda_kernel
def spread(ends: Any, offsets: Any, runs: int, height: int, raw: Any) -> None:
    """Widen the box of a mask over each of its runs; its first column and row are counted from the image's end."""
    i = cuda.grid(1)
    if i >= runs:
        return
    mask = owner(offsets, i)
    if (i - int(offsets[mask])) & 1:
        start, last = int(ends[i - 1]), int(ends[i]) - 1
        left, right = start // height, last // height
        top, bottom = start - left * height, last - right * height
        if right > left:  # past a border of columns: both the last row and the first
            top, bottom = 0, height - 1
        cuda.atomic.max(raw, 4 * mask, 2**31 - left)
        cuda.atomic.max(raw, 4 * mask + 1, 2**31 - top)
        cuda.atomic.max(raw, 4 * mask + 2, right + 1)
        cuda.atomic.max(raw, 4 * mask + 3, bottom + 1)


@cuda_kernel
def fold(raw: Any, masks: int, found: Any) -> None:
    """Bring boxes to the order and the origin that others know."""
    i = cuda.grid(1)
    if i < masks:
        filled = int(raw[4 * i + 2] > 0)
        found[i, 0], found[i, 1] = filled * (2**31 - int(raw[4 * i])), filled * (2**31 - int(raw[4 * i + 1]))
        found[i, 2], found[i, 3] = raw[4 * i + 2], raw[4 * i + 3]


def intersections(a: Batch, b: Batch) -> Any:
    """Return the pixels that mask i and mask j have in common, int64 (N, M) on the device; neither N nor M is 0."""
    common = empty((a.masks, b.masks), np.int64)
    sides = a.ends, a.offsets, a.masks, b.ends, b.offsets, b.masks
    launch(fill_common, a.masks * b.masks, *sides, common)
    return common


@cuda_kernel
def fill_common(
    ends_a: Any, offsets_a: Any, masks_a: int, ends_b: Any, offsets_b: Any, masks_b: int, common: Any
) -> None:
    """Merge the runs of two masks, up to where one of them has no more foreground."""
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
    common[row, column] = pixels


def shares(a: Batch, b: Batch) -> Any:
    """Return intersections over unions, float64 (N, M) on the device, 0 where both are empty; neither N nor M is 0."""
    out = empty((a.masks, b.masks), np.float64)
    launch(fill_shares, a.masks * b.masks, intersections(a, b), areas(a), areas(b), out)
    return out


@cuda_kernel
def fill_shares(common: Any, areas_a: Any, areas_b: Any, out: Any) -> None:
    """Divide, correctly rounded as on the CPU: a quotient by itself is never contracted."""
    i = cuda.grid(1)
    rows, columns = out.shape
    if i < rows * columns:
        row = i // columns
        column = i - row * columns
        both = int(common[row, column])
        total = int(areas_a[row]) + int(areas_b[column]) - both
        out[row, column] = both / total if total > 0 else 0.0
