"""What becomes of an item: a pair, or the reason why it is none."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .reply_items import Entry
from .token_runs import Run

RING_WEIGHT: Final = 0.3
"""Weight of a pair by way of a ring, a guess: two models drew the same object, and neither saw the other's outline."""

REASONS: Final = {
    "no_logprobs": "a PNG, and the reply has no log-probabilities",
    "no_tokens": "a PNG, and the log-probabilities hold no mask tokens",
    "runs_differ": "the log-probabilities hold other masks than the text: more, fewer, or other tokens",
    "other_item": "the log-probabilities tell of another box than the text",
    "incomplete_run": "other than 16 tokens from 0 to 127",
    "bad_png": "the PNG is broken",
    "png_size": "the PNG is not 256x256",
    "other_form": "the mask is neither a PNG nor tokens",
    "leaked": "tokens in the text, and no ring was asked for",
    "no_box": "tokens in the text, and no box",
    "ring_failed": "tokens in the text, and no answer when a ring was asked for",
    "no_such_label": "tokens in the text, and no ring of this label",
    "no_ring": "tokens in the text, and what has this label has no ring",
    "boxes_differ": "tokens in the text, and the ring of this label lies elsewhere",
    "empty_ring": "tokens in the text, and the ring has no pixel in the box",
}
"""Why an item gives no pair."""


class Pair(NamedTuple):
    """Tokens and the map that they stand for.

    Attributes
    ----------
    tokens
        Sixteen, row by row of their grid.
    pixels
        (256, 256) uint8.
    source
        ``logprobs`` or ``ring``.
    """

    entry: Entry
    tokens: Run
    pixels: NDArray[np.uint8]
    weight: float
    source: str


Outcome = Pair | str
"""A pair, or one of `REASONS`."""


def row_of(pair: Pair, key: str, model: str) -> dict[str, Any]:
    """The pair as a line of the output."""
    import pybase64

    from ...exports.png import encoded

    box = pair.entry.box
    return {
        "key": key,
        "tokens": list(pair.tokens),
        "png": f"data:image/png;base64,{pybase64.b64encode(encoded(pair.pixels)).decode()}",
        "weight": pair.weight,
        "source": pair.source,
        "label": pair.entry.label,
        "box_2d": None if box is None else list(box),
        "model": model,
    }
