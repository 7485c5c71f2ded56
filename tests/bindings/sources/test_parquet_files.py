"""Parquet files with one reply per row."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill.errors import ArgumentError
from maskmill_bindings._sources import Entry, SourceOptions, open_sources
from support.tiers import thorough

RESPONSE = {"candidates": [{"content": {"parts": [{"text": "[]", "thought": None}]}}], "modelVersion": "gemini-x"}


def written(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_columns(tmp_path: Path, read: Any) -> None:
    columns = {
        "key": ["a", "b", None],
        "reply": ["[]", None, "[1]"],
        "image": [{"bytes": b"x" * 99, "path": f"{i}.jpg"} for i in range(3)],
        "width": pa.array([5.0, None, float("nan")]),
        "height": pa.array([6, None, None]),
        "model": pa.array(["m", "m", None]).dictionary_encode(),
        "huge": [b"y" * 9999] * 3,
    }
    path = written(tmp_path / "rows.parquet", columns, row_group_size=2)
    assert read(path) == [
        Entry("a", "[]", (5, 6), "0.jpg", "m", "rows.parquet", 1),
        Entry("b", None, (64, 48), "1.jpg", "m", "rows.parquet", 2, "no reply: 'reply' is null"),
        Entry("2.jpg", "[1]", (64, 48), "2.jpg", "", "rows.parquet", 3),
    ]


def test_responses_as_structs(tmp_path: Path, read: Any) -> None:
    columns = {"id": [7], "response": [RESPONSE], "status": [""]}
    [entry] = read(written(tmp_path / "rows.parquet", columns))
    assert entry == Entry("7", RESPONSE, (64, 48), "", "gemini-x", "rows.parquet", 1)


ROWS = st.lists(st.tuples(st.sampled_from(["", "[]", "x" * 50, "é" * 300]), st.integers(0, 9)), min_size=1, max_size=60)


@settings(max_examples=40, deadline=None)
@given(ROWS, st.integers(1, 20), st.integers(1, 9), st.integers(1, 900))
def test_reading_resumes_from_every_chunk(
    tmp_path_factory: Any, rows: list[tuple[str, int]], group: int, max_rows: int, max_bytes: int
) -> None:
    columns = {"reply": [text for text, _ in rows], "key": [number for _, number in rows]}
    path = written(tmp_path_factory.mktemp("rows") / "rows.parquet", columns, row_group_size=group)
    [source] = open_sources([str(path)], SourceOptions(size=(64, 48)))
    chunks = [*source.chunks(None, max_rows, max_bytes)]
    assert [e.reply for c in chunks for e in source.entries(c)] == columns["reply"]
    assert [e.line for c in chunks for e in source.entries(c)] == [*range(1, len(rows) + 1)]
    assert all(c.count <= max_rows and (c.nbytes <= max_bytes or c.count == 1) for c in chunks)
    summaries = [(c.first_line, c.count, c.end, c.nbytes, c.digest) for c in chunks]
    for number, chunk in enumerate(chunks, 1):
        rest = source.chunks(chunk.end, max_rows, max_bytes)
        assert [(c.first_line, c.count, c.end, c.nbytes, c.digest) for c in rest] == summaries[number:]


def test_digests_differ_for_other_rows(tmp_path: Path) -> None:
    def digest(reply: str) -> bytes:
        path = written(tmp_path / "rows.parquet", {"reply": ["[]", reply]})
        [source] = open_sources([str(path)], SourceOptions())
        return next(c.digest for c in source.chunks(None, 9, 999))

    assert digest("a") == digest("a") != digest("b")


def test_long_rows_are_reported(tmp_path: Path, read: Any) -> None:
    path = written(tmp_path / "rows.parquet", {"key": ["a", "b"], "reply": ["x" * 101, "[]"]})
    found = read(path, max_row_bytes=100)
    assert [(e.key, e.failure) for e in found] == [("a", "row of 101 bytes, at most 100 are read"), ("b", "")]


def test_wrong_files_are_refused(tmp_path: Path, read: Any) -> None:
    with pytest.raises(ArgumentError, match=r"a column 'reply' or .*, got \['prompt'\]"):
        read(written(tmp_path / "rows.parquet", {"prompt": ["a"]}))
    path = written(tmp_path / "rows.parquet", {"reply": ["abc" * i for i in range(9000)]}, compression="zstd")
    data = bytearray(path.read_bytes())
    data[100:20_000] = bytes(19_900)
    path.write_bytes(data)
    with pytest.raises(ArgumentError, match="a Parquet file that can be read to its end"):
        read(path)


@thorough
def test_memory_is_bounded_within_a_row_group(tmp_path: Path) -> None:
    """One row group of 400 MB, read in another process."""
    path = tmp_path / "rows.parquet"
    schema = pa.schema({"reply": pa.string()})
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=False) as writer:
        batch = pa.table({"reply": ["x" * 2**17 + str(i) for i in range(3200)]}, schema)
        writer.write_table(batch, row_group_size=3200)
    del batch
    code = f"""
import resource
import pyarrow.parquet
from maskmill_bindings._sources import SourceOptions, open_sources
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
[source] = open_sources([{str(path)!r}], SourceOptions(size=(64, 48)))
before, rows = peak(), 0
for chunk in source.chunks(None, 256, 2**22):
    rows += len(source.entries(chunk))
print(rows, peak() - before)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rows, grown = map(int, run.stdout.split())
    assert rows == 3200
    assert grown < 150 * 1024
