"""Find printed objects in a text, such as a log."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from .parser import Print, parse_print

_NAME: Final = r"""(?<![\w.'"\\/+])"""
_FIELDS: Final = rf"""{_NAME}[a-z_]\w*=(?:['"\[{{<]|b['"]|None\b|[A-Z]\w*[\[(])"""
_START: Final = re.compile(
    rf"""
    (?P<call>{_NAME}(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:\[[\w., ]{{0,80}}\])?
        (?:\(\s*(?:[a-z_]\w*=|[\[{{])|[ ]\{{\s*[a-z_]\w*:))
    |(?P<bare>{_FIELDS}|{_NAME}[a-z_]\w*[ ]\{{[ \t]*$)
    """,
    re.VERBOSE | re.MULTILINE,
)
_SIGN: Final = re.compile(r"""=(?=['"\[{<A-Zb])|\((?=[\s\[{a-z_])|\{(?<=[ ]\{)""")
"""What follows a name at the start of a print; far cheaper to search for than the name."""

_SIGNS: Final = (
    re.compile(r"""=(?<=\w=)(?=['\[{<A-Zb]|"(?!\s*[,}\]]))"""),
    re.compile(r"\((?<=[\w\]]\()(?=[\s\[{a-z_])"),
    re.compile(r"\{(?<=[\w\]][ ]\{)"),
)
"""The same signs, each behind a name; texts without any, as nearly all replies are, are refused at once."""

_SPLIT: Final = re.compile(r"""['"`](?=\s*+(?:\+\s*+)?['"`])[^\S\n]*+(?:\+[^\S\n]*+)?\n""")
"""The end of a piece of a long string on several lines, as `pprint` and Node write it."""

_SIGN_OF_SPLIT: Final = re.compile(r"""\n(?<=['"`+\s]\n)\s{0,99}+(?:\+\s{0,99}+)?['"`]""")
_NODE_MARKS: Final = ("[Object]", "[Array]")

_BRACKET: Final = re.compile(r"""[\[{](?=\s*(?:['"\[{\]}]|[A-Za-z_][\w.]*\s*[:(=]))""")
_MAX_FAILURES: Final = 4
_MAX_NAME: Final = 160
_MAX_SILENT: Final = 64
_HOLDING: Final = re.compile(r"[\[{<]")


class Prints(NamedTuple):
    """The printed values of a text.

    Attributes
    ----------
    values : list
        In text order.
    names_class : bool
        At least one of them names the class of an object.
    has_gap : bool
        A print leaves something out.
    is_cut : bool
        The text ends inside the last one.
    """

    values: list[Any]
    names_class: bool
    has_gap: bool
    is_cut: bool


def read_prints(text: str) -> Prints | None:
    """Read the objects printed in a text; None if it holds none.

    >>> read_prints("INFO reply: content='[]' additional_kwargs={}").values
    [{'content': '[]', 'additional_kwargs': {}}]
    """
    match = _next_start(text, 0) if any(sign.search(text) for sign in _SIGNS) else None
    first = match.start() if match else _find_split(text)
    if first < 0:
        return None
    found = _from_bracket(text, first)
    prints = [found] if found else []
    at, failures = (found.stop if found else 0), 0
    while failures < _MAX_FAILURES and (match := _next_start(text, at)):
        read = parse_print(text, match.start(), match["bare"] is not None)
        failures += read is None
        at = match.end() if read is None else max(read.stop, match.end())
        if read and (len(prints) < _MAX_SILENT or _HOLDING.search(text, match.start(), at)):
            prints.append(read)
    if not prints:
        return None
    return Prints(
        [each.value for each in prints],
        any(each.names_class for each in prints),
        any(each.has_gap for each in prints),
        prints[-1].is_cut,
    )


def _from_bracket(text: str, first: int) -> Print | None:
    """Return the print of a list or dictionary around the first object, if there is one."""
    bracket = _BRACKET.search(text)
    read = parse_print(text, bracket.start(), False) if bracket and bracket.start() <= first else None
    return read if read and read.stop > first else None


def _find_split(text: str) -> int:
    """Return where a long string goes on in another line, or Node leaves something out; -1 if nowhere."""
    if _SIGN_OF_SPLIT.search(text) and (split := _SPLIT.search(text)):
        return split.start()
    return max(map(text.find, _NODE_MARKS))


def _next_start(text: str, at: int) -> re.Match[str] | None:
    """Return the next start of a print: the name before each sign that may follow one is looked at."""
    while sign := _SIGN.search(text, at):
        start = _name_before(text, sign.start() - (sign[0] == "{"), at)
        if start is not None and (match := _START.match(text, start)):
            return match
        at = sign.end()
    return None


def _name_before(text: str, stop: int, least: int) -> int | None:
    """Return where the name begins that ends at `stop`; None if there is none, or a very long one."""
    if stop > 0 and text[stop - 1] == "]":
        stop = text.rfind("[", max(least, stop - 83), stop)
    least = max(least, stop - _MAX_NAME)
    at = stop
    while at > least and (text[at - 1] in "._" or text[at - 1].isalnum()):
        at -= 1
    return at if at < stop else None
