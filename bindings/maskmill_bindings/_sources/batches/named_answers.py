"""Tell maps from image or key to answer from one answer whose keys are labels."""

from __future__ import annotations

import re
from typing import Any, Final

from maskmill._reply.keys import ASSETS, LABEL, fold
from maskmill._reply.response import is_response

from ..row_fields import RowReader
from ..services.answers import is_message
from ..services.contents import holds_items, is_item, is_reply_text, names_image

_NUMBER: Final = re.compile(r"\d+")


class InseparableError(ValueError):
    """The answers in a value cannot be distinguished from the parts of one answer."""


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
    if is_whole_row and name.isdecimal() and rows.is_named(row):  # the number of a row of pandas
        return row
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
    if not known.isdisjoint((*LABEL, *ASSETS)) or len(value) < 2 or rows.is_named(value):
        return None
    if _are_answers(value, rows):
        return [name_answer(key, held, rows) for key, held in value.items()]
    _check_parts(value, rows)
    return None


def _are_answers(value: dict[str, Any], rows: RowReader) -> bool:
    """Return whether all values are responses, rows or texts of replies; or lists of items under known keys."""
    held = [inner for inner in value.values() if inner is not None]
    if all(type(inner) is str for inner in held):
        replies = sum(map(is_reply_text, held))
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
    return _is_whole(value, rows) or holds_items(value) or (type(value) is str and is_reply_text(value))


def _is_whole(value: Any, rows: RowReader) -> bool:
    """Return whether a value is a response or a row."""
    return type(value) is dict and (is_response(value) or rows.is_row(value) or is_message(value))
