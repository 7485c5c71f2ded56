"""Rectangles, scaled masks, windows, row-major runs and label maps as run lengths, against dense arrays."""

from __future__ import annotations

from itertools import groupby, product

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from maskmill._kernels.cpu import run_geometry, run_lengths
from support.tiers import cases

Mask = NDArray[np.bool_]

MASKS = hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12))
SIZES = st.tuples(st.integers(1, 24), st.integers(1, 24))


def runs_of(pixels: list[bool]) -> list[int]:
    """Return canonical counts, one pixel at a time."""
    lengths = [len(list(group)) for _, group in groupby(pixels)]
    return [0, *lengths] if pixels[0] else lengths


def counts_of(mask: Mask) -> NDArray[np.int32]:
    return np.array(runs_of(mask.T.ravel().tolist()), np.int32)


class TestRectangle:
    @settings(max_examples=cases(400), deadline=None)
    @given(st.tuples(*[st.integers(-3, 9)] * 4), SIZES)
    @example((1, 2, 4, 8), (10, 6))  # as far from the top as from the bottom
    @example((1, 0, 4, 10), (10, 6))
    def test_clipped_to_the_image(self, box: tuple[int, int, int, int], size: tuple[int, int]) -> None:
        x0, y0, x1, y1 = box
        mask = np.zeros(size, bool)
        mask[max(y0, 0) : max(y1, 0), max(x0, 0) : max(x1, 0)] = True
        counts = run_geometry.rectangle(*box, width=size[1], height=size[0])
        assert counts.dtype == np.int32
        assert counts.tolist() == runs_of(mask.T.ravel().tolist())

    def test_the_largest_image(self) -> None:
        assert run_geometry.rectangle(0, 0, 65_535, 32_768, width=65_535, height=32_768).tolist() == [
            0,
            65_535 * 32_768,
        ]
        counts = run_geometry.rectangle(65_534, 32_767, 65_535, 32_768, width=65_535, height=32_768)
        assert counts.tolist() == [2_147_450_879, 1]


class TestScale:
    @settings(max_examples=cases(400), deadline=None)
    @given(MASKS, SIZES)
    def test_nearest_neighbour(self, mask: Mask, target: tuple[int, int]) -> None:
        (h, w), (tall, wide) = mask.shape, target
        rows = [(2 * r + 1) * h // (2 * tall) for r in range(tall)]
        columns = [(2 * c + 1) * w // (2 * wide) for c in range(wide)]
        counts = run_geometry.scale(counts_of(mask), source_shape=mask.shape, target_shape=target)
        assert counts.tolist() == runs_of(mask[rows][:, columns].T.ravel().tolist())

    def test_every_small_mask_larger_and_smaller(self) -> None:
        for bits in product((False, True), repeat=8):
            mask = np.array(bits).reshape(2, 4)
            counts, (h, w) = counts_of(mask), mask.shape
            doubled = run_geometry.scale(counts, source_shape=(h, w), target_shape=(2 * h, 2 * w))
            assert doubled.tolist() == runs_of(np.kron(mask, np.ones((2, 2), bool)).T.ravel().tolist())
            assert (
                run_geometry.scale(doubled, source_shape=(2 * h, 2 * w), target_shape=(h, w)).tolist()
                == counts.tolist()
            )

    def test_the_same_size_is_the_same(self) -> None:
        counts = np.array([3, 1, 2], np.int32)
        assert run_geometry.scale(counts, source_shape=(2, 3), target_shape=(2, 3)) is counts

    def test_the_largest_sizes(self) -> None:
        shape, target = (46_340, 46_341), (65_535, 32_768)
        rows, columns = (shape[0] // 2, shape[0]), (7, 9)
        counts = run_geometry.rectangle(columns[0], rows[0], columns[1], rows[1], width=shape[1], height=shape[0])
        scaled = run_geometry.scale(counts, source_shape=shape, target_shape=target)
        tall = sum(rows[0] <= (2 * r + 1) * shape[0] // (2 * target[0]) < rows[1] for r in range(target[0]))
        wide = sum(columns[0] <= (2 * c + 1) * shape[1] // (2 * target[1]) < columns[1] for c in range(target[1]))
        assert run_lengths.areas(scaled, np.array([0, scaled.size])).tolist() == [tall * wide]
        assert int(scaled.sum(dtype=np.int64)) == target[0] * target[1]


class TestWindow:
    @settings(max_examples=cases(400), deadline=None)
    @given(MASKS, SIZES, st.tuples(st.integers(-30, 30), st.integers(-30, 30)))
    def test_any_part_and_what_lies_around(self, mask: Mask, target: tuple[int, int], origin: tuple[int, int]) -> None:
        (tall, wide), (top, left) = target, origin
        around = np.pad(mask, 60)
        part = around[60 + top : 60 + top + tall, 60 + left : 60 + left + wide]
        counts = run_geometry.cut_window(counts_of(mask), height=len(mask), shape=target, origin=origin)
        assert counts.dtype == np.int32
        assert counts.tolist() == runs_of(part.T.ravel().tolist())

    def test_the_largest_image(self) -> None:
        width, height = 65_535, 32_768
        corner = run_geometry.cut_window(
            np.array([0, 1, 2], np.int32), height=3, shape=(height, width), origin=(1 - height, 1 - width)
        )
        assert corner.tolist() == [width * height - 1, 1]
        assert run_geometry.cut_window(
            corner, height=height, shape=(3, 1), origin=(height - 1, width - 1)
        ).tolist() == [0, 1, 2]


class TestRowMajor:
    @settings(max_examples=cases(400), deadline=None)
    @given(MASKS)
    def test_against_the_pixels(self, mask: Mask) -> None:
        height, width = mask.shape
        by_row = np.array(runs_of(mask.ravel().tolist()), np.int32)
        counts = run_geometry.from_row_major(by_row, width=width, height=height)
        assert counts.dtype == np.int32
        assert counts.tolist() == counts_of(mask).tolist()
        assert run_geometry.row_major_changes(by_row, width=width, height=height) == len(counts) - 1

    def test_every_small_mask(self) -> None:
        for shape in ((1, 6), (2, 3), (3, 2), (6, 1)):
            for bits in product((False, True), repeat=6):
                mask = np.array(bits).reshape(shape)
                by_row = np.array(runs_of(list(bits)), np.int32)
                counts = run_geometry.from_row_major(by_row, width=shape[1], height=shape[0])
                assert counts.tolist() == counts_of(mask).tolist()

    def test_runs_of_no_pixel(self) -> None:
        counts = np.array([0, 0, 2, 0, 1, 3, 0, 0, 3], np.int32)
        expected = counts_of(np.array([[0, 0, 0], [1, 1, 1], [0, 0, 0]], bool))
        assert run_geometry.from_row_major(counts, width=3, height=3).tolist() == expected.tolist()

    def test_the_largest_image(self) -> None:
        width, height = 65_535, 32_768
        last = np.array([width * height - 1, 1], np.int32)
        assert run_geometry.from_row_major(last, width=width, height=height).tolist() == last.tolist()
        first = np.array([0, 1, width * height - 1], np.int32)
        assert run_geometry.from_row_major(first, width=width, height=height).tolist() == first.tolist()
        every = np.array([0, width * height], np.int32)
        assert run_geometry.from_row_major(every, width=width, height=height).tolist() == every.tolist()

    def test_stripes_are_counted_before_memory_is_spent(self) -> None:
        width, height = 65_535, 32_768
        stripes = np.full(height, width, np.int32)
        assert run_geometry.row_major_changes(stripes, width=width, height=height) == width * height - 1


class TestLabelMap:
    @settings(max_examples=cases(300), deadline=None)
    @given(hnp.arrays(np.int16, hnp.array_shapes(min_dims=2, max_dims=2, max_side=9), elements=st.integers(-2, 3)))
    def test_one_mask_per_label(self, labels: NDArray[np.int16]) -> None:
        values, masks = run_geometry.encode_label_map(labels)
        assert values.dtype == labels.dtype
        assert values.tolist() == sorted(set(labels.ravel().tolist()) - {0})
        for value, counts in zip(values, masks, strict=True):
            assert counts.tolist() == runs_of((labels == value).T.ravel().tolist())
