"""The tokens of replies to maps, or to the reason why not: a codebook is obeyed, and nothing is guessed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from .._forms.results import Found, Map, Reason, Tokens
from ..status import Note, Status
from ._codebook import COUNT, Codebook

MOST: Final = 256
"""Rows whose maps are in memory at a time."""

_WRITERS: Final = {"gemini": "Gemini", "paligemma": "PaliGemma"}
_NO_CODEBOOK: Final = Reason(Status.TOKENS, Status.TOKENS.sentence)


def settle_tokens(found: Sequence[Found], codebook: Codebook | None) -> None:
    """Put in the place of tokens the map that a codebook has for them, or why there is none.

    >>> found = Found("tokens", Tokens((27,) * 16, "gemini"))
    >>> settle_tokens([found], None)
    >>> found.payload.message
    '16 mask tokens, and no codebook that knows them'
    """
    readable = []
    for f in found:
        tokens = _tokens(f)
        if codebook and tokens.dialect == codebook.dialect:
            readable.append(f)
        else:
            f.payload = _foreign(tokens, codebook) if codebook else _NO_CODEBOOK
    if codebook and readable:
        _read(readable, codebook)


def _read(found: list[Found], codebook: Codebook) -> None:
    rows = np.array([_tokens(f).numbers for f in found], np.int64)
    maps, confidences = codebook.decode(rows), codebook.confidence(rows)
    for f, pixels, known, confidence in zip(found, maps, codebook.known(rows), confidences.tolist(), strict=True):
        if not known:
            f.payload = _unknown(_tokens(f), codebook)
            continue
        f.payload = Map(pixels)
        f.notes.extend(notes_on(confidence))


def notes_on(confidence: float) -> list[Note]:
    """What is to be said of a map that a codebook made: of a fitted one, how far it can be trusted."""
    if np.isnan(confidence):
        return []
    told = f"{confidence:.3f}"
    return [Note("fitted_codebook", f"a fitted codebook's map; expect an intersection over union of {told}", told)]


def _tokens(found: Found) -> Tokens:
    assert isinstance(found.payload, Tokens)
    return found.payload


def _foreign(tokens: Tokens, codebook: Codebook) -> Reason:
    wanted, given = _WRITERS[codebook.dialect], _WRITERS[tokens.dialect]
    return Reason(Status.TOKENS, f"expected tokens of {wanted}, which this codebook reads, got those of {given}")


def _unknown(tokens: Tokens, codebook: Codebook) -> Reason:
    each = sorted(set(tokens.numbers))
    alone = codebook.known(np.repeat(np.array(each)[:, None], COUNT, axis=1))
    given = ", ".join(f"<seg_{token}>" for token, known in zip(each, alone, strict=True) if not known)
    return Reason(Status.TOKENS, f"expected tokens that the codebook has seen often enough, got {given or 'others'}")
