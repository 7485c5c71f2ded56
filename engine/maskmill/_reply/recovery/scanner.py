"""JSON from text that no JSON parser takes: every complete value before, between and after the damage.

One pass from left to right over an explicit stack, so neither nesting nor length can exhaust anything; linear in the
text. Objects without damage are read by the standard library's parser, until it has failed a few times (its errors
count lines from the start of the text, so each costs the length of it). No value is invented: what is missing stays
missing, what breaks off is marked open. The classes of damage:

- prose and fences around the JSON, several arrays, JSON Lines: scanning starts at a bracket that could open JSON;
- missing, doubled and trailing commas, comments, single quotes, unquoted keys, Python's and JavaScript's literals, raw
  control characters: read for what they mean;
- parentheses for brackets, as in Python's tuples: read as brackets;
- a quote that is missing, stray or unescaped: see `strings`;
- an array or object that is not closed before the next key or item: closed there;
- a closing bracket of the wrong kind, or one too many: see `closing`;
- a number that cannot be read, or that stands where none belongs: it stays as text in its array, which then is no mask;
- a key of an item for the second time, or beside the list of the items: the border between two items was lost, and is
  put back;
- text that breaks off: every value still open is marked, here and in the objects around it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..keys import IS_BOX, IS_FIELD, IS_KNOWN, IS_LABEL, has_box, rank
from .brackets import Closing
from .cursor import Frame, Recovered, TooDeep
from .grammar import KEY, KEY_UNCLOSED, KEY_WITHOUT_COLON, NESTED, NO_NUMBER, START, TUPLE, WRONG_CLOSER
from .intact_objects import SoundObjects
from .strings import is_stray_quote, unescape


@dataclass(slots=True)
class Salvage(Closing):
    """A scan of one text; `run` it once, then read `values`, `cut` and `mended`.

    >>> scan = Salvage('Sure! [{"label": "cat", "box_2d": [1, 2, 3, 4]}, {"label": "d', max_depth=64).run()
    >>> scan.values, scan.cut
    ([[{'label': 'cat', 'box_2d': [1, 2, 3, 4]}, {'label': 'd'}]], True)
    """

    cut: bool = False
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
        if self.char in ("", "`"):
            self._end_of_text()
        elif self.char in "}])":
            self._closer(commas)
        elif key := KEY.match(self.text, self.at):
            if commas != frame.filled or key[1] is None:
                self.mend()
            self._enter(frame, unescape(key[1] or key[2] or key[3] or ""), key.end())
        elif key := KEY_UNCLOSED.match(self.text, self.at):
            self.mend()
            self._enter(frame, key[1], key.end())
        elif (key := KEY_WITHOUT_COLON.match(self.text, self.at)) and rank(key[1] or key[2]):
            self.mend()
            self._enter(frame, key[1] or key[2], key.end())
        elif self.char == "{" and frame.value:
            self.doubt(frame)
            self.mend()
            self._pop()
        else:
            self.doubt(frame)
            self.pass_junk()

    def _array_step(self, frame: Frame) -> None:
        commas = self.skip()
        if self.char in ("", "`"):
            self._end_of_text()
        elif self.char in "}])":
            self._closer(commas)
        elif self.char in "[-0123456789(" and self.numbers():
            self.expect(commas == frame.filled)
        elif key := self._key_in_array():
            self.mend()
            self._leave_array(frame, key)
        elif self.char in "\"'" and frame.filled and not commas and is_stray_quote(self.text, self.at):
            self.pass_junk()
        else:
            self.expect(commas == frame.filled)
            self._value(in_object=False)

    def _key_in_array(self) -> str:
        """The key that stands where an array goes on; empty if none does."""
        key = KEY.match(self.text, self.at)
        if key is None or not (self.char in "\"'" or rank(key[3])):
            return ""
        return key[1] or key[2] or key[3] or ""

    def _leave_array(self, frame: Frame, key: str) -> None:
        """Close an array in which a key stands, or open the object whose bracket is missing."""
        is_entry = frame.rank == IS_BOX or key in (frame.last_object() or {})
        if not is_entry and any(isinstance(around.value, Recovered) for around in self.stack):
            self._pop()
        else:
            self.stack.append(Frame(Recovered()))
            self.mend()

    def _enter(self, frame: Frame, key: str, stop: int) -> None:
        """Read the value of `key`, which may belong to the next item."""
        found = rank(key)
        if _begins_item(frame, key, found):
            self.mend()
            self._pop()
            frame = Frame(Recovered(split=True))
            self.stack.append(frame)
            self.mend()
        if key in ("x", "y"):
            self.doubt(frame)
        if found == IS_BOX and len(self.stack) > 1:
            self.stack.pop()
            self._leave_item()
            self.stack.append(frame)
        frame.key = key
        frame.rank = max(frame.rank, found)
        self.at = stop
        self._value(in_object=True)

    def _value(self, in_object: bool) -> None:
        if in_object:
            self.skip(separators=False)
        if self.char == "" or self.char in ",}]":
            self.mend()  # a key without a value
        elif self._opens(in_object):
            self._open_bracket()
        elif self.char in "\"'":
            self.string(in_object)
        elif not self.scalar():
            if in_object:
                self.bare()
            else:
                self.pass_over()

    def _opens(self, in_object: bool) -> bool:
        """Tell whether a bracket opens a value here; in an array, a brace before numbers does not."""
        if self.char == "{":
            return in_object or NO_NUMBER.match(self.text, self.at) is None
        return self.char == "[" or (self.char == "(" and TUPLE.match(self.text, self.at) is not None)

    # Brackets.

    def _open_bracket(self) -> None:
        char = self.text[self.at]
        if char == "{" and self._sound_object():
            return
        if len(self.stack) >= self.max_depth:
            self.put(TooDeep())
            self._pass_over_nested()
            return
        if char == "(":
            self.mend()
        self.stack.append(Frame(Recovered() if char == "{" else [], is_round=char == "("))
        self.at += 1

    def _sound_object(self) -> bool:
        """Read an object without damage, if it is one."""
        found = self._objects.read(self.text, self.at)
        if found is None:
            return False
        value, stop = found
        if self.closes_early(stop - 1, value):
            return False
        self.expect(not self._objects.odd)
        if has_box(value):
            self._leave_item()
            self._put_item(value)
        else:
            self.put(value)
        self.at = stop
        return True

    def _put_item(self, value: dict[str, Any], whole: bool = True) -> None:
        self.put(value, whole)
        if self.stack and not isinstance(self.stack[-1].value, Recovered):
            self.stack[-1].rank = IS_BOX

    def _leave_item(self) -> None:
        """Close an item around the place where the next one begins: a bracket within it was lost."""
        for i, frame in enumerate(self.stack):
            if isinstance(frame.value, Recovered) and frame.rank == IS_BOX:
                self.mend()
                while len(self.stack) > i:
                    self._pop()
                return

    def _pop(self, whole: bool = True) -> None:
        frame = self.stack.pop()
        value = frame.value
        if not isinstance(value, Recovered):
            self.put(value, whole)
        elif value and frame.rank == IS_BOX:
            self._put_item(value, whole)
        elif (value and frame.rank == IS_FIELD) or not (value.mended and (value.split or self._is_stray(value, whole))):
            self.put(value, whole)  # anything but a stray bracket, or a label said twice

    def _is_stray(self, value: Recovered, whole: bool) -> bool:
        """Tell whether an empty object is but a bracket too many, and not the start of a value that breaks off."""
        return not value and (whole or not self.stack or not isinstance(self.stack[-1].value, Recovered))

    def _closer(self, commas: int) -> None:
        frame = self.stack[-1]
        is_object = isinstance(frame.value, Recovered)
        if self.is_too_many(frame):
            self.pass_junk()
        elif self.is_wrong():
            self.pass_junk()
            if not is_object:
                self._pop()
        elif self.is_right(frame):
            self.expect(commas == 0 and (self.char == "]" or is_object))
            self.at += 1
            self._pop()
        elif any(isinstance(around.value, Recovered) != is_object for around in self.stack):
            self.mend()
            self._pop()
        else:
            self.pass_junk()

    def _is_wrong_closer(self) -> bool:
        """Tell whether the bracket would close an item although a key of an item follows."""
        in_object = isinstance(self.stack[-1].value, Recovered)
        if not (in_object or self.char == "}") or WRONG_CLOSER.match(self.text, self.at) is None:
            return False
        objects = [i for i, frame in enumerate(self.stack) if isinstance(frame.value, Recovered)]
        if not objects or (objects[-1] > 0 and objects[-1] - 1 in objects):
            return False
        return self._key_follows(self.at, self.stack[objects[-1]].value)

    def _pass_over_nested(self) -> None:
        """Pass over a value nested too deeply without building it; its brackets are only counted."""
        depth = 0
        for found in NESTED.finditer(self.text, self.at):
            if found[0] in "[({":
                depth += 1
            elif found[0] in "])}":
                depth -= 1
            if depth == 0:
                self.at = found.end()
                return
        self.at = len(self.text)

    def _end_of_text(self) -> None:
        """Close what is open, at the end of the text or at a fence; only a whole item before a fence is no cut."""
        if self.char and not self.text.startswith("```", self.at):  # a stray back-tick
            self.pass_junk()
            return
        inside_item = any(isinstance(frame.value, Recovered) for frame in self.stack)
        self.cut = self.cut or not self.char or inside_item
        self.mended = True
        while self.stack:
            value = self.stack[-1].value
            if isinstance(value, Recovered):
                value.cut = value.mended = True
            self._pop(whole=False)


def _begins_item(frame: Frame, key: str, found: int) -> bool:
    """Tell whether a key of an object begins the next item: a field again, a label after a field, or beside items."""
    assert isinstance(frame.value, Recovered)
    if key in frame.value:
        return found >= IS_FIELD or (found == IS_LABEL and frame.rank >= IS_FIELD)
    return found >= IS_FIELD and frame.rank < IS_KNOWN and any(map(_begins_with_box, frame.value.values()))


def _begins_with_box(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict) and has_box(value[0])
