"""Make entries of rows: find key, reply, image and size in a row of any service or program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from maskmill._images.size import Size, read_size
from maskmill._reply.keys import FIELDS, fold_keys
from maskmill._reply.response import is_response, response_in
from maskmill.errors import ArgumentError, excerpt, expected
from maskmill.limits import Limits

from .._images.image_lookup import ImageLookup, uri_file_name
from .entry import Entry
from .request_images import find_request_image
from .request_index import NO_IMAGE, RequestImage, RequestIndex
from .row_json import escape_surrogates
from .services.answers import describe_failure, is_message, is_unfinished, unwrap_answer
from .services.likely_fields import IMAGES, image_text, likely_image, likely_key, likely_replies
from .services.metadata import HOLDERS, find_metadata, has_metadata, metadata_key, read_key
from .source_options import SourceOptions

_LIMITS: Final = Limits()
_OF_RESPONSES: Final = frozenset(("candidates", "choices", "status_code", "message"))
"""Fields of which most responses have one."""

_OF_BATCHES: Final = frozenset(("name", "state", "dest"))
"""Fields of which the resource of a batch has one."""

_MAX_ERROR_CHARS: Final = 200
"""Characters kept of an error."""


class RowReader:
    """Makes entries of parsed rows; threads share one.

    >>> options = SourceOptions(size=(640, 480))
    >>> rows = RowReader(options, ImageLookup(None, None, by_key=False))
    >>> rows.entry({"id": 7, "reply": "[]"}, "replies.jsonl", 1, "replies:1")
    Entry(key='7', reply='[]', size=(640, 480), image='', model='', source='replies.jsonl', line=1, failure='')

    Parameters
    ----------
    options : SourceOptions
        Names of fields, and the default size.
    images : ImageLookup
        Finds image files.
    requests : RequestIndex, optional
        Images by key, from the requests of a batch.
    """

    def __init__(self, options: SourceOptions, images: ImageLookup, requests: RequestIndex | None = None) -> None:
        self._names = options.names
        self._key_names = self._names["key"][:-1] or self._names["key"], self._names["key"][-1:]
        self._keys, self._replies = frozenset(self._names["key"]), frozenset(self._names["reply"])
        about_image = (name for role in ("image", "width", "height", "size") for name in self._names[role])
        self._has_likely = {role: role not in options.fields for role in ("reply", "key", "image")}
        self._stating = frozenset((*about_image, *HOLDERS, *(IMAGES if self._has_likely["image"] else ())))
        self._default_size = options.size
        self._images = images
        self._requests = requests

    @property
    def names(self) -> Mapping[str, Sequence[str]]:
        """Names of the fields of each role."""
        return self._names

    def knows(self, key: str) -> bool:
        """Return whether there is an image or a request with this key."""
        is_requested = self._requests is not None and self._requests[key] != NO_IMAGE
        return is_requested or self._images.find(key, "")[1] is not None

    def identity(self) -> dict[str, str]:
        """Return what identifies the requests: a digest, where there are any."""
        return {} if self._requests is None else {"requests": self._requests.digest}

    def entry(self, row: Any, source: str, line: int, default_key: str) -> Entry:
        """Return the entry of a row.

        Parameters
        ----------
        row : object
            The parsed row: an object with fields, or a bare reply.
        source : str
            Name of the file.
        line : int
            Number of the row in it, from 1.
        default_key : str
            Key of the entry where the row has none.
        """
        fields: dict[str, Any] = row if type(row) is dict else {self._names["reply"][0]: row}
        key = self.key_of(fields) or self.image_name(fields) or self._likely_key(fields) or default_key
        reply, failure = self._reply(fields)
        image, size, size_failure = self._image(fields, key)
        is_blank = key == default_key and any(fields.get(name) == "" for name in self._names["key"])
        model = self._model(fields, reply)
        return Entry(key, reply, size, image, model, source, line, failure or size_failure, is_blank)

    def failed(self, failure: str, source: str, line: int, key: str) -> Entry:
        """Return the entry of a row that cannot be read.

        Parameters
        ----------
        failure : str
            Why it cannot be read.
        source : str
            As in `Entry`.
        line : int
            As in `Entry`.
        key : str
            As in `Entry`.
        """
        return Entry(key, None, None, "", "", source, line, failure)

    def is_row(self, value: Any) -> bool:
        """Return whether a value is a row with a reply, not a bare reply, response or item.

        >>> rows = RowReader(SourceOptions(), ImageLookup(None, None, by_key=False))
        >>> rows.is_row({"reply": "[]"}), rows.is_row({"mask": [], "text": ""}), rows.is_row({"candidates": []})
        (True, False, False)
        """
        if not isinstance(value, dict) or is_response(value) or not FIELDS.isdisjoint(fold_keys(value)):
            return False
        if "error" in value or not value.keys().isdisjoint(self._replies) or is_unfinished(value):
            return True
        return self.is_named(value) and len(self._likely_replies(value)) == 1

    def is_plain(self, value: Any) -> bool:
        """Return whether a value is certainly a row with a key and one reply; of others, only most are."""
        if type(value) is not dict:
            return False
        names = value.keys()
        if names.isdisjoint(self._keys) or names.isdisjoint(self._replies) or not names.isdisjoint(_OF_BATCHES):
            return False
        reply = next((reply for name in self._names["reply"] if (reply := value.get(name)) is not None), "")
        return type(reply) is str or (type(reply) is dict and not reply.keys().isdisjoint(_OF_RESPONSES))

    def is_named(self, row: dict[str, Any]) -> bool:
        """Return whether a row states its key or its image."""
        return bool(self.key_of(row) or self.image_name(row))

    def key_of(self, row: dict[str, Any]) -> str:
        """Return the key of a row, from its fields, then its metadata, then its `id`; empty where it has none."""
        first, last = self._key_names
        key = read_key(row, first)
        return key or (metadata_key(row, (*first, *last)) if has_metadata(row) else "") or read_key(row, last)

    def request_image(self, row: dict[str, Any]) -> RequestImage:
        """Return the image that a row of requests states."""
        image, size = find_request_image(row.get("request", row))
        name, stated = self.image_name(row), self._stated_size(row)
        return RequestImage(name or image, size if stated is None or isinstance(stated, str) else stated)

    def _reply(self, row: dict[str, Any]) -> tuple[Any, str]:
        """Return the reply of a row and ``""``, or None and the reason why it has none."""
        if is_message(row):
            return row, ""
        for name in self._names["reply"]:
            reply = row.get(name)
            if reply is None or reply == {} or (reply == "" and row.get("error")):
                continue
            if type(reply) not in (str, dict, list, bytes):
                return None, f"no reply: {name!r} is {excerpt(reply)}"
            return unwrap_answer(reply, row.get("error")) if type(reply) is dict else (reply, "")
        if is_response(row) or _holds_items(row):
            return row, ""
        likely = self._likely_replies(row)
        if len(likely) == 1 and not row.get("error"):
            return unwrap_answer(row[likely[0]])
        return None, self._absence_reason(row)

    def _absence_reason(self, row: dict[str, Any]) -> str:
        """Return the reason why a row has no reply."""
        if error := describe_failure(row):
            return error
        for name in ("error", "status"):  # the status of Vertex AI is empty on success
            if row.get(name):
                return f"no reply, and the {name} is {excerpt(row[name], _MAX_ERROR_CHARS)}"
        if reasons := _recorded_reasons(row):
            return reasons
        field = next((name for name in self._names["reply"] if name in row), None)
        if field is not None:
            return f"no reply: {field!r} is {'empty' if row[field] == {} else 'null'}"
        if likely := self._likely_replies(row):
            return f"no reply, which {' or '.join(map(repr, likely))} may hold: name it with --field reply=NAME"
        return f"no reply under {', '.join(map(repr, self._names['reply']))}: name its field with --field reply=NAME"

    def _likely_replies(self, row: dict[str, Any]) -> list[str]:
        """Return the fields that probably hold the reply of a row without any of the usual names."""
        if not self._has_likely["reply"] or not self._replies.isdisjoint(row):
            return []
        return likely_replies(row, {*self._keys, *self._stating})

    def _likely_key(self, row: dict[str, Any]) -> str:
        return likely_key(row) if self._has_likely["key"] else ""

    def _model(self, row: dict[str, Any], reply: Any) -> str:
        names = self._names["model"]
        response = response_in(reply) if type(reply) is dict else None
        name = (_first(response, names) if type(response) is dict else None) or _first(row, names)
        return escape_surrogates(name) if type(name) is str else ""

    def _image(self, row: dict[str, Any], key: str) -> tuple[str, Size | None, str]:
        """Return name and size of the image, and the reason where its size is unknown."""
        states_none = row.keys().isdisjoint(self._stating)
        name, stated = ("", None) if states_none else (self.image_name(row), self._stated_size(row))
        if isinstance(stated, str):
            return name, None, stated
        requested = NO_IMAGE if name and stated else self._find_request_image(row, key)
        name, size = name or requested.image, stated
        if size is None or (self._images.by_key and not name):
            name, file_size = self._images.find(key, name)
            size = size or file_size or requested.size or self._default_size
        return name, size, "" if size else self._missing_size_failure(name)

    def _find_request_image(self, row: dict[str, Any], key: str) -> RequestImage:
        request = row.get("request")
        image = RequestImage(*find_request_image(request)) if request else NO_IMAGE
        return self._requests[key] if image == NO_IMAGE and self._requests is not None else image

    def _missing_size_failure(self, image: str) -> str:
        location = self._images.location
        of_image = f" of {excerpt(image)}" + (f", which is not in {location}" if location else "") if image else ""
        return f"no size{of_image}: give --size, --images or width and height"

    def image_name(self, row: dict[str, Any]) -> str:
        """Return the name of the image that a row states; empty where it states none."""
        name = image_text(self._field(row, "image"))
        if not name and self._has_likely["image"]:
            name = likely_image(row) or (likely_image(find_metadata(row)) if has_metadata(row) else "")
        return escape_surrogates(uri_file_name(name) if "://" in name else name)

    def _field(self, row: dict[str, Any], role: str) -> Any:
        """Return the value of a field of a row, or else of its metadata."""
        value = _first(row, self._names[role])
        return _first(find_metadata(row), self._names[role]) if value is None and has_metadata(row) else value

    def _stated_size(self, row: dict[str, Any]) -> Size | str | None:
        """Return the size that a row states, None where it states none, or a failure where it is invalid."""
        width, height = self._field(row, "width"), self._field(row, "height")
        if width is None and height is None:
            size = self._field(row, "size")
            if size is None:
                return None
            width, height = _split_size(size)
        width, height = _to_integer(width), _to_integer(height)
        return _check_size(width, height) if type(width) is type(height) is int else _size_failure(width, height)


def _holds_items(row: dict[str, Any]) -> bool:
    """Return whether a row is its own reply: an item, or an object with a list of items."""
    if not FIELDS.isdisjoint(fold_keys(row)):
        return True
    held = (value[0] for value in row.values() if type(value) is list and value)
    return any(type(first) is dict and not FIELDS.isdisjoint(fold_keys(first)) for first in held)


def _first(row: Mapping[str, Any], names: Sequence[str]) -> Any:
    """Return the first field that has a value; null counts as none, and so does NaN, the null of some tables."""
    for name in names:
        value = row.get(name)
        if value is not None and value == value:
            return value
    return None


@lru_cache(1024)
def _check_size(width: int, height: int) -> Size | str:
    """Return a size within the engine's limits, or the failure."""
    try:
        return read_size((width, height), _LIMITS)
    except ArgumentError as error:
        return str(error)


def _size_failure(width: Any, height: Any) -> str:
    return str(expected("width and height as two integers", (width, height), "size"))


def _split_size(size: Any) -> tuple[Any, Any]:
    """Return width and height of ``[w, h]``, ``"WxH"`` or an object."""
    if type(size) is dict:
        return size.get("width"), size.get("height")
    parts = size.lower().replace("×", "x").split("x") if type(size) is str else size
    return (parts[0], parts[1]) if type(parts) is list and len(parts) == 2 else (size, None)


def _to_integer(value: Any) -> Any:
    """Return the integer that a number or a text states, else the value."""
    if type(value) is float and value.is_integer():
        return int(value)
    return int(value) if type(value) is str and len(value) < 8 and value.strip().isdecimal() else value


def _recorded_reasons(row: dict[str, Any]) -> str:
    """Return the reasons in a row of an earlier conversion's list of rows without a mask."""
    entries = row.get("reasons")
    reasons = [entry.get("reason") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return "; ".join(escape_surrogates(reason) for reason in reasons if isinstance(reason, str))
