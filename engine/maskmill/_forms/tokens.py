"""Parse mask tokens: ``<start_of_mask>`` and 16 times ``<seg_N>``, N from 0 to 127; PaliGemma writes ``<seg004>``.

Only a codebook turns them into a mask; see `maskmill.codebooks`.
"""

from __future__ import annotations

import re
from typing import Any, Final

from ..errors import excerpt
from ..status import Note, Status
from .results import Dialect, MaskValue, NoMask, Tokens

MARK: Final = re.compile(r"<start_of_mask>|<seg_?\d+>")
COUNT: Final = 16
MAX_NUMBER: Final = 127

_RUN: Final = re.compile(r"<seg_?\d{1,9}>(?:[\s,;\"'|]*<seg_?\d{1,9}>)*")
_TOKEN: Final = re.compile(r"<seg_?(\d{1,9})>")
_PALIGEMMA: Final = re.compile(r"(?:<seg\d{3}>[\s,;\"'|]*)+")
_NOTHING: Final = re.compile(r"\s*(?:-?1)?\s*")
_START: Final = "<start_of_mask>"
_END: Final = re.compile(r"\s*<(?:/?end_of_mask|/start_of_mask)>")
_LOOSE_MARK: Final = re.compile(r"\s*<?\W{0,3}(?:start_of_mask)?\W{0,3}", re.IGNORECASE)
_LOOSE: Final = re.compile(r"[^\w]{0,4}seg[\s_:-]{0,2}(\d{1,3})(?!\d)", re.IGNORECASE)
_LOOSE_END: Final = re.compile(r"\W*(?:end_of_mask\W*)?", re.IGNORECASE)


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
    end = _END.match(rest)
    rest = rest[end.end() :].strip() if end else rest
    return MaskValue("tokens", _payload(run, is_open), _notes_on_rest(rest))


def _notes_on_rest(rest: str) -> list[Note]:
    """Return the notes on a text after the first run of tokens."""
    further = _RUN.findall(rest)
    if further:
        count = sum(len(_TOKEN.findall(run)) for run in further)
        return [Note("tokens_unused", f"{count} tokens follow in a run apart and were not read", excerpt(rest))]
    return [Note("junk_cut", f"cut {len(rest)} characters after the last token", excerpt(rest))] if rest else []


def read_loose(text: str) -> MaskValue | None:
    """Read 16 tokens in another spelling, ``<seg 4>``, ``[seg_4]`` or ``seg_4``; None for any other text.

    >>> read_loose("seg_4 " * 16).payload.numbers[:2], read_loose("seg_4 seg_20")
    ((4, 4), None)
    """
    text = text.strip()
    mark = _LOOSE_MARK.match(text)
    place, numbers = mark.end() if mark else 0, list[int]()
    while len(numbers) <= COUNT and (match := _LOOSE.match(text, place)):
        numbers.append(int(match[1]))
        place = match.end()
    if len(numbers) != COUNT or not _LOOSE_END.fullmatch(text, place) or max(numbers) > MAX_NUMBER:
        return None
    note = Note("tokens_mended", "the tokens were written in another spelling than <seg_N>", excerpt(text))
    return MaskValue("tokens", Tokens(tuple(numbers), "gemini"), [note])


def read_list(values: list[Any]) -> MaskValue | None:
    """Read tokens of a list, numbers or texts; None if it holds anything else.

    >>> read_list(["<seg_4>"] * 16).payload.numbers[:2]
    (4, 4)
    """
    if values and all(type(v) is int for v in values):
        return MaskValue("tokens", _checked(values, "gemini", False))
    if values and all(isinstance(v, str) for v in values):
        text = "".join(values)
        return read(text, False) if has_tokens(text) else read_loose(" ".join(values))
    return None


def may_be_tokens(value: Any) -> bool:
    """Tell whether a value is a list of as many whole numbers as a mask has tokens, each of them small enough.

    >>> may_be_tokens([4] * 16), may_be_tokens([4] * 8)
    (True, False)
    """
    is_long = isinstance(value, list) and len(value) == COUNT
    return is_long and all(type(v) is int and 0 <= v <= MAX_NUMBER for v in value)


def _payload(run: str, is_open: bool) -> Tokens | NoMask:
    row = [int(n) for n in _TOKEN.findall(run)]
    return _checked(row, "paligemma" if _PALIGEMMA.fullmatch(run) else "gemini", is_open)


def _checked(row: list[int], dialect: Dialect, is_open: bool) -> Tokens | NoMask:
    if not 0 <= min(row) <= max(row) <= MAX_NUMBER:
        wrong = next(n for n in row if not 0 <= n <= MAX_NUMBER)
        return NoMask(Status.GARBAGE, f"expected tokens from 0 to {MAX_NUMBER}, got <seg_{wrong}>")
    if len(row) == COUNT:
        return Tokens(tuple(row), dialect)
    if is_open:
        return NoMask(Status.TRUNCATED, f"the string breaks off after {len(row)} of {COUNT} mask tokens")
    several = f": those of {len(row) // COUNT} masks in one string" if len(row) % COUNT == 0 else ""
    return NoMask(Status.TOKENS_INCOMPLETE, f"expected {COUNT} mask tokens, got {len(row)}{several}")


def _without_tokens(rest: str, is_open: bool) -> MaskValue:
    if is_open:
        message = f"the string breaks off in {excerpt(rest)}, before any mask token"
        return MaskValue("tokens", NoMask(Status.TRUNCATED, message))
    if _NOTHING.fullmatch(rest):
        return MaskValue("tokens", NoMask(Status.NOTHING, f"{_START} stands alone"))
    return MaskValue("tokens", NoMask(Status.GARBAGE, f"expected mask tokens after {_START}, got {excerpt(rest)}"))
