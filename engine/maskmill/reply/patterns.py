"""What may stand where in broken JSON: where a value starts, keys and scalars as models write them."""

from __future__ import annotations

import re
from typing import Any, Final

from .keys import NAMES

START: Final = re.compile(
    r"""\{(?=\s*(?:["'}]|[A-Za-z_$][\w$]{0,60}\s*:|//|/\*|\#|\Z))"""
    r"""|\[(?=\s*(?:[\[{"'\]\-\d]|true|false|null|True|False|None|//|/\*|\Z))""",
    re.VERBOSE,
)
NESTED: Final = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
KEY: Final = re.compile(
    r"""\s*(?:"((?:[^"\\]|\\.){0,80})"|'((?:[^'\\]|\\.){0,80})'|([A-Za-z_$][\w$.-]{0,60})["']?)\s*:""",
    re.DOTALL,
)
SCALAR: Final = re.compile(
    r"""(-?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?|[+-]?Infinity|NaN|nan|null|None|undefined|true|True|false|False)"""
    r"""(?=[\s,}\]"'/#`]|\Z)"""
)
BARE: Final = re.compile(r"""(?:[^"'\n{}\[\],]|,(?!\s*(?:["'{}\]]|[A-Za-z_$][\w$]{0,60}\s*["']?\s*:|\Z)))+""")
WRONG_CLOSER: Final = re.compile(r"""[}\]]\s*,\s*(?:"([^"\\\n]{1,40})"|'([^'\\\n]{1,40})')\s*:""")
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
