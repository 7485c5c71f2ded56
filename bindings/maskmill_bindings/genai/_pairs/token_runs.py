"""Runs of mask tokens, in a text or in the log-probabilities of a response."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

COUNT: Final = 16
"""Tokens of a mask."""

LARGEST: Final = 127
"""Largest value of a token."""

TokenRun = tuple[int, ...]
"""Consecutive mask tokens."""

_TOKENS: Final = r"<seg_\d{1,9}>(?:[\s,]*+<seg_\d{1,9}>)*+"
_RUN: Final = re.compile(rf"<start_of_mask>(?:[\s,]*+{_TOKENS})?|{_TOKENS}")
_TOKEN: Final = re.compile(r"<seg_(\d{1,9})>")


def find_token_runs(text: str) -> list[TokenRun]:
    """Return the runs of Gemini's mask tokens in a text; ``<start_of_mask>`` begins a new one.

    >>> find_token_runs("<start_of_mask><seg_4><seg_20>, <start_of_mask>; <seg_7>")
    [(4, 20), (), (7,)]
    """
    return [tuple(map(int, _TOKEN.findall(run[0]))) for run in _RUN.finditer(text)]


def is_complete_run(run: TokenRun) -> bool:
    """Tell whether a run is one mask: 16 tokens from 0 to 127."""
    return len(run) == COUNT and max(run) <= LARGEST


def text_of_logprobs(response: Mapping[str, Any]) -> str | None:
    """Return what the model wrote, by the log-probabilities of a response; None where there are none.

    >>> step = {"token": "<seg_4>", "tokenId": 7, "logProbability": -0.1}
    >>> text_of_logprobs({"candidates": [{"logprobsResult": {"chosenCandidates": [step, step]}}]})
    '<seg_4><seg_4>'
    """
    first = _first(response.get("candidates"))
    result = first.get("logprobsResult") if isinstance(first, dict) else None
    steps = result.get("chosenCandidates") if isinstance(result, dict) else None
    if not isinstance(steps, list):
        return None
    tokens = [step.get("token") for step in steps if isinstance(step, dict)]
    return "".join(token for token in tokens if isinstance(token, str))


def _first(values: Any) -> Any:
    return values[0] if isinstance(values, list) and values else None
