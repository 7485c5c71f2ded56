"""Fields of the files that hold masks: names and types from the code, meanings from here."""

from __future__ import annotations

from typing import Any, Final, get_type_hints

import pyarrow as pa

from maskmill.masks import MasksDict, RowDict
from maskmill_bindings._table import SCHEMA
from maskmill_bindings.convert import Tally

from .docstrings import entries
from .markdown import code, table

_COLUMNS: Final = {
    "key": "name of the reply; rows of a reply follow one another",
    "index": "number of the object in its reply, from 0",
    "label": "name of the object; empty: none",
    "score": "confidence that the model gave; null: none",
    "status": "`ok`, or why there is no mask",
    "form": "how the model wrote the mask",
    "x0": "box in pixels, left; null: no usable box",
    "y0": "top",
    "x1": "right",
    "y1": "bottom",
    "height": "of the image, in pixels",
    "width": "of the image, in pixels",
    "counts": "the mask as a COCO string (run lengths, column by column); all background where there is no mask",
    "area": "number of its pixels",
    "filled": "whether the filled box stands in for a mask",
    "image": "file name of the image; empty: not known",
    "model": "model that answered; empty: not known",
    "source": "input file",
    "line": "line or row in it, from 1",
    "problems": "each as `code: message`",
}
_ROW_FIELDS: Final = {
    "label": "name of the object; empty: none",
    "status": "`ok`, or why there is no mask",
    "form": "how the model wrote the mask",
    "score": "confidence that the model gave",
    "box": "x0, y0, x1, y1 in pixels",
    "area": "number of pixels of the mask",
    "filled": "whether the filled box stands in for a mask",
    "rle": "`size` as height, width, and `counts` as a COCO string",
    "item": "the object as the model wrote it",
}
_FIELDS: Final = {
    "version": "version of this layout, an integer",
    "size": "width, height of the image in pixels",
    "reply_status": "status of the reply",
    "rows": "the rows, below",
    "problems": "each with `row` (null: the reply as a whole), `code`, `message`, `excerpt`",
}


def columns() -> str:
    """Return the columns of Parquet and Arrow files."""
    rows = ((code(column.name), _arrow_type(column), _COLUMNS[column.name]) for column in SCHEMA)
    return table(("column", "type", "meaning"), rows)


def masks_json() -> str:
    """Return the keys of `Masks.to_dict`."""
    return _fields(MasksDict, _FIELDS)


def row_json() -> str:
    """Return the keys of a row of `Masks.to_dict`."""
    return _fields(RowDict, _ROW_FIELDS)


def tally() -> str:
    """Return the counts of a conversion."""
    rows = ((", ".join(map(code, entry.name.split(", "))), entry.meaning) for entry in entries(Tally, "Attributes"))
    return table(("key", "meaning"), rows)


def _arrow_type(column: pa.Field) -> str:
    name = f"list of {column.type.value_type}" if pa.types.is_list(column.type) else str(column.type)
    return f"{name} or null" if column.nullable else name


def _fields(typed: Any, meanings: dict[str, str]) -> str:
    rows = ((code(name), _json_type(kind), meanings[name]) for name, kind in get_type_hints(typed).items())
    return table(("key", "JSON type", "meaning"), rows)


def _json_type(kind: Any) -> str:
    text = kind.__name__ if isinstance(kind, type) else str(kind)
    names = {"str": "text", "int": "integer", "float": "number", "bool": "true or false", "None": "null"}
    if "float |" in text or text == "float | None":
        return "number or null"
    if "list" in text or ("[" in text and not text.startswith("dict")):
        return "list or null" if "None" in text else "list"
    return names.get(text, "object")
