"""Separate the answers in a parsed value: a batch, a list, a map by name, or values one after the other."""

from __future__ import annotations

from typing import Any, Final

from maskmill._reply.containers import MASK_TEXT
from maskmill._reply.response import is_finished, is_response
from maskmill._reply.strict_json import parse_json

from ..row_fields import RowReader
from ..row_json import parse_row
from ..services.answers import is_message
from ..services.contents import holds_items, is_item, names_image
from .batch_resource import describe_missing_answers, inlined_responses, is_batch
from .named_answers import InseparableError, name_answer, separate_map
from .several_values import read_printed, read_values
from .sole_answers import check_headings, check_repeated
from .stream_pieces import are_replies, group_responses
from .tables import separate_cells, separate_columns

_LEVELS: Final = 3
"""Levels of objects around the answers."""

_PART_NAMES: Final = frozenset(("text", "content"))
"""Fields that parts of one answer have as well."""

_ADVICE: Final = 'write a row {"key": …, "reply": …} for each answer, one per line'


def separate_answers(value: Any, rows: RowReader) -> list[Any] | None:
    """Return a row for each answer that a parsed value holds; None where it is one answer, or one row.

    >>> from maskmill_bindings._images.image_lookup import ImageLookup
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
    if text.lstrip("\ufeff \t\r\n\x1e")[:1] in ("[", "{", '"'):
        value, failure = parse_row(text.encode("utf-8", "surrogatepass"))
        values = [value] if not failure else read_values(text)
        if len(values) == 1:
            answers = separate_answers(values[0], rows)
            if answers and type(values[0]) is dict:
                check_repeated(text)
            return answers
        if len(values) > 1:
            return _separate_values(values, rows)
    values = read_printed(text)
    if values and (answers := _separate_values(values, rows) if len(values) > 1 else separate_answers(values[0], rows)):
        return answers
    check_headings(text)
    return None


def _separate_object(value: dict[str, Any], rows: RowReader, levels: int) -> list[Any] | None:
    if is_batch(value):
        answers = inlined_responses(value)
        if answers is None and not value.get("error"):
            raise InseparableError(describe_missing_answers(value))
        return answers
    if answers := separate_columns(value, rows) or _separate_outputs(value, rows):
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
        elif type(held) is list and held:
            found += _separate_held_list(held, rows) or ()
    return found or None


def _separate_held_list(held: list[Any], rows: RowReader) -> list[Any] | None:
    """Return the answers in a list that an object holds; a list of texts or lists may be a part of one answer."""
    if all(type(entry) is dict for entry in held):
        return _separate_list(held, rows)
    if all(type(entry) is list for entry in held):
        return separate_cells(held, rows)
    texts = [entry for entry in held if entry is not None]
    is_several = all(type(text) is str for text in texts) and sum(map(_is_whole_reply, texts)) > 1
    return held if is_several else None


def _separate_outputs(value: dict[str, Any], rows: RowReader) -> list[Any] | None:
    """Return outputs that are whole answers and no alternatives for one request, which are numbered."""
    outputs = value.get("outputs")
    if type(outputs) is not list or len(outputs) < 2 or rows.is_named(value) or "prompt" in value:
        return None
    texts: list[Any] = [output.get("text") for output in outputs if type(output) is dict and "index" not in output]
    is_whole = len(texts) == len(outputs) and all(type(text) is str for text in texts)
    return outputs if is_whole and sum(map(_is_whole_reply, texts)) > 1 else None


def _is_whole_reply(text: str) -> bool:
    """Return whether a text is the JSON of a reply, not that of one item."""
    parsed = parse_json(text) if text.lstrip()[:1] in ("[", "{", "`") else None
    return parsed == [] or (holds_items(parsed) and not (type(parsed) is dict and is_item(parsed)))


def _separate_list(value: list[Any], rows: RowReader) -> list[Any] | None:
    entries = [entry for entry in value if entry is not None]
    if not entries:
        return None
    if all(type(entry) is str for entry in entries):
        return _separate_texts(value, entries)
    if not all(type(entry) is dict for entry in entries):
        if cells := separate_cells(entries, rows):
            return cells
        _check_lists(entries)
        return None
    if all(map(is_response, entries)):
        return group_responses(entries) if len(entries) == len(value) else value
    if all(is_response(entry) or _is_error(entry, rows) for entry in entries):
        return _separate_responses(value, entries)
    if any(map(is_item, entries)):
        return _by_image(entries, rows)
    return _separate_rows(value, entries, rows)


def _is_error(entry: dict[str, Any], rows: RowReader) -> bool:
    """Return whether an object is an error in the place of a response, without a key."""
    return bool(entry.get("error")) and rows.is_row(entry) and not rows.is_named(entry)


def _separate_responses(value: list[Any], entries: list[dict[str, Any]]) -> list[Any] | None:
    """Return responses and errors in order; None for the pieces of one answer that an error ends."""
    responses = [entry for entry in entries if is_response(entry)]
    if len(responses) < 2:
        return value if all(map(is_finished, responses)) else None
    groups = group_responses(responses)
    if groups is None or len(groups) == len(responses):
        return value if groups else None
    return [*groups, *(entry for entry in entries if not is_response(entry))]


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


def _separate_values(values: list[Any], rows: RowReader) -> list[Any] | None:
    """Return the answers of several values; None where they are lists or items of one."""
    if all(type(value) is dict for value in values) or all(type(value) is str for value in values):
        return _separate_list(values, rows)
    if all(type(value) is list and not holds_items(value) for value in values):
        inner = [separate_answers(value, rows) for value in values]
        return [row for found in inner for row in found or ()] or None
    return None


def _is_answer(value: dict[str, Any], rows: RowReader) -> bool:
    """Return whether an object is a response or a row, such as one of a batch service."""
    return is_response(value) or rows.is_row(value) or is_message(value)
