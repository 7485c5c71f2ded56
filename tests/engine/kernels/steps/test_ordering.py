"""Keys sorted by their high halves, from any order."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from maskmill._kernels.steps import ordering

LISTS = {
    "ordered": np.arange(3000),
    "reversed": np.arange(3000)[::-1],
    "shuffled": np.random.default_rng(0).permutation(65_536),
    "equal": np.full(3000, 77),
    "extremes": np.tile([65_535, 0, 256, 255], 500),
    "rotated": np.roll(np.arange(2000), 1),
    "one": np.array([9]),
    "none": np.array([], dtype=np.int64),
}


def keys_of(values: NDArray[np.int64]) -> NDArray[np.int64]:
    return (values.astype(np.int64) << 32) | np.arange(len(values))[::-1]


def counted(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    digits, spare, out = np.empty(256, np.int64), np.empty_like(keys), np.empty_like(keys)
    ordering.counting_pass(keys, len(keys), ordering.LOW_BYTE, digits, spare)
    ordering.counting_pass(spare, len(keys), ordering.HIGH_BYTE, digits, out)
    return out


@pytest.mark.parametrize("values", LISTS.values(), ids=LISTS)
def test_two_counting_passes_sort_keys_stably(values: NDArray[np.int64]) -> None:
    keys = keys_of(values)
    np.testing.assert_array_equal(counted(keys), keys[np.argsort(values, kind="stable")])


@pytest.mark.parametrize(
    ("name", "in_order"), [("ordered", True), ("equal", True), ("rotated", True), ("reversed", False)]
)
def test_insertion_sorts_nearly_sorted_lists_and_gives_up_on_others(name: str, in_order: bool) -> None:
    keys = keys_of(LISTS[name])
    expected = keys[np.argsort(LISTS[name], kind="stable")]
    assert ordering.insertion_sorted(keys, len(keys)) == in_order
    np.testing.assert_array_equal(keys if in_order else np.sort(keys), expected)


def test_insertion_sorts_every_short_list() -> None:
    rng = np.random.default_rng(1)
    for count in range(17):
        keys = keys_of(rng.permutation(17))
        tail = keys[count:].copy()
        assert ordering.insertion_sorted(keys, count)
        assert (np.diff(keys[:count]) > 0).all()
        np.testing.assert_array_equal(keys[count:], tail)
