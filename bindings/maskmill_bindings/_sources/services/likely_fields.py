"""Find image, key and reply of a row under names that only probably mean them."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, Final

from maskmill._reply.keys import fold
from maskmill._reply.response import is_response

from .contents import is_reply_text, names_image
from .metadata import read_key

IMAGES: Final = (
    *("file", "path", "img", "image_url", "imageUrl", "image_uri", "imageUri", "file_path", "filepath", "filePath"),
    *("img_path", "imgPath", "img_name", "image_filename", "photo", "picture", "frame", "uri", "url", "source", "src"),
    *("name", "images"),
)
"""Names of fields that mean the image where their value is the name of an image file."""

KEYS: Final = (
    *("request_id", "requestId", "uuid", "guid", "sample_id", "item_id", "row_id"),
    *("img_id", "file_id", "file", "path", "img", "name"),
)
"""Names of fields that mean the key where a row states neither a key nor an image."""

_OF_REPLIES: Final = ("response", "reply", "output", "answer", "completion", "prediction", "generation")
"""What names of fields with replies end with, folded."""

_OF_OTHERS: Final = re.compile(
    r"prompt|request|input|instruction|question|query|system|messages?$|body|metadata|instance|schema|example|context"
    r"|expected|ground|^gt|target|reference|annotation|labels?$|gold|error|status|reasons|candidates|usage"
)
"""Names of fields, folded, that hold the question, or the answer that is expected."""

_WRITTEN_ITEM: Final = re.compile(
    r"""["'](?:box_2d|bbox\w*|mask|polygon|points?|point_2d|segmentation)\\?["']\s*:|<loc\d|<seg\d"""
)
_MAX_KEY: Final = 512


def likely_image(row: dict[str, Any]) -> str:
    """Return the name of an image file that a row holds under another name; empty where it holds none.

    >>> likely_image({"file": "a/b.jpg"}), likely_image({"images": ["b.png"]}), likely_image({"name": "cup"})
    ('a/b.jpg', 'b.png', '')
    """
    found = (image_text(row[name]) for name in IMAGES if name in row)
    return next(filter(names_image, found), "")


def likely_key(row: dict[str, Any]) -> str:
    r"""Return the key that a row probably states; empty where it states none.

    >>> likely_key({"uuid": "7f", "reply": "[]"}), likely_key({"name": "two\nlines"})
    ('7f', '')
    """
    found = (read_key(row, [name]) for name in KEYS if name in row)
    return next((key for key in found if key and len(key) <= _MAX_KEY and "\n" not in key), "")


def image_text(value: Any) -> str:
    """Return the name of an image in a text, a list of one, or an object with its path or address.

    >>> image_text({"url": "https://host/a.jpg"}), image_text(["a.jpg"]), image_text(7)
    ('https://host/a.jpg', 'a.jpg', '')
    """
    if type(value) is list and len(value) == 1:
        value = value[0]
    if type(value) is dict:  # an image struct of Hugging Face data sets, or a part of a request
        value = next((value[name] for name in ("path", "url", "uri") if type(value.get(name)) is str), "")
    return value if type(value) is str else ""


def likely_replies(row: dict[str, Any], known: Collection[str]) -> list[str]:
    """Return the names of the fields that may hold the reply of a row: one where it is certain enough.

    >>> likely_replies({"file": "a.jpg", "raw_response": "[]", "prompt": "Segment."}, ())
    ['raw_response']
    >>> likely_replies({"a": '[{"mask": []}]', "b": "[]"}, ())
    ['a', 'b']

    Parameters
    ----------
    row : dict
        A row without any field that usually holds the reply.
    known : collection of str
        Names of the fields whose role is known.
    """
    names = [name for name in row if name not in known and not _OF_OTHERS.search(fold(name))]
    holding = [name for name in names if _looks_like_reply(row[name])]
    if len(holding) == 1:
        return holding
    named = [name for name in holding or names if _is_named_reply(name, row[name])]
    return named if len(named) == 1 else holding


def _looks_like_reply(value: Any) -> bool:
    if type(value) is str:
        return _WRITTEN_ITEM.search(value) is not None or is_reply_text(value)
    return type(value) is dict and is_response(value)


def _is_named_reply(name: str, value: Any) -> bool:
    return fold(name).endswith(_OF_REPLIES) and type(value) in (str, dict, list)
