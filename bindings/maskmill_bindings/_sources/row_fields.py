"""Rows to entries: where a row says what, whichever service or program wrote it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from maskmill._image_size import Size, read_size
from maskmill._reply.keys import FIELDS, named
from maskmill._reply.response import api_error, is_response, response_in
from maskmill.errors import ArgumentError, excerpt, expected
from maskmill.limits import Limits

from .entry import Entry
from .image_lookup import Images
from .request_images import file_name, image_in
from .request_index import NOTHING, Asked, Index
from .row_json import sound
from .source_options import SourceOptions

_LIMITS: Final = Limits()
_SAID: Final = 200
"""Characters of an error that are kept."""


class Rows:
    """Makes entries of parsed rows; shared by threads.

    >>> options = SourceOptions(size=(640, 480))
    >>> rows = Rows(options, Images(None, None, by_key=False))
    >>> rows.entry({"id": 7, "reply": "[]"}, "replies.jsonl", 1, "replies:1")
    Entry(key='7', reply='[]', size=(640, 480), image='', model='', source='replies.jsonl', line=1, failure='')

    Parameters
    ----------
    options
        Names of fields, and the size where nothing else tells it.
    images
        Where images are looked up.
    requests
        What the requests say of them; None: there are none.
    """

    def __init__(self, options: SourceOptions, images: Images, requests: Index | None = None) -> None:
        self._names = options.names
        self._usual = options.size
        self._images = images
        self._requests = requests

    @property
    def key_names(self) -> Sequence[str]:
        """Names that a key may have."""
        return self._names["key"]

    def identity(self) -> dict[str, str]:
        """What tells the requests from others: a digest, where there are any."""
        return {} if self._requests is None else {"requests": self._requests.digest}

    def entry(self, row: Any, source: str, line: int, unnamed: str) -> Entry:
        """What a row holds; `unnamed` is its key where it has none."""
        fields: dict[str, Any] = row if type(row) is dict else {self._names["reply"][0]: row}
        key = self.key_of(fields) or unnamed
        reply, failure = self._reply(fields)
        image, size, lack = self._image(fields, key)
        return Entry(key, reply, size, image, self._model(fields, reply), source, line, failure or lack)

    def failed(self, failure: str, source: str, line: int, key: str) -> Entry:
        """An entry for a row of which no more than this is known."""
        return Entry(key, None, None, "", "", source, line, failure)

    def is_row(self, value: Any) -> bool:
        """Tell an object around a reply from a reply, a response and an item.

        >>> rows = Rows(SourceOptions(), Images(None, None, by_key=False))
        >>> rows.is_row({"reply": "[]"}), rows.is_row({"mask": [], "text": ""}), rows.is_row({"candidates": []})
        (True, False, False)
        """
        if not isinstance(value, dict) or is_response(value) or not FIELDS.isdisjoint(named(value)):
            return False
        return "error" in value or any(name in value for name in self._names["reply"])

    def key_of(self, row: dict[str, Any]) -> str:
        """The key of a row; empty where it has none."""
        for name in self._names["key"]:
            value = row.get(name)
            if type(value) is str and value:
                return sound(value)
            if type(value) is int or (type(value) is float and value.is_integer()):
                return str(int(value))
        return ""

    def asked(self, row: dict[str, Any]) -> Asked:
        """What the row of a request says of its image."""
        image, size = image_in(row.get("request", row))
        own, given = self._name_of_image(row), self._size_in(row)
        return Asked(own or image, size if given is None or isinstance(given, str) else given)

    def _reply(self, row: dict[str, Any]) -> tuple[Any, str]:
        """The reply of a row; or None, and why it has none."""
        names = self._names["reply"]
        for name in names:
            reply = row.get(name)
            if reply is None or reply == {}:
                continue
            if type(reply) not in (str, dict, list, bytes):
                return None, f"no reply: {name!r} is {excerpt(reply)}"
            note = api_error(reply) if type(reply) is dict and "error" in reply else None
            return (reply, "") if note is None else (None, _of_api(note.message))
        if is_response(row):
            return row, ""
        return None, self._why_none(row)

    def _why_none(self, row: dict[str, Any]) -> str:
        note = api_error(row)
        if note is not None:
            return _of_api(note.message)
        for name in ("error", "status"):  # the status of Vertex AI is empty where all went well
            if row.get(name):
                return f"no reply, and the {name} is {excerpt(row[name], _SAID)}"
        if told := _recorded(row):
            return told
        there = next((name for name in self._names["reply"] if name in row), None)
        if there is not None:
            return f"no reply: {there!r} is {'empty' if row[there] == {} else 'null'}"
        return f"no reply under {', '.join(map(repr, self._names['reply']))}"

    def _model(self, row: dict[str, Any], reply: Any) -> str:
        names = self._names["model"]
        response = response_in(reply) if type(reply) is dict else None
        name = (_first(response, names) if type(response) is dict else None) or _first(row, names)
        return sound(name) if type(name) is str else ""

    def _image(self, row: dict[str, Any], key: str) -> tuple[str, Size | None, str]:
        """Name and size of the image, or why it has no size."""
        name, given = self._name_of_image(row), self._size_in(row)
        if isinstance(given, str):
            return name, None, given
        asked = NOTHING if name and given else self._asked_by(row, key)
        name, size = name or asked.image, given
        if size is None or (self._images.by_key and not name):
            name, found = self._images.find(key, name)
            size = size or found or asked.size or self._usual
        return name, size, "" if size else self._no_size(name)

    def _asked_by(self, row: dict[str, Any], key: str) -> Asked:
        request = row.get("request")
        own = Asked(*image_in(request)) if request else NOTHING
        return self._requests[key] if own == NOTHING and self._requests is not None else own

    def _no_size(self, image: str) -> str:
        place = self._images.place
        sought = f" of {excerpt(image)}" + (f", which is not in {place}" if place else "") if image else ""
        return f"no size{sought}: give --size, --images or width and height"

    def _name_of_image(self, row: dict[str, Any]) -> str:
        value = _first(row, self._names["image"])
        name = value.get("path") if type(value) is dict else value  # as Hugging Face data sets have it
        if type(name) is not str:
            return ""
        return sound(file_name(name) if "://" in name else name)

    def _size_in(self, row: dict[str, Any]) -> Size | str | None:
        """The size that a row gives; None where it gives none, and a text where it is none."""
        width, height = _first(row, self._names["width"]), _first(row, self._names["height"])
        if width is None and height is None:
            both = _first(row, self._names["size"])
            if both is None:
                return None
            width, height = _pair(both)
        width, height = _whole(width), _whole(height)
        return _checked(width, height) if type(width) is type(height) is int else _refused(width, height)


def _first(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    """The first of these fields that is there; null is not, nor is NaN, by which tables say so."""
    for name in names:
        value = row.get(name)
        if value is not None and value == value:
            return value
    return None


@lru_cache(1024)
def _checked(width: int, height: int) -> Size | str:
    """A size within the engine's limits, or what is wrong with it."""
    try:
        return read_size((width, height), _LIMITS)
    except ArgumentError as error:
        return str(error)


def _refused(width: Any, height: Any) -> str:
    return str(expected("width and height as two integers", (width, height), "size"))


def _of_api(message: str) -> str:
    return message.removeprefix("expected a reply, got ")


def _pair(size: Any) -> tuple[Any, Any]:
    """Width and height out of ``[w, h]``, ``"WxH"`` or an object."""
    if type(size) is dict:
        return size.get("width"), size.get("height")
    parts = size.lower().replace("×", "x").split("x") if type(size) is str else size
    return (parts[0], parts[1]) if type(parts) is list and len(parts) == 2 else (size, None)


def _whole(value: Any) -> Any:
    """An integer where that is what a number or a text says."""
    if type(value) is float and value.is_integer():
        return int(value)
    return int(value) if type(value) is str and len(value) < 8 and value.strip().isdecimal() else value


def _recorded(row: dict[str, Any]) -> str:
    """Why a row of a listing of rows without a mask has no reply, as it was recorded there."""
    reasons = row.get("reasons")
    told = [r.get("reason") for r in reasons if isinstance(r, dict)] if isinstance(reasons, list) else []
    return "; ".join(sound(reason) for reason in told if isinstance(reason, str))
