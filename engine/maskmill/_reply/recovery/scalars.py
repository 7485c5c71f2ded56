"""Values without a name in broken JSON: strings, numbers and words, put into the bracket that is open around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from .cursor import Cursor, Recovered
from .grammar import BARE, NO_NUMBER, NUMBERS, SCALAR, WORDS
from .strings import is_stray_quote, read_string

_SQUARE: Final = str.maketrans("()", "[]")


@dataclass(slots=True)
class Values(Cursor):
    """A cursor that reads what has no inner structure.

    Attributes
    ----------
    max_depth
        Brackets that may be open at a time.
    values
        Values around which no bracket is open, in the order of the text.
    """

    max_depth: int
    values: list[Any] = field(default_factory=list)

    def put(self, value: Any, whole: bool = True) -> None:
        """Put a value where it belongs: under the waiting key, at the end of an array, or beside the other values."""
        if not self.stack:
            self.values.append(value)
            return
        frame = self.stack[-1]
        frame.filled = True
        if isinstance(frame.value, Recovered):
            frame.value[frame.key] = value
            if not whole:
                frame.value.open.add(frame.key)
        else:
            frame.value.append(value)

    def string(self, in_object: bool) -> None:
        """Read the string that begins here."""
        found = read_string(self.text, self.at, in_object)
        self.put(found.content, whole=found.closed)
        self.expect(found.sound)
        self.at = found.stop

    def scalar(self) -> bool:
        """Read a number or a word that stands for a value, if one is here."""
        found = SCALAR.match(self.text, self.at)
        if found is None:
            return False
        word = found[1]
        self.at = found.end()
        if word in WORDS:
            self.expect(word in ("null", "true", "false"))
            self.put(WORDS[word])
            return True
        self.expect(word[0] != "+" and word[-1] not in "yNn")  # infinity and NaN
        integer = len(word) <= 18 and word.lstrip("+-").isdigit()
        self.put(int(word) if integer else float(word), whole=self.at < len(self.text))
        return True

    def numbers(self) -> bool:
        """Read numbers and short lists of them, as far as they are sound, in one go."""
        run = NUMBERS.match(self.text, self.at)
        if run is None or len(self.stack) >= self.max_depth:
            return False
        frame = self.stack[-1]
        assert isinstance(frame.value, list)
        words = run[0]
        self.expect("(" not in words and ")" not in words)
        frame.value += orjson.loads(f"[{words.translate(_SQUARE)}]")
        frame.filled = True
        self.at = run.end()
        return True

    def bare(self) -> None:
        """Read a string without its opening quote; a closing one may still stand there."""
        self.mend()
        found = BARE.match(self.text, self.at)
        if found is None:
            self.pass_junk()
            return
        self.at = found.end()
        self.put(found[0].strip(), whole=self.at < len(self.text))
        if self.text[self.at : self.at + 1] in ('"', "'") and is_stray_quote(self.text, self.at):
            self.at += 1

    def pass_over(self) -> None:
        """Pass over what is no value in an array; a number in it stays as text, which makes no mask of the array."""
        found = NO_NUMBER.match(self.text, self.at)
        if found is None:
            self.pass_junk()
            return
        self.mend()
        self.put(found[0])
        self.at = max(found.end(1), found.end(2))
