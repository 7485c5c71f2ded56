"""Parse a printed object to JSON's types: calls with named fields become objects that know their class.

One pass with an explicit stack; each token is read once. What a print leaves out (``<... Max depth ...>``,
``[Object]``, ``... 3 more items``) becomes a `Gap`: a list of numbers or points with a gap is a gap itself,
so that no shortened mask is read as a whole one.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from . import tokens

_MAX_DEPTH: Final = 96
_CLOSERS: Final = {"(": ")", "[": "]", "{": "}"}


SHORTENED: Final = (
    "the text is the print of an object that leaves out a part of the answer; "
    "log response.text or response.model_dump_json()"
)
"""What to say about a print with a gap."""


class PrintedObject(dict[str, Any]):
    """An object read from a print.

    Attributes
    ----------
    class_name : str
        Its class; empty where the print does not name it.
    is_cut : bool
        The text ends inside it.
    """

    def __init__(self, class_name: str = "") -> None:
        super().__init__()
        self.class_name = class_name.rpartition(".")[2]
        self.is_cut = False


class Gap(str):
    """What stands in a print for a value that it leaves out."""

    __slots__ = ()


class Print(NamedTuple):
    """A value that was read, the index after it, whether it names a class, leaves something out, or breaks off."""

    value: Any
    stop: int
    names_class: bool
    has_gap: bool
    is_cut: bool


class _Bracket:
    """An open bracket: a list, or an object with fields, or a call whose arguments have no names."""

    __slots__ = ("closer", "entries", "fields", "joins", "key", "last_key", "pieces")

    def __init__(self, closer: str, class_name: str | None) -> None:
        self.closer = closer
        self.fields = None if class_name is None else PrintedObject(class_name)
        self.entries: list[Any] = []
        self.key: str | None = None
        self.last_key: str | None = None
        self.joins = False  # the last token was a string, and another one continues it
        self.pieces: list[str] = []  # of the string that others continue

    def put(self, value: Any, joins: bool = False) -> None:
        """Store a value under the waiting key, or as the next entry; a further string may continue it."""
        self.end_string()
        key, self.last_key, self.key, self.joins = self.key, self.key, None, joins
        if key is None or self.fields is None:
            self.entries.append(value)
            return
        held = self.fields.get(key)
        if type(held) is _Repeated:
            held.append(value)
        else:
            self.fields[key] = value if held is None else _Repeated((held, value))

    def end_string(self) -> None:
        """End the last string: join its pieces, as Python and Node write a long one."""
        self.joins = False
        if not self.pieces:
            return
        more, self.pieces = "".join(self.pieces), []
        if self.last_key is None or self.fields is None:
            self.entries[-1] += more
        elif type(held := self.fields[self.last_key]) is _Repeated:
            held[-1] += more
        else:
            self.fields[self.last_key] += more

    def value(self) -> Any:
        """Return the value of the closed bracket."""
        self.end_string()
        if self.fields is None:
            return _unless_shortened(self.entries)
        if self.fields or not self.entries:
            return self.fields
        return self.entries[-1] if len(self.entries) == 1 else _unless_shortened(self.entries)


class _Repeated(list[Any]):
    """The values of a field that is written several times, as Protocol Buffers write lists."""


def parse_print(text: str, start: int, is_bare: bool) -> Print | None:
    """Parse the printed value that begins at `start`; None if there is none.

    >>> parse_print("Part(text='[]', thought=None)", 0, False).value
    {'text': '[]', 'thought': None}

    Parameters
    ----------
    text : str
        The whole text.
    start : int
        Index of a bracket, of a class name before one, or of the first field.
    is_bare : bool
        Fields begin at `start`, without a bracket around them.
    """
    return _Parser(text, start, is_bare).parse()


class _Parser:
    """The state of one parse."""

    def __init__(self, text: str, start: int, is_bare: bool) -> None:
        self._text, self._at = text, start
        self._is_bare = is_bare
        root = _Bracket("", "" if is_bare else None)
        self._stack = [root]
        self._names_class = self._has_gap = self._is_cut = False
        self._sign = ""

    def parse(self) -> Print | None:
        while self._at < len(self._text):
            match = tokens.TOKEN.match(self._text, self._at)
            assert match is not None  # every character matches
            stop = match.end()
            if not self._take(match.lastgroup or "", match[0], stop):
                break
            self._at = max(self._at, stop)
            if not self._is_bare and len(self._stack) == 1 and self._stack[0].entries:
                break
        return self._result()

    def _result(self) -> Print | None:
        if len(self._stack) > _MAX_DEPTH:
            return None
        self._is_cut = self._is_cut or len(self._stack) > 1
        while len(self._stack) > 1:
            if (fields := self._stack[-1].fields) is not None:
                fields.is_cut = True
            self._close()
        root = self._stack[0]
        root.end_string()
        value = root.fields if self._is_bare else next(iter(root.entries), None)
        if not value:
            return None
        return Print(value, self._at, self._names_class, self._has_gap, self._is_cut)

    def _take(self, kind: str, token: str, stop: int) -> bool:
        """Take one token; return False if the print ends before it."""
        bracket = self._stack[-1]
        if kind == "space":
            return True
        if self._is_bare and len(self._stack) == 1 and bracket.key is None and not self._goes_on(bracket, kind, token):
            return False
        if kind == "comma":
            bracket.end_string()
            bracket.key = None
        elif kind in ("string", "triple"):
            self._take_string(bracket, tokens.read_string(token), stop)
        elif kind in ("cut", "cut_string"):
            self._is_cut = True
            bracket.put(tokens.read_cut_string(self._text[self._at :]))
            self._at = len(self._text)
        elif kind == "key" and bracket.fields is not None:
            bracket.end_string()
            bracket.key = token.rstrip("=:").strip()
        elif kind in ("open", "call"):
            return self._open(bracket, kind, token)
        elif kind == "close":
            return self._take_closer(token)
        else:
            self._take_scalar(bracket, kind, token)
        return True

    def _goes_on(self, bracket: _Bracket, kind: str, token: str) -> bool:
        """Tell whether fields without a bracket around them go on: with a new field in the same style."""
        if kind == "comma":
            return token == ","
        if bracket.joins and kind in ("string", "triple"):
            return True
        sign = token[-1]
        if kind not in ("key", "call") or sign == "(":
            return False
        self._sign = self._sign or sign
        if (sign == "=") != (self._sign == "="):
            return False
        return sign != "=" or token[:-1].strip() not in (bracket.fields or ())

    def _take_scalar(self, bracket: _Bracket, kind: str, token: str) -> None:
        if kind == "number":
            bracket.put(tokens.read_number(token))
        elif kind == "enum":
            bracket.put(tokens.read_enum(token))
        elif kind == "word":
            bracket.put(tokens.read_word(token))
        elif kind == "gap":
            self._has_gap = True
            bracket.put(Gap(token))

    def _take_string(self, bracket: _Bracket, content: str, stop: int) -> None:
        """Take a string: a key before a colon, a piece of a long string, or a value."""
        is_key_place = bracket.closer == "}" and bracket.key is None
        colon = tokens.COLON.match(self._text, stop) if is_key_place else None
        if colon:
            bracket.end_string()
            bracket.key = content
            self._at = colon.end()
        elif bracket.joins:
            bracket.pieces.append(content)
        else:
            bracket.put(content, joins=True)

    def _open(self, bracket: _Bracket, kind: str, token: str) -> bool:
        """Open a bracket; a name before a brace is a field of Protocol Buffers where a field can begin."""
        if len(self._stack) > _MAX_DEPTH:
            return False
        opener, name = token[-1], token[:-1].strip() if kind == "call" else ""
        if opener == "{" and name and bracket.closer != ")" and bracket.fields is not None and bracket.key is None:
            bracket.key, name = name, ""
        elif name:
            name = name.partition("[")[0]
            self._names_class = True
        is_list = opener == "[" or (opener == "(" and not name)
        bracket.end_string()
        self._stack.append(_Bracket(_CLOSERS[opener], None if is_list else name))
        return True

    def _take_closer(self, token: str) -> bool:
        """Close the innermost bracket of this kind and those in it; return False if none is open."""
        if self._stack[-1].closer != token and all(bracket.closer != token for bracket in self._stack):
            return False
        while self._stack[-1].closer != token:
            self._close()
        self._close()
        return True

    def _close(self) -> None:
        value = self._stack.pop().value()
        self._stack[-1].put(value)


def _unless_shortened(entries: list[Any]) -> Any:
    """Return a list; a list of numbers, texts or lists of which some are left out becomes a gap itself."""
    gaps = [entry for entry in entries if type(entry) is Gap]
    return gaps[0] if gaps and not any(isinstance(entry, dict) for entry in entries) else entries
