"""JSON Lines: simple rows, batches of both services, broken and hostile rows, compression, the standard input."""

from __future__ import annotations

import bz2
import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import maskmill
from maskmill.errors import ArgumentError
from maskmill_bindings._sources import Entry, SourceOptions, open_sources

MANY = b"".join(json.dumps({"key": f"k{i}", "reply": f"[{i}]" * (i % 7), "n": i}).encode() + b"\n" for i in range(500))


def response(text: str, **more: Any) -> dict[str, Any]:
    parts = [{"text": "thinking", "thought": True}, {"text": text[:3]}, {"text": text[3:]}]
    return {"candidates": [{"content": {"parts": parts}, "finishReason": "STOP"}], "modelVersion": "gemini-x", **more}


def dumped(*rows: Any) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


@pytest.mark.parametrize("field", ["reply", "text", "response", "output"])
def test_simple_rows(read: Any, field: str) -> None:
    row = {"key": "a", field: "[]", "image": "a.jpg", "width": 640, "height": 480}
    assert read(dumped(row)) == [Entry("a", "[]", (640, 480), "a.jpg", "", "rows.jsonl", 1)]


def test_a_prompt_beside_the_answer_is_not_the_reply(read: Any) -> None:
    assert read(dumped({"text": "Segment.", "response": "[]"}))[0].reply == "[]"


def test_fields_are_named(read: Any) -> None:
    row = {"answer": "[]", "n": 7, "w": 5, "h": 6, "file": "a.png", "reply": "no", "key": "no"}
    names = {"reply": "answer", "key": "n", "width": "w", "height": "h", "image": "file"}
    assert read(dumped(row), fields=names) == [Entry("7", "[]", (5, 6), "a.png", "", "rows.jsonl", 1)]


@pytest.mark.parametrize("size", [[5, 6], "5x6", "5×6", {"width": 5, "height": 6}, ["5", 6.0]])
def test_sizes_in_one_field(read: Any, size: Any) -> None:
    assert read(dumped({"reply": "[]", "size": size}))[0].size == (5, 6)


@pytest.mark.parametrize(
    "size",
    [
        {"width": 0, "height": 5},
        {"width": 5},
        {"size": "big"},
        {"width": 70_000, "height": 1},
        {"size": [True, 1]},
        {"width": [], "height": {}},
    ],
)
def test_an_invalid_size_is_not_replaced(read: Any, size: dict[str, Any]) -> None:
    [entry] = read(dumped({"key": "a", "reply": "[]", **size}))
    assert entry.size is None
    assert "at `size`" in entry.failure


def test_a_row_without_a_size_says_what_to_do(read: Any) -> None:
    [entry] = read(dumped({"reply": "[]"}), size=None)
    assert entry.failure == "no size: give --size, --images or width and height"
    [entry] = read(dumped({"reply": "[]", "image": "a.jpg"}), size=None)
    assert "of 'a.jpg', which is not in" in entry.failure


def test_null_and_nan_count_as_absent(read: Any) -> None:
    [entry] = read(b'{"key": null, "reply": null, "text": "[]", "width": NaN, "height": null, "image": NaN}')
    assert entry == Entry("rows:1", "[]", (64, 48), "", "", "rows.jsonl", 1)


def test_a_batch_of_gemini(read: Any) -> None:
    error = {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}
    entries = read(dumped({"key": "a", "response": response("[ ]")}, {"key": "b", "error": error}))
    assert entries[0] == Entry("a", response("[ ]"), (64, 48), "", "gemini-x", "rows.jsonl", 1)
    assert maskmill.decode(entries[0].reply, (64, 48)).reply_status == "ok"
    assert (entries[1].key, entries[1].reply) == ("b", None)
    assert entries[1].failure == "error 429 of the API, 'Quota exceeded'; wait, then send the request again"


def test_a_batch_of_vertex(read: Any) -> None:
    part = {"fileData": {"fileUri": "gs://bucket/photos/a.jpg", "mimeType": "image/jpeg"}}
    request = {"contents": [{"role": "user", "parts": [part, {"text": "Segment."}]}]}
    succeeded = {"request": request, "response": response("[ ]"), "status": ""}
    failed = {"request": request, "response": {}, "status": "Bad Request: too large"}
    entries = read(dumped(succeeded, failed))
    assert [(e.key, e.image, e.model) for e in entries] == [("rows:1", "a.jpg", "gemini-x"), ("rows:2", "a.jpg", "")]
    assert [e.failure for e in entries] == ["", "no reply, and the status is 'Bad Request: too large'"]


def test_bare_responses_and_replies(read: Any) -> None:
    entries = read(
        dumped(response("[ ]"), [{"mask": []}], "[]", {"custom_id": "c", "response": {"body": {"choices": []}}})
    )
    assert [e.reply for e in entries] == [response("[ ]"), [{"mask": []}], "[]", {"body": {"choices": []}}]
    assert [e.key for e in entries] == ["rows:1", "rows:2", "rows:3", "c"]


def test_the_list_of_rows_without_masks_is_read(read: Any) -> None:
    row = {"key": "a", "source": "x.jsonl", "line": 9, "image": "a.jpg", "width": 5, "height": 6, "model": "gemini-y"}
    entries = read(dumped({**row, "reply_status": "no_json", "reasons": [{"reason": "…"}], "reply": "What?"}))
    assert entries == [Entry("a", "What?", (5, 6), "a.jpg", "gemini-y", "rows.jsonl", 1)]


@pytest.mark.parametrize(
    ("row", "failure"),
    [
        ({"key": "a", "reply": None}, "no reply: 'reply' is null"),
        ({"key": "a", "reply": 5}, "no reply: 'reply' is 5"),
        ({"key": "a", "response": {}}, "no reply: 'response' is empty"),
        ({"key": "a", "error": "timeout"}, "no reply, and the error is 'timeout'"),
        ({"key": "a", "response": {"error": {"code": 400, "message": "Bad"}}}, "error 400 of the API, 'Bad'"),
        ({"key": "a", "prompt": ""}, "no reply under 'reply', 'response'"),
    ],
)
def test_rows_without_a_reply_give_the_reason(read: Any, row: Any, failure: str) -> None:
    [entry] = read(dumped(row))
    assert (entry.key, entry.reply) == ("a", None)
    assert entry.failure.startswith(failure)


@pytest.mark.parametrize("row", [b"5", b"null", b"true", b"1e400", b"{}"])
def test_json_values_that_are_no_rows(read: Any, row: bytes) -> None:
    [entry] = read(row)
    assert entry.failure.startswith("no reply")


@pytest.mark.parametrize(
    ("row", "key", "failure"),
    [
        (b'{"key": "a", "reply": "x', "a", "broken JSON at byte 22: Unterminated string"),
        ('{"key": "é\\n", "reply": [}'.encode(), "é\n", "broken JSON at byte 26: "),
        (b'{"reply": "{\\"key\\": 3}", "id": 17, ', "17", "broken JSON"),
        (b'\xef\xbb\xbf{"key": "a" 5}', "a", "broken JSON at byte 15: "),
        (b'{"key": "a", "reply": "\xff"}', "a", "text that is not UTF-8 at byte 23"),
        (b'{"key": "a", "reply": ' + b"[" * 5000, "a", "JSON that is nested too deeply"),
        (b'{"key": "a", "reply": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "a", "JSON that is nested too deeply"),
        (b'{"key": "a", "width": NaN, "n": ' + b"9" * 5000 + b"}", "a", "JSON with a number of too many digits"),
        (b"\0\0\0", "rows:2", "broken JSON at byte 0: "),
        (b'{"key": "\\ud800', "rows:2", "broken JSON"),
        (b'{"key": "\\ud800", "reply": ', "\\ud800", "broken JSON"),
    ],
)
def test_a_broken_row_does_not_affect_the_others(read: Any, row: bytes, key: str, failure: str) -> None:
    entries = read(b'{"key": "x", "reply": "[]"}\n' + row + b'\n{"key": "y", "reply": "[]"}')
    assert [e.line for e in entries] == [1, 2, 3]
    assert (entries[1].key, entries[1].reply) == (key, None)
    assert entries[1].failure.startswith(failure)
    assert [(e.key, e.failure) for e in entries[::2]] == [("x", ""), ("y", "")]


def test_lone_surrogates_are_escaped(read: Any) -> None:
    [entry] = read(b'{"key": "a\\ud800", "image": "\\udfff.jpg", "reply": "[]"}')
    assert (entry.key, entry.image, entry.failure) == ("a\\ud800", "\\udfff.jpg", "")


def test_byte_order_marks_line_ends_and_blank_lines(read: Any) -> None:
    rows = b'\xef\xbb\xbf{"key": "a", "reply": "[]"}\r\n\r\n  \n{"key": "b", "reply": "[]"}'
    assert [(e.key, e.line) for e in read(rows)] == [("a", 1), ("b", 4)]
    assert read(b"") == read(b"\n\n") == []


def test_a_row_that_is_too_long_is_reported_with_its_key(read: Any) -> None:
    long = b'{"key": "long", "reply": "' + b"x" * 9000 + b'"}\n'
    entries = read(b'{"key": "a", "reply": "[]"}\n' + long + b'{"key": "b", "reply": "[]"}', max_row_bytes=8000)
    assert [(e.key, e.line) for e in entries] == [("a", 1), ("long", 2), ("b", 3)]
    assert entries[1].failure == "row of 9029 bytes, at most 8000 are read"


@given(st.binary(max_size=200))
def test_nothing_is_raised_for_any_bytes(data: bytes) -> None:
    from maskmill_bindings._images.image_lookup import ImageLookup
    from maskmill_bindings._sources.json_lines import JsonLinesSource
    from maskmill_bindings._sources.row_fields import RowReader

    rows = RowReader(SourceOptions(size=(64, 48)), ImageLookup(None, None, by_key=False))
    source = JsonLinesSource("-", "stdin", "stdin", rows, 100)
    for row in data.split(b"\n"):
        for entry in source._entries(row, 1):
            assert entry.key
            assert (entry.reply is None) == bool(entry.failure)


NAMES = st.sampled_from(
    ["key", "reply", "response", "error", "status", "request", "image", "width", "height", "size", "contents", "parts",
     "inlineData", "fileData", "data", "fileUri", "mimeType", "code", "message", "candidates", "path", "model"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("a9./:\ud800", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, JSON))
def test_nothing_is_raised_for_any_row(row: dict[str, Any]) -> None:
    from maskmill_bindings._images.image_lookup import ImageLookup
    from maskmill_bindings._sources.row_fields import RowReader

    entry = RowReader(SourceOptions(size=(64, 48)), ImageLookup(None, None, by_key=False)).entry(row, "x", 1, "x:1")
    assert isinstance(entry.key, str)
    assert isinstance(entry.image, str)
    assert entry.failure or (entry.reply is not None and entry.size is not None)


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".zst", lambda data: bytes(pa.compress(data, "zstd", asbytes=True))),
    ],
)
def test_compressed_rows_are_the_same(tmp_path: Path, suffix: str, pack: Any) -> None:
    bare, packed = tmp_path / "rows.jsonl", tmp_path / f"rows.jsonl{suffix}"
    bare.write_bytes(MANY)
    packed.write_bytes(pack(MANY[:9999]) + pack(MANY[9999:]))
    options = SourceOptions(size=(64, 48))
    sources = open_sources([str(bare), str(packed)], options)
    chunks = [[*source.chunks(None, 40, 3000)] for source in sources]
    summaries = [[(c.end, c.digest, c.count, c.nbytes, c.first_line) for c in found] for found in chunks]
    assert summaries[0] == summaries[1]
    keys = [[e.key for c in found for e in source.entries(c)] for source, found in zip(sources, chunks, strict=True)]
    assert keys[0] == keys[1] == [f"k{i}" for i in range(500)]
    for source, found in zip(sources, chunks, strict=True):
        for position in (found[3].end, list(found[3].end)):  # type: ignore[arg-type]
            rest = [c.digest for c in source.chunks(position, 40, 3000)]
            assert rest == [c.digest for c in found[4:]]


def test_compressed_data_that_end_early_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl.gz"
    file.write_bytes(gzip.compress(MANY)[:-40])
    [source] = open_sources([str(file)], SourceOptions(size=(64, 48)))
    with pytest.raises(ArgumentError, match="can be read to its end, got Truncated"):
        [*source.chunks(None, 40, 3000)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_the_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pack: Any) -> None:
    (tmp_path / "piped").write_bytes(pack(MANY))
    with (tmp_path / "piped").open() as piped:
        monkeypatch.setattr(sys, "stdin", piped)
        [source] = open_sources(["-"], SourceOptions(size=(64, 48)))
        assert source.identity() == {"path": "-"}
        entries = [e for c in source.chunks(None, 40, 3000) for e in source.entries(c)]
    assert [e.key for e in entries] == [f"k{i}" for i in range(500)]
    assert {e.source for e in entries} == {"stdin"}


def test_a_pipe_is_resumed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "piped").write_bytes(MANY)

    def chunks(start: Any) -> list[bytes]:
        with (tmp_path / "piped").open() as piped:
            monkeypatch.setattr(sys, "stdin", piped)
            [source] = open_sources(["-"], SourceOptions())
            return [(c.end, c.digest) for c in source.chunks(start, 40, 3000)]

    found = chunks(None)
    assert chunks(found[2][0]) == found[3:]


def test_memory_stays_flat_over_long_rows(tmp_path: Path) -> None:
    """Peak memory of another process, over a row of 150 MB and many of 1 MB."""
    file = tmp_path / "rows.jsonl"
    with file.open("wb") as stream:
        stream.write(b'{"key": "long", "reply": "')
        for _ in range(150):
            stream.write(b"x" * 2**20)
        stream.write(b'"}\n')
        for i in range(50):
            stream.write(b'{"key": "%d", "reply": "' % i + b"x" * 2**20 + b'"}\n')
    code = f"""
import resource
from maskmill_bindings._sources import SourceOptions, open_sources
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
[source] = open_sources([{str(file)!r}], SourceOptions(size=(64, 48), max_row_bytes=2**23))
before, rows = peak(), 0
for chunk in source.chunks(None, 256, 2**22):
    rows += len(source.entries(chunk))
print(rows, peak() - before)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rows, grown = map(int, run.stdout.split())
    assert rows == 51
    assert grown < 60 * 1024
