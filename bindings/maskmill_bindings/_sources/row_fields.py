"""Make entries of rows: find key, reply, image and size in a row of any service or program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from maskmill._image_size import Size, read_size
from maskmill._reply.keys import FIELDS, fold_keys
from maskmill._reply.response import api_error, is_response, response_in
from maskmill.errors import ArgumentError, excerpt, expected
from maskmill.limits import Limits

from .entry import Entry
from .image_lookup import ImageLookup
from .request_images import find_request_image, uri_file_name
from .request_index import NO_IMAGE, RequestImage, RequestIndex
from .row_json import escape_surrogates
from .source_options import SourceOptions

_LIMITS: Final = Limits()
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
        self._default_size = options.size
        self._images = images
        self._requests = requests

    @property
    def key_names(self) -> Sequence[str]:
        """Names of the field with the key."""
        return self._names["key"]

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
        key = self.key_of(fields) or default_key
        reply, failure = self._reply(fields)
        image, size, size_failure = self._image(fields, key)
        return Entry(key, reply, size, image, self._model(fields, reply), source, line, failure or size_failure)

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
        return "error" in value or any(name in value for name in self._names["reply"])

    def key_of(self, row: dict[str, Any]) -> str:
        """Return the key of a row; empty where it has none."""
        for name in self._names["key"]:
            value = row.get(name)
            if type(value) is str and value:
                return escape_surrogates(value)
            if type(value) is int or (type(value) is float and value.is_integer()):
                return str(int(value))
        return ""

    def request_image(self, row: dict[str, Any]) -> RequestImage:
        """Return the image that a row of requests states."""
        image, size = find_request_image(row.get("request", row))
        name, stated = self._image_name(row), self._stated_size(row)
        return RequestImage(name or image, size if stated is None or isinstance(stated, str) else stated)

    def _reply(self, row: dict[str, Any]) -> tuple[Any, str]:
        """Return the reply of a row and ``""``, or None and the reason why it has none."""
        names = self._names["reply"]
        for name in names:
            reply = row.get(name)
            if reply is None or reply == {}:
                continue
            if type(reply) not in (str, dict, list, bytes):
                return None, f"no reply: {name!r} is {excerpt(reply)}"
            error = api_error(reply) if type(reply) is dict and "error" in reply else ""
            return (None, error) if error else (reply, "")
        if is_response(row):
            return row, ""
        return None, self._absence_reason(row)

    def _absence_reason(self, row: dict[str, Any]) -> str:
        """Return the reason why a row has no reply."""
        if error := api_error(row):
            return error
        for name in ("error", "status"):  # the status of Vertex AI is empty on success
            if row.get(name):
                return f"no reply, and the {name} is {excerpt(row[name], _MAX_ERROR_CHARS)}"
        if reasons := _recorded_reasons(row):
            return reasons
        field = next((name for name in self._names["reply"] if name in row), None)
        if field is not None:
            return f"no reply: {field!r} is {'empty' if row[field] == {} else 'null'}"
        return f"no reply under {', '.join(map(repr, self._names['reply']))}"

    def _model(self, row: dict[str, Any], reply: Any) -> str:
        names = self._names["model"]
        response = response_in(reply) if type(reply) is dict else None
        name = (_first(response, names) if type(response) is dict else None) or _first(row, names)
        return escape_surrogates(name) if type(name) is str else ""

    def _image(self, row: dict[str, Any], key: str) -> tuple[str, Size | None, str]:
        """Return name and size of the image, and the reason where its size is unknown."""
        name, stated = self._image_name(row), self._stated_size(row)
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

    def _image_name(self, row: dict[str, Any]) -> str:
        value = _first(row, self._names["image"])
        name = value.get("path") if type(value) is dict else value  # an image struct of Hugging Face data sets
        if type(name) is not str:
            return ""
        return escape_surrogates(uri_file_name(name) if "://" in name else name)

    def _stated_size(self, row: dict[str, Any]) -> Size | str | None:
        """Return the size that a row states, None where it states none, or a failure where it is invalid."""
        width, height = _first(row, self._names["width"]), _first(row, self._names["height"])
        if width is None and height is None:
            size = _first(row, self._names["size"])
            if size is None:
                return None
            width, height = _split_size(size)
        width, height = _to_integer(width), _to_integer(height)
        return _check_size(width, height) if type(width) is type(height) is int else _size_failure(width, height)


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
