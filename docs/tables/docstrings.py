"""Entries of numpydoc docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any, Final, NamedTuple

_ENTRY: Final = re.compile(r"^(\w+(?:, \w+)*) : (.+)\n((?:    .*\n?)+)", re.MULTILINE)


class Described(NamedTuple):
    """A parameter or an attribute: its name, or several names with commas between them, its type and its meaning."""

    name: str
    type: str
    meaning: str


def entries(documented: Any, section: str = "Parameters") -> list[Described]:
    """Return the entries of a section of a docstring, in its order."""
    text = (inspect.getdoc(documented) or "").partition(f"{section}\n{'-' * len(section)}\n")[2]
    text = re.split(r"^\w+\n-+$", text, maxsplit=1, flags=re.MULTILINE)[0]
    return [Described(match[1], match[2], " ".join(match[3].split())) for match in _ENTRY.finditer(text)]
