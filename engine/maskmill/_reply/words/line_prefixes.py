"""Cut off what stands before every line of a text: the time and name of a log, numbers, or the sign of a quotation."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

_MIN_LINES: Final = 3
_QUOTE: Final = re.compile(r"^(?:>[ \t]?)+", re.MULTILINE)
_NUMBER: Final = re.compile(r"[ \t]*(\d{1,7})(?:\t|→|[:|.)][ \t]?|[ \t]+(?=[\[{\]}\"' ]))")
_TIME: Final = re.compile(
    r"[\[(]?(?:\d{4}[-/.]\d\d[-/.]\d\d[T ]+)?\d\d:\d\d(?::\d\d)?(?:[.,]\d{1,9})?(?:Z|[ ]?[+-]\d\d:?\d\d)?[\])]?"
    r"|(?:[A-Z][a-z]{2} [ \d]\d|[IWEF]\d{4}) \d\d:\d\d:\d\d(?:\.\d{1,9})?"
)
_LEVEL: Final = re.compile(r"\[?(?:INFO|DEBUG|WARN|WARNING|ERROR|TRACE|NOTICE)\b")
_MARKED: Final = re.compile(r"(?:#|//|\||%|;|[\w.-]{1,60} *\||\[[\w .:-]{1,60}\]:?)[ \t]?")
_PLAIN: Final = re.compile(r"""\s*(?:[{`"'<]|\[(?![\w .:-]{1,60}\]))""")
_JSON: Final = re.compile(r"""[{"'`]|\[(?![\w .:-]{1,60}\])""")
_SIGN: Final = re.compile(r"[\[{]")


def without_prefixes(text: str) -> str:
    r"""Return a text without what stands before every line; the same object if there is nothing of the kind.

    >>> without_prefixes("> [\n> 1\n> ]"), without_prefixes("1\t[\n2\t1\n3\t]"), without_prefixes("[\n1\n]")
    ('[\n1\n]', '[\n1\n]', '[\n1\n]')
    """
    if text.count("\n") < _MIN_LINES - 1 or _PLAIN.match(text):
        return text if "\n>" not in text else _without_quotes(text)
    lines = text.splitlines()
    cut = _without_numbers(lines) or _without_times(lines) or _without_marks(lines)
    return "\n".join(cut) if cut else _without_quotes(text)


def _without_quotes(text: str) -> str:
    """Cut off the sign of a quotation, as mail and Markdown have it, from lines of which one has a bracket."""
    quoted = list(_QUOTE.finditer(text)) if text.startswith(">") or "\n>" in text else []
    if len(quoted) < _MIN_LINES or not _SIGN.search(text, quoted[0].end()):
        return text
    return _QUOTE.sub("", text)


def _without_numbers(lines: list[str]) -> list[str]:
    """Cut off numbers that count the lines."""
    matches = [_NUMBER.match(line) for line in lines if line.strip()]
    if len(matches) < _MIN_LINES or not all(matches):
        return []
    numbers = [int(match[1]) for match in matches if match]
    if any(second <= first for first, second in pairwise(numbers)):
        return []
    return [_NUMBER.sub("", line, count=1) for line in lines]


def _without_times(lines: list[str]) -> list[str]:
    """Cut off times, and what all lines have in common behind them."""
    filled = [line for line in lines if line.strip()]
    matches = [_TIME.match(line) for line in filled]
    if len(filled) < _MIN_LINES or not all(matches):
        return []
    rests = [line[match.end() :] for line, match in zip(filled, matches, strict=True) if match]
    return _cut(rests, _common(rests))


def _without_marks(lines: list[str]) -> list[str]:
    """Cut off a level of a log, the name of a container, or the sign of a comment before all lines."""
    filled = [line for line in lines if line.strip()]
    common = _common(filled)
    if len(filled) < _MIN_LINES or not (_LEVEL.match(common) or _MARKED.fullmatch(common.rstrip() + " ")):
        return []
    return _cut(filled, common)


def _common(lines: list[str]) -> str:
    """Return what all lines begin with, up to the first sign of JSON."""
    common = _common_start(min(lines, default=""), max(lines, default=""))
    sign = _JSON.search(common)
    common = common[: sign.start()] if sign else common
    return common.rstrip() + common[len(common.rstrip()) :][:1]


def _common_start(first: str, last: str) -> str:
    """Return what two lines begin with; of the first and the last in order, it is what all begin with."""
    length = min(len(first), len(last))
    return first[: next((i for i in range(length) if first[i] != last[i]), length)]


def _cut(lines: list[str], common: str) -> list[str]:
    return [line[len(common) :] for line in lines]
