"""Check before timing that two contestants agree, and count the pixels in which they differ."""

from __future__ import annotations

from typing import Any

import numpy as np
from pycocotools import mask as coco

MIN_IOU = 0.85
"""A contestant that agrees less computes something else, and is not timed."""


def agreement(ours: list[Any], theirs: list[Any], size: tuple[int, int]) -> str:
    """Return in words how far two lists of results agree.

    Parameters
    ----------
    ours : list
        Results of maskmill.
    theirs : list
        Results of a contestant.
    size : tuple[int, int]
        (width, height) of the images.

    Raises
    ------
    SystemExit
        They are not results for the same masks.
    """
    if len(ours) != len(theirs):
        raise SystemExit(f"expected {len(ours)} results, got {len(theirs)}")
    if not theirs or isinstance(ours[0], str):
        return _by_pixels(ours, theirs, size)
    same = sum(a == b for mine, other in zip(ours, theirs, strict=True) for a, b in zip(mine, other, strict=True))
    total = sum(map(len, ours))
    areas = np.array(
        [[a[0], b[0]] for mine, other in zip(ours, theirs, strict=True) for a, b in zip(mine, other, strict=True)]
    )
    worst = float((areas.min(axis=1) / areas.max(axis=1)).min())
    if worst < MIN_IOU:
        raise SystemExit(f"areas differ by more than {1 - MIN_IOU:.0%}")
    return "the same pixels" if same == total else f"{same} of {total} masks the same, areas within {1 - worst:.1%}"


def _by_pixels(ours: list[str], theirs: list[str], size: tuple[int, int]) -> str:
    differing = area = 0
    for a, b in zip(ours, theirs, strict=True):
        one, other = ({"size": [size[1], size[0]], "counts": counts.encode()} for counts in (a, b))
        common, either = (int(coco.area(coco.merge([one, other], intersect=how))) for how in (True, False))
        if common < MIN_IOU * either:
            raise SystemExit(f"a mask overlaps ours by {common / either:.2f} only")
        differing += either - common
        area += either
    return "the same pixels" if not differing else f"{differing / area:.2%} of the pixels differ"
