"""Find the pairs in the answers about one image."""

from __future__ import annotations

from .._history import Attempt, History
from .exact_pairs import pair_exactly
from .pair_outcomes import PairOutcome
from .polygon_pairs import pair_with_polygons
from .reply_items import read_pair_items
from .token_runs import text_of_logprobs


def find_pairs(history: History) -> list[PairOutcome]:
    """Return the outcome of each item in an image's first reply."""
    first, rest = history.attempts[0], history.attempts[1:]
    items = read_pair_items(first.output.text)
    outcomes = pair_exactly(items, text_of_logprobs(first.answer.value))
    if "leaked" not in outcomes or not rest:
        return outcomes
    if rest[0].masks is None:
        return ["ring_failed" if outcome == "leaked" else outcome for outcome in outcomes]
    return pair_with_polygons(items, outcomes, read_pair_items(rest[0].output.text))


def answering_model(attempt: Attempt) -> str:
    """Return the model that wrote the tokens, or the requested one where the answer does not say."""
    return attempt.output.model_version or attempt.step.model
