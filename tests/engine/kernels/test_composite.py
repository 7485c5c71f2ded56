"""Stacks, crops, label maps and unions against numpy and pycocotools."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray
from pycocotools import mask as coco

from maskmill._kernels.cpu import composite, label_map, run_lengths
from maskmill._kernels.cpu.rle_string import to_string
from support.tiers import cases

Stack = NDArray[np.bool_]
Batch = tuple[NDArray[np.int32], NDArray[np.int64]]

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)
STACKS = SHAPES.flatmap(lambda shape: hnp.arrays(bool, st.integers(0, 5).map(lambda n: (n, *shape))))


def batch(masks: Stack) -> Batch:
    parts = [run_lengths.encode(mask) for mask in masks]
    return np.concatenate([*parts, np.empty(0, np.int32)]), np.cumsum([0, *map(len, parts)])


def hazards() -> dict[str, Stack]:
    """Masks whose pieces end at the borders of the image, of a box or of a column."""
    frame = np.ones((5, 6), bool)
    frame[1:-1, 1:-1] = False
    corner = np.zeros((5, 6), bool)
    corner[-1, -1] = True
    wrapped = np.zeros((5, 6), bool)
    wrapped[3:, 2], wrapped[:2, 3] = True, True
    board = np.indices((5, 6)).sum(0) % 2 == 0
    full, empty = np.ones((5, 6), bool), np.zeros((5, 6), bool)
    stacks = {"frame": frame, "last pixel": corner, "run over two columns": wrapped, "checkerboard": board}
    singles = {name: mask[None] for name, mask in stacks.items()}
    mixed = np.stack([full, empty, frame, corner, empty, wrapped, board, ~board, full])
    return singles | {"full": full[None], "empty": empty[None], "none": mixed[:0], "mixed": mixed}


@pytest.fixture(params=list(hazards()))
def hazard(request: pytest.FixtureRequest) -> Stack:
    return hazards()[request.param]


def check_dense(masks: Stack) -> None:
    out = composite.dense(*batch(masks), height=masks.shape[1], width=masks.shape[2])
    assert out.dtype == np.bool_
    assert out.shape == masks.shape
    assert out.flags.c_contiguous
    assert (out == masks).all()


def check_crops(masks: Stack) -> None:
    boxes = run_lengths.boxes(*batch(masks), height=masks.shape[1])
    crops = composite.crops(*batch(masks), boxes, height=masks.shape[1])
    for crop, mask, (x0, y0, x1, y1) in zip(crops, masks, boxes.tolist(), strict=True):
        assert crop.dtype == np.bool_
        assert crop.tolist() == mask[y0:y1, x0:x1].tolist()


def check_instance_map(masks: Stack, order: list[int]) -> None:
    expected = np.zeros(masks.shape[1:], np.int32)
    values = np.arange(len(masks), dtype=np.int32) * -7 + 3
    for i in order:
        expected[masks[i]] = values[i]
    out = label_map.instance_map(
        *batch(masks), np.array(order, np.int64), values, height=masks.shape[1], width=masks.shape[2]
    )
    assert out.dtype == np.int32
    assert out.tolist() == expected.tolist()


def check_union(masks: Stack) -> None:
    counts = composite.union(*batch(masks), masks.shape[1] * masks.shape[2])
    united = masks.any(0)
    assert counts.dtype == np.int32
    assert counts.tolist() == run_lengths.encode(united).tolist()
    if len(masks):
        rles = [coco.encode(np.asfortranarray(mask, np.uint8)) for mask in masks]
        assert to_string(counts) == coco.merge(rles)["counts"]


def test_hazards(hazard: Stack) -> None:
    check_dense(hazard)
    check_crops(hazard)
    check_instance_map(hazard, list(range(len(hazard))))
    check_union(hazard)


@settings(max_examples=cases(400), deadline=None)
@given(STACKS)
def test_dense(masks: Stack) -> None:
    check_dense(masks)


@settings(max_examples=cases(400), deadline=None)
@given(STACKS)
def test_crops(masks: Stack) -> None:
    check_crops(masks)


@settings(max_examples=cases(400), deadline=None)
@given(STACKS, st.data())
def test_instance_map(masks: Stack, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(masks))))
    check_instance_map(masks, order)
    check_instance_map(masks, order[: len(order) // 2])


@settings(max_examples=cases(400), deadline=None)
@given(STACKS)
def test_union(masks: Stack) -> None:
    check_union(masks)


def test_union_of_runs_that_only_touch() -> None:
    counts, offsets = np.array([0, 2, 4, 2, 3, 1], np.int32), np.array([0, 3, 6])
    assert composite.union(counts, offsets, 6).tolist() == [0, 5, 1]


def test_union_at_the_end_of_the_largest_image() -> None:
    total = 2**31 - 1
    counts, offsets = np.array([total - 2, 2, total - 1, 1], np.int32), np.array([0, 2, 4])
    assert composite.union(counts, offsets, total).tolist() == [total - 2, 2]


def test_crops_far_apart_in_the_largest_image() -> None:
    width, height = 65_535, 32_768
    counts = np.array([5, 1, width * height - 6, width * height - 1, 1], np.int32)
    offsets = np.array([0, 3, 5])
    boxes = run_lengths.boxes(counts, offsets, height=height)
    assert boxes.tolist() == [[0, 5, 1, 6], [width - 1, height - 1, width, height]]
    assert [crop.tolist() for crop in composite.crops(counts, offsets, boxes, height=height)] == [[[True]]] * 2


def test_instance_map_of_more_masks_than_fit_in_a_byte() -> None:
    masks = np.random.default_rng(0).random((600, 9, 17)) < 0.1
    check_instance_map(masks, np.random.default_rng(1).permutation(600).tolist())
