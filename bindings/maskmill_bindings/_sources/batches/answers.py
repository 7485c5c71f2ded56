"""Separate the answers in a parsed value: a batch, a list, a map by name, or values one after the other."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from maskmill._reply.containers import MASK_TEXT
from maskmill._reply.response import is_response

from ..row_fields import RowReader
from ..row_json import parse_row
from ..services.answers import is_message
from .batch_resource import describe_missing_answers, inlined_responses, is_batch
from .named_answers import InseparableError, holds_items, is_item, name_answer, names_image, separate_map
from .stream_pieces import are_replies, group_responses

_LEVELS: Final = 3
"""Levels of objects around the answers."""

_PART_NAMES: Final = frozenset(("text", "content"))
"""Fields that parts of one answer have as well."""

_ADVICE: Final = 'write a row {"key": …, "reply": …} for each answer, one per line'

_OPENING: Final = re.compile(r'[\[{`"]')
_SEPARATORS: Final = re.compile(r"[\s:=,;#*'()<>|]+")
_MAX_HEADING: Final = 300
"""Characters of a line in which the name of an image is looked for."""


def separate_answers(value: Any, rows: RowReader) -> list[Any] | None:
    """Return a row for each answer that a parsed value holds; None where it is one answer, or one row.

    >>> from maskmill_bindings._sources.image_lookup import ImageLookup
    >>> from maskmill_bindings._sources.source_options import SourceOptions
    >>> rows = RowReader(SourceOptions(), ImageLookup(None, None, by_key=False))
    >>> separate_answers({"a.jpg": "[]", "b.jpg": "[]"}, rows)[1]
    {'reply': '[]', 'image': 'b.jpg', 'key': 'b.jpg'}

    Raises
    ------
    InseparableError
        Where one answer ends is not certain, or the value says where the answers are and holds none.
    """
    if type(value) is list:
        return _separate_list(value, rows)
    return _separate_object(value, rows, _LEVELS) if type(value) is dict else None


def separate_text(text: str, rows: RowReader) -> list[Any] | None:
    """Return a row for each answer in the text of a file; None where it is one answer, or one row.

    Raises
    ------
    InseparableError
        As for `separate_answers`.
    """
    if text.lstrip("\ufeff \t\r\n")[:1] in ("[", "{", '"'):
        value, failure = parse_row(text.encode("utf-8", "surrogatepass"))
        values = [value] if not failure else _read_values(text)
        if len(values) == 1:
            answers = separate_answers(values[0], rows)
            if answers and type(values[0]) is dict:
                _check_repeated(text)
            return answers
        if len(values) > 1:
            return _separate_values(values, rows)
    _check_headings(text)
    return None


def _separate_object(value: dict[str, Any], rows: RowReader, levels: int) -> list[Any] | None:
    if is_batch(value):
        answers = inlined_responses(value)
        if answers is None and not value.get("error"):
            raise InseparableError(describe_missing_answers(value))
        return answers
    if is_item(value) or is_response(value) or is_message(value):
        return None
    if rows.is_row(value) and levels:
        return _separate_named(value, rows) if rows.is_named(value) else _separate_held(value, rows, levels)
    if rows.is_row(value):
        return None
    return separate_map(value, rows) or (_separate_held(value, rows, levels) if levels else None)


def _separate_row(row: Any, rows: RowReader) -> list[Any] | None:
    """Return the answers in the reply of a row of a list; None for one."""
    is_several = type(row) is dict and rows.is_row(row) and rows.is_named(row) and not rows.is_plain(row)
    return _separate_named(row, rows) if is_several else None


def _separate_named(row: dict[str, Any], rows: RowReader) -> list[Any] | None:
    """Return the answers in the reply of a row with a key, which becomes the beginning of theirs; None for one."""
    reply = next((row[name] for name in rows.names["reply"] if row.get(name)), None)
    try:
        answers = None if is_message(row) else _separate_held({"reply": reply}, rows, _LEVELS)
    except InseparableError:  # the row says that it is one
        return None
    if answers is None or len(answers) < 2:
        return None
    name = rows.key_of(row) or rows.image_name(row)
    keys = [rows.key_of(answer) or rows.image_name(answer) if type(answer) is dict else "" for answer in answers]
    shared = {field: value for field, value in row.items() if field not in rows.names["reply"]}
    named = enumerate(zip(keys, answers, strict=True), 1)
    return [{**shared, **name_answer(f"{name}:{key or n}", answer, rows)} for n, (key, answer) in named]


def _separate_held(value: dict[str, Any], rows: RowReader, levels: int) -> list[Any] | None:
    """Return the answers in the values of an object that is around them."""
    found: list[Any] = []
    for held in value.values():
        if type(held) is dict:
            found += _separate_object(held, rows, levels - 1) or ()
        elif type(held) is list and held and all(type(entry) is dict for entry in held):
            found += _separate_list(held, rows) or ()
    return found or None


def _separate_list(value: list[Any], rows: RowReader) -> list[Any] | None:
    entries = [entry for entry in value if entry is not None]
    if not entries:
        return None
    if all(type(entry) is str for entry in entries):
        return _separate_texts(value, entries)
    if not all(type(entry) is dict for entry in entries):
        _check_lists(entries)
        return None
    if all(map(is_response, entries)):
        return group_responses(entries) if len(entries) == len(value) else value
    if any(map(is_item, entries)):
        return _by_image(entries, rows)
    return _separate_rows(value, entries, rows)


def _separate_rows(value: list[Any], entries: list[dict[str, Any]], rows: RowReader) -> list[Any] | None:
    """Return the rows of a list of objects; None for the parts of one answer."""
    if any("role" in entry and not is_message(entry) for entry in entries):
        return None
    if any(map(is_batch, entries)):
        return [row for entry in entries for row in (_separate_batch(entry) if is_batch(entry) else [entry])]
    is_named = [rows.is_named(entry) for entry in entries]
    is_own_reply = [named and holds_items(entry) for entry, named in zip(entries, is_named, strict=True)]
    if any(is_own_reply) or any(_is_answer(entry, rows) for entry in entries):
        if not any(is_named) and _are_parts(entries, rows):
            return None
        return [answer for entry in value for answer in _separate_row(entry, rows) or [entry]]
    maps = [separate_map(entry, rows) for entry in entries]
    if all(maps):
        return [row for found in maps for row in found or ()]
    _check_wrappers(entries)
    return None


def _separate_batch(batch: dict[str, Any]) -> list[Any]:
    """Return the answers of one batch in a list, or the batch as a row that says where they are."""
    answers = inlined_responses(batch)
    if answers is None and not batch.get("error"):
        return [{"key": batch.get("name") or batch.get("id"), "error": describe_missing_answers(batch)}]
    return [batch] if answers is None else answers


def _are_parts(entries: list[dict[str, Any]], rows: RowReader) -> bool:
    """Return whether objects without keys are the parts of one answer, such as its pieces of text."""
    names = set(rows.names["reply"])
    texts = [next((entry[name] for name in names if name in entry), None) for entry in entries]
    if any(names & entry.keys() - _PART_NAMES for entry in entries):
        return False
    return not are_replies([text for text in texts if type(text) is str])


def _separate_texts(value: list[Any], texts: list[str]) -> list[Any] | None:
    """Return a list of texts where each is a reply; None where they are masks, or no replies."""
    if any(map(MASK_TEXT.match, texts)) or not any("[" in text or "{" in text for text in texts):
        return None
    if len(texts) == 1 or are_replies(texts):
        return value
    raise InseparableError(f"a list of texts, which may be several answers or pieces of one; {_ADVICE}")


def _check_lists(entries: list[Any]) -> None:
    """Raise for lists of items in a list."""
    if sum(type(entry) is list and holds_items(entry) for entry in entries) > 1:
        raise InseparableError(f"lists of items in a list, which may be answers about several images; {_ADVICE}")


def _check_wrappers(entries: list[dict[str, Any]]) -> None:
    """Raise for several objects without a key that each hold a list of items under the same name."""
    names = [sorted(entry) for entry in entries]
    if len(entries) > 1 and names[0] == names[-1] and len(names[0]) == 1 and all(map(holds_items, entries)):
        raise InseparableError(f"several objects around items, which may be answers about several images; {_ADVICE}")


def _by_image(entries: list[dict[str, Any]], rows: RowReader) -> list[Any] | None:
    """Return a row for each image where all items name the file of theirs, and the files differ."""
    images: dict[str, list[Any]] = {}
    for entry in entries:
        images.setdefault(rows.image_name(entry), []).append(entry)
    if len(images) < 2 or not all(map(names_image, images)):
        return None
    return [{rows.names["reply"][0]: items, rows.names["image"][0]: image} for image, items in images.items()]


def _read_values(text: str) -> list[Any]:
    """Return the values of a text that is nothing but JSON values, with or without commas; empty for any other."""
    decoder = json.JSONDecoder()
    values: list[Any] = []
    at = _skip(text, 0)
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return []
        values.append(value)
        at = _skip(text, at)
    return values


def _check_repeated(text: str) -> None:
    """Raise for an object that has the name of an image twice, of which a parser keeps only the last."""

    def check(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            [(twice, count)] = Counter(name for name, _ in pairs if names_image(name)).most_common(1) or [("", 0)]
            if count > 1:
                raise InseparableError(f"an object that has {twice} twice; {_ADVICE}")
        return value

    try:
        json.loads(text, object_pairs_hook=check)
    except InseparableError:
        raise
    except (ValueError, RecursionError):  # what only a lenient parser reads
        return


def _skip(text: str, at: int) -> int:
    """Return where the next value begins."""
    end = len(text)
    while at < end and text[at] in " \t\r\n,\ufeff":
        at += 1
    return at


def _separate_values(values: list[Any], rows: RowReader) -> list[Any] | None:
    """Return the answers of several values; None where they are lists or items of one."""
    if all(type(value) is dict for value in values) or all(type(value) is str for value in values):
        return _separate_list(values, rows)
    if all(type(value) is list and not holds_items(value) for value in values):
        inner = [separate_answers(value, rows) for value in values]
        return [row for found in inner for row in found or ()] or None
    return None


def _check_headings(text: str) -> None:
    """Raise where the names of several images stand in front of JSON."""
    images = dict.fromkeys(_headings(text))
    if len(images) > 1:
        names = ", ".join(list(images)[:3])
        raise InseparableError(f"answers about several images ({names}) in one text; {_ADVICE}")


def _headings(text: str) -> Iterator[str]:
    """Yield the names of images that stand before JSON, on its line or above it."""
    pending = ""
    for line in text.splitlines():
        beginning = line[:_MAX_HEADING]
        opening = _OPENING.search(beginning)
        before = beginning[: opening.start()] if opening else beginning
        pending = next(filter(names_image, reversed(_SEPARATORS.split(before))), pending)
        if pending and opening and beginning[opening.start() :].lstrip('"')[:1] in ("[", "{", "`"):
            yield pending
            pending = ""


def _is_answer(value: dict[str, Any], rows: RowReader) -> bool:
    """Return whether an object is a response or a row, such as one of a batch service."""
    return is_response(value) or rows.is_row(value) or is_message(value)
