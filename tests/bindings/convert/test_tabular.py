"""Tables of replies converted to tables of masks: the masks of `decode`, and a failure for every other reply."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import maskmill
from maskmill.errors import ArgumentError
from maskmill.samples import mixed
from maskmill_bindings._table import SCHEMA, to_batch
from maskmill_bindings.convert import ConvertOptions
from maskmill_bindings.convert._tabular import CONVERTED_SCHEMA, convert_table
from maskmill_bindings.record import Record

SIZE = (960, 640)
RING = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
OPTIONS = ConvertOptions(size=SIZE)


def failures(table: pa.Table, options: ConvertOptions = OPTIONS) -> dict[str, str | None]:
    """Return the failure of each key; None where it has all its masks."""
    converted = convert_table(table, options)
    assert converted.schema == CONVERTED_SCHEMA
    return dict(zip(converted["key"].to_pylist(), converted["failure"].to_pylist(), strict=True))


def test_masks_are_those_of_decode() -> None:
    replies = {"a": mixed(), "b": RING, "c": "[]"}
    converted = convert_table(pa.table({"key": list(replies), "reply": list(replies.values())}), OPTIONS)
    masks = converted.filter(pc.field("failure").is_null()).select(SCHEMA.names).cast(SCHEMA)
    records = [Record(key, maskmill.decode(reply, SIZE)) for key, reply in replies.items()]
    assert masks.equals(pa.Table.from_batches([to_batch(records)]))


def test_a_reply_without_a_mask_has_a_failure_with_each_reason() -> None:
    reasons = failures(pa.table({"key": ["part", "none"], "reply": [mixed(), "prose"]}))
    assert reasons["part"] == "row 2: " + next(
        p.message for p in maskmill.decode(mixed(), SIZE).problems if p.row == 2 and p.code == "tokens"
    )
    assert reasons["none"] == "text or JSON without any item in it"


POISON: dict[str, Any] = {
    "null": None,
    "garbage": "\\\"[{'" * 1_000_000,
    "soup": "[" + "9" * 10_000 + ", 1e999, -0.0" * 1000,
    "deep": "[" * 100_000,
    "truncated": RING[:-20],
    "empty": "",
}


def test_no_row_affects_another() -> None:
    rows = [row for key, reply in POISON.items() for row in ((key, reply), (f"intact {key}", RING))]
    reasons = failures(pa.table({"key": [key for key, _ in rows], "reply": [reply for _, reply in rows]}))
    assert {key for key, failure in reasons.items() if failure is None} == {f"intact {key}" for key in POISON}


def test_strings_that_are_not_utf8() -> None:
    broken = pa.array([b'{"\xff', RING.encode(), None], pa.binary()).view(pa.string())
    keys = pa.array(["a", "b", "c"])
    reasons = failures(pa.table({"key": keys, "reply": broken}))
    assert [reasons["b"], bool(reasons["a"]), bool(reasons["c"])] == [None, True, True]


@pytest.mark.parametrize("size", [(0, 5), (None, 5), (70_000, 5), (2**62, 1), (None, None)])
def test_invalid_sizes(size: tuple[int | None, int | None]) -> None:
    rows = pa.table({"key": ["a", "b"], "reply": [RING, RING], "width": [size[0], 960], "height": [size[1], 640]})
    reasons = failures(rows, ConvertOptions())
    assert reasons["a"]
    assert reasons["b"] is None


def test_columns_of_any_type() -> None:
    response = {"candidates": [{"content": {"parts": [{"text": RING}]}}], "modelVersion": "gemini-x"}
    image = pa.array([{"bytes": b"pixels", "path": "photos/a.jpg"}] * 2)
    table = pa.table(
        {
            "id": pa.array([1, 2], pa.int64()),
            "response": pa.array([response] * 2),
            "image": image,
            "width": pa.array([960.0, 960.0]),
            "height": pa.array(["640", "640"]).dictionary_encode(),
        }
    )
    converted = convert_table(table, ConvertOptions())
    assert converted.select(["key", "image", "model", "area"]).to_pylist() == [
        {"key": key, "image": "photos/a.jpg", "model": "gemini-x", "area": converted["area"][0].as_py()} for key in "12"
    ]


def test_no_rows() -> None:
    assert convert_table(pa.table({"reply": pa.array([], pa.string())}), OPTIONS).equals(CONVERTED_SCHEMA.empty_table())


def test_no_column_of_replies() -> None:
    with pytest.raises(ArgumentError, match=r"expected a column 'reply' or .* at `table`"):
        convert_table(pa.table({"key": ["a"]}), OPTIONS)


def test_options_select() -> None:
    table = pa.table({"key": ["a"], "reply": [mixed()]})
    converted = convert_table(table, ConvertOptions(size=SIZE, filter="status = ok", classes=("orange",)))
    assert converted.filter(pc.field("failure").is_null())["label"].to_pylist() == ["orange"]


def test_read_only_buffers() -> None:
    table = pa.table({"key": ["a"], "reply": [RING]})
    stream = pa.BufferOutputStream()
    with pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)
    shared = pa.ipc.open_stream(pa.py_buffer(bytes(stream.getvalue()))).read_all()
    assert convert_table(shared, OPTIONS).equals(convert_table(table, OPTIONS))


def test_options_are_pickled() -> None:
    assert pickle.loads(pickle.dumps(OPTIONS)) == OPTIONS
    assert json.loads(json.dumps(OPTIONS.describe()))
