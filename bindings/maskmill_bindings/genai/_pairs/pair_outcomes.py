"""The outcome of an item: a pair of tokens and map, or the reason why there is none."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .reply_items import PairItem
from .token_runs import TokenRun

RING_WEIGHT: Final = 0.3
"""Weight of a noisy pair, a guess: two models drew the same object, and neither saw the other's outline."""

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
    """Mask tokens and the probability map that they stand for.

    Attributes
    ----------
    item : PairItem
        The item that holds them.
    tokens : tuple of int
        Sixteen, row by row of their grid.
    pixels : ndarray
        The map, (256, 256) uint8.
    weight : float
        Weight of the pair in a fit, up to 1.
    source : str
        ``logprobs`` or ``ring``.
    """

    item: PairItem
    tokens: TokenRun
    pixels: NDArray[np.uint8]
    weight: float
    source: str


PairOutcome = Pair | str
"""A pair, or one of `REASONS`."""


def pair_row(pair: Pair, key: str, model: str) -> dict[str, Any]:
    """Return a pair as a row of the output.

    Parameters
    ----------
    pair : Pair
        Mask tokens and the map that they stand for.
    key : str
        Key of its image and number of its item.
    model : str
        Name of the model that wrote the tokens.
    """
    import pybase64

    from ..._images.png_files import pixels_to_png

    box = pair.item.box
    return {
        "key": key,
        "tokens": list(pair.tokens),
        "png": f"data:image/png;base64,{pybase64.b64encode(pixels_to_png(pair.pixels)).decode()}",
        "weight": pair.weight,
        "source": pair.source,
        "label": pair.item.label,
        "box_2d": None if box is None else list(box[:4]),
        "model": model,
    }
