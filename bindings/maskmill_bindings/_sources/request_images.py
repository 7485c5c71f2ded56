"""Find the image in a request to the model: https://ai.google.dev/api/caching#Part, in camel or snake case."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, Final

import orjson

from maskmill._images.header_size import image_size
from maskmill._images.size import Size

from .._images.image_lookup import uri_file_name
from .._safe_text import replace_surrogates

_DECODED_CHARS: Final = (2**17, 2**22)
"""Characters of base64 decoded to find a size: enough for nearly all images, then for those with a long profile."""

_URL_SAFE_TO_STANDARD: Final = bytes.maketrans(b"-_", b"+/")


def find_request_image(request: Any) -> tuple[str, Size | None]:
    """Return file name and size of the image in a request; ``""`` and None where unknown or not exactly one.

    >>> part = {"fileData": {"fileUri": "gs://bucket/photos/a.jpg", "mimeType": "image/jpeg"}}
    >>> find_request_image({"contents": [{"role": "user", "parts": [{"text": "Segment."}, part]}]})
    ('a.jpg', None)
    """
    images = [*_image_parts(_parse(request))]
    if len(images) != 1:
        return "", None
    name = _first(images[0], "displayName", "display_name")
    uri, data = _first(images[0], "fileUri", "file_uri"), _first(images[0], "data")
    return replace_surrogates(name or uri_file_name(uri)), _base64_size(data) if data else None


def _parse(request: Any) -> Any:
    if isinstance(request, str) and request.lstrip().startswith("{"):
        try:
            return orjson.loads(request)
        except orjson.JSONDecodeError:
            return None
    return request


def _image_parts(request: Any) -> Iterator[dict[str, Any]]:
    """Yield the data of each image part of a request."""
    contents = request.get("contents") if isinstance(request, dict) else None
    for content in contents if isinstance(contents, list) else [contents]:
        parts = content.get("parts") if isinstance(content, dict) else None
        for part in parts if isinstance(parts, list) else [parts]:
            for name in ("inlineData", "inline_data", "fileData", "file_data"):
                data = part.get(name) if isinstance(part, dict) else None
                if isinstance(data, dict) and (_first(data, "mimeType", "mime_type") or "image/").startswith("image/"):
                    yield data


def _first(holder: dict[str, Any], *names: str) -> str:
    return next((value for name in names if isinstance(value := holder.get(name), str)), "")


def _base64_size(data: str) -> Size | None:
    """Return the size of an image from its header, without decoding more base64 than necessary."""
    import pybase64

    for bound in _DECODED_CHARS:
        digits = data[:bound].encode("ascii", "replace").translate(_URL_SAFE_TO_STANDARD)
        size = image_size(io.BytesIO(pybase64.b64decode(digits + b"=" * (-len(digits) % 4))))
        if size is not None or bound >= len(data):
            return size
    return None
