"""Which kind of source a path is; folders of replies and files with one reply."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from maskmill.errors import ArgumentError
from maskmill_bindings._sources import SourceOptions, open_sources

RESPONSE = {"candidates": [{"content": {"parts": [{"text": "[]"}]}}], "modelVersion": "gemini-x"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "replies"
    folder.mkdir()
    (folder / "a.txt").write_text("```json\n[]\n```")
    (folder / "b.json").write_text(json.dumps(RESPONSE, indent=1))
    (folder / "c.md").write_text('{"masks": []}')
    (folder / "d.json").write_text(json.dumps({"key": "own", "response": RESPONSE, "width": 5, "height": 6}))
    (folder / "e.txt").write_bytes(b"\xff\xfe" + "[]".encode("utf-16-le"))
    (folder / "f.txt").write_bytes(b"%PDF-1.7")
    (folder / "g.txt").write_text("x" * 3000)
    Image.new("RGB", (7, 8)).save(folder / "a.png")
    (folder / ".hidden.txt").write_text("[]")
    return folder


def test_a_folder_of_replies(folder: Path, read: Any) -> None:
    entries = read(folder, max_row_bytes=2999)
    assert [e.key for e in entries] == ["a", "b", "c", "own", "e", "f", "g"]
    assert [e.reply for e in entries[:5]] == ["```json\n[]\n```", RESPONSE, '{"masks": []}', RESPONSE, "[]"]
    assert [e.size for e in entries[:5]] == [(7, 8), (64, 48), (64, 48), (5, 6), (64, 48)]
    assert [e.model for e in entries[:5]] == ["", "gemini-x", "", "gemini-x", ""]
    assert (entries[0].image, entries[0].source, entries[0].line) == ("a.png", "a.txt", 1)
    assert [e.failure for e in entries[5:]] == [
        "expected the text of a reply, got a PDF",
        "row of 3000 bytes, at most 2999 are read",
    ]


def test_a_folder_is_resumed_from_every_chunk(folder: Path) -> None:
    [source] = open_sources([str(folder)], SourceOptions(max_row_bytes=2999))
    chunks = [*source.chunks(None, 2, 100)]
    assert sum(chunk.count for chunk in chunks) == 7
    for number, chunk in enumerate(chunks, 1):
        assert [*source.chunks(chunk.end, 2, 100)] == chunks[number:]
    (folder / "g.txt").write_text("y" * 3000)
    assert [*source.chunks(None, 2, 100)][-1].digest != chunks[-1].digest


def test_the_identity_of_a_folder_covers_its_files(folder: Path) -> None:
    def identity() -> Any:
        return json.loads(json.dumps(open_sources([str(folder)], SourceOptions())[0].identity()))

    before = identity()
    os.rename(folder / "a.txt", folder / "aa.txt")
    after = identity()
    assert {name for name in before if before[name] != after[name]} == {"names"}


def test_a_file_that_disappears_is_reported(folder: Path) -> None:
    [source] = open_sources([str(folder)], SourceOptions(size=(64, 48)))
    (folder / "a.txt").unlink()
    first = next(e for c in source.chunks(None, 9, 9999) for e in source.entries(c))
    assert (first.key, first.failure) == ("a", "file that cannot be read: No such file or directory")


@pytest.mark.parametrize(
    ("name", "content", "reply"),
    [
        ("r.txt", "[]", "[]"),
        ("r.json", json.dumps([{"box_2d": [1, 2, 3, 4], "label": "a"}]), '[{"box_2d": [1, 2, 3, 4], "label": "a"}]'),
        ("r.json", json.dumps(RESPONSE), RESPONSE),
        ("r.json", json.dumps(RESPONSE, indent=1), RESPONSE),
        ("r.json", json.dumps([RESPONSE]), json.dumps([RESPONSE])),
        ("r.json", '{"masks": []}', '{"masks": []}'),
        ("r", "", ""),
    ],
)
def test_a_file_with_one_reply(read: Any, name: str, content: str, reply: Any) -> None:
    [entry] = read(content.encode(), name)
    assert (entry.key, entry.reply, entry.source, entry.line) == ("r", reply, name, 1)


@pytest.mark.parametrize("name", ["rows.json", "rows.txt", "rows", "rows.JSONL", "rows.ndjson"])
def test_rows_are_detected_with_any_suffix(read: Any, name: str) -> None:
    rows = b'\n{"key": "a", "reply": "[]"}\n{"key": "b", "reply": "[]"}'
    assert [(e.key, e.line) for e in read(rows, name)] == [("a", 2), ("b", 3)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("rows.json", b'[{"key": "a", "reply": "[]"}]' + b" " * 99, r"`jq -c '\.\[\]' .*` makes lines of a JSON list"),
        ("rows.csv", b'key,reply\na,"[]"', "a table of text; write a row"),
        ("rows.jsonl", "[]".encode("utf-16"), "text in UTF-16; save it as UTF-8"),
        ("a.png", b"\x89PNG\r\n\x1a\n", "a PNG image"),
        ("rows.xz", b"\xfd7zXZ\0", "xz data"),
        ("rows.arrow", b"ARROW1\0\0", "save it as Parquet"),
        ("a.parquet", b"PAR1 no more", "a Parquet file that can be read"),
        ("a.txt", b"x" * 101, "at most 100 bytes"),
    ],
)
def test_other_files_are_refused(read: Any, name: str, content: bytes, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        read(content, name, max_row_bytes=100)


def test_folders_of_rows_and_of_both(tmp_path: Path, read: Any) -> None:
    with pytest.raises(ArgumentError, match="got none"):
        read(tmp_path)
    (tmp_path / "b.jsonl").write_text('{"key": "b", "reply": "[]"}')
    (tmp_path / "a.jsonl.gz").write_bytes(b"")
    assert [e.key for e in read(tmp_path)] == ["b"]
    (tmp_path / "c.txt").write_text("[]")
    with pytest.raises(ArgumentError, match=r"c\.txt and a\.jsonl\.gz"):
        read(tmp_path)


def test_two_replies_of_one_stem_are_refused(tmp_path: Path, read: Any) -> None:
    (tmp_path / "a.txt").write_text("[]")
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(ArgumentError, match=r"a\.json and a\.txt"):
        read(tmp_path)


def test_a_named_pipe_is_refused(tmp_path: Path, read: Any) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ArgumentError, match="got a pipe or device"):
        read(tmp_path / "pipe")


def test_wrong_options_are_refused() -> None:
    for options in ({"fields": {"mask": "m"}}, {"fields": {"key": ""}}, {"max_row_bytes": 0}, {"size": (0, 1)}):
        with pytest.raises(ArgumentError):
            SourceOptions(**options)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="exists"):
        open_sources(["none.jsonl"], SourceOptions())
    with pytest.raises(ArgumentError, match="the standard input once"):
        open_sources(["-", "-"], SourceOptions())


def test_importing_is_cheap() -> None:
    import subprocess
    import sys

    code = "import sys, maskmill_bindings._sources; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pyarrow", "numba", "cv2", "sqlite3"} & set(loaded)
