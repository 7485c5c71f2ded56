"""What a request to the model says of its image: https://ai.google.dev/api/caching#Part, in camel or snake case."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

import orjson

from maskmill._image_size import Size

from .._images.size import size_in
from .._safe_text import sound

_BOUNDS: Final = (2**17, 2**22)
"""Characters of base64 that are decoded to find a size: what nearly all images need, then what a long profile needs."""

_OF_URLS: Final = bytes.maketrans(b"-_", b"+/")


def image_in(request: Any) -> tuple[str, Size | None]:
    """File name and size of the one image in a request; ``""`` and None where it does not say, or has more than one.

    >>> part = {"fileData": {"fileUri": "gs://bucket/photos/a.jpg", "mimeType": "image/jpeg"}}
    >>> image_in({"contents": [{"role": "user", "parts": [{"text": "Segment."}, part]}]})
    ('a.jpg', None)
    """
    found = [*_images(_parsed(request))]
    if len(found) != 1:
        return "", None
    name = _first(found[0], "displayName", "display_name")
    uri, data = _first(found[0], "fileUri", "file_uri"), _first(found[0], "data")
    return sound(name or file_name(uri)), _size_of(data) if data else None


def file_name(uri: str) -> str:
    """The last part of a URI's path; only the web's are quoted.

    >>> file_name("https://host/photos/a%20b.jpg?size=large#top"), file_name("gs://bucket/photos/a%20b.jpg")
    ('a b.jpg', 'a%20b.jpg')
    """
    path = unquote(re.split("[?#]", uri)[0]) if uri.startswith(("https://", "http://")) else uri
    return path.rpartition("/")[2]


def _parsed(request: Any) -> Any:
    if isinstance(request, str) and request.lstrip().startswith("{"):
        try:
            return orjson.loads(request)
        except orjson.JSONDecodeError:
            return None
    return request


def _images(request: Any) -> Iterator[dict[str, Any]]:
    """What its parts hold of images."""
    contents = request.get("contents") if isinstance(request, dict) else None
    for content in contents if isinstance(contents, list) else [contents]:
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else [parts]:
            for name in ("inlineData", "inline_data", "fileData", "file_data"):
                held = part.get(name) if isinstance(part, dict) else None
                if isinstance(held, dict) and (_first(held, "mimeType", "mime_type") or "image/").startswith("image/"):
                    yield held


def _first(holder: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := holder.get(name), str)), "")


def _size_of(data: str) -> Size | None:
    """The size in the header of base64 data, of which no more is decoded than is needed."""
    import pybase64

    for bound in _BOUNDS:
        digits = data[:bound].encode("ascii", "replace").translate(_OF_URLS)
        size = size_in(io.BytesIO(pybase64.b64decode(digits + b"=" * (-len(digits) % 4))))
        if size is not None or bound >= len(data):
            return size
    return None
