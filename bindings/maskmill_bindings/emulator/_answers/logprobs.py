"""Log-probabilities of what the model wrote, which is not always what the service hands on.

The model writes masks as tokens. A service that puts PNGs in their place, as Google's was seen to do, leaves the tokens
in the log-probabilities: (tokens, PNG) pairs. Names of the fields are those of the google-genai SDK's types; how
Google's service cuts a text into tokens is not known here.
"""

from __future__ import annotations

import re
from typing import Any, Final
from zlib import crc32

from .._protocol.request import Request
from .._protocol.response_json import RefusedError

MOST: Final = 20
"""Candidates a step that can be asked for."""

_TOKEN: Final = re.compile(r"<start_of_mask>|<seg_(\d+)>| ?[^\W\d_]+|.", re.DOTALL)
_RUN: Final = re.compile(r"<start_of_mask>(?:<seg_\d+>)*")
_FIRST_SEG: Final = 256_000
_OTHERS: Final = 255_000


def check(request: Request, is_enabled: bool) -> None:
    """Refuse log-probabilities of a model that gives none, and numbers out of bounds."""
    top = request.config.get("logprobs")
    if not request.wants_logprobs:
        if top is not None:
            raise RefusedError(400, "Logprobs can only be set if response_logprobs is true.")
        return
    if not is_enabled:
        raise RefusedError(400, f"Logprobs is not enabled for models/{request.model}")
    if top is not None and not (isinstance(top, int) and 1 <= top <= MOST):
        raise RefusedError(400, f"Logprobs must be in the range [1, {MOST}].")


def result(written: str, top: int, fault: str) -> dict[str, Any]:
    """The `logprobsResult` of a candidate, without runs of mask tokens under the fault ``logprobs_bare``.

    >>> found = result('"<start_of_mask><seg_4>', 1, "")
    >>> [step["token"] for step in found["chosenCandidates"]]
    ['"', '<start_of_mask>', '<seg_4>']
    """
    text = _RUN.sub("", written) if fault == "logprobs_bare" else written
    chosen = [_candidate(token[0], 0) for token in _TOKEN.finditer(text)]
    tops = [{"candidates": [one, *(_candidate(one["token"], i) for i in range(1, top))]} for one in chosen]
    return {
        "chosenCandidates": chosen,
        "topCandidates": tops,
        "logProbabilitySum": sum(one["logProbability"] for one in chosen),
    }


def _candidate(token: str, rank: int) -> dict[str, Any]:
    """The token, or one that it was preferred to."""
    seg = _TOKEN.fullmatch(token)
    if rank:
        token = f"<seg_{(int(seg[1]) + rank) % 128}>" if seg and seg[1] else f"{token.strip()}{'·' * rank}"
    mark = crc32(token.encode())
    number = _FIRST_SEG + int(seg[1]) if seg and seg[1] and not rank else mark % _OTHERS
    return {"token": token, "tokenId": number, "logProbability": -(mark % 997) / 2000 - 3 * rank}
