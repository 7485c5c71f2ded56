"""Mask tokens: ``<start_of_mask>`` and 16 times ``<seg_N>``, N from 0 to 127; PaliGemma's are ``<seg004>``.

They are parsed and counted here, and wait for a codebook.
"""

from __future__ import annotations

import re
from typing import Final

from ..errors import excerpt
from ..status import Note, Status
from .results import Dialect, Found, Reason, Tokens

MARK: Final = re.compile(r"<start_of_mask>|<seg_?\d+>")
COUNT: Final = 16
LARGEST: Final = 127

_RUN: Final = re.compile(r"<seg_?\d{1,9}>(?:[\s,]*<seg_?\d{1,9}>)*")
_TOKEN: Final = re.compile(r"<seg_?(\d{1,9})>")
_PALIGEMMA: Final = re.compile(r"(?:<seg\d{3}>[\s,]*)+")
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
    run, rest = _run(text)
    return [int(n) for n in _TOKEN.findall(run)], rest


def _run(text: str) -> tuple[str, str]:
    run = _RUN.search(text)
    return ("", after_mark(text)) if run is None else (run[0], text[run.end() :].strip())


def read(text: str, is_open: bool) -> Found:
    """Say what text with a mask mark in it holds."""
    run, rest = _run(text)
    if not run:
        return _without_tokens(rest, is_open)
    notes = [Note("junk_cut", f"cut {len(rest)} characters after the last token", excerpt(rest))] if rest else []
    return Found("tokens", _payload(run, is_open), notes)


def _payload(run: str, is_open: bool) -> Tokens | Reason:
    row = [int(n) for n in _TOKEN.findall(run)]
    if max(row) > LARGEST:
        return Reason(Status.GARBAGE, f"expected tokens from 0 to {LARGEST}, got <seg_{max(row)}>")
    if len(row) == COUNT:
        dialect: Dialect = "paligemma" if _PALIGEMMA.fullmatch(run) else "gemini"
        return Tokens(tuple(row), dialect)
    if is_open:
        return Reason(Status.TRUNCATED, f"the string breaks off after {len(row)} of {COUNT} mask tokens")
    return Reason(Status.TOKENS_INCOMPLETE, f"expected {COUNT} mask tokens, got {len(row)}")


def _without_tokens(rest: str, is_open: bool) -> Found:
    if is_open:
        message = f"the string breaks off in {excerpt(rest)}, before any mask token"
        return Found("tokens", Reason(Status.TRUNCATED, message))
    if _NOTHING.fullmatch(rest):
        return Found("tokens", Reason(Status.NOTHING, f"{_START} stands alone"))
    return Found("tokens", Reason(Status.GARBAGE, f"expected mask tokens after {_START}, got {excerpt(rest)}"))
