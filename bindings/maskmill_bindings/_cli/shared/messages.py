"""What the library says to a programmer, said to someone at a command line."""

from __future__ import annotations

import re
from typing import Final

_ARGUMENT: Final = re.compile(r"(?<= - at `)[a-z_]+(?=`$)")
_NAMES: Final = {
    "masks": "REPLY",
    "kinds": "--fault",
    "journal_file": "--journal",
    "requests_per_minute": "--rpm",
    "tokens_per_minute": "--tpm",
    "most": "--longest-side",
    "whole": "--max-cost",
    "again": "--max-cost-again",
    "api_key": "GEMINI_API_KEY",
    "tokens": "PAIRS",
    "maps": "PAIRS",
    "weights": "PAIRS",
}
_ADVICE: Final = {
    "fallback='box'": "--fallback box",
    "(maskmill.Limits)": "(from Python: maskmill.Limits)",
    "force=True": "--force",
}


def with_options(message: str) -> str:
    """An error that names the option instead of the argument.

    >>> with_options("expected an integer in 0..255, got 256 - at `threshold`")
    'expected an integer in 0..255, got 256 - at `--threshold`'
    """
    return advice(_ARGUMENT.sub(lambda found: _NAMES.get(found[0], f"--{found[0].replace('_', '-')}"), message))


def advice(text: str) -> str:
    """An advice that names the options to type.

    >>> advice("Take the box (fallback='box').")
    'Take the box (--fallback box).'
    """
    for python, typed in _ADVICE.items():
        text = text.replace(python, typed)
    return text


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun.

    >>> counted(1, "box", "boxes"), counted(0, "box", "boxes")
    ('1 box', '0 boxes')
    """
    return f"{number} {one if number == 1 else many}"
