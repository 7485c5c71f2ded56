"""Find printed objects in a text, such as a log."""

from __future__ import annotations

import re
from typing import Any, Final, NamedTuple

from .parser import Print, parse_print

_FIELDS: Final = r"""(?<![\w.'"\\])[a-z_]\w*=(?:['"\[{<]|b['"]|None\b|[A-Z]\w*[\[(])"""
_START: Final = re.compile(
    rf"""
    (?P<call>(?<![\w.'"\\])(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:\[[\w., ]{{0,80}}\])?
        (?:\(\s*(?:[a-z_]\w*=|[\[{{])|[ ]\{{\s*[a-z_]\w*:))
    |(?P<bare>{_FIELDS}|(?<![\w.'"\\])[a-z_]\w*[ ]\{{[ \t]*$)
    """,
    re.VERBOSE | re.MULTILINE,
)
_SPLIT: Final = re.compile(r"""['"`]\s*(?:\+\s*)?\n\s*['"`]|\[(?:Object|Array)\]""")
"""A long string in pieces on several lines, as `pprint` and Node write it; or a mark of Node."""

_BRACKET: Final = re.compile(r"""[\[{](?=\s*(?:['"\[{\]}]|[A-Za-z_][\w.]*\s*[:(=]))""")
_MAX_FAILURES: Final = 4


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
    first = _START.search(text)
    split = _SPLIT.search(text) if first is None else None
    if first is None and split is None:
        return None
    found = _from_bracket(text, (first or split).start())  # type: ignore[union-attr]
    prints = [found] if found else []
    at, failures = (found.stop if found else 0), 0
    while failures < _MAX_FAILURES and (match := _START.search(text, at)):
        read = parse_print(text, match.start(), match["bare"] is not None)
        failures += read is None
        at = match.end() if read is None else max(read.stop, match.end())
        prints += [read] if read else []
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
