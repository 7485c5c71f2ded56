"""Arrays and numbers as NumPy, PyTorch and JAX print them, turned into the lists and numbers that they hold.

``np.float32(0.9)`` is ``0.9`` and ``array([[1, 2]], dtype=int32)`` is ``[[1, 2]]``. Strings stay as they are, and so
does an array that leaves a part out: ``array([[1, 2], ..., [3, 4]])`` is none. An array in which the text ends keeps
what it has. Every token is read once.
"""

from __future__ import annotations

import re
from typing import Final

_MODULE: Final = r"(?<![\w.])(?:np|numpy|jnp|jax\.numpy|torch|tf|cp|cupy)\."
_NUMBER: Final = r"(?:[-+]?(?>\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)|True|False)(?![\w.])"
_TEXT: Final = r"""'(?:[^'\\\n]++|\\.)*+'|"(?:[^"\\\n]++|\\.)*+\""""
_UNTIL_QUOTE: Final = r"""(?<!\w)'(?:[^'\\\n]++|\\.)*+'?|"(?:[^"\\\n]++|\\.)*+"?"""
"""A string, or the rest of a line in which none ends: what stands in it is not read again."""
_OPTION: Final = r""",\s*\w+=(?:'[^'\n]{0,99}'|"[^"\n]{0,99}"|<[^>\n]{0,99}>|\([\d, ]{0,99}\)|[\w.]+)\s*"""
_CLOSED: Final = rf"(?:{_OPTION})*+,?\s*(?:\)|\Z)"
_CALL: Final = re.compile(
    rf"(?P<text>{_UNTIL_QUOTE})"
    rf"|{_MODULE}(?P<constant>True_|False_|nan|inf)\b"
    rf"|{_MODULE}(?:u?int|float|bool|double|single|half|longlong|str)\w{{0,9}}"
    rf"\(\s*(?P<scalar>{_NUMBER}|{_TEXT})\s*(?:\)|\Z)"
    rf"|(?:{_MODULE}|(?<![\w.]))(?:array|tensor|Tensor|asarray|Array)\(\s*"
    rf"(?P<array>(?:{_NUMBER})\s*|\[(?:[\[\]\s]|,(?!\s*\w+=)|{_NUMBER})*+){_CLOSED}"
)
_WORDS_OF_CALLS: Final = ("array(", "tensor(", "Tensor(", "Array(", "np.", "numpy.", "torch.", "tf.", "cp.", "cupy.")
_MODULES_OF_CONSTANTS: Final = ("np.", "numpy.")
"""Modules whose constants are printed without a bracket, such as ``np.nan``."""

_SIGN: Final = re.compile(rf"{_MODULE}\w|(?<![\w.])(?:array|tensor|Tensor|asarray|Array)\(")
_WORD: Final = re.compile(r"nan|inf|True|False|(?<=\d)\.(?!\d)")
_WORDS: Final = {"nan": "NaN", "inf": "Infinity", "True": "true", "False": "false", ".": ".0"}
_CONSTANTS: Final = {"True_": "true", "False_": "false", "nan": "NaN", "inf": "Infinity"}


def read_array_calls(text: str) -> str:
    """Return a text with the lists and numbers of printed arrays; the same text if it has none.

    >>> read_array_calls("{'box_2d': array([1, 2, 3, 4], dtype=int32), 'score': np.float32(0.5)}")
    "{'box_2d': [1, 2, 3, 4], 'score': 0.5}"
    """
    words = _WORDS_OF_CALLS if "(" in text else _MODULES_OF_CONSTANTS
    if not any(word in text for word in words) or _SIGN.search(text) is None:
        return text
    return _CALL.sub(_value, text)


def _value(call: re.Match[str]) -> str:
    """Return what a call holds; a string, and an array with brackets that do not match, as they are."""
    if call["text"]:
        return call[0]
    if call["constant"]:
        return _CONSTANTS[call["constant"]]
    held = call["scalar"] or call["array"].strip().rstrip(",")
    if held[0] in "'\"":
        return held
    is_whole = not call[0].endswith(")") or held.count("[") == held.count("]")
    return _WORD.sub(lambda word: _WORDS[word[0]], held) if is_whole else call[0]
