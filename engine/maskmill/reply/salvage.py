"""JSON from text that no JSON parser takes: every complete value before, between and after the damage.

One pass from left to right over an explicit stack, so neither nesting nor length can exhaust anything; linear in the
text. Objects without damage are read by the standard library's parser, until it has failed a few times (its errors
count lines from the start of the text, so each costs the length of it). No value is invented: what is missing stays
missing, what breaks off is marked open. The classes of damage:

- prose and fences around the JSON, several arrays, JSON Lines: scanning starts at a bracket that could open JSON;
- missing, doubled and trailing commas, comments, single quotes, unquoted keys, Python's and JavaScript's literals, raw
  control characters: read for what they mean;
- a quote that is missing, stray or unescaped: see `strings`;
- an array or object that is not closed before the next key or item: closed there;
- a closing bracket of the wrong kind, or one too many, before a key of an item: passed over;
- a key of an item for the second time: the border between two items was lost, and is put back;
- text that breaks off: every value still open is marked, here and in the objects around it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from .cursor import Cursor, Frame, Recovered, TooDeep
from .keys import BOX, FIELDS, KNOWN, LABEL, normal
from .patterns import BARE, KEY, KEY_UNCLOSED, KEY_WITHOUT_COLON, NESTED, SCALAR, START, WORDS, WRONG_CLOSER
from .sound import SoundObjects
from .strings import is_stray_quote, read_string, unescape

_MOST_FAILURES: Final = 16


@dataclass(slots=True)
class Salvage(Cursor):
    """A scan of one text; `run` it once, then read `values`, `cut` and `mended`.

    >>> scan = Salvage('Sure! [{"label": "cat", "box_2d": [1, 2, 3, 4]}, {"label": "d', max_depth=64).run()
    >>> scan.values, scan.cut
    ([[{'label': 'cat', 'box_2d': [1, 2, 3, 4]}, {'label': 'd'}]], True)
    """

    max_depth: int
    values: list[Any] = field(default_factory=list)
    cut: bool = False
    _failures: int = 0
    _objects: SoundObjects = field(default_factory=SoundObjects)

    def run(self) -> Salvage:
        """Scan the text to its end."""
        while True:
            if not self.stack:
                start = START.search(self.text, self.at)
                if start is None:
                    return self
                self.at = start.start()
                self._open_bracket()
            elif isinstance(self.stack[-1].value, Recovered):
                self._object_step(self.stack[-1])
            else:
                self._array_step(self.stack[-1])

    # One step inside an object or an array: read one entry, or one closing bracket, or pass over one piece of junk.

    def _object_step(self, frame: Frame) -> None:
        commas = self.skip()
        char = self.text[self.at : self.at + 1]
        if char in ("", "`"):
            self._end_of_text(char)
        elif char in "}]":
            self._closer(char, commas)
        elif key := KEY.match(self.text, self.at):
            self.expect(commas == frame.filled)
            self._key(frame, key)
        elif key := KEY_UNCLOSED.match(self.text, self.at):
            self.mend()
            self._enter(frame, key[1], key.end())
        elif (key := KEY_WITHOUT_COLON.match(self.text, self.at)) and normal(key[1] or key[2]) in KNOWN:
            self.mend()
            self._enter(frame, key[1] or key[2], key.end())
        elif char == "{" and frame.value:
            self.mend()
            self._pop()
        else:
            self.pass_junk()

    def _array_step(self, frame: Frame) -> None:
        commas = self.skip()
        char = self.text[self.at : self.at + 1]
        if char in ("", "`"):
            self._end_of_text(char)
        elif char in "}]":
            self._closer(char, commas)
        elif self._is_key_in_array(char):
            self.mend()
            self._leave_array()
        elif char in "\"'" and frame.filled and not commas and is_stray_quote(self.text, self.at):
            self.pass_junk()
        else:
            self.expect(commas == frame.filled)
            self._value(in_object=False)

    def _is_key_in_array(self, char: str) -> bool:
        key = KEY.match(self.text, self.at)
        if key is None:
            return False
        return char in "\"'" or normal(key[3]) in KNOWN

    def _leave_array(self) -> None:
        """A key where an array goes on: close the array, or open the object whose bracket is missing."""
        holds_items = any(isinstance(entry, dict) and _has_box(entry) for entry in self.stack[-1].value)
        if not holds_items and any(isinstance(frame.value, Recovered) for frame in self.stack):
            self._pop()
        else:
            self.stack.append(Frame(Recovered()))
            self.mend()

    def _key(self, frame: Frame, found: re.Match[str]) -> None:
        self.expect(found[3] is None and found[2] is None)
        self._enter(frame, unescape(found[1] or found[2] or found[3] or ""), found.end())

    def _enter(self, frame: Frame, key: str, stop: int) -> None:
        """Read the value of `key`; a field for the second time, or a label after a field, begins the next item."""
        if key in frame.value and (normal(key) in FIELDS or (normal(key) in LABEL and _has_field(frame.value))):
            self.mend()
            self._pop()
            frame = Frame(Recovered(split=True))
            self.stack.append(frame)
            self.mend()
        if normal(key) in BOX and len(self.stack) > 1:
            self.stack.pop()
            self._leave_item(len(self.stack))
            self.stack.append(frame)
        frame.key = key
        self.at = stop
        self._value(in_object=True)

    # Values.

    def _value(self, in_object: bool) -> None:
        self.skip(separators=False)
        char = self.text[self.at : self.at + 1]
        if char == "" or char in ",}]":
            self.mend()  # a key without a value
        elif char in "[{":
            self._open_bracket()
        elif char in "\"'":
            self._string(in_object)
        elif scalar := SCALAR.match(self.text, self.at):
            self._scalar(scalar)
        elif in_object:
            self._bare()
        else:
            self.pass_junk()

    def _string(self, in_object: bool) -> None:
        found = read_string(self.text, self.at, in_object)
        self._put(found.content, whole=found.closed)
        self.expect(found.sound)
        self.at = found.stop

    def _scalar(self, found: re.Match[str]) -> None:
        word = found[1]
        self.at = found.end()
        self.expect(word not in ("None", "True", "False", "undefined", "NaN", "nan") and "Inf" not in word)
        if word in WORDS:
            self._put(WORDS[word])
        else:
            integer = len(word) <= 18 and word.lstrip("-").isdigit()
            self._put(int(word) if integer else float(word), whole=self.at < len(self.text))

    def _bare(self) -> None:
        """A string without its opening quote; a closing one may still stand there."""
        self.mend()
        found = BARE.match(self.text, self.at)
        if found is None:
            self.pass_junk()
            return
        self.at = found.end()
        self._put(found[0].strip(), whole=self.at < len(self.text))
        if self.text[self.at : self.at + 1] in ('"', "'") and is_stray_quote(self.text, self.at):
            self.at += 1

    def _put(self, value: Any, whole: bool = True) -> None:
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

    # Brackets.

    def _open_bracket(self) -> None:
        if self.text[self.at] == "{" and self._failures < _MOST_FAILURES and self._sound_object():
            return
        if len(self.stack) >= self.max_depth:
            self._put(TooDeep())
            self._pass_over_nested()
            return
        self.stack.append(Frame(Recovered() if self.text[self.at] == "{" else []))
        self.at += 1

    def _sound_object(self) -> bool:
        """Read an object without damage, if it is one."""
        found = self._objects.read(self.text, self.at)
        if found is None:
            self._failures += 1
            return False
        value, stop = found
        if self._closes_early(stop - 1, value):
            return False
        self.expect(not self._objects.odd)
        if _has_box(value):
            self._leave_item(len(self.stack))
        self._put(value)
        self.at = stop
        return True

    def _leave_item(self, depth: int) -> None:
        """Close an item around the place where the next one begins: a bracket within it was lost."""
        for i, frame in enumerate(self.stack[:depth]):
            if isinstance(frame.value, Recovered) and _has_box((*frame.value, frame.key)):
                self.mend()
                while len(self.stack) > i:
                    self._pop()
                return

    def _pop(self, whole: bool = True) -> None:
        value = self.stack.pop().value
        if isinstance(value, Recovered) and value.mended and not _has_field(value) and (value.split or not value):
            return  # a stray bracket, or a label said twice: no object
        self._put(value, whole)

    def _closer(self, char: str, commas: int) -> None:
        is_object = isinstance(self.stack[-1].value, Recovered)
        if self._is_wrong_closer():
            self.pass_junk()
            if not is_object:
                self._pop()
        elif (char == "}") == is_object:
            self.expect(commas == 0)
            self.at += 1
            self._pop()
        elif any(isinstance(frame.value, Recovered) != is_object for frame in self.stack):
            self.mend()
            self._pop()
        else:
            self.pass_junk()

    def _is_wrong_closer(self) -> bool:
        """Tell whether the bracket would close an item although a key of an item follows."""
        closing = isinstance(self.stack[-1].value, Recovered) or self.text[self.at] == "}"
        objects = [i for i, frame in enumerate(self.stack) if isinstance(frame.value, Recovered)]
        if not closing or not objects or (objects[-1] > 0 and objects[-1] - 1 in objects):
            return False
        return self._key_follows(self.at, self.stack[objects[-1]].value)

    def _closes_early(self, bracket: int, value: dict[str, Any]) -> bool:
        """Tell whether an object that ends here is followed by one more key of it, where none can stand."""
        in_object = bool(self.stack) and isinstance(self.stack[-1].value, Recovered)
        return not in_object and self._key_follows(bracket, value)

    def _key_follows(self, bracket: int, value: dict[str, Any] | list[Any]) -> bool:
        found = WRONG_CLOSER.match(self.text, bracket)
        return found is not None and normal(found[1] or found[2]) in KNOWN and (found[1] or found[2]) not in value

    def _pass_over_nested(self) -> None:
        """Pass over a value nested too deeply without building it; its brackets are only counted."""
        depth = 0
        for found in NESTED.finditer(self.text, self.at):
            if found[0] in ("[", "{"):
                depth += 1
            elif found[0] in ("]", "}"):
                depth -= 1
            if depth == 0:
                self.at = found.end()
                return
        self.at = len(self.text)

    def _end_of_text(self, char: str) -> None:
        """Close what is open, at the end of the text or at a fence; only a whole item before a fence is no cut."""
        if char and not self.text.startswith("```", self.at):  # a stray back-tick
            self.pass_junk()
            return
        inside_item = any(isinstance(frame.value, Recovered) for frame in self.stack)
        self.cut = self.cut or not char or inside_item
        self.mended = True
        while self.stack:
            value = self.stack[-1].value
            if isinstance(value, Recovered):
                value.cut = value.mended = True
            self._pop(whole=False)


def _has_box(keys: Iterable[str]) -> bool:
    return any(normal(key) in BOX for key in keys)


def _has_field(value: Recovered | list[Any]) -> bool:
    return isinstance(value, Recovered) and any(normal(key) in FIELDS for key in value)
