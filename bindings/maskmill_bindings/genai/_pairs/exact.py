"""Exact pairs: tokens in the log-probabilities, PNGs in the text of the same reply, in the same order.

What decides is the order, so all of a reply counts: as many runs of tokens as masks in the text, each run that stands
in the text as it is equal to its own, and, where the log-probabilities can be read as a reply, equal boxes and labels.
"""

from __future__ import annotations

from collections.abc import Sequence

from maskmill._forms import Reason
from maskmill.status import Status

from .outcomes import Outcome, Pair
from .reply_items import SIDE, Entry, read_entries
from .token_runs import Run, is_whole, runs_in


def pair_exactly(entries: Sequence[Entry], written: str | None) -> list[Outcome]:
    """What becomes of each item of a reply, given what the log-probabilities say that the model wrote.

    >>> png = {"box_2d": [1, 2, 3, 4], "label": "cup", "mask": "data:image/png;base64,iVBORw0KGgo="}
    >>> pair_exactly(read_entries(str([png])), "<start_of_mask><seg_4>")
    ['incomplete_run']
    """
    runs = [] if written is None else runs_in(written)
    unread = "no_logprobs" if written is None else "runs_differ" if runs else "no_tokens"
    aligned, theirs = _aligned(entries, runs), _theirs(entries, written)
    return [_outcome(entry, run, other, unread) for entry, run, other in zip(entries, aligned, theirs, strict=True)]


def _aligned(entries: Sequence[Entry], runs: list[Run]) -> list[Run | None]:
    """The run of each item, by their order; None for all where the order does not tell."""
    masks = [i for i, entry in enumerate(entries) if entry.is_png or entry.run is not None]
    found: list[Run | None] = [None] * len(entries)
    if len(masks) != len(runs) or any(entries[i].run not in (None, run) for i, run in zip(masks, runs, strict=True)):
        return found
    for i, run in zip(masks, runs, strict=True):
        found[i] = run
    return found


def _theirs(entries: Sequence[Entry], written: str | None) -> list[Entry | None]:
    """Each item as the model wrote it; None where it is not seen to have written as many."""
    theirs = [] if written is None else read_entries(written)
    return [*theirs] if len(theirs) == len(entries) else [None] * len(entries)


def _outcome(entry: Entry, run: Run | None, other: Entry | None, unread: str) -> Outcome:
    """What becomes of an item; `unread` is why it has no run."""
    if entry.run is not None:
        return "leaked" if is_whole(entry.run) else "incomplete_run"
    if not entry.is_png:
        return "other_form"
    if run is None:
        return unread
    if other is not None and (other.box not in (None, entry.box) or other.name not in ("", entry.name)):
        return "other_item"
    return _with_map(entry, run) if is_whole(run) else "incomplete_run"


def _with_map(entry: Entry, run: Run) -> Outcome:
    payload = entry.found.payload
    if isinstance(payload, Reason):
        return "png_size" if payload.status is Status.TOO_LARGE else "bad_png"
    if entry.pixels is None or entry.pixels.pixels.shape != (SIDE, SIDE):
        return "png_size"
    return Pair(entry, run, entry.pixels.pixels, 1.0, "logprobs")
