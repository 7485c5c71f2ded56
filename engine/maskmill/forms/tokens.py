"""Mask tokens: ``<start_of_mask>`` and 16 times ``<seg_N>``, N from 0 to 127.

Gemini's codebook is not public: the tokens are parsed and counted here, and wait for a codebook.
"""

from __future__ import annotations

import re
from typing import Final

from ..errors import excerpt
from ..status import Note, Status
from .found import Found, Reason

MARK: Final = re.compile(r"<start_of_mask>|<seg_?\d+>")
COUNT: Final = 16
LARGEST: Final = 127

_RUN: Final = re.compile(r"<seg_?\d{1,9}>(?:[\s,]*<seg_?\d{1,9}>)*")
_TOKEN: Final = re.compile(r"<seg_?(\d{1,9})>")
_NOTHING: Final = re.compile(r"\s*(?:-?1)?\s*")
_START: Final = "<start_of_mask>"


def has_tokens(text: str) -> bool:
    """Tell whether there is at least one ``<seg_N>``."""
    return _TOKEN.search(text) is not None


def after_mark(text: str) -> str:
    """What follows the first ``<start_of_mask>``, white space stripped."""
    return text.partition(_START)[2].strip()


def numbers(text: str) -> tuple[list[int], str]:
    """The first unbroken run of tokens, and what follows it.

    >>> numbers("<start_of_mask><seg_4><seg_20>5D")
    ([4, 20], '5D')
    """
    run = _RUN.search(text)
    if run is None:
        return [], after_mark(text)
    return [int(n) for n in _TOKEN.findall(run[0])], text[run.end() :].strip()


def read(text: str, is_open: bool) -> Found:
    """Say what text with a mask mark in it holds."""
    row, rest = numbers(text)
    if not row:
        return _without_tokens(rest, is_open)
    notes = [Note("junk_cut", f"cut {len(rest)} characters after the last token", excerpt(rest))] if rest else []
    if max(row) > LARGEST:
        reason = Reason(Status.GARBAGE, f"expected tokens from 0 to {LARGEST}, got <seg_{max(row)}>")
    elif len(row) == COUNT:
        reason = Reason(Status.TOKENS, Status.TOKENS.sentence)
    elif is_open:
        reason = Reason(Status.TRUNCATED, f"the string breaks off after {len(row)} of {COUNT} mask tokens")
    else:
        reason = Reason(Status.TOKENS_INCOMPLETE, f"expected {COUNT} mask tokens, got {len(row)}")
    return Found("tokens", reason, notes)


def _without_tokens(rest: str, is_open: bool) -> Found:
    if is_open:
        message = f"the string breaks off in {excerpt(rest)}, before any mask token"
        return Found("tokens", Reason(Status.TRUNCATED, message))
    if _NOTHING.fullmatch(rest):
        return Found("tokens", Reason(Status.NOTHING, f"{_START} stands alone"))
    return Found("tokens", Reason(Status.GARBAGE, f"expected mask tokens after {_START}, got {excerpt(rest)}"))
