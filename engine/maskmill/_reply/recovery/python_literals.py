r"""Python's literals, as ``repr`` writes them, turned into JSON: whatever quotes their strings hold.

A literal is taken as a whole or not at all: strings of either quote on one line, numbers, ``None``, ``True`` and
``False``, lists, tuples, dictionaries. What only looks like one, as an apostrophe that nobody escaped, is left to the
salvage. Escapes that Python does not know mean their character, as in JSON: ``\/`` is ``/``.

An attempt goes no deeper than a few dictionaries, and stops at the first that is one too deep. So no character is
looked at more often than that, however many attempts are made in a text.
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

_LEVELS: Final = 8
_STRING: Final = r"""'(?:[^'\\\n]++|\\.)*+'|"(?:[^"\\\n]++|\\.)*+\""""
_TOKEN: Final = rf"[\s\[\](),:]++|{_STRING}|-?[0-9]++(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?|None|True|False"


def _nested(levels: int) -> str:
    pattern = rf"(?:{_TOKEN})*+"
    for _ in range(levels):
        pattern = rf"(?:{_TOKEN}|\{{{pattern}\}})*+"
    return pattern


_DICT: Final = re.compile(rf"\{{{_nested(_LEVELS - 1)}\}}")
_TEXT: Final = re.compile(rf"\s*b?({_STRING})\s*")
_STRINGS: Final = re.compile(f"({_STRING})")
_SIGN: Final = re.compile(r"[()]|None|True|False")
_WORD: Final = re.compile(r"None|True|False|(?<![\[({,]),(?=\s*[\])}])")
_WORDS: Final = {"None": "null", "True": "true", "False": "false", ",": ""}
_SQUARE: Final = str.maketrans("()", "[]")
_SIMPLE: Final = re.compile(r'[^"\\\x00-\x1f]*+')
_ESCAPE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))")
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "a": "\a", "v": "\v"}


class Literal(NamedTuple):
    """A literal as JSON, where it ends in its text, and whether it was Python's and no JSON."""

    json: str
    stop: int
    is_python: bool


def dictionary(text: str, at: int) -> Literal | None:
    r"""The dictionary whose bracket is ``text[at]``; None if there is no literal of one.

    >>> dictionary("{'label': 'a \"cat\"', 'box_2d': (1, 2, 3, 4)}", 0).json
    '{"label": "a \\"cat\\"", "box_2d": [1, 2, 3, 4]}'
    """
    found = _DICT.match(text, at)
    if found is None:
        return None
    pieces = _STRINGS.split(found[0])
    if all(piece[0] == '"' for piece in pieces[1::2]) and not any(map(_SIGN.search, pieces[::2])):
        return Literal(found[0], found.end(), False)
    pieces[1::2] = map(_as_json, pieces[1::2])
    pieces[::2] = [_WORD.sub(lambda word: _WORDS[word[0]], piece).translate(_SQUARE) for piece in pieces[::2]]
    return Literal("".join(pieces), found.end(), True)


def text_in(text: str) -> str | None:
    r"""The content of a text that is one string literal, of ``str`` or ``bytes``; None for any other.

    >>> text_in("'[{\"label\": \"it\\'s\"}]'")
    '[{"label": "it\'s"}]'
    """
    found = _TEXT.fullmatch(text)
    return _content(found[1]) if found else None


def _as_json(string: str) -> str:
    content = string[1:-1]
    return f'"{content}"' if _SIMPLE.fullmatch(content) else json.dumps(_content(string))


def _content(string: str) -> str:
    """What a string literal means; halves of surrogate pairs, which no text holds, are joined or replaced."""
    content = string[1:-1]
    if "\\" not in content:
        return content
    plain = _ESCAPE.sub(_resolve, content)
    return plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _resolve(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits or found[4]:
        code = int(digits, 16) if digits else int(found[4], 8)
        return chr(code) if code < 0x110000 else "\ufffd"
    return _ESCAPED.get(found[5], found[5])
