"""Unite the run lengths of several masks that stand in one value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...status import Note, Status
from ..results import MaskValue, NoMask, RunLengths


def unite_masks(masks: list[MaskValue]) -> MaskValue:
    """Return the union of run lengths of one size, or the reason of the first that has none.

    >>> both = [MaskValue("rle", RunLengths((1, 3), np.array(runs))) for runs in ([0, 1, 2], [2, 1])]
    >>> unite_masks(both).payload.counts.tolist()
    [0, 1, 1, 1, 0]
    """
    runs = [mask.payload for mask in masks if isinstance(mask.payload, RunLengths)]
    if len(runs) < len(masks):
        return next(mask for mask in masks if not isinstance(mask.payload, RunLengths))
    if len({mask.shape for mask in runs}) > 1:
        message = f"expected run lengths of one size, got {len(runs)} of different sizes in one mask"
        return MaskValue("rle", NoMask(Status.GARBAGE, message))
    notes = list(dict.fromkeys(note for mask in masks for note in mask.notes))
    notes.append(Note("shapes_united", f"{len(runs)} run lengths were read as one mask"))
    return MaskValue("rle", RunLengths(runs[0].shape, _union([mask.counts for mask in runs])), notes)


def _union(counts: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Return the runs of pixels that lie in a run of the foreground of any of several masks."""
    total = int(counts[0].sum())
    ends = [np.cumsum(runs)[: len(runs) // 2 * 2].reshape(-1, 2) for runs in map(_even, counts)]
    spans = np.concatenate(ends)
    spans = spans[spans[:, 0] < spans[:, 1]]
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    if not len(spans):
        return np.array([total], np.int64)
    reach = np.maximum.accumulate(spans[:, 1])
    is_first = np.concatenate([[True], spans[1:, 0] > reach[:-1]])
    is_last = np.concatenate([is_first[1:], [True]])
    edges = np.stack([spans[is_first, 0], reach[is_last]], axis=1).reshape(-1)
    return np.diff(edges, prepend=0, append=total).astype(np.int64)


def _even(runs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return runs that end with one of the foreground, which may be empty."""
    return runs if len(runs) % 2 == 0 else runs[:-1]
