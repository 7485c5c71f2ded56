"""Read the key of a row, and what was sent along with its request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from maskmill._reply.keys import fold

from ..row_json import escape_surrogates

HOLDERS: Final = frozenset(("metadata", "request", "instance"))
"""Fields that may hold what was sent along with a request."""

_MAX_KEY: Final = 512
_NOT_SENT_ALONG: Final = frozenset(("id", "name", "model", "width", "height", "size", "url", "path", "uri", "source"))
"""Fields of a request that have another meaning there."""

_ENDINGS: Final = ("customid", "requestid", "imageid", "recordid", "rowkey", "filename", "imagename")
"""What the names of labels that hold a key end with, folded."""

_LATER: Final = ("request_id", "requestId", "uuid")


def has_metadata(row: dict[str, Any]) -> bool:
    """Return whether `find_metadata` may hold anything, which is cheap."""
    return not row.keys().isdisjoint(HOLDERS)


def find_metadata(row: dict[str, Any]) -> dict[str, Any]:
    """Return what was sent along with a request: its metadata, its labels, or its fields.

    >>> find_metadata({"request": {"contents": [], "key": "a", "labels": {"n": "1"}}})
    {'key': 'a', 'n': '1'}
    """
    found: dict[str, Any] = {}
    for held in _holders(row):
        found.update(held)
    return found


def _holders(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what holds fields of a request, the most explicit last."""
    request = row.get("request")
    for value in (row.get("instance"), request):
        if type(value) is dict:
            yield {n: v for n, v in value.items() if type(v) in (str, int) and n not in _NOT_SENT_ALONG}
    sent = [request.get(name) for name in ("labels", "metadata")] if type(request) is dict else []
    for value in (*sent, _parsed(row.get("metadata"))):
        if type(value) is dict:
            yield value


def metadata_key(row: dict[str, Any], names: Sequence[str]) -> str:
    """Return the key in what was sent along with a request; empty where there is none.

    >>> metadata_key({"metadata": "k1"}, ["key"]), metadata_key({"metadata": {"tool_custom_id": "k2"}}, ["key"])
    ('k1', 'k2')
    """
    stated = _parsed(row.get("metadata"))
    if type(stated) in (str, int):
        return read_key({"metadata": stated}, ["metadata"])
    found = find_metadata(row)
    labelled = [name for name in found if fold(name).endswith(_ENDINGS)]
    return read_key(found, names) or read_key(found, labelled) or read_key(found, _LATER)


def _parsed(metadata: Any) -> Any:
    """Return metadata that is written as JSON as an object, and a long text as none."""
    if type(metadata) is not str:
        return metadata
    if metadata.lstrip()[:1] == "{":
        try:
            return json.loads(metadata)
        except (ValueError, RecursionError):
            return None
    return metadata if len(metadata) <= _MAX_KEY and "\n" not in metadata else None


def read_key(row: Mapping[str, Any], names: Sequence[str]) -> str:
    """Return the first key that a row states under these names; empty where it states none."""
    for name in names:
        value = row.get(name)
        if type(value) is str and value:
            return escape_surrogates(value)
        if type(value) is int or (type(value) is float and value.is_integer()):
            return str(int(value))
    return ""
