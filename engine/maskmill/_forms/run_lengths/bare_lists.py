"""Run lengths that stand as a bare list where a ring could stand, and several masks of run lengths in one list."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

from ..._boxes import as_number
from ...limits import Limits
from ..results import MaskValue, RunLengths
from . import objects, pairs, texts, unions

_LEAST: Final = 4
"""Fewer pairs of a start and a length may as well be the points of a ring."""


def read_several(values: list[Any], limits: Limits, size: tuple[int, int] | None) -> MaskValue:
    """Read the union of objects for each of which `objects.is_run_lengths` holds.

    Parameters
    ----------
    values : list
        The objects.
    limits : Limits
        Bounds on untrusted input.
    size : tuple of int or None
        (width, height) of the image.
    """
    return unions.unite_masks([objects.read_object(value, limits, size) for value in values])


def read_numbers(values: list[Any], limits: Limits, size: tuple[int, int] | None) -> MaskValue | None:
    """Read a list of numbers, or of pairs of them, that fits the image as run lengths and is no ring; None for others.

    Parameters
    ----------
    values : list
        Runs whose sum is the image, values with lengths, or at least four starts in ascending order with lengths.
    limits : Limits
        Bounds on untrusted input.
    size : tuple of int or None
        (width, height) of the image.
    """
    if size is None or len(values) < 3 or not (_are_runs(values, size) or _may_be_pairs(values)):
        return None
    total = size[0] * size[1]
    counts, notes = texts.read_counts(values, total, _may_be_pairs(values))
    if isinstance(counts, str) or max(size) > limits.max_side or total > limits.max_pixels:
        return None
    return MaskValue("rle", RunLengths((size[1], size[0]), counts), [objects.size_assumed(size), *notes])


def _are_runs(values: list[Any], size: tuple[int, int]) -> bool:
    """Tell whether numbers sum up to the pixels of the image, and cannot be flat coordinates in it."""
    if not all(type(v) in (int, float) for v in values) or sum(values) != size[0] * size[1] or min(values) < 0:
        return False
    return len(values) % 2 == 1 or max(values) > max(1000, *size)


def _may_be_pairs(values: list[Any]) -> bool:
    """Tell whether the first pairs of a list are values with lengths, or starts and lengths in ascending order."""
    flat = texts.flatten_pairs(values[:_LEAST] if isinstance(values[0], list) else values[: 2 * _LEAST])
    numbers = [v for entry in flat or () if (v := as_number(entry)) is not None]
    if flat is None or not len(flat) == len(numbers) == 2 * _LEAST or isinstance(values[0], dict):
        return False
    swapped = [numbers[i ^ 1] for i in range(len(numbers))]
    if isinstance(values[0], list) and (pairs.are_values_first(numbers) or pairs.are_values_first(swapped)):
        return True
    couples = list(zip(numbers[::2], numbers[1::2], strict=True))
    return all(length >= 1 and start + length <= after for (start, length), (after, _) in pairwise(couples))
