"""Strings in broken JSON: where a string ends, and what its escapes mean.

A quote ends a string if the text after it could follow a string in JSON. In well-formed text that holds for every
unescaped quote, so a valid string is read as it stands. Two more signs end a string that lost its closing quote: a key
of an item (``"label":``) inside it, and the tail of such a key (``box_2d": [``). Text that breaks off inside the next
key (``", "ma``) leaves the string before it complete. Each quote is examined once with a bounded look-ahead, so reading
is linear in the text.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..keys import BOX_AT_END, KNOWN, NAMES, fold

_QUOTED_KEY: Final = r"""(?:"[^"\\\n]{1,80}"|'[^'\\\n]{1,80}')\s*(?::|：|=>?\s*["'\[{]|;\s*["'\[{])"""
_SIGNED_KEY: Final = r"[“”‘’`]\w{1,60}[“”‘’`]?\s*:"
_ANY_KEY: Final = rf"""(?:{_QUOTED_KEY}|[A-Za-z_$][\w$]{{0,60}}["']?\s*:|["'](?:{NAMES})\s*:|{_SIGNED_KEY}|\.{{3}}|…)"""
_END: Final = r"\Z|```|//|/\*"
_CUT_KEY: Final = r"""["'][\w\- ]{0,60}["']?\s*(?:\Z|```)"""
_AFTER_IN_OBJECT: Final = re.compile(
    rf"\s*(?:[}}\]]|{_END}|,\s*(?:[}}\]{{]|{_END}|(?:\[\s*)?{_ANY_KEY}|{_CUT_KEY})|(?:\{{\s*)?{_QUOTED_KEY}"
    r"|[\[{]\s*(?:[,}\]][\s}\]]*(?:[{\[]|\Z|```)))"
)
_AFTER_IN_ARRAY: Final = re.compile(rf"\s*(?:[,\])}}]|{_END})")
_STOPS: Final = {'"': re.compile(r'\\.|"', re.DOTALL), "'": re.compile(r"""\\.|['"]""", re.DOTALL)}
_KEY_HERE: Final = {
    '"': re.compile(r'"([^"\\\n]{1,40})"\s*:'),
    "'": re.compile(r"'([^'\\\n]{1,40})'\s*:"),
}
_KEY_TAIL: Final = re.compile(r"""["']\s*:\s*[\[(]""")
_LOST_TAIL: Final = re.compile(r"\}?\s*,?\s*(\{)?\s*\Z")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_IS_JSON: Final = re.compile(r"\s*(?:<start_of_mask>\s*)?[\[{(]")
_LOST_END: Final = re.compile(r"\s*\}[\s}\]]*(?:`{3,}\s*)?\Z")
_VALID: Final = re.compile(r'(?:[^\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_RUN_LENGTHS: Final = re.compile(r"[0-o]{4,}")
_NO_ESCAPE: Final = re.compile(r"""\\[^"'\\/bfnrtux0-7_]""")
_WINDOW: Final = 64


class JsonString(NamedTuple):
    """A string read from broken JSON.

    Attributes
    ----------
    content : str
        The text that the string means, escapes resolved.
    stop : int
        Index at which reading goes on.
    is_closed : bool
        A quote closed the string.
    is_valid : bool
        The string is valid JSON.
    """

    content: str
    stop: int
    is_closed: bool
    is_valid: bool


def read_string(text: str, start: int, in_object: bool) -> JsonString:
    r"""Read the string whose opening quote is ``text[start]``.

    >>> read_string('"a "big" cat", "label": 1', 0, True)
    JsonString(content='a "big" cat', stop=13, is_closed=True, is_valid=False)

    Parameters
    ----------
    text : str
        The whole text.
    start : int
        Index of the opening quote, ``"`` or ``'``.
    in_object : bool
        The string is a value of an object, not an entry of an array: other characters may follow it.
    """
    quote = text[start]
    after = _AFTER_IN_OBJECT if in_object else _AFTER_IN_ARRAY
    is_valid = quote == '"'
    for match in _STOPS[quote].finditer(text, start + 1):
        at = match.start()
        if text[at] == "\\":
            continue
        if text[at] == quote and after.match(text, at + 1):
            content = text[start + 1 : at] if is_valid else _without_doubled_quotes(text[start + 1 : at], quote)
            meant = content if is_raw_run_lengths(content) else unescape(content)
            return JsonString(meant, at + 1, True, is_valid and _VALID.fullmatch(content) is not None)
        end = _end_before_key(text, start + 1, at)
        if end is not None:
            return JsonString(unescape(text[start + 1 : end[0]]), end[1], False, False)
        is_valid = False
    stop = _end_of_text(text, start + 1) if in_object else len(text)
    return JsonString(unescape(text[start + 1 : stop].lstrip(quote)), stop, False, False)


def _end_of_text(text: str, begin: int) -> int:
    """Return where a last, unclosed string ends: before the closing brackets of its item, unless it is JSON itself."""
    closers = _LOST_END.search(text, max(begin, len(text) - _WINDOW))
    return len(text) if closers is None or _IS_JSON.match(text, begin) else closers.start()


def _without_doubled_quotes(content: str, quote: str) -> str:
    """Return the content without a doubled opening quote or a doubled closing one (a lone quote at the end)."""
    content = content.lstrip(quote)
    return content.rstrip(quote) if content.endswith(quote) and _is_doubled(content, quote) else content


def _is_doubled(content: str, quote: str) -> bool:
    """Tell whether the quotes at the end of a content do not belong to it: a lone one, or two after no other."""
    return content.count(quote) % 2 == 1 or content.rstrip(quote).count(quote) == 0


def is_closing_quote(text: str, at: int) -> bool:
    """Tell whether the quote at `at` can only be a closing one."""
    return _AFTER_IN_OBJECT.match(text, at + 1) is not None


def _end_before_key(text: str, begin: int, at: int) -> tuple[int, int] | None:
    """Return where the content ends and where reading goes on, if the quote at `at` belongs to a key of an item."""
    key = _KEY_HERE[text[at]].match(text, at)
    if key and fold(key[1]) in KNOWN:
        return _trim(text, begin, at)
    if _KEY_TAIL.match(text, at):
        tail = BOX_AT_END.search(text, max(begin, at - 16), at)
        if tail:
            return _trim(text, begin, tail.start())
    return None


def _trim(text: str, begin: int, at: int) -> tuple[int, int]:
    low = max(begin, at - _WINDOW)
    tail = _LOST_TAIL.search(text, low, at)
    assert tail is not None  # the pattern matches the empty end
    return tail.start(), tail.start(1) if tail[1] else at


def is_raw_run_lengths(content: str, further_escapes: str = "") -> bool:
    r"""Tell whether a text holds COCO's signs alone, and among them a backslash that can be no escape.

    Its writer escaped nothing, so each backslash is one of the signs.

    >>> is_raw_run_lengths(r"d146\P3"), is_raw_run_lengths(r"d146\\P3"), is_raw_run_lengths(r"C:\Picture")
    (True, False, False)
    """
    if "\\" not in content or not _RUN_LENGTHS.fullmatch(content):
        return False
    unknown = {match[0][1] for match in _NO_ESCAPE.finditer(content.replace("\\\\", ""))}
    return bool(unknown.difference(further_escapes)) and any(c.isdigit() for c in content)


def unescape(raw: str) -> str:
    r"""Resolve JSON escapes; an unknown escape stands for its character.

    >>> unescape(r"\u003cstart_of_mask\u003e")
    '<start_of_mask>'
    """
    if "\\" not in raw:
        return raw
    text = _ESCAPE.sub(_resolve, raw)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _resolve(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return _ESCAPED.get(escape[2], escape[2])
