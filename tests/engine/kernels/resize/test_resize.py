"""Maps resized into their boxes, compared with Pillow pixel by pixel."""

from __future__ import annotations

import base64
import json
import tracemalloc

import numpy as np
import PIL
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numba import config
from numpy.typing import NDArray
from PIL import Image

from maskmill._kernels.cpu.resize.resize_map import drops_rows_first, resize_binary_map, resize_map
from maskmill._kernels.steps.resample import SURE_TAPS
from support import pngs
from support.tiers import cases

Bytes = NDArray[np.uint8]
Box = tuple[int, int, int, int]

SIDE = cases(300)

like_pillow = pytest.mark.skipif(
    not (12, 2) <= tuple(int(part) for part in PIL.__version__.split(".")[:2]) < (13, 0),
    reason="the order of the passes is that of Pillow 12.2; older, newer and pillow-simd have others",
)


def by_pillow(pixels: Bytes, box: Box, width: int, height: int, threshold: int) -> NDArray[np.bool_]:
    """Return the dense mask; a box that leaves the image is cut as in supervision 0.31.2."""
    (x0, y0, x1, y1), image = box, Image.fromarray(pixels)
    left, right, top, bottom = max(x0, 0), min(x1, width), max(y0, 0), min(y1, height)
    mask = np.zeros((height, width), bool)
    if (left, top, right, bottom) == box:
        small = image.resize((x1 - x0, y1 - y0), Image.Resampling.BILINEAR)
    elif left < right and top < bottom:
        sx, sy = image.width / (x1 - x0), image.height / (y1 - y0)
        part = ((left - x0) * sx, (top - y0) * sy, (right - x0) * sx, (bottom - y0) * sy)
        small = image.resize((right - left, bottom - top), Image.Resampling.BILINEAR, box=part)
    else:
        return mask
    mask[top:bottom, left:right] = np.asarray(small) > threshold
    return mask


def counts_of(mask: NDArray[np.bool_]) -> list[int]:
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat, prepend=False))
    return [int(v) for v in np.diff(changes, prepend=0, append=flat.size)]


def assert_like_pillow(pixels: Bytes, box: Box, width: int, height: int, threshold: int) -> None:
    counts = resize_map(pixels, box, width=width, height=height, threshold=threshold)
    assert counts.dtype == np.int32
    want = counts_of(by_pillow(pixels, box, width, height, threshold))
    assert counts.tolist() == want, (pixels.shape, box, width, height, threshold)
    if fits_bits(pixels, box, width, height, threshold):
        counts = resize_binary_map(
            columns_of(pixels), box, map_height=len(pixels), width=width, height=height, threshold=threshold
        )
        assert counts.tolist() == want, (pixels.shape, box, width, height, threshold)


def fits_bits(pixels: Bytes, box: Box, width: int, height: int, threshold: int) -> bool:
    inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
    binary = threshold < 255 and bool(np.isin(pixels, (0, 255)).all())
    return inside and binary and not drops_rows_first(*pixels.shape, box[3] - box[1])


def columns_of(pixels: Bytes) -> NDArray[np.uint32]:
    """Return the bits of a map's columns, 32 rows per word."""
    rows = np.pad(pixels > 0, ((0, -len(pixels) % 32), (0, 0)))
    return np.ascontiguousarray(np.packbits(rows, axis=0, bitorder="little").T).view(np.uint32)


def random_map(rng: np.random.Generator, height: int, width: int) -> Bytes:
    kind = rng.integers(4)
    if kind == 0:
        return rng.integers(0, 256, (height, width), np.uint8)
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    a, b, c = rng.uniform(0.1, 9, 3)
    field = np.sin(a * x + b) + np.cos(b * y + c) + np.sin(c * (x + y))
    if kind == 1:
        return ((field + 3) * 42.5).astype(np.uint8)
    steps = (field > rng.uniform(-2, 2)) * np.uint8(255)
    return steps if kind == 2 else np.where(rng.random((height, width)) < 0.02, 255 - steps, steps)


def random_span(rng: np.random.Generator, size: int) -> tuple[int, int]:
    """Return the ends of a box along one axis: inside, one pixel, off one end, off both, or off altogether."""
    ends = [
        sorted(rng.integers(0, size + 1, 2)),
        [rng.integers(-1, size + 1)] * 2,
        sorted((rng.integers(-2 * size, 0), rng.integers(0, size + 1))),
        sorted((rng.integers(0, size + 1), rng.integers(size, 3 * size + 1))),
        [rng.integers(-(10 ** rng.integers(1, 6)), 0), rng.integers(size, size + 10 ** rng.integers(1, 6))],
        sorted(rng.integers(-size, 2 * size, 2)),
    ][rng.choice(6, p=[0.4, 0.1, 0.15, 0.15, 0.15, 0.05])]
    return int(ends[0]), int(max(ends[1], ends[0] + 1))


@like_pillow
@pytest.mark.parametrize("seed", range(5))
def test_random_maps_and_boxes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for _ in range(cases(1_000)):
        sides = rng.integers(1, SIDE + 1, 2) if rng.integers(4) else rng.integers(1, [SIDE + 1, 4])
        pixels = random_map(rng, *sides[:: rng.choice([-1, 1])])
        width, height = (int(v) for v in rng.integers(1, SIDE, 2))
        (x0, x1), (y0, y1) = random_span(rng, width), random_span(rng, height)
        assert_like_pillow(pixels, (x0, y0, x1, y1), width, height, int(rng.integers(0, 256)))


@like_pillow
@pytest.mark.parametrize("seed", range(3))
def test_random_binary_maps_that_grow_and_shrink(seed: int) -> None:
    """Along both axes, and along one of them: every pair of tap counts, in boxes inside the image."""
    rng = np.random.default_rng(seed)
    for _ in range(cases(700)):
        pixels = np.where(random_map(rng, *rng.integers(1, SIDE, 2)) > 127, 255, 0).astype(np.uint8)
        width, height = (int(v) for v in rng.integers(1, SIDE, 2))
        (x0, x1), (y0, y1) = (sorted(int(v) for v in rng.choice(n + 1, 2, replace=False)) for n in (width, height))
        assert_like_pillow(pixels, (x0, y0, x1, y1), width, height, int(rng.choice([0, 1, 63, 127, 128, 200, 254])))


@like_pillow
@settings(deadline=None)
@given(
    arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=12)),
    st.tuples(*[st.integers(-30, 30)] * 2, *[st.integers(1, 40)] * 2),
    *[st.integers(1, 20)] * 2,
    st.integers(0, 255),
)
def test_any_map_and_box(pixels: Bytes, span: Box, width: int, height: int, threshold: int) -> None:
    x, y, w, h = span
    assert_like_pillow(pixels, (x, y, x + w, y + h), width, height, threshold)


@like_pillow
@pytest.mark.parametrize("x", [(-7, 5), (3, 9), (6, 21), (-7, 21), (0, 12)])
@pytest.mark.parametrize("y", [(-5, 3), (2, 6), (4, 19), (-5, 19), (0, 8)])
@pytest.mark.parametrize("shape", [(1, 1), (4, 4), (16, 16), (31, 17)])
def test_box_leaves_each_side_and_corner(x: tuple[int, int], y: tuple[int, int], shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, shape, np.uint8)
    for threshold in (0, 90, 127, 128, 254, 255):
        assert_like_pillow(pixels, (x[0], y[0], x[1], y[1]), 12, 8, threshold)


@pytest.mark.parametrize(("x", "y"), [((-3, 0), (0, 2)), ((5, 6), (0, 2)), ((0, 2), (-9, 0)), ((0, 2), (4, 5))])
def test_box_outside_the_image(x: tuple[int, int], y: tuple[int, int]) -> None:
    pixels = np.full((2, 2), 255, np.uint8)
    assert resize_map(pixels, (x[0], y[0], x[1], y[1]), width=5, height=4, threshold=0).tolist() == [20]


@like_pillow
@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (2, 333), (40, 40)])
def test_boxes_of_one_pixel_row_or_column(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    for box in ((1, 1, 2, 2), (1, 0, 2, 9), (0, 1, 7, 2), (0, 0, 1, 1), (6, 8, 7, 9)):
        pixels = rng.integers(0, 256, shape, np.uint8)
        for threshold in (100, 120, 140):
            assert_like_pillow(pixels, box, 7, 9, threshold)


@like_pillow
@pytest.mark.parametrize("shape", [(100, 1), (101, 1), (200, 2), (201, 2), (350, 3), (1, 101), (3, 350)])
def test_a_map_over_a_hundred_times_as_tall_as_wide_drops_rows_first(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(3)
    for _ in range(cases(100)):
        pixels = random_map(rng, *shape)
        (x0, x1), (y0, y1) = random_span(rng, 40), random_span(rng, shape[0] + 5)
        assert_like_pillow(pixels, (x0, y0, x1, y1), 40, shape[0] + 5, int(rng.integers(0, 256)))


@like_pillow
@pytest.mark.parametrize("rows", [249, 250, 251])
def test_a_tall_map_that_keeps_its_rows_goes_through_the_columns_first(rows: int) -> None:
    pixels = np.random.default_rng(9).integers(0, 256, (250, 2), np.uint8)
    for threshold in range(60, 200, 20):
        assert_like_pillow(pixels, (0, -30, 20, 300), 20, rows, threshold)


@like_pillow
@pytest.mark.parametrize("side", [10**5, 10**6, 2_097_152])
@pytest.mark.parametrize("shape", [(1, 1), (256, 256), (4096, 40), (40, 4096)])
def test_box_far_larger_than_the_image(side: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 256, shape, np.uint8)
    for _ in range(cases(30)):
        x0, y0 = (int(v) for v in rng.integers(-side + 1, 1, 2))
        assert_like_pillow(pixels, (x0, y0, x0 + side, y0 + side), 31, 23, int(rng.integers(0, 256)))


def test_box_far_larger_than_the_image_costs_its_visible_part() -> None:
    pixels = np.random.default_rng(5).integers(0, 256, (256, 256), np.uint8)
    box = (-(10**6), -(10**6), 10**6, 10**6)
    resize_map(pixels, box, width=64, height=48, threshold=127)
    tracemalloc.start()
    resize_map(pixels, box, width=64, height=48, threshold=127)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 50_000


@like_pillow
@pytest.mark.parametrize("height", [1, 2, 99, 1_001, SURE_TAPS + 1])
@pytest.mark.parametrize("value", [1, 127, 255])
def test_uniform_maps_at_the_threshold(height: int, value: int) -> None:
    pixels = np.full((height, -(-height // 100)), value, np.uint8)
    for threshold in (value - 1, value):
        assert_like_pillow(pixels, (0, 0, 1, 1), 1, 2, threshold)
        assert_like_pillow(pixels, (0, -1, 1, 3), 1, 2, threshold)


@like_pillow
def test_more_taps_than_are_sure() -> None:
    rng = np.random.default_rng(6)
    pixels = rng.integers(120, 136, (SURE_TAPS + 108, 83), np.uint8)
    for threshold in (126, 127, 128):
        assert_like_pillow(pixels, (0, 0, 2, 1), 3, 2, threshold)
    assert_like_pillow(np.ascontiguousarray(pixels.T), (0, 0, 1, 2), 3, 2, 127)


HEAVY = [(798_915, 1), (860_370, 1), (1, 798_915), (1, 860_370)]
"""A wide one takes minutes with the JIT off."""


@like_pillow
@pytest.mark.parametrize("shape", HEAVY[: 2 if config.DISABLE_JIT else None])
def test_weights_that_sum_to_more_or_less_than_one(shape: tuple[int, int]) -> None:
    """So many taps add up their rounding: white becomes 256, which is clipped, or 253."""
    white = np.full(shape, 255, np.uint8)
    for threshold in (252, 253, 254):
        assert_like_pillow(white, (0, 0, 1, 1), 1, 1, threshold)


def test_runs_join_across_columns() -> None:
    white = np.full((3, 3), 255, np.uint8)
    assert resize_map(white, (0, 0, 4, 5), width=4, height=5, threshold=254).tolist() == [0, 20]
    assert resize_map(white, (-9, -9, 9, 9), width=4, height=5, threshold=0).tolist() == [0, 20]
    assert resize_map(white, (1, 0, 3, 5), width=4, height=5, threshold=0).tolist() == [5, 10, 5]
    assert resize_map(white, (0, 0, 4, 4), width=4, height=5, threshold=0).tolist() == [0, 4, 1, 4, 1, 4, 1, 4, 1]
    assert resize_map(white, (2, 1, 4, 5), width=4, height=5, threshold=0).tolist() == [11, 4, 1, 4]
    assert resize_map(white, (0, 0, 4, 5), width=4, height=5, threshold=255).tolist() == [20]


def test_a_run_from_the_bottom_of_one_column_to_the_top_of_the_next() -> None:
    pixels = np.array([[0, 255], [255, 0]], np.uint8)
    assert resize_map(pixels, (0, 0, 2, 2), width=2, height=2, threshold=0).tolist() == [1, 2, 1]
    assert resize_map(pixels[::-1].copy(), (0, 0, 2, 2), width=2, height=2, threshold=0).tolist() == [0, 1, 2, 1]


@like_pillow
def test_more_runs_than_expected() -> None:
    side = cases(500)
    pixels = (np.indices((side, side)).sum(0) % 2 * 255).astype(np.uint8)
    assert_like_pillow(pixels, (0, 0, side, side), side, side, 127)
    assert_like_pillow(pixels, (0, 0, side, side - 1), side, side, 127)


def test_counts_hold_no_more_memory_than_they_need() -> None:
    assert resize_map(np.eye(9, dtype=np.uint8), (0, 0, 9, 9), width=9, height=9, threshold=0).base is None


def test_any_layout_of_the_map_is_read_and_unchanged() -> None:
    pixels = np.random.default_rng(7).integers(0, 256, (9, 14), np.uint8)
    want = resize_map(pixels.copy(), (1, 2, 30, 25), width=28, height=24, threshold=127).tolist()
    locked = pixels.copy()
    locked.flags.writeable = False
    for same in (np.asfortranarray(pixels), locked, np.repeat(pixels, 2, axis=1)[:, ::2], pixels):
        assert resize_map(same, (1, 2, 30, 25), width=28, height=24, threshold=127).tolist() == want
    assert pixels.flags.writeable
    assert np.array_equal(pixels, locked)


@like_pillow
def test_the_masks_of_supervision() -> None:
    vlm = pytest.importorskip("supervision.detection.vlm")
    rng = np.random.default_rng(8)
    for _ in range(cases(40)):
        width, height = (int(v) for v in rng.integers(1, SIDE, 2))
        maps = [random_map(rng, *rng.integers(1, cases(80), 2)) for _ in range(8)]
        items = [
            {
                "box_2d": rng.integers(-300, 1300, 4).tolist(),
                "mask": "data:image/png;base64," + base64.b64encode(pngs.encode(pixels)).decode(),
                "label": "x",
            }
            for pixels in maps
        ]
        boxes, _, _, _, masks = vlm.from_google_gemini_2_5(f"```json\n{json.dumps(items)}\n```", (width, height))
        for pixels, box, mask in zip(maps, boxes, masks, strict=True):
            x0, y0, x1, y1 = (int(v) for v in box)
            if x0 < x1 and y0 < y1:
                counts = resize_map(pixels, (x0, y0, x1, y1), width=width, height=height, threshold=127)
                assert counts.tolist() == counts_of(mask)


@like_pillow
@pytest.mark.parametrize("shape", [(1, 1), (2, 1), (2, 7), (7, 2), (64, 64), (33, 5)])
@pytest.mark.parametrize("growth", [1, 1.01, 3, 40, 9000])
def test_soft_maps_that_grow(shape: tuple[int, int], growth: float) -> None:
    """Also so far that the weights of neighbours hardly differ."""
    rng = np.random.default_rng(11)
    height = min(int(shape[0] * growth), cases(60_000))
    for _ in range(cases(20)):
        pixels = random_map(rng, *shape) if rng.integers(2) else rng.integers(100, 156, shape, np.uint8)
        width = int(rng.integers(1, 9))
        for threshold in (0, 100, 127, 128, 254, 255):
            assert_like_pillow(pixels, (1, 2, 1 + width, 2 + height), width + 2, height + 5, threshold)


@like_pillow
def test_soft_maps_in_boxes_of_which_little_is_seen() -> None:
    """Weights that are both rounded up weigh more there than the step to the next output."""
    rng, height = np.random.default_rng(12), 8
    for _ in range(cases(6_000)):
        low = int(rng.integers(120, 250))
        threshold = low + int(rng.integers(0, 4))
        pixels = np.array([[low], [low + 5]], np.uint8)[:: int(rng.choice([-1, 1]))].copy()
        box_height = int(rng.integers(500_000, 2_000_000))
        turn = (threshold + 0.5 - int(pixels[0, 0])) / (int(pixels[1, 0]) - int(pixels[0, 0]))  # from row to row
        above = int((turn + 0.5) * box_height / 2) + int(rng.integers(-20, 20)) - height // 2
        assert_like_pillow(pixels, (0, -above, 1, box_height - above), 1, height, threshold)
