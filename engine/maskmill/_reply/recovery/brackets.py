"""Which bracket closes what: those of the wrong kind, those too many, and arrays that turn out to end too early.

A number or a point that is lost would leave a mask of other pixels. So where more numbers, or more objects like those
before, follow a bracket, it closes no more than they allow; and where they stand outside of every array, the array
before them is marked: what stands there is put into it as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from ..keys import IS_BOX, has_box, rank
from .cursor import Frame, Recovered
from .grammar import KEY, MORE_NUMBERS, MORE_OBJECTS, WRONG_CLOSER
from .scalars import Values

_OF_NUMBERS: Final = "[(+-.0123456789"
_NUMBER: Final = re.compile(r"[-+]?[\d.]{1,30}(?:[eE][-+]?\d{1,3})?")


@dataclass(slots=True)
class Closing(Values):
    """A cursor that judges the bracket it stands at."""

    def is_too_many(self, frame: Frame) -> bool:
        """Tell whether the bracket closes nothing: more of what is before it follows, or it belongs to no tuple."""
        if isinstance(frame.value, Recovered):
            return self.char == ")" or (self.char == "]" and self._more_follow(frame))
        last = frame.last_object()
        if last is None:
            return False
        return (self.char == "}" and self._objects_follow(last)) or (self.char == ")" and not frame.is_round)

    def is_wrong(self) -> bool:
        """Tell whether the bracket would close an item although a key of an item follows."""
        in_object = isinstance(self.stack[-1].value, Recovered)
        if not (in_object or self.char == "}") or WRONG_CLOSER.match(self.text, self.at) is None:
            return False
        objects = [i for i, frame in enumerate(self.stack) if isinstance(frame.value, Recovered)]
        if not objects or (objects[-1] > 0 and objects[-1] - 1 in objects):
            return False
        return self._key_follows(self.at, self.stack[objects[-1]].value)

    def is_right(self, frame: Frame) -> bool:
        """Tell whether the bracket closes what is open: of its kind, or a brace between the numbers of an array."""
        is_object = isinstance(frame.value, Recovered)
        if (self.char == "}") == is_object:
            return True
        return not is_object and frame.last_object() is None and self._numbers_follow()

    def closes_early(self, bracket: int, value: dict[str, Any]) -> bool:
        """Tell whether an object that ends at `bracket` is followed by one more key of it, where none can stand."""
        in_object = bool(self.stack) and isinstance(self.stack[-1].value, Recovered)
        return not in_object and self._key_follows(bracket, value)

    def doubt(self, frame: Frame) -> None:
        """Mark numbers or points of an object as no value if more of them stand here, where a key belongs."""
        assert isinstance(frame.value, Recovered)
        before = frame.value.get(frame.key)
        if type(before) is list:
            if self._goes_on(frame, before):
                before.append(f"{self.char}…")
        elif type(before) in (int, float, str) and self.char in _OF_NUMBERS and _NUMBER.fullmatch(str(before)):
            frame.value[frame.key] = f"{before} {self.char}…"

    def _goes_on(self, frame: Frame, entries: list[Any]) -> bool:
        """Tell whether here stands what an array that has been closed already could go on with."""
        if self.char in _OF_NUMBERS:
            return rank(frame.key) != IS_BOX
        return bool(entries) and isinstance(entries[-1], dict) and self._is_like(self.at, entries[-1])

    def _is_like(self, at: int, last: dict[str, Any]) -> bool:
        """Tell whether a point, or an object with a key of the last one, begins where no item does."""
        key = KEY.match(self.text, at + self.text.startswith("{", at))
        if key is None or has_box(last):
            return False
        name = key[1] or key[2] or key[3]
        return name in last and (name in ("x", "y") or self.text.startswith("{", at))

    def _more_follow(self, frame: Frame) -> bool:
        """Tell whether numbers follow that go on with the last value of an object, or more objects like this one."""
        assert isinstance(frame.value, Recovered)
        in_numbers = isinstance(frame.value.get(frame.key), list) and self._numbers_follow()
        return in_numbers or self._objects_follow(frame.value)

    def _objects_follow(self, last: dict[str, Any]) -> bool:
        more = MORE_OBJECTS.match(self.text, self.at)
        return more is not None and self._is_like(more.end(), last)

    def _numbers_follow(self) -> bool:
        return MORE_NUMBERS.match(self.text, self.at) is not None

    def _key_follows(self, bracket: int, value: dict[str, Any] | list[Any]) -> bool:
        found = WRONG_CLOSER.match(self.text, bracket)
        return found is not None and rank(found[1] or found[2]) > 0 and (found[1] or found[2]) not in value
