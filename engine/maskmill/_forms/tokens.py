"""Parse mask tokens: ``<start_of_mask>`` and 16 times ``<seg_N>``, N from 0 to 127; PaliGemma writes ``<seg004>``.

Only a codebook turns them into a mask; see `maskmill.codebooks`.
"""

from __future__ import annotations

import re
from typing import Final

from ..errors import excerpt
from ..status import Note, Status
from .results import Dialect, MaskValue, NoMask, Tokens

MARK: Final = re.compile(r"<start_of_mask>|<seg_?\d+>")
COUNT: Final = 16
MAX_NUMBER: Final = 127

_RUN: Final = re.compile(r"<seg_?\d{1,9}>(?:[\s,]*<seg_?\d{1,9}>)*")
_TOKEN: Final = re.compile(r"<seg_?(\d{1,9})>")
_PALIGEMMA: Final = re.compile(r"(?:<seg\d{3}>[\s,]*)+")
_NOTHING: Final = re.compile(r"\s*(?:-?1)?\s*")
_START: Final = "<start_of_mask>"


def has_tokens(text: str) -> bool:
    """Tell whether there is at least one ``<seg_N>``."""
    return _TOKEN.search(text) is not None


def text_after_mark(text: str) -> str:
    """Return the text after the first ``<start_of_mask>``, without white space around it."""
    return text.partition(_START)[2].strip()


def parse_tokens(text: str) -> tuple[list[int], str]:
    """Return the numbers of the first unbroken run of tokens, and the text after it.

    >>> parse_tokens("<start_of_mask><seg_4><seg_20>5D")
    ([4, 20], '5D')
    """
    run, rest = _run(text)
    return [int(n) for n in _TOKEN.findall(run)], rest


def _run(text: str) -> tuple[str, str]:
    run = _RUN.search(text)
    return ("", text_after_mark(text)) if run is None else (run[0], text[run.end() :].strip())


def read(text: str, is_open: bool) -> MaskValue:
    """Read text that holds a mask token or ``<start_of_mask>``."""
    run, rest = _run(text)
    if not run:
        return _without_tokens(rest, is_open)
    notes = [Note("junk_cut", f"cut {len(rest)} characters after the last token", excerpt(rest))] if rest else []
    return MaskValue("tokens", _payload(run, is_open), notes)


def _payload(run: str, is_open: bool) -> Tokens | NoMask:
    row = [int(n) for n in _TOKEN.findall(run)]
    if max(row) > MAX_NUMBER:
        return NoMask(Status.GARBAGE, f"expected tokens from 0 to {MAX_NUMBER}, got <seg_{max(row)}>")
    if len(row) == COUNT:
        dialect: Dialect = "paligemma" if _PALIGEMMA.fullmatch(run) else "gemini"
        return Tokens(tuple(row), dialect)
    if is_open:
        return NoMask(Status.TRUNCATED, f"the string breaks off after {len(row)} of {COUNT} mask tokens")
    return NoMask(Status.TOKENS_INCOMPLETE, f"expected {COUNT} mask tokens, got {len(row)}")


def _without_tokens(rest: str, is_open: bool) -> MaskValue:
    if is_open:
        message = f"the string breaks off in {excerpt(rest)}, before any mask token"
        return MaskValue("tokens", NoMask(Status.TRUNCATED, message))
    if _NOTHING.fullmatch(rest):
        return MaskValue("tokens", NoMask(Status.NOTHING, f"{_START} stands alone"))
    return MaskValue("tokens", NoMask(Status.GARBAGE, f"expected mask tokens after {_START}, got {excerpt(rest)}"))
