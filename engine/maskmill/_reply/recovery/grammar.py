"""Regular expressions for broken JSON: where values start, keys and scalars as models write them."""

from __future__ import annotations

import re
from typing import Any, Final

from ..keys import NAMES

START: Final = re.compile(
    r"""\{(?=\s*(?:["'}]|[A-Za-z_$][\w$]{0,60}\s*:|//|/\*|\#|\Z))"""
    r"""|\[(?=\s*(?:[\[{"'\]\-\d]|\(\s*[(\[{"'\-.\d]|true|false|null|True|False|None|//|/\*|\Z))""",
    re.VERBOSE,
)
NESTED: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\](){}]', re.DOTALL)
COLON: Final = r"""(?::|：|(?:=>?|;)(?=\s*["'\[{\d-]))"""
"""A colon, or a sign that models write in its place."""
KEY: Final = re.compile(
    rf"""\s*(?:"((?:[^"\\]|\\.){{0,80}})"|'((?:[^'\\]|\\.){{0,80}})'|[“”‘’]?([A-Za-z_$][\w$.-]{{0,60}})["'“”‘’`]?)\s*{COLON}""",
    re.DOTALL,
)
SCALAR: Final = re.compile(
    r"""([+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?|[+-]?Infinity|NaN|nan|null|None|undefined|true|True|false|False)"""
    r"""(?=[\s,}\])"'#`]|/[/*]|\Z)"""
)
TUPLE: Final = re.compile(
    r"""\((?!\s*["']\w{0,40}["']\s*:)(?=\s*(?:[(\[{"')]|[+-]?[.\d]+(?:[eE][+-]?\d+)?\s*[,)]|(?:None|True|False|null|true|false)\s*[,)]))"""
)
NAKED_KEY: Final = re.compile(rf"""["']?([A-Za-z_]\w{{0,40}})["']?\s*{COLON}""")
"""A key in the place of a value."""
_NUMBER = r"-?(?:0|[1-9][0-9]{0,15}+)(?:\.[0-9]{1,17}+)?(?:[eE][+-]?[0-9]{1,2}+)?"
_GAP = r"[ \t\n\r]*+"
_LIST = rf"[\[(]{_GAP}{_NUMBER}(?:{_GAP},{_GAP}{_NUMBER})*+{_GAP}[\])]"
_ENTRY = rf"(?:{_NUMBER}|{_LIST})(?={_GAP}[,\])])"
NUMBERS: Final = re.compile(rf"{_ENTRY}(?:{_GAP},{_GAP}{_ENTRY})*+")
"""Valid numbers and flat lists of them with commas in between, before one more comma or a closing bracket."""

NO_NUMBER: Final = re.compile(
    r"""([-+.\u2212\u2013]*+\s{0,9}\d[^\s,\[\](){}"'`]*+)[\[({]?|(\{(?=[\s{,]{0,20}[\[(+\-.\d])|\((?=[^()\[\]{}"'\n\d]{0,80}\d)[^()\[\]{}"'\n]{0,80}\))"""
)
"""Text that begins like a number and is none, a remark with a number in it, or a brace before numbers."""
BRACE_BEFORE_NUMBERS: Final = re.compile(r"\{(?=[\s{,]{0,20}[\s\[(]{0,20}[+\-.\d])")
BRACKETS_BEFORE_NUMBERS: Final = re.compile(r"(?:[}\]]++|\{)(?=[\s{,]{0,20}[\s\[(]{0,20}[+\-.\d])")
"""Brackets in the place of a value, before its numbers: closing ones, or a brace."""

STRAY_BRACE: Final = re.compile(r"\{(?=\s*[,\])])")
"""A brace before what no object begins with."""
BARE: Final = re.compile(
    r"""(?:[^"'\n{}\[\],]|,(?!\s*(?:["'{}\]]|[“”‘’`]?[A-Za-z_$][\w$]{0,60}\s*["'“”‘’`]?\s*:|\Z)))+"""
)
BYTES: Final = re.compile(r"""[bB](?=["'])""")
"""The letter before a literal of bytes."""

_SIGNED_END = r"(?=\s*[,}\]])"
SIGNED: Final = re.compile(
    rf"""[“”„‟″＂]([^"\n{{}}\[\]“”„‟″＂]{{0,400}})[“”„‟″＂]{_SIGNED_END}"""
    rf"""|`([^`\n]{{0,400}})`{_SIGNED_END}|\\"([^"\\\n]{{0,400}})\\"{_SIGNED_END}"""
)
"""A string in typographic quotes, in back-ticks, or in quotes that were escaped."""
_NEXT_KEY = r"""\s*+(?:,\s*+)?(?:"([^"\\\n]{1,40})"|'([^'\\\n]{1,40})')\s*:"""
WRONG_CLOSER: Final = re.compile(rf"[}}\])]{_NEXT_KEY}")
WRONG_CLOSERS: Final = re.compile(rf"\](?:\s{{0,9}}\]){{0,3}}{_NEXT_KEY}")
"""Brackets that close lists, where an object goes on."""
POINTS: Final = re.compile(
    r"""([\[(](?:[\[\]()\d.+\-eE]|[\s,]++(?=[\[\]()\d.+\-]))*+)(?<=[\])])"""
    r"""(?=[\s,]*+(?:["']?[A-Za-z_]|[“‘/#]|\}(?!\s*,?\s*[\[(\d+.-])))"""
)
"""Brackets and numbers alone, from an opening bracket to a closing one before a key or a brace."""
MORE_NUMBERS: Final = re.compile(r"""[}\])][\s\]),]{0,20}[\s\[(]*[-+.\d]""")
MORE_OBJECTS: Final = re.compile(r"""(?:\]\s*)?\}[\s,]*(?=[{"'])""")
KEY_UNCLOSED: Final = re.compile(rf"""["']({NAMES})\s*:""")
KEY_WITHOUT_COLON: Final = re.compile(r"""(?:"(\w{1,40})"|'(\w{1,40})')\s*(?=["'\[{])""")
WORDS: Final[dict[str, Any]] = {
    "null": None,
    "None": None,
    "undefined": None,
    "true": True,
    "True": True,
    "false": False,
    "False": False,
}
