"""Tell maps from image or key to answer from one answer whose keys are labels."""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import Any, Final

from maskmill._reply.keys import ASSETS, FIELDS, LABEL, fold, fold_keys
from maskmill._reply.response import is_response
from maskmill._reply.strict_json import parse_json

from ..row_fields import RowReader
from ..services.answers import is_message

_IMAGE_SUFFIXES: Final = frozenset(
    (
        *(".jpg", ".jpeg", ".jpe", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"),
        *(".heic", ".heif", ".avif", ".jp2", ".dcm"),
    )
)
_QUERY: Final = re.compile(r"[?#].*", re.DOTALL)
_NUMBER: Final = re.compile(r"\d+")
_LEVELS: Final = 4


class InseparableError(ValueError):
    """The answers in a value cannot be distinguished from the parts of one answer."""


def names_image(text: str) -> bool:
    """Return whether a text is the name of an image file, or its address.

    >>> names_image("photos/a.JPG"), names_image("https://host/a.png?width=9"), names_image("cat"), names_image("v1.5")
    (True, True, False, False)
    """
    path = _QUERY.sub("", text) if "://" in text else text
    return "\n" not in text and PurePath(path.replace("\\", "/")).suffix.lower() in _IMAGE_SUFFIXES


def holds_items(value: Any, levels: int = _LEVELS) -> bool:
    """Return whether a parsed value is an item or has items in it.

    >>> holds_items({"objects": [{"box_2d": [1, 2, 3, 4]}]}), holds_items([[1, 2]])
    (True, False)
    """
    if isinstance(value, dict):
        return is_item(value) or (levels > 0 and any(holds_items(inner, levels - 1) for inner in value.values()))
    return isinstance(value, list) and levels > 0 and any(holds_items(inner, levels - 1) for inner in value)


def is_item(value: dict[str, Any]) -> bool:
    """Return whether an object has a box or a mask."""
    return not FIELDS.isdisjoint(fold_keys(value))


def name_answer(name: str, answer: Any, rows: RowReader) -> dict[str, Any]:
    """Return the row of an answer that stands under a key or the name of an image.

    Parameters
    ----------
    name : str
        The key, or the name of the image.
    answer : object
        The answer: a row, a response or a reply.
    rows : RowReader
        Tells rows from replies.
    """
    is_whole_row = type(answer) is dict and rows.is_row(answer) and not is_message(answer)
    row = dict(answer) if is_whole_row else {rows.names["reply"][0]: answer}
    image = {} if not names_image(name) or rows.image_name(row) else {rows.names["image"][0]: name}
    return {**row, **image, rows.names["key"][0]: name}


def separate_map(value: dict[str, Any], rows: RowReader) -> list[dict[str, Any]] | None:
    """Return a row for each entry of a map from image or key to answer; None for any other object.

    Raises
    ------
    InseparableError
        The keys may name images or parts of one answer.
    """
    images = [key for key in value if names_image(key)]
    if images:
        return [name_answer(key, held, rows) for key, held in value.items() if key in images or _is_answer(held, rows)]
    known = {fold(key) for key in value}
    if not known.isdisjoint((*LABEL, *ASSETS)) or len(value) < 2:
        return None
    if _are_answers(value, rows):
        return [name_answer(key, held, rows) for key, held in value.items()]
    _check_parts(value, rows)
    return None


def _are_answers(value: dict[str, Any], rows: RowReader) -> bool:
    """Return whether all values are responses, rows or texts of replies; or lists of items under known keys."""
    held = [inner for inner in value.values() if inner is not None]
    if all(type(inner) is str for inner in held):
        replies = sum(map(_is_reply_text, held))
        return replies >= 2 or (replies == 1 and (_are_numbered(value) or _are_known(value, rows)))
    if all(_is_whole(inner, rows) or type(inner) is str for inner in held):
        return True
    return all(isinstance(inner, (list, dict)) for inner in held) and holds_items(held) and _are_known(value, rows)


def _check_parts(value: dict[str, Any], rows: RowReader) -> None:
    """Raise for lists of items under keys with numbers, which may name images or parts of one answer."""
    held = {key: inner for key, inner in value.items() if _is_list_of_items(inner)}
    if len(held) < 2 or len(held) < len(value) or not all(any(map(str.isdigit, key)) for key in held):
        return
    names = ", ".join(list(held)[:3])
    raise InseparableError(
        f"lists under {names}, which may be answers about several images or parts of one answer; "
        'write a row {"key": …, "reply": …} for each answer, or name the images by their files'
    )


def _is_list_of_items(value: Any) -> bool:
    """Return whether a value is a list of items, or an object around one and not an item; an empty list may be one."""
    if isinstance(value, dict):
        return not is_item(value) and any(_is_list_of_items(inner) for inner in value.values() if inner)
    return isinstance(value, list) and all(isinstance(entry, dict) and is_item(entry) for entry in value)


def _are_numbered(value: dict[str, Any]) -> bool:
    """Return whether keys differ in nothing but their numbers."""
    return len({_NUMBER.sub("0", key) for key in value}) == 1 and all(map(_NUMBER.search, value))


def _are_known(value: dict[str, Any], rows: RowReader) -> bool:
    """Return whether keys are those of image files or of requests."""
    return any(rows.knows(key) for key in value)


def _is_answer(value: Any, rows: RowReader) -> bool:
    return _is_whole(value, rows) or holds_items(value) or (type(value) is str and _is_reply_text(value))


def _is_whole(value: Any, rows: RowReader) -> bool:
    """Return whether a value is a response or a row."""
    return type(value) is dict and (is_response(value) or rows.is_row(value) or is_message(value))


def _is_reply_text(text: str) -> bool:
    """Return whether a text is JSON with items, or an empty list."""
    parsed = parse_json(text) if text.lstrip()[:1] in ("[", "{", "`") else None
    return parsed == [] or holds_items(parsed)
