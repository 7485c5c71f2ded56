"""Strings in broken JSON: where one ends, and what its escapes mean.

A quote ends a string when what follows could follow a string in JSON. In well-formed text that is every unescaped
quote, so a sound string is read as it stands; only text that no JSON parser takes is judged. Two more signs end a
string that lost its closing quote: a key of an item (``"label":``) inside it, and the tail of such a key
(``box_2d": [``). Text that breaks off inside the next key (``", "ma``) leaves the string before it whole.
Each quote is looked at once with a bounded look-ahead, so reading is linear in the text.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..keys import BOX_AT_END, KNOWN, NAMES, normal

_QUOTED_KEY: Final = r"""(?:"[^"\\\n]{1,80}"|'[^'\\\n]{1,80}')\s*:"""
_ANY_KEY: Final = rf"""(?:{_QUOTED_KEY}|[A-Za-z_$][\w$]{{0,60}}["']?\s*:|["'](?:{NAMES})\s*:|\.{{3}}|…)"""
_END: Final = r"\Z|```|//|/\*"
_CUT_KEY: Final = r"""["'][\w\- ]{0,60}["']?\s*(?:\Z|```)"""
_AFTER_IN_OBJECT: Final = re.compile(
    rf"\s*(?:[}}\]]|{_END}|,\s*(?:[}}\]{{]|{_END}|{_ANY_KEY}|{_CUT_KEY})|(?:\{{\s*)?{_QUOTED_KEY})"
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
_SOUND: Final = re.compile(r'(?:[^\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_WINDOW: Final = 64


class Text(NamedTuple):
    """A string value: its content, where reading goes on, whether a quote closed it, and whether it is sound JSON."""

    content: str
    stop: int
    closed: bool
    sound: bool


def read_string(text: str, start: int, in_object: bool) -> Text:
    r"""Read the string whose opening quote is ``text[start]``.

    >>> read_string('"a "big" cat", "label": 1', 0, True)
    Text(content='a "big" cat', stop=13, closed=True, sound=False)
    """
    quote = text[start]
    after = _AFTER_IN_OBJECT if in_object else _AFTER_IN_ARRAY
    sound = quote == '"'
    for found in _STOPS[quote].finditer(text, start + 1):
        at = found.start()
        if text[at] == "\\":
            continue
        if text[at] == quote and after.match(text, at + 1):
            content = text[start + 1 : at] if sound else _without_doubled(text[start + 1 : at], quote)
            return Text(unescape(content), at + 1, True, sound and _SOUND.fullmatch(content) is not None)
        lost = _lost_end(text, start + 1, at)
        if lost is not None:
            return Text(unescape(text[start + 1 : lost[0]]), lost[1], False, False)
        sound = False
    stop = _end_of_text(text, start + 1) if in_object else len(text)
    return Text(unescape(text[start + 1 : stop].lstrip(quote)), stop, False, False)


def _end_of_text(text: str, begin: int) -> int:
    """Where the last string ends that no quote closes: before the brackets of its item, unless it has some itself."""
    closers = _LOST_END.search(text, max(begin, len(text) - _WINDOW))
    return len(text) if closers is None or _IS_JSON.match(text, begin) else closers.start()


def _without_doubled(content: str, quote: str) -> str:
    """The content without a doubled opening quote, or a doubled closing one (a lone quote at the end)."""
    content = content.lstrip(quote)
    return content.rstrip(quote) if content.endswith(quote) and content.count(quote) % 2 else content


def is_stray_quote(text: str, at: int) -> bool:
    """Tell whether the quote at `at` can only be a closing one."""
    return _AFTER_IN_OBJECT.match(text, at + 1) is not None


def _lost_end(text: str, begin: int, at: int) -> tuple[int, int] | None:
    """Where the content ends and reading goes on, if the quote at `at` belongs to a key of an item."""
    key = _KEY_HERE[text[at]].match(text, at)
    if key and normal(key[1]) in KNOWN:
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


def unescape(raw: str) -> str:
    r"""Resolve JSON's escapes; an escape that JSON does not know stands for its character.

    >>> unescape(r"\u003cstart_of_mask\u003e")
    '<start_of_mask>'
    """
    if "\\" not in raw:
        return raw
    plain = _ESCAPE.sub(_resolve, raw)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _resolve(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _ESCAPED.get(found[2], found[2])
