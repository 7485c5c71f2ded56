"""Run-length masks against dense arrays and pycocotools."""

from __future__ import annotations

from itertools import chain, groupby, product

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numba import config
from numpy.typing import NDArray
from pycocotools import mask as coco

from maskmill._kernels.cpu import run_lengths
from support.tiers import cases

Mask = NDArray[np.bool_]
Batch = tuple[NDArray[np.int32], NDArray[np.int64]]

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)
MASKS = hnp.arrays(bool, SHAPES)
STACKS = SHAPES.flatmap(lambda shape: hnp.arrays(bool, st.integers(0, 5).map(lambda n: (n, *shape))))
PAIRS = SHAPES.flatmap(lambda s: st.tuples(*[hnp.arrays(bool, st.integers(0, 4).map(lambda n: (n, *s)))] * 2))
SIZES = st.tuples(st.integers(1, 24), st.integers(1, 24))


def runs_of(pixels: list[bool]) -> list[int]:
    """Return canonical counts, one pixel at a time."""
    lengths = [len(list(group)) for _, group in groupby(pixels)]
    return [0, *lengths] if pixels[0] else lengths


def pixels_of(counts: list[int]) -> list[bool]:
    return [k % 2 == 1 for k, count in enumerate(counts) for _ in range(count)]


def batch(masks: NDArray[np.bool_]) -> Batch:
    parts = [runs_of(mask.T.ravel().tolist()) for mask in masks]
    return np.array(list(chain.from_iterable(parts)), np.int32), np.cumsum([0, *map(len, parts)])


def rles(masks: NDArray[np.bool_]) -> list[dict[str, object]]:
    return [coco.encode(np.asfortranarray(mask, np.uint8)) for mask in masks]


def small_masks() -> list[Mask]:
    """Return all masks of 3 x 3 and of 2 x 4 pixels."""
    bits = (np.array(b, bool).reshape(s) for s in ((3, 3), (2, 4)) for b in product((0, 1), repeat=s[0] * s[1]))
    return list(bits)


class TestEncode:
    def test_every_small_mask(self) -> None:
        for mask in small_masks():
            assert run_lengths.encode(mask).tolist() == runs_of(mask.T.ravel().tolist())

    @settings(max_examples=cases(400), deadline=None)
    @given(MASKS)
    @example(np.ones((1, 1), bool))
    @example(np.zeros((1, 9), bool))
    @example(np.ones((9, 1), bool))
    def test_every_layout(self, mask: Mask) -> None:
        expected = runs_of(mask.T.ravel().tolist())
        wide = np.repeat(np.repeat(mask, 2, 0), 3, 1)
        for same in (mask, np.asfortranarray(mask), wide[::2, ::3], mask[::-1][::-1], mask * np.uint8(255)):
            counts = run_lengths.encode(same)
            assert counts.dtype == np.int32
            assert counts.tolist() == expected

    @pytest.mark.parametrize("width", [127, 128, 129, 255, 256, 257, 300])
    def test_a_change_in_any_place_of_a_block(self, width: int) -> None:
        for column in {0, 1, 126, 127, 128, 129, 255, 256, width - 2, width - 1} & set(range(width)):
            mask = np.zeros((3, width), bool)
            mask[1, column] = True
            assert run_lengths.encode(mask).tolist() == [3 * column + 1, 1, 3 * (width - column) - 2]

    def test_a_run_that_goes_on_in_the_next_column(self) -> None:
        assert run_lengths.encode(np.array([[0, 1, 0], [1, 0, 0]], bool)).tolist() == [1, 2, 3]

    def test_read_only_input(self) -> None:
        mask = np.eye(3, dtype=bool)
        mask.flags.writeable = False
        assert run_lengths.encode(mask).tolist() == [0, 1, 3, 1, 3, 1]


class TestCanonical:
    @settings(max_examples=cases(400), deadline=None)
    @given(st.lists(st.integers(0, 3), max_size=20).filter(any))
    def test_zero_counts_anywhere(self, counts: list[int]) -> None:
        assert run_lengths.to_canonical(np.array(counts)).tolist() == runs_of(pixels_of(counts))

    def test_the_largest_sum(self) -> None:
        half = 2**30
        assert run_lengths.to_canonical(np.array([0, 0, half, 0, half - 1])).tolist() == [2**31 - 1]

    def test_nothing_but_zeros(self) -> None:
        assert run_lengths.to_canonical(np.zeros(3, np.int64)).tolist() == [0]
        assert run_lengths.to_canonical(np.zeros(0, np.int64)).tolist() == [0]


class TestMeasures:
    @settings(max_examples=cases(400), deadline=None)
    @given(STACKS)
    def test_areas(self, masks: NDArray[np.bool_]) -> None:
        areas = run_lengths.areas(*batch(masks))
        assert areas.dtype == np.int64
        assert areas.tolist() == masks.sum((1, 2)).tolist()
        assert areas.tolist() == [int(coco.area(rle)) for rle in rles(masks)]

    @settings(max_examples=cases(400), deadline=None)
    @given(STACKS)
    def test_boxes(self, masks: NDArray[np.bool_]) -> None:
        boxes = run_lengths.boxes(*batch(masks), height=masks.shape[1])
        assert boxes.shape == (len(masks), 4)
        for (x0, y0, x1, y1), mask, rle in zip(boxes.tolist(), masks, rles(masks), strict=True):
            assert coco.toBbox(rle).tolist() == [x0, y0, x1 - x0, y1 - y0]
            assert mask.sum() == mask[y0:y1, x0:x1].sum()

    def test_boxes_of_every_small_mask(self) -> None:
        for mask in small_masks():
            rows, columns = np.nonzero(mask)
            tight = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if mask.any() else [0] * 4
            assert run_lengths.boxes(*batch(mask[None]), height=len(mask)).tolist() == [tight]

    def test_the_largest_image(self) -> None:
        width, height = 65_535, 32_768
        counts, offsets = np.array([5, width * height - 7, 2], np.int32), np.array([0, 3])
        assert run_lengths.areas(counts, offsets).tolist() == [width * height - 7]
        assert run_lengths.boxes(counts, offsets, height=height).tolist() == [[0, 0, width, height]]
        assert run_lengths.intersections(counts, offsets, counts, offsets).tolist() == [[width * height - 7]]

    @settings(max_examples=cases(400), deadline=None)
    @given(PAIRS)
    def test_intersections(self, pair: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> None:
        a, b = pair
        common = run_lengths.intersections(*batch(a), *batch(b))
        assert common.shape == (len(a), len(b))
        assert (common == (a[:, None] & b).sum((2, 3))).all()

    @settings(max_examples=cases(300), deadline=None)
    @given(PAIRS.filter(lambda pair: all(map(len, pair))))
    def test_iou_of_pycocotools(self, pair: tuple[NDArray[np.bool_], NDArray[np.bool_]]) -> None:
        a, b = map(batch, pair)
        common = run_lengths.intersections(*a, *b)
        united = run_lengths.areas(*a)[:, None] + run_lengths.areas(*b) - common
        iou = np.divide(common, united, out=np.zeros(common.shape), where=united > 0)
        assert (iou == coco.iou(rles(pair[0]), rles(pair[1]), [0] * len(pair[1]))).all()


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled with the JIT off")
def test_one_compilation_for_inputs_of_every_kind() -> None:
    counts, offsets = np.array([1, 0, 2, 0, 3], np.int32), np.array([0, 1])
    for same in (counts[::2].copy(), counts[::2], counts[::2].astype(np.int64)):
        run_lengths.areas(same, offsets.astype(np.int32))
        same.flags.writeable = False
        run_lengths.areas(same, offsets)
    assert len(run_lengths._areas.signatures) == 1
