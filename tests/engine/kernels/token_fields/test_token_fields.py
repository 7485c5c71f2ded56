"""Upsampled fields against OpenCV; sums over neighbours against slices of a padded grid."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray

from maskmill._kernels.cpu.token_fields.neighbour_sums import (
    TABLE_COUNT,
    add_neighbours,
    add_table_gradients,
    count_cooccurrences,
)
from maskmill._kernels.cpu.token_fields.upsample import NODES, join_patches, unpack_maps, upsample_columns


def upsampled(field: NDArray[np.float32], factor: int) -> NDArray[np.bool_]:
    side = NODES * factor
    return cv2.resize(field, (side, side), interpolation=cv2.INTER_LINEAR) > 0


@pytest.mark.parametrize("factor", [1, 2, 3, 4, 5, 8, 16])
@pytest.mark.parametrize("blur", [0.6, 2.0, 8.0])
def test_maps_are_those_of_opencv(factor: int, blur: float) -> None:
    noise = np.random.default_rng(factor).normal(size=(NODES, NODES)).astype(np.float32)
    field = cv2.GaussianBlur(noise, (0, 0), blur)
    maps = unpack_maps(upsample_columns(field[None], factor), height=NODES * factor)
    np.testing.assert_array_equal(maps[0], upsampled(field, factor) * np.uint8(255))


@pytest.mark.parametrize("value", [-1.0, 0.0, 1.0])
def test_a_flat_field_is_full_or_empty(value: float) -> None:
    maps = unpack_maps(upsample_columns(np.full((2, NODES, NODES), value, np.float32), 4), height=256)
    assert (maps == (255 if value > 0 else 0)).all()


@pytest.mark.skipif(config.DISABLE_JIT, reason="Python cannot convert infinity to an integer")
def test_infinite_numbers_stay_within_the_map() -> None:
    field = np.where(np.random.default_rng(0).random((1, NODES, NODES)) < 0.5, np.inf, -np.inf).astype(np.float32)
    assert upsample_columns(field, 4).shape == (1, 256, 8)


def test_bits_are_the_pixels_of_a_column() -> None:
    field = np.random.default_rng(1).normal(size=(1, NODES, NODES)).astype(np.float32)
    columns = upsample_columns(field, 4)
    bits = np.unpackbits(columns.view(np.uint8), axis=2, bitorder="little")
    np.testing.assert_array_equal(bits[0].T, upsampled(field[0], 4))


def test_cells_are_joined_row_by_row() -> None:
    patches = np.random.default_rng(2).normal(size=(32, 256)).astype(np.float32)
    middle = np.arange(256, dtype=np.float32)
    flat = np.empty(2 * NODES * NODES, np.float32)
    join_patches(patches, middle, flat)
    cells = (patches + middle).reshape(2, 4, 4, 16, 16)
    expected = np.concatenate([np.concatenate(list(row), axis=2) for row in cells.transpose(1, 2, 0, 3, 4)], axis=1)
    np.testing.assert_array_equal(flat.reshape(2, NODES, NODES), expected)


def neighbours(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the token at each relative position around each cell, (16 n, 25), -1 outside."""
    padded = np.pad(rows.reshape(-1, 4, 4), ((0, 0), (2, 2), (2, 2)), constant_values=-1)
    shifted = [padded[:, y : y + 4, x : x + 4] for y in range(5) for x in range(5)]
    return np.stack(shifted, axis=-1).reshape(-1, TABLE_COUNT)


def test_sums_use_the_table_of_each_relative_position() -> None:
    random = np.random.default_rng(3)
    rows, tables = random.integers(0, 7, (3, 16)), random.normal(size=(TABLE_COUNT, 7, 5)).astype(np.float32)
    sums = np.zeros((48, 5), np.float32)
    add_neighbours(rows, tables, sums)
    around = neighbours(rows)
    expected = [sum(tables[place, t] for place, t in enumerate(cell) if t >= 0) for cell in around]
    np.testing.assert_allclose(sums, expected, atol=1e-5)


def test_table_gradients_are_the_transpose_of_the_sums() -> None:
    random = np.random.default_rng(4)
    rows, tables = random.integers(0, 7, (3, 16)), random.normal(size=(TABLE_COUNT, 7, 5)).astype(np.float32)
    slopes, sums, back = random.normal(size=(48, 5)).astype(np.float32), np.zeros((48, 5), np.float32), tables * 0
    add_neighbours(rows, tables, sums)
    add_table_gradients(rows, slopes, back)
    assert float((sums * slopes).sum()) == pytest.approx(float((back * tables).sum()), rel=1e-4)


def test_cooccurrences_are_those_of_indicators() -> None:
    rows = np.random.default_rng(5).integers(0, 3, (2, 16))
    weights = np.array([1, 0.5], np.float32)
    facts = np.zeros((32, TABLE_COUNT * 3 + 16))
    for cell, around in enumerate(neighbours(rows)):
        facts[cell, [place * 3 + token for place, token in enumerate(around) if token >= 0]] = 1
        facts[cell, TABLE_COUNT * 3 + cell % 16] = 1
    counts = np.zeros((TABLE_COUNT * 3 + 16,) * 2)
    count_cooccurrences(rows, weights, 3, counts)
    np.testing.assert_allclose(counts, facts.T @ (facts * np.repeat(weights, 16)[:, None]))
