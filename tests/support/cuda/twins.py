"""Compare the CUDA kernels with the CPU kernels and the oracles; run as a script, in a separate process.

`python twins.py CHECK small|large [lowered]` runs in Numba's simulator or on a GPU, as the environment says; `lowered`
runs the LLVM IR of the kernels on the CPU. It is a script because the environment must be set before Numba is imported.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskmill._kernels.cpu import composite as cpu_composite
from maskmill._kernels.cpu import label_map, run_lengths
from maskmill._kernels.cpu.rasterize.grid_edges import RingBatch
from maskmill._kernels.cpu.rasterize.rasterize_polygons import rasterize_polygons
from maskmill._kernels.cpu.resize.resize_map import MapBatch, drops_rows_first, resize_map
from maskmill._kernels.cuda import composite, mask_batches
from maskmill._kernels.cuda import label_map as cuda_label_map
from maskmill._kernels.cuda import run_lengths as cuda_runs
from maskmill._kernels.cuda.streams import run_to_end
from support.oracle import Part, ring_mask
from support.seeds import COORDINATES, SEEDS, arrays, box, moved, random_parts

Bytes = NDArray[np.uint8]
Drawing = tuple[list[Part], int, int]
SHIFTS = [(0, 0), (0, 1), (-50.5, 37.25), (0.5, 0.25), (-499.5, 62.5)]
SMALL = [(1, 1), (2, 1), (5, 25), (7, 11), (10, 10), (20, 40), (40, 33), (64, 64), (3, 32), (3, 33)]
LARGE = [*SMALL, (640, 480), (1920, 1080), (65, 2049)]


def host(array: Any) -> NDArray[Any]:
    """Return a device array as a NumPy array."""
    copy: NDArray[Any] = array.copy_to_host() if hasattr(array, "copy_to_host") else array
    return copy


# Rings


def all_seeds(large: bool) -> None:
    """Compare all seeds, also moved."""
    shifts = SHIFTS if large else SHIFTS[::2]
    drawings = [(moved(s.parts, *shift), s.width, s.height) for s in SEEDS.values() for shift in shifts]
    left = compare_rings(drawings, with_oracle=True)
    assert left < len(drawings) // 4


def random_rings(large: bool) -> None:
    """Compare polygons of every kind of coordinates, many per launch."""
    rng = random.Random(1)
    sizes = LARGE if large else SMALL
    for kind in COORDINATES:
        drawings = []
        for _ in range(200 if large else 4):
            size = rng.choice(sizes)
            drawings.append((random_parts(rng, kind, *size), *size))
        left = compare_rings(drawings, with_oracle=not large)
        assert not left or kind not in ("integers", "few integers", "far integers", "halves"), (kind, left)


def wound_often(_large: bool) -> None:
    """Seven windings can be counted; eight are left to the CPU, in either direction."""
    ring = box(100, 100, 900, 900)
    for turns, is_left in ((1, False), (7, False), (8, True), (40, True)):
        assert compare_rings([([(ring * turns, [])], 9, 40), ([(ring, [])], 9, 40)], True) == int(is_left)
        assert compare_rings([([(ring[::-1] * turns, [])], 9, 40)], True) == int(is_left and turns > 8)


def nothing(_large: bool) -> None:
    """Compare masks without a pixel, without a vertex, and without a ring that spans a column."""
    thin = [(501.0, 0.0), (501.5, 0.0), (501.0, 900.0)]
    compare_rings([([([], [])], 4, 4), ([(thin, [])], 4, 4), ([(box(-900, 0, -1, 900), [])], 4, 4)], with_oracle=True)


def compare_rings(drawings: list[Drawing], with_oracle: bool) -> int:
    """Compare many masks of one batch and return how many were left to the CPU."""
    counts, offsets, left = run_to_end(mask_batches.encode_polygons(together(drawings)))
    for i, (parts, width, height) in enumerate(drawings):
        made = counts[offsets[i] : offsets[i + 1]]
        if left[i]:
            continue
        assert made.tolist() == rasterize_polygons(*arrays(parts), width=width, height=height).tolist(), drawings[i]
        if with_oracle:
            mask = np.repeat(np.arange(len(made)) % 2 == 1, made).reshape(width, height).T
            assert (mask == ring_mask(parts, width, height)).all(), drawings[i]
    return int(left.sum())


def together(drawings: list[Drawing]) -> RingBatch:
    vertices, rings, masks, base = [], [], [0], 0
    for parts, _, _ in drawings:
        points, stops, numbers, holes = arrays(parts)
        rings.append(np.stack([np.zeros_like(stops), stops + base, numbers, holes.astype(np.int64)], axis=1))
        vertices.append(points)
        base += len(points)
        masks.append(masks[-1] + len(stops))
    sizes = np.array([size for _, *size in drawings], np.int64)
    return RingBatch(np.concatenate(vertices), np.concatenate(rings), np.array(masks, np.int64), sizes)


# Maps

Case = tuple[Bytes, tuple[int, int, int, int], tuple[int, int], int]


def maps(large: bool) -> None:
    """Compare maps of many sizes in boxes inside and outside of images, grey and binary, many per launch."""
    cases = list(random_maps(np.random.default_rng(2), large))
    compare_maps(cases, [pixels for pixels, *_ in cases])
    binary = [((pixels > 99).astype(np.uint8) * 255, *rest) for pixels, *rest in cases]
    compare_maps(
        [(pixels, rect, size, min(t, 254)) for pixels, rect, size, t in binary], [columns_of(b) for b, *_ in binary]
    )


def random_maps(rng: np.random.Generator, large: bool) -> Iterator[Case]:
    sides = [(8, 8), (1, 1), (40, 9), (33, 64), (256, 256), (300, 2)] if large else [(8, 8), (1, 1), (16, 9), (33, 5)]
    sizes = [(20, 20), (333, 240), (1920, 1080)] if large else [(20, 20), (33, 30), (9, 64)]
    for k in range(120 if large else 12):
        width, height = sizes[k % 3]
        pixels = rng.integers(0, 256, sides[k % len(sides)]).astype(np.uint8)
        if k % 4 == 0:
            pixels = (pixels > 128).astype(np.uint8) * 255
        x0, y0 = rng.integers(-width // 4, width - 1), rng.integers(-height // 4, height - 1)
        x1, y1 = max(x0, 0) + rng.integers(1, width), max(y0, 0) + rng.integers(1, height)
        rect = [int(x0), int(y0), int(x1), int(y1)]
        for side, whole in enumerate((0, 0, width, height)):  # each combination of sides of the image
            rect[side] = whole if (k >> side) & 1 else rect[side]
        seen = min(rect[3], height) - max(rect[1], 0)
        if not drops_rows_first(*pixels.shape, seen):
            yield pixels, (rect[0], rect[1], rect[2], rect[3]), (width, height), int(rng.integers(0, 256))


def compare_maps(cases: list[Case], given: list[NDArray[Any]]) -> None:
    flat = [pixels.reshape(-1) for pixels in given]
    places = np.cumsum([0, *map(len, flat)], dtype=np.int64)[:-1]
    columns = [pixels.shape for pixels, *_ in cases], *([case[i] for case in cases] for i in (1, 2, 3))
    numbers = [np.array(column, np.int64) for column in columns]
    counts, offsets = run_to_end(mask_batches.encode_maps(MapBatch(np.concatenate(flat), places, *numbers)))
    for i, (pixels, rect, size, threshold) in enumerate(cases):
        made = counts[offsets[i] : offsets[i + 1]]
        want = resize_map(pixels, rect, width=size[0], height=size[1], threshold=threshold)
        assert made.tolist() == want.tolist(), (pixels.shape, rect, size, threshold)
        x0, y0, x1, y1 = rect
        if min(x0, y0) >= 0 and x1 <= size[0] and y1 <= size[1]:
            small = Image.fromarray(pixels).resize((x1 - x0, y1 - y0), Image.Resampling.BILINEAR)
            mask = np.repeat(np.arange(len(made)) % 2 == 1, made).reshape(size).T
            assert (mask[y0:y1, x0:x1] == (np.asarray(small) > threshold)).all()
            assert mask.sum() == mask[y0:y1, x0:x1].sum()


def columns_of(pixels: Bytes) -> NDArray[np.uint32]:
    rows = np.pad(pixels > 0, ((0, -len(pixels) % 32), (0, 0)))
    return np.ascontiguousarray(np.packbits(rows, axis=0, bitorder="little").T).view(np.uint32)


# Views


def views(large: bool) -> None:
    """Compare measures, pixels, label maps and unions of batches, also of empty and full masks."""
    rng = np.random.default_rng(3)
    shapes = [(4, 9, 5), (2, 40, 7), (1, 64, 9), (2, 33, 1), (1, 32, 3)]
    for shape in [*shapes, (20, 480, 640)] if large else shapes:
        masks = rng.random(shape) < rng.random()
        masks[0], masks[-1, :, -1] = True, False
        compare_views(masks, rng)
    compare_views(np.zeros((2, 9, 7), bool), rng)


def compare_views(masks: NDArray[np.bool_], rng: np.random.Generator) -> None:
    parts = [run_lengths.encode(mask) for mask in masks]
    counts, offsets = np.concatenate(parts), np.cumsum([0, *map(len, parts)])
    n, height, width = masks.shape
    on_device = cuda_runs.upload_masks(counts, offsets, total=height * width)
    assert (host(composite.dense(on_device, height=height, width=width)) == masks).all()
    assert (host(cuda_runs.areas(on_device)) == masks.sum((1, 2))).all()
    assert (host(cuda_runs.boxes(on_device, height=height)) == run_lengths.boxes(counts, offsets, height=height)).all()
    flat = masks.reshape(n, -1).astype(np.int64)
    common = flat @ flat.T
    total = flat.sum(1)[:, None] + flat.sum(1)[None, :] - common
    assert (host(cuda_runs.intersections(on_device, on_device)) == common).all()
    assert (host(cuda_runs.intersections_over_unions(on_device, on_device)) == common / np.maximum(total, 1)).all()
    united = composite.union(on_device, height=height, width=width)
    assert united.tolist() == run_lengths.encode(masks.any(0)).tolist()
    assert united.tolist() == cpu_composite.union(counts, offsets, height * width).tolist()
    order, values = rng.permutation(n), np.arange(n, dtype=np.int32) * -7 + 3
    painted = np.zeros((height, width), np.int32)
    for i in order:
        painted[masks[i]] = values[i]
    assert (host(cuda_label_map.instance_map(on_device, order, values, height=height, width=width)) == painted).all()
    assert (label_map.instance_map(counts, offsets, order, values, height=height, width=width) == painted).all()


def sums(large: bool) -> None:
    """Compare prefix sums over one block, several, and more than a block of blocks."""
    from maskmill._kernels.cuda import launch

    block = launch.BLOCK
    for n in (0, 1, block - 1, block, 3 * block + 5, *([block**2, block**2 + 1, 7 * block**2] if large else [])):
        values = np.random.default_rng(n).integers(0, 2**31 - 1, n).astype(np.int32)
        made = host(cuda_runs.prefix_sums(launch.upload(values, np.int32), n))
        assert (made == np.cumsum(np.append(0, values), dtype=np.int64)).all(), n


CHECKS: dict[str, Callable[[bool], None]] = {
    check.__name__: check for check in (all_seeds, random_rings, wound_often, nothing, maps, views, sums)
}

if __name__ == "__main__":
    if "lowered" in sys.argv:
        from support.cuda import device_code

        device_code.run_on_the_cpu(setattr)
    CHECKS[sys.argv[1]]("large" in sys.argv)
    print("same")
