"""Comparison of the masks that a format reads with those that were written."""

from __future__ import annotations

import numpy as np

from maskmill import Masks


def assert_same_masks(actual: Masks, expected: Masks, *, has_scores: bool = True) -> None:
    """Fail unless size, labels, pixels and, where the format has them, scores are the same, row by row."""
    assert actual.size == expected.size
    assert actual.labels.tolist() == expected.labels.tolist()
    assert actual.coco() == expected.coco()
    if has_scores:
        np.testing.assert_array_equal(actual.scores, expected.scores)
