"""Messages of the library in the words of the command line: options in place of Python arguments."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from maskmill.errors import MaskmillError

_ARGUMENT: Final = re.compile("[a-z_]+")
_OPTIONS: Final = {
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
_CHOICE: Final = re.compile(r"\b(fallback|axis|boxes|frame|dialect)='([a-z0-9.]+)'")
_OPTION: Final = re.compile(r"\b(fallback|axis|boxes|frame|dialect)=(?=[\s,.;:)]|$)")
_ADVICE: Final = {
    "frame=(width, height)": "--frame WIDTHxHEIGHT",
    "(maskmill.Limits)": "(from Python: maskmill.Limits)",
    "force=True": "--force",
}


def name_options(error: MaskmillError) -> str:
    """Return the message of an error, with the command's option in place of the Python argument.

    >>> from maskmill.errors import expected
    >>> name_options(expected("an integer in 0..255", 256, "threshold"))
    'expected an integer in 0..255, got 256 - at `--threshold`'
    """
    message, argument = str(error), error.at
    if _ARGUMENT.fullmatch(argument) and message.endswith(f"`{argument}`"):
        option = _OPTIONS.get(argument, f"--{argument.replace('_', '-')}")
        message = message.removesuffix(f"`{argument}`") + f"`{option}`"
    return name_options_in_advice(message)


def name_options_in_advice(text: str) -> str:
    """Return advice with command line options in place of Python arguments.

    >>> name_options_in_advice("Take the box (fallback='box').")
    'Take the box (--fallback box).'
    """
    text = _OPTION.sub(r"--\1", _CHOICE.sub(r"--\1 \2", text))
    for python, typed in _ADVICE.items():
        text = text.replace(python, typed)
    return text


def count_noun(number: int, one: str, many: str) -> str:
    """Return a number with its noun.

    >>> count_noun(1, "box", "boxes"), count_noun(0, "box", "boxes")
    ('1 box', '0 boxes')

    Parameters
    ----------
    number : int
        How many.
    one, many : str
        The noun for one, and for any other number.
    """
    return f"{number} {one if number == 1 else many}"
