"""Replace the mask tokens of replies by maps, or by the reason why there is no map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from .._forms.results import MaskValue, NoMask, ProbabilityMap, Tokens
from ..status import Note, Status
from ._codebook import TOKENS_PER_ROW, Codebook

MAX_ROWS: Final = 256
"""Rows whose maps are in memory at once."""

_MODELS: Final = {"gemini": "Gemini", "paligemma": "PaliGemma"}
_NO_CODEBOOK: Final = NoMask(Status.TOKENS, Status.TOKENS.sentence)


def replace_tokens_by_maps(values: Sequence[MaskValue], codebook: Codebook | None) -> None:
    """Replace the payload of each value, which must be tokens, by the codebook's map or by a reason.

    >>> value = MaskValue("tokens", Tokens((27,) * 16, "gemini"))
    >>> replace_tokens_by_maps([value], None)
    >>> value.payload.message
    '16 mask tokens, and no codebook that knows them'
    """
    readable = []
    for value in values:
        tokens = _tokens_of(value)
        if codebook and tokens.dialect == codebook.dialect:
            readable.append(value)
        else:
            value.payload = _reason_other_model(tokens, codebook) if codebook else _NO_CODEBOOK
    if codebook and readable:
        _decode(readable, codebook)


def _decode(values: list[MaskValue], codebook: Codebook) -> None:
    rows = np.array([_tokens_of(value).numbers for value in values], np.int64)
    maps, confidences = codebook.decode(rows), codebook.confidence(rows)
    for value, pixels, known, confidence in zip(values, maps, codebook.known(rows), confidences.tolist(), strict=True):
        if not known:
            value.payload = _reason_unknown(_tokens_of(value), codebook)
            continue
        value.payload = ProbabilityMap(pixels)
        value.notes.extend(confidence_notes(confidence))


def confidence_notes(confidence: float) -> list[Note]:
    """Return the note on a map of a fitted codebook, with its expected quality; none if the confidence is NaN."""
    if np.isnan(confidence):
        return []
    figure = f"{confidence:.3f}"
    return [Note("fitted_codebook", f"a fitted codebook's map; expect an intersection over union of {figure}", figure)]


def _tokens_of(value: MaskValue) -> Tokens:
    assert isinstance(value.payload, Tokens)
    return value.payload


def _reason_other_model(tokens: Tokens, codebook: Codebook) -> NoMask:
    wanted, got = _MODELS[codebook.dialect], _MODELS[tokens.dialect]
    return NoMask(Status.TOKENS, f"expected tokens of {wanted}, which this codebook reads, got those of {got}")


def _reason_unknown(tokens: Tokens, codebook: Codebook) -> NoMask:
    distinct = sorted(set(tokens.numbers))
    is_known = codebook.known(np.repeat(np.array(distinct)[:, None], TOKENS_PER_ROW, axis=1))
    got = ", ".join(f"<seg_{token}>" for token, known in zip(distinct, is_known, strict=True) if not known)
    return NoMask(Status.TOKENS, f"expected tokens that the codebook has seen often enough, got {got or 'others'}")
