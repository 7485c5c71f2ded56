r"""Python literals, as ``repr`` writes them, turned into JSON, whatever quotes their strings hold.

A literal is read completely or not at all: strings and bytes of either quote on one line, numbers, ``None``, ``True``
and ``False``, lists, tuples, dictionaries. Text that only looks like a literal, such as an apostrophe that nobody
escaped, is left to the scanner. Unknown escapes stand for their character, as in JSON: ``\/`` is ``/``.

An attempt goes no deeper than a few dictionaries and stops at the first that is nested too deeply. So each character is
read at most that often, however many attempts a text causes.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

from .strings import is_raw_run_lengths

_LEVELS: Final = 8
_QUOTED: Final = r"""'(?:[^'\\\n]++|\\.)*+'|"(?:[^"\\\n]++|\\.)*+\""""
_STRING: Final = rf"[bB]?(?:{_QUOTED})|bytearray\([bB](?:{_QUOTED})\)"
_TOKEN: Final = rf"[\s\[\](),:]++|{_STRING}|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|None|True|False"


def _nested(levels: int) -> str:
    pattern = rf"(?:{_TOKEN})*+"
    for _ in range(levels):
        pattern = rf"(?:{_TOKEN}|\{{{pattern}\}})*+"
    return pattern


_DICT: Final = re.compile(rf"\{{{_nested(_LEVELS - 1)}\}}")
_TEXT: Final = re.compile(rf"\s*(b?)({_QUOTED})\s*")
_STRINGS: Final = re.compile(f"({_STRING})")
_SIGN: Final = re.compile(r"[()]|None|True|False")
_WORD: Final = re.compile(r"None|True|False|(?<![\[({,]),(?=\s*[\])}])")
_WORDS: Final = {"None": "null", "True": "true", "False": "false", ",": ""}
_SQUARE: Final = str.maketrans("()", "[]")
_SIMPLE: Final = re.compile(r'[^"\\\x00-\x1f]*+')
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))")
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v"}


class Literal(NamedTuple):
    """A literal as JSON, the index after it, and whether it was Python and not valid JSON."""

    json: str
    stop: int
    is_python: bool


def read_dictionary(text: str, at: int) -> Literal | None:
    r"""Return the dictionary whose opening brace is ``text[at]``, or None if no dictionary literal starts there.

    >>> read_dictionary("{'label': 'a \"cat\"', 'box_2d': (1, 2, 3, 4)}", 0).json
    '{"label": "a \\"cat\\"", "box_2d": [1, 2, 3, 4]}'
    """
    match = _DICT.match(text, at)
    if match is None:
        return None
    pieces = _STRINGS.split(match[0])
    if all(piece[0] == '"' for piece in pieces[1::2]) and not any(map(_SIGN.search, pieces[::2])):
        return Literal(match[0], match.end(), False)
    pieces[1::2] = map(_as_json, pieces[1::2])
    pieces[::2] = [_WORD.sub(lambda word: _WORDS[word[0]], piece).translate(_SQUARE) for piece in pieces[::2]]
    return Literal("".join(pieces), match.end(), True)


def read_string_literal(text: str) -> str | None:
    r"""Return the content of a text that is one ``str`` or ``bytes`` literal; None for any other text.

    >>> read_string_literal("'[{\"label\": \"it\\'s\"}]'")
    '[{"label": "it\'s"}]'
    """
    match = _TEXT.fullmatch(text)
    if match is None:
        return None
    content = _content(match[2])
    return content.encode("latin-1", "replace").decode("utf-8", "replace") if match[1] else content


def read_literal(text: str) -> Any:
    """Return the value of a text that is one list, tuple or dictionary literal of Python; None for any other text.

    >>> read_literal("{'size': [2, 1], 'counts': b'02'}"), read_literal("it's")
    ({'size': [2, 1], 'counts': '02'}, None)
    """
    literal = read_dictionary(f"{{0: {text}}}", 0)
    if literal is None or literal.stop < len(text) + 5:
        return None
    try:
        return json.loads(literal.json.replace("0", '"0"', 1))["0"]
    except (ValueError, RecursionError):
        return None


def _as_json(string: str) -> str:
    string = string.removeprefix("bytearray(").removesuffix(")") if string[-1] == ")" else string
    string = string.lstrip("bB")
    content = string[1:-1]
    return f'"{content}"' if _SIMPLE.fullmatch(content) else json.dumps(_content(string))


def _content(string: str) -> str:
    """Return the text that a string literal means; halves of surrogate pairs are joined or replaced."""
    content = string[1:-1]
    if "\\" not in content or is_raw_run_lengths(content, "UNa"):
        return content
    text = _ESCAPE.sub(_resolve, content)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _resolve(escape: re.Match[str]) -> str:
    digits = escape[1] or escape[2] or escape[3]
    if digits or escape[4]:
        code = int(digits, 16) if digits else int(escape[4], 8)
        return chr(code) if code < 0x110000 else "\ufffd"
    return _ESCAPED.get(escape[5], escape[5])
