"""Exact pairs: tokens from the log-probabilities, PNGs from the text of the same reply, matched by their order.

Because the order decides, the whole reply is compared: the text must hold as many masks as the log-probabilities hold
runs of tokens, a run that stands in the text must be equal to its counterpart, and boxes and labels must be equal where
the log-probabilities can be read as a reply.
"""

from __future__ import annotations

from collections.abc import Sequence

from maskmill._forms import NoMask
from maskmill.status import Status

from .pair_outcomes import Pair, PairOutcome
from .reply_items import SIDE, PairItem, read_pair_items
from .token_runs import TokenRun, find_token_runs, is_complete_run


def pair_exactly(items: Sequence[PairItem], written: str | None) -> list[PairOutcome]:
    """Pair the PNGs of a reply with the tokens in its log-probabilities; return one outcome per item.

    `written` is the text by the log-probabilities; None where there are none.

    >>> png = {"box_2d": [1, 2, 3, 4], "label": "cup", "mask": "data:image/png;base64,iVBORw0KGgo="}
    >>> pair_exactly(read_pair_items(str([png])), "<start_of_mask><seg_4>")
    ['incomplete_run']
    """
    runs = [] if written is None else find_token_runs(written)
    absence = "no_logprobs" if written is None else "runs_differ" if runs else "no_tokens"
    aligned, originals = _align(items, runs), _original_items(items, written)
    return [
        _outcome(item, run, original, absence) for item, run, original in zip(items, aligned, originals, strict=True)
    ]


def _align(items: Sequence[PairItem], runs: list[TokenRun]) -> list[TokenRun | None]:
    """Return the run of each item by their order; all None where runs and masks do not match."""
    masks = [i for i, item in enumerate(items) if item.is_png or item.tokens is not None]
    aligned: list[TokenRun | None] = [None] * len(items)
    if len(masks) != len(runs) or any(items[i].tokens not in (None, run) for i, run in zip(masks, runs, strict=True)):
        return aligned
    for i, run in zip(masks, runs, strict=True):
        aligned[i] = run
    return aligned


def _original_items(items: Sequence[PairItem], written: str | None) -> list[PairItem | None]:
    """Return each item as the model wrote it; all None where it is not seen to have written as many."""
    originals = [] if written is None else read_pair_items(written)
    return [*originals] if len(originals) == len(items) else [None] * len(items)


def _outcome(item: PairItem, run: TokenRun | None, original: PairItem | None, absence: str) -> PairOutcome:
    """Return the outcome of an item; `absence` is the reason why it has no run, where it has none."""
    if item.tokens is not None:
        return "leaked" if is_complete_run(item.tokens) else "incomplete_run"
    if not item.is_png:
        return "other_form"
    if run is None:
        return absence
    if original is not None and (original.box not in (None, item.box) or original.name not in ("", item.name)):
        return "other_item"
    return _pair_with_map(item, run) if is_complete_run(run) else "incomplete_run"


def _pair_with_map(item: PairItem, run: TokenRun) -> PairOutcome:
    payload = item.mask.payload
    if isinstance(payload, NoMask):
        return "png_size" if payload.status is Status.TOO_LARGE else "bad_png"
    if item.map is None or item.map.pixels.shape != (SIDE, SIDE):
        return "png_size"
    return Pair(item, run, item.map.pixels, 1.0, "logprobs")
