"""The tokens of printed objects: strings in any quotes, numbers, names before brackets, and marks of omissions."""

from __future__ import annotations

import re
from typing import Final

from ..recovery.python_literals import read_string_literal

TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+|\+(?=\s*['"`]))
    |(?P<comma>[,;])
    |(?P<triple>\"{3}.*?\"{3}(?!\"))
    |(?P<cut>\"{3})
    |(?P<string>[bBrRuUfF]{0,2}(?:'(?:[^'\\\n]++|\\.)*+'|"(?:[^"\\\n]++|\\.)*+"|`(?:[^`\\]++|\\.)*+`))
    |(?P<cut_string>[bBuU]?['"`])
    |(?P<enum><[A-Za-z_][\w.]*:\ (?:'[^'\n]*'|"[^"\n]*"|-?\d+)>)
    |(?P<gap><[^<>\n]{0,200}>|\[(?:Object|Array|Circular[^\]\n]{0,40})\]|\.{3}\ ?\d+\ more\ \w+|\.{3}|…)
    |(?P<number>-?\d++(?:\.\d*+)?+(?:[eE][-+]?\d++)?+(?!\w))
    |(?P<key>[A-Za-z_$][\w$]*(?:\s*=(?!=)|\s*:(?!:)))
    |(?P<call>[A-Za-z_][\w.]*(?:\[[\w.,\ ]{0,80}\])?[ \t]*[({])
    |(?P<open>[\[({])
    |(?P<close>[\])}])
    |(?P<word>[A-Za-z_][\w.]*)
    |(?P<other>[\w$]+|.)
    """,
    re.VERBOSE | re.DOTALL,
)
COLON: Final = re.compile(r"\s*:")
_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("None", "null", "undefined", "nil")),
    **dict.fromkeys(("True", "true"), True),
    **dict.fromkeys(("False", "false"), False),
}
_ENUM: Final = re.compile(r"""<(?:[\w]+\.)*(\w+): (?:'([^'\n]*)'|"([^"\n]*)"|-?\d+)>""")


def read_string(token: str) -> str:
    r'''Return the content of a string; a triple-quoted one is google-genai's, which escapes nothing but the quotes.

    >>> read_string("'a\\nb'"), read_string('"""a\\nb"""')
    ('a\nb', 'a\\nb')
    '''
    if token.startswith('"""'):
        return token[3:-3].replace('\\"\\"\\"', '"""')
    return _unquoted(token)


def read_cut_string(token: str) -> str:
    """Return the content of a string at which the text breaks off."""
    if token.startswith('"""'):
        return token[3:].replace('\\"\\"\\"', '"""')
    quote = token[0] if token[0] in "'\"`" else token[1]
    body = token.partition(quote)[2].partition("\n")[0]
    return _unquoted(quote + body.rstrip("\\") + quote)


def read_enum(token: str) -> str:
    """Return the value of a printed member of an enumeration, or its name where the value is a number.

    >>> read_enum("<FinishReason.STOP: 'STOP'>"), read_enum("<FinishReason.STOP: 1>")
    ('STOP', 'STOP')
    """
    match = _ENUM.fullmatch(token)
    return next((group for group in (match[2], match[3], match[1]) if group), "") if match else token


def read_word(token: str) -> str | bool | None:
    """Return the constant that a word means, else the word: enumerations of Protocol Buffers have no quotes.

    >>> read_word("None"), read_word("STOP")
    (None, 'STOP')
    """
    return _WORDS.get(token, token)


def read_number(token: str) -> int | float:
    """Return a number; an integer of many digits becomes a float."""
    is_integer = len(token) <= 18 and token.lstrip("-").isdigit()
    return int(token) if is_integer else float(token)


def _unquoted(token: str) -> str:
    """Return the content of a string with its escapes resolved; a raw new line or a back-tick may stand in it."""
    quote = token[-1]
    if quote == "`":
        token = "'" + token.lstrip("bBrRuUfF")[1:-1].replace("'", "\\'").replace("\n", "\\n") + "'"
    content = read_string_literal(token.lstrip("rRuUfFB").replace("\n", "\\n"))
    return content if content is not None else token.strip(quote)
