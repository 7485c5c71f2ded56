"""Log-probabilities of the text that the model wrote, which may differ from the text that is delivered.

Models write masks as tokens. A service that replaces them by PNGs, as Google's was seen to do, leaves the tokens in the
log-probabilities, which gives pairs of tokens and PNGs. Field names are those of the google-genai SDK's types; how
Google's service splits a text into tokens is not known.
"""

from __future__ import annotations

import re
from typing import Any, Final
from zlib import crc32

from .._messages.request import ApiRequest
from .._messages.response_json import RefusedError

MAX_CANDIDATES: Final = 20
"""Largest number of candidates per step that a request may ask for."""

_TOKEN: Final = re.compile(r"<start_of_mask>|<seg_(\d+)>| ?[^\W\d_]+|.", re.DOTALL)
_RUN: Final = re.compile(r"<start_of_mask>(?:<seg_\d+>)*")
_FIRST_MASK_TOKEN_ID: Final = 256_000
_OTHER_TOKEN_IDS: Final = 255_000


def check_logprobs(request: ApiRequest, is_enabled: bool) -> None:
    """Reject requests for log-probabilities from a model without them, or for too many candidates.

    Raises
    ------
    RefusedError
        As Google's server refuses such a request.
    """
    top = request.config.get("logprobs")
    if not request.wants_logprobs:
        if top is not None:
            raise RefusedError(400, "Logprobs can only be set if response_logprobs is true.")
        return
    if not is_enabled:
        raise RefusedError(400, f"Logprobs is not enabled for models/{request.model}")
    if top is not None and not (isinstance(top, int) and 1 <= top <= MAX_CANDIDATES):
        raise RefusedError(400, f"Logprobs must be in the range [1, {MAX_CANDIDATES}].")


def logprobs_result(written: str, top: int, fault: str) -> dict[str, Any]:
    """Return the `logprobsResult` of a candidate.

    >>> result = logprobs_result('"<start_of_mask><seg_4>', 1, "")
    >>> [step["token"] for step in result["chosenCandidates"]]
    ['"', '<start_of_mask>', '<seg_4>']

    Parameters
    ----------
    written : str
        The text that the model wrote.
    top : int
        Number of candidates per step.
    fault : str
        ``logprobs_bare`` removes the mask tokens.
    """
    text = _RUN.sub("", written) if fault == "logprobs_bare" else written
    chosen = [_candidate(token[0], 0) for token in _TOKEN.finditer(text)]
    tops = [
        {"candidates": [candidate, *(_candidate(candidate["token"], i) for i in range(1, top))]} for candidate in chosen
    ]
    return {
        "chosenCandidates": chosen,
        "topCandidates": tops,
        "logProbabilitySum": sum(candidate["logProbability"] for candidate in chosen),
    }


def _candidate(token: str, rank: int) -> dict[str, Any]:
    """Return the chosen token (rank 0), or an alternative."""
    seg = _TOKEN.fullmatch(token)
    if rank:
        token = f"<seg_{(int(seg[1]) + rank) % 128}>" if seg and seg[1] else f"{token.strip()}{'·' * rank}"
    mark = crc32(token.encode())
    number = _FIRST_MASK_TOKEN_ID + int(seg[1]) if seg and seg[1] and not rank else mark % _OTHER_TOKEN_IDS
    return {"token": token, "tokenId": number, "logProbability": -(mark % 997) / 2000 - 3 * rank}
