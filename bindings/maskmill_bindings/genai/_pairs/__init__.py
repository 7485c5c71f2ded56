"""A pair run: collect pairs of mask tokens and probability maps, from which a codebook can be fitted.

There are two sources. Exact pairs (``logprobs``): the log-probabilities of a reply hold the tokens that the model
wrote, and its text holds the PNGs that the service put in their place. Noisy pairs (``ring``): where tokens stand in
the text, another model is asked for a polygon of the same object in the same image; if the boxes agree, tokens and
polygon are a pair of less weight.

Data flows one way::

    pair_plan ─▶ ../_runner ─▶ reply_items ─▶ exact_pairs │ polygon_pairs ─▶ find_pairs ─▶ collect_pairs
"""

from __future__ import annotations

from .collect_pairs import NO_TOKENS, collect, estimate_collect
from .pair_outcomes import REASONS, RING_WEIGHT
from .pair_plan import PairPlan
from .pair_tally import PairTally

__all__ = ["NO_TOKENS", "REASONS", "RING_WEIGHT", "PairPlan", "PairTally", "collect", "estimate_collect"]
