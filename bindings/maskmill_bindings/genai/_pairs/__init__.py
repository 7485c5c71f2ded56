"""Pairs of mask tokens and masks, out of what a model wrote and what the service made of it.

Two ways. Exact: log-probabilities hold the tokens that the model wrote, the text of the same reply the PNGs that the
service put in their place. Rings: where tokens stand in the text, another model is asked for a polygon of the same
object in the same image; what agrees on the box is a pair of less weight.

Data flows one way::

    plan ─▶ ../rounds ─▶ reading ─▶ exact │ rings ─▶ gathering ─▶ collecting
"""

from __future__ import annotations

from .collect_pairs import NO_TOKENS, Collected, collect, estimate_collect
from .gather import Tally
from .outcomes import REASONS, RING_WEIGHT
from .pair_plan import PairPlan

__all__ = ["NO_TOKENS", "REASONS", "RING_WEIGHT", "Collected", "PairPlan", "Tally", "collect", "estimate_collect"]
