"""A place in broken JSON: the brackets open around it, and the way over what stands between values."""

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
    """An object out of the salvage.

    Attributes
    ----------
    open
        Keys whose value breaks off, or was never closed.
    cut
        The text ends inside this object.
    mended
        Something in it was mended.
    split
        Its opening bracket was put back: a key that came twice tells that another item begins.
    """

    def __init__(self, split: bool = False) -> None:
        super().__init__()
        self.split = split
        self.open: set[str] = set()
        self.cut = False
        self.mended = False


class TooDeep(list[Any]):
    """Stands, empty, for a value nested past the limit."""


@dataclass(slots=True)
class Frame:
    """An open bracket: what it holds so far, the key that waits for its value, whether any entry was read.

    Attributes
    ----------
    rank
        The highest rank of the keys of an object so far; of an array, that of a box if an entry has one.
    is_round
        An array that a parenthesis opened: a tuple.
    """

    value: Recovered | list[Any]
    key: str = ""
    filled: bool = False
    rank: int = 0
    is_round: bool = False

    def last_object(self) -> dict[str, Any] | None:
        """The last entry of an array if it is an object, as in a list of items."""
        last = self.value[-1] if self.value and isinstance(self.value, list) else None
        return last if isinstance(last, dict) else None


@dataclass(slots=True)
class Cursor:
    """Where a scan is, what is open there, and whether anything was mended so far.

    Attributes
    ----------
    char
        The character that `skip` came to; empty at the end of the text.
    lost
        Something other than signs was passed over.
    """

    text: str
    _: KW_ONLY
    at: int = 0
    char: str = ""
    mended: bool = False
    lost: bool = False
    stack: list[Frame] = field(default_factory=list)
    _endless_comment: bool = False

    def skip(self, separators: bool = True) -> int:
        """Pass over white space, comments and, where they may stand, commas, up to `char`; return how many commas."""
        commas = 0
        pattern = _SEPARATOR if separators else _SPACE
        while True:
            found = pattern.match(self.text, self.at)
            assert found is not None  # both match nothing, too
            stop = found.end()
            if stop > self.at:
                space = found[0]
                commas += space.count(",")
                self.expect(space.isascii())  # JSON knows no other space
                self.at = stop
            self.char = self.text[stop : stop + 1]
            if self.char not in ("/", "#") or not self._comment():
                return commas

    def _comment(self) -> bool:
        line = _LINE_COMMENT.match(self.text, self.at)
        if line:
            self.at = line.end()
            self.mend()
            return True
        if self._endless_comment or not self.text.startswith("/*", self.at):
            return False
        stop = self.text.find("*/", self.at + 2)
        self._endless_comment = stop < 0
        if stop >= 0:
            self.at = stop + 2
            self.mend()
        return stop >= 0

    def pass_junk(self) -> None:
        """Pass over one piece of what has no meaning here."""
        junk = _JUNK.match(self.text, self.at)
        assert junk is not None  # every character matches
        self.at = junk.end()
        self.lost = self.lost or any(map(str.isalnum, junk[0]))
        self.mend()

    def expect(self, sound: bool) -> None:
        """Note a mend unless what was read is sound JSON."""
        if not sound:
            self.mend()

    def mend(self) -> None:
        """Note that something was mended, in the innermost open object too."""
        self.mended = True
        for frame in reversed(self.stack):
            if isinstance(frame.value, Recovered):
                frame.value.mended = True
                return
