"""Text that looks like printed objects is read in time that grows with its length, however it is broken."""

from __future__ import annotations

import gc
import time

import pytest

import maskmill
from maskmill._reply.prints import read_prints
from support.tiers import thorough

pytestmark = thorough

SHORT, TIMES = 20_000, 4
TRIFLE = 0.02
"""Seconds of computing below which a ratio means nothing."""

UNITS = {
    "calls": "Part(",
    "calls with texts": "Part(text='a', ",
    "fields without an end": "text='",
    "fields": "text='a' ",
    "fields of None": "text=None ",
    "fields of lists": "x=[",
    "fields of calls": "x=A(",
    "fields and a cut string": "text='a' \"x\n ",
    "fields and a cut block": "text='a' \"\"\"x'\n ",
    "nested fields": "A(a=",
    "blocks of Protocol Buffers": "x {\n",
    "objects of Rust": "A { a:",
    "names before brackets": "a[](",
    "parameters": "A[" + "a" * 80,
    "closers": "a]](",
    "words": "content='no' x\n",
    "parts": "Part(text='[{\"box_2d\": [1, 2, 3, 4]}]')\n",
    "marks of Node": "[Object]",
    "ends of pieces": "'\n+",
    "spaces": "Part(" + " " * 500,
    "braces": "x { " + " " * 500,
    "several quotes": "'a' \"b\" `c` ",
    "ordinary JSON": '[{"box_2d": [1, 2, 3, 4], "label": "a" "mask": "x"},\n',
    "prose": "The cat (a big one) sits {there} = here. ",
}
INSIDE = {
    "quotes": "'",
    "double quotes": '"',
    "back-ticks": "`",
    "escaped back-ticks": "`\\`",
    "backslashes": "\\",
    "strings in pieces": " 'a'",
    "strings in pieces on lines": "\n  'aaaa'",
    "cut strings": "'a\n",
    "blocks": '""" ',
    "brackets": "[{",
    "closing brackets": "])}",
    "numbers": "1,",
    "digits": "1",
    "digits and letters": "1" * 999 + "a",
    "dots": "a.",
    "dollars": "$",
    "names with dollars": "a$",
    "keys": "a:",
    "pairs of colons": "a::",
    "signs of enumerations": "<A: '",
    "less than": "<",
    "spaces": "a" + " " * 500,
    "plus signs": "+" + " " * 500,
}


def seconds(text: str, read: object) -> float:
    """Return the computing time of one call, without that of collecting the garbage of earlier tests."""
    gc.disable()
    try:
        start = time.process_time()
        read(text)  # type: ignore[operator]
        return time.process_time() - start
    finally:
        gc.enable()


def grows_linearly(start: str, unit: str, end: str, read: object) -> bool:
    """Compare the time of a text with that of one four times as long, where it would be 16 times were it squared."""
    short, long = (start + unit * (length // len(unit)) + end for length in (SHORT, SHORT * TIMES))
    slow, quick = seconds(long, read), seconds(short, read)
    for _ in range(6):  # other processes may disturb some measurements; the least of each is the computing time
        if slow < TRIFLE or slow < 2 * TIMES * quick:
            return True
        slow, quick = min(slow, seconds(long, read)), min(quick, seconds(short, read))
    return False


@pytest.mark.parametrize("name", UNITS)
def test_texts_of_prints_take_linear_time(name: str) -> None:
    for start, end in (("", ""), ("content='a' ", "x"), ("Part(text=[", "'")):
        assert grows_linearly(start, UNITS[name], end, read_prints)


@pytest.mark.parametrize("name", INSIDE)
def test_texts_in_prints_take_linear_time(name: str) -> None:
    for start in ("Part(text=", "content=[", "Part(text='", "content='a'", "'"):
        for end in ("", "a", "\n'"):
            assert grows_linearly(start, INSIDE[name], end, read_prints)


@pytest.mark.parametrize("unit", [*UNITS.values(), *INSIDE.values()], ids=[*UNITS, *INSIDE])
def test_whole_replies_take_linear_time(unit: str) -> None:
    maskmill.decode(unit, (64, 48))
    for start in ("", "Part(text="):
        assert grows_linearly(start, unit, "", lambda text: maskmill.decode(text, (64, 48)))
