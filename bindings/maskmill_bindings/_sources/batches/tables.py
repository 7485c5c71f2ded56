"""Read rows out of tables in JSON: pairs, lists of cells with or without a header, and what pandas writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from maskmill._reply.response import is_response

from ..row_fields import RowReader
from ..services.answers import is_message
from ..services.contents import holds_items, is_reply_text, names_image
from ..services.likely_fields import IMAGES, KEYS
from .named_answers import InseparableError, name_answer

_MAX_NAME: Final = 512
_ADVICE: Final = 'write a row {"key": …, "reply": …} for each answer, one per line'


def separate_columns(value: dict[str, Any], rows: RowReader) -> list[Any] | None:
    """Return the rows of an object that holds a table by columns, as pandas writes it; None for any other.

    >>> from maskmill_bindings._images.image_lookup import ImageLookup
    >>> from maskmill_bindings._sources.source_options import SourceOptions
    >>> rows = RowReader(SourceOptions(), ImageLookup(None, None, by_key=False))
    >>> separate_columns({"image": {"0": "a.jpg", "1": "b.jpg"}, "reply": {"0": "[]", "1": "[]"}}, rows)[1]
    {'image': 'b.jpg', 'reply': '[]'}

    Raises
    ------
    InseparableError
        A table of replies has no column that is known to hold them.
    """
    columns, cells = value.get("columns"), value.get("data")
    if type(columns) is list and type(cells) is list and all(type(name) is str for name in columns):
        return _with_names(columns, cells, rows)
    held = list(value.values())
    if len(held) < 2 or not _has_replies(value, rows):
        return None
    if all(type(column) is list for column in held) and len(set(map(len, held))) == 1:
        is_named = any(_is_name_column(name, value[name], rows) for name in value)
        texts = [cell for column in held for cell in column if type(cell) is str and is_reply_text(cell)]
        return _check_rows(_zip(value, held), rows) if is_named or len(texts) > 1 else None
    if all(type(column) is dict and column.keys() == held[0].keys() for column in held) and held[0]:
        return _by_index(value, rows)
    return None


def separate_cells(entries: list[Any], rows: RowReader) -> list[Any] | None:
    """Return the rows of a list of lists of cells, such as pairs of image and answer; None for any other list.

    >>> from maskmill_bindings._images.image_lookup import ImageLookup
    >>> from maskmill_bindings._sources.source_options import SourceOptions
    >>> rows = RowReader(SourceOptions(), ImageLookup(None, None, by_key=False))
    >>> separate_cells([["a.jpg", "[]"]], rows)
    [{'reply': '[]', 'image': 'a.jpg', 'key': 'a.jpg'}]

    Raises
    ------
    InseparableError
        The first cells may name images or parts of one answer.
    """
    widths = {len(entry) if type(entry) is list else 0 for entry in entries}
    if len(widths) != 1 or max(widths) < 2:
        return None
    header = entries[0]
    if len(entries) > 1 and all(type(name) is str for name in header) and rows.is_row(dict.fromkeys(header, "")):
        return _check_rows(_zip(header, zip(*entries[1:], strict=True)), rows)
    columns = list(zip(*entries, strict=True))
    holding = [i for i, column in enumerate(columns) if any(map(_is_answer, column))]
    names = [i for i, column in enumerate(columns) if all(map(_is_image, column))]
    if len(columns) == 2 and len(holding) == 1 and not names:
        names = [i for i in (0, 1) if i not in holding and _are_names(columns[i])]
    if len(holding) != 1 or not names:
        return None
    answers = columns[holding[0]]
    if not all(map(_is_image, columns[names[0]])) and not any(map(_is_whole, answers)):
        _check_labels(columns[names[0]])
        return None
    return [name_answer(str(name), answer, rows) for name, answer in zip(columns[names[0]], answers, strict=True)]


def _with_names(columns: list[str], cells: list[Any], rows: RowReader) -> list[Any] | None:
    """Return the rows of a table whose columns are named beside its cells."""
    if not cells or not all(type(row) is list and len(row) == len(columns) for row in cells):
        return None
    if not any(_is_answer(cell) for row in cells for cell in row):
        return None
    return _check_rows([dict(zip(columns, row, strict=True)) for row in cells], rows)


def _by_index(value: dict[str, Any], rows: RowReader) -> list[Any] | None:
    """Return the rows of columns that are objects, whose keys are the numbers or names of the rows."""
    index = list(next(iter(value.values())))
    if not all(name.isdecimal() or names_image(name) for name in index):
        return None
    found = _zip(value, [list(column.values()) for column in value.values()])
    named = zip(index, _check_rows(found, rows), strict=True)
    return [row if name.isdecimal() else name_answer(name, row, rows) for name, row in named]


def _zip(names: Iterable[str], columns: Iterable[Any]) -> list[dict[str, Any]]:
    names = list(names)
    return [dict(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _check_rows(found: list[dict[str, Any]], rows: RowReader) -> list[Any]:
    """Return rows; raise where none of them has a reply."""
    if not any(map(rows.is_row, found)):
        names = ", ".join(map(repr, list(found[0])[:5])) if found else ""
        raise InseparableError(f"a table without a known column of replies among {names}; name it: --field reply=NAME")
    return found


def _has_replies(value: dict[str, Any], rows: RowReader) -> bool:
    """Return whether one of the columns holds replies: by its name, or by its first cell."""
    first = {name: next(iter(_cells(column)), None) for name, column in value.items()}
    names = [name for name in first if name in rows.names["reply"]]
    return any(type(first[name]) in (str, dict) for name in names) or any(map(_is_whole, first.values()))


def _is_name_column(name: str, column: list[Any], rows: RowReader) -> bool:
    """Return whether a column holds keys or images."""
    is_known = name in (*rows.names["key"], *rows.names["image"], *IMAGES, *KEYS)
    return is_known and all(type(cell) in (str, int) for cell in column)


def _cells(column: Any) -> list[Any]:
    return list(column.values()) if type(column) is dict else column if type(column) is list else []


def _check_labels(names: Iterable[Any]) -> None:
    """Raise for lists of items beside names with numbers, which may name images or parts of one answer."""
    shown = [str(name) for name in names]
    if len(shown) > 1 and all(any(map(str.isdigit, name)) for name in shown):
        joined = ", ".join(shown[:3])
        raise InseparableError(
            f"lists beside {joined}, which may be answers about several images or parts of one; {_ADVICE}"
        )


def _are_names(column: Iterable[Any]) -> bool:
    return all(type(cell) is int or (type(cell) is str and _is_short(cell)) for cell in column)


def _is_short(text: str) -> bool:
    return 0 < len(text) <= _MAX_NAME and "\n" not in text and text[0] not in "[{"


def _is_image(cell: Any) -> bool:
    return type(cell) is str and names_image(cell)


def _is_answer(cell: Any) -> bool:
    return _is_whole(cell) or holds_items(cell)


def _is_whole(cell: Any) -> bool:
    """Return whether a cell is a response, or the text of a reply."""
    if type(cell) is str:
        return is_reply_text(cell)
    return type(cell) is dict and (is_response(cell) or is_message(cell))
