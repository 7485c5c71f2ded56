"""The state of a scan through broken JSON: the position, the open brackets, and the values read so far."""

from __future__ import annotations

import re
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Final

_SPACE: Final = re.compile("[\\s\ufeff\u200b]*")
_SEPARATOR: Final = re.compile("[\\s,\ufeff\u200b]*")
_LINE_COMMENT: Final = re.compile(r"(?://|#)[^\n]*")
_JUNK: Final = re.compile(
    r"""\w+|\{+|\}+|\]+|\([^()\[\]{}"'\n]{0,80}\)|(?:\\["'])+|[^\s"'{}\[\](),\w/#`\\]+|.""", re.DOTALL
)


class Recovered(dict[str, Any]):
    """An object read from broken JSON.

    Attributes
    ----------
    open_keys : set of str
        Keys whose value breaks off, or whose string was never closed.
    is_cut : bool
        The text ends inside this object.
    is_repaired : bool
        Something in the object was repaired.
    is_split : bool
        Its opening bracket was missing: a repeated key showed that another item begins.
    """

    def __init__(self, is_split: bool = False) -> None:
        super().__init__()
        self.is_split = is_split
        self.open_keys: set[str] = set()
        self.is_cut = False
        self.is_repaired = False


class TooDeep(list[Any]):
    """An empty list in place of a value nested deeper than the limit."""


@dataclass(slots=True)
class OpenBracket:
    """A bracket that is open at the cursor.

    Attributes
    ----------
    value : Recovered or list
        The entries read so far.
    key : str
        In an object: the key that waits for its value.
    has_entries : bool
        An entry was read.
    rank : int
        Of an object: the highest rank of its keys so far. Of an array: the rank of a box if an entry has a box.
    is_round : bool
        A parenthesis opened the array: a Python tuple.
    """

    value: Recovered | list[Any]
    key: str = ""
    has_entries: bool = False
    rank: int = 0
    is_round: bool = False

    def last_object(self) -> dict[str, Any] | None:
        """Return the last entry of an array if it is an object, as in a list of items."""
        last = self.value[-1] if self.value and isinstance(self.value, list) else None
        return last if isinstance(last, dict) else None


@dataclass(slots=True)
class Cursor:
    """The position of a scan, the brackets open there, and the values read before it.

    Attributes
    ----------
    text : str
        The whole text.
    max_depth : int
        How many brackets may be open at a time.
    at : int
        Index of the next character to read.
    char : str
        The character at which `skip` stopped; empty at the end of the text.
    stack : list of OpenBracket
        The open brackets, outermost first.
    values : list
        Values with no bracket open around them, in text order.
    is_repaired : bool
        Something was repaired so far.
    has_lost_text : bool
        Letters or digits were skipped as junk.
    """

    text: str
    max_depth: int
    _: KW_ONLY
    at: int = 0
    char: str = ""
    stack: list[OpenBracket] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    is_repaired: bool = False
    has_lost_text: bool = False
    _has_endless_comment: bool = False

    def skip(self, separators: bool = True) -> int:
        """Skip white space, comments and, with `separators`, commas; set `char` and return the number of commas."""
        commas = 0
        pattern = _SEPARATOR if separators else _SPACE
        while True:
            match = pattern.match(self.text, self.at)
            assert match is not None  # both patterns match the empty string, too
            stop = match.end()
            if stop > self.at:
                space = match[0]
                commas += space.count(",")
                self.require(space.isascii())  # JSON allows no other space
                self.at = stop
            self.char = self.text[stop : stop + 1]
            if self.char not in ("/", "#") or not self._skip_comment():
                return commas

    def _skip_comment(self) -> bool:
        line = _LINE_COMMENT.match(self.text, self.at)
        if line:
            self.at = line.end()
            self.note_repair()
            return True
        if self._has_endless_comment or not self.text.startswith("/*", self.at):
            return False
        stop = self.text.find("*/", self.at + 2)
        self._has_endless_comment = stop < 0
        if stop >= 0:
            self.at = stop + 2
            self.note_repair()
        return stop >= 0

    def skip_junk(self) -> None:
        """Skip one piece of text that means nothing here."""
        junk = _JUNK.match(self.text, self.at)
        assert junk is not None  # every character matches
        self.at = junk.end()
        self.has_lost_text = self.has_lost_text or any(map(str.isalnum, junk[0]))
        self.note_repair()

    def require(self, is_valid: bool) -> None:
        """Note a repair unless the text just read was valid JSON."""
        if not is_valid:
            self.note_repair()

    def note_repair(self) -> None:
        """Note that something was repaired, in the innermost open object too."""
        self.is_repaired = True
        for bracket in reversed(self.stack):
            if isinstance(bracket.value, Recovered):
                bracket.value.is_repaired = True
                return

    def put(self, value: Any, is_complete: bool = True) -> None:
        """Store a value under the waiting key, at the end of the open array, or beside the other values."""
        if not self.stack:
            self.values.append(value)
            return
        bracket = self.stack[-1]
        bracket.has_entries = True
        if isinstance(bracket.value, Recovered):
            bracket.value[bracket.key] = value
            if not is_complete:
                bracket.value.open_keys.add(bracket.key)
        else:
            bracket.value.append(value)
