"""Whole conversions: what comes out, what is listed, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import maskmill
from maskmill.errors import ArgumentError
from maskmill.samples import mixed
from maskmill_bindings import exports
from maskmill_bindings.convert import Options, convert

SIZE = (960, 640)
RING = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
COLUMNS = ["key", "index", "label", "score", "status", "x0", "y0", "x1", "y1", "height", "width", "counts", "area"]


def rows_file(folder: Path, rows: list[Any], name: str = "replies.jsonl") -> Path:
    file = folder / name
    file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return file


def options(**given: Any) -> Options:
    return Options(**{"size": SIZE, "shard_rows": 3, **given})


def test_the_table_holds_what_decode_gives(tmp_path: Path) -> None:
    replies = [mixed(), RING, "[]", mixed(), "no masks here", RING]
    file = rows_file(tmp_path, [{"key": f"k{i}", "reply": reply} for i, reply in enumerate(replies)])
    summary = convert([file], tmp_path / "x.parquet", options())
    table = pq.read_table(tmp_path / "x.parquet")
    assert set(COLUMNS) <= set(table.column_names)
    rows = table.to_pylist()
    expected = [(f"k{i}", j, m) for i, reply in enumerate(replies) for j, m in enumerate(maskmill.decode(reply, SIZE))]
    assert len(rows) == len(expected) == summary.tally.masks
    for row, (key, index, mask) in zip(rows, expected, strict=True):
        assert (row["key"], row["index"], row["label"], row["status"]) == (key, index, mask.label, mask.status)
        assert row["counts"] == mask.coco()["counts"]
        assert (row["area"], row["width"], row["height"]) == (mask.area, *SIZE)
        box = [row[name] for name in ("x0", "y0", "x1", "y1")]
        assert box == (mask.box.tolist() if np.isfinite(mask.box).all() else [None] * 4)


def test_rows_without_a_mask_are_listed_and_go_in_again(tmp_path: Path) -> None:
    rows = [
        {"key": "tokens", "reply": mixed()},
        {"key": "fine", "reply": RING},
        "{broken",
        {"key": "nothing", "reply": "[]"},
    ]
    summary = convert([rows_file(tmp_path, rows)], tmp_path / "x.parquet", options())
    listed = [json.loads(line) for line in (tmp_path / "x.parquet.unmasked.jsonl").read_text().splitlines()]
    assert next(row["key"] for row in listed if row["key"]) == "tokens"
    assert len(listed) == summary.tally.unmasked == 3
    assert all(reason["reason"] for row in listed for reason in row["reasons"])
    assert listed[0]["reply"] == mixed()
    assert listed[0]["reasons"][0]["status"] == "tokens"
    again = convert([tmp_path / "x.parquet.unmasked.jsonl"], tmp_path / "y.parquet", Options(fallback="box"))
    assert again.tally.rows == 3
    [record] = [r for r in exports.read(tmp_path / "y.parquet") if r.key == "tokens"]
    assert record.masks.filled.sum() == 1


@pytest.mark.parametrize("threads", [1, 3])
def test_the_same_bytes_from_any_number_of_threads(tmp_path: Path, threads: int) -> None:
    file = rows_file(tmp_path, [{"key": str(i), "reply": mixed() if i % 3 else RING} for i in range(20)])
    convert([file], tmp_path / "one.parquet", options(), threads=2)
    convert([file], tmp_path / "other.parquet", options(), threads=threads)
    assert (tmp_path / "one.parquet").read_bytes() == (tmp_path / "other.parquet").read_bytes()


def test_a_folder_holds_shards(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": str(i), "reply": RING} for i in range(600)])
    summary = convert([file], tmp_path / "out", options(shard_rows=200))
    assert [f.name for f in summary.files] == ["00000.parquet", "00001.parquet", "00002.parquet"]
    assert sorted(f.name for f in (tmp_path / "out").iterdir()) == [f.name for f in summary.files]
    assert (tmp_path / "out.report.json").exists()
    assert pq.read_table(tmp_path / "out").num_rows == 600


def test_filter_and_classes_leave_rows_out_and_count_them(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": "a", "reply": mixed()}])
    summary = convert([file], tmp_path / "x.parquet", options(filter="status = ok", classes=("orange", "none")))
    assert pq.read_table(tmp_path / "x.parquet")["label"].to_pylist() == ["orange"]
    assert (summary.tally.masks, summary.tally.filtered) == (1, 5)


def test_the_report_counts_everything(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": "a", "reply": mixed()}, {"key": "b", "reply": "prose"}])
    convert([file], tmp_path / "x.parquet", options())
    tally = json.loads((tmp_path / "x.parquet.report.json").read_text())["tally"]
    assert (tally["rows"], tally["masks"], tally["unmasked"]) == (2, 6, 2)
    assert tally["statuses"] == {"ok": 5, "tokens": 1}
    assert tally["replies"] == {"no_json": 1, "ok": 1}
    assert tally["repairs"]["axes_swapped"] >= 1


def test_a_reply_past_its_limit_is_cut_and_said(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": "long", "reply": RING[:-1] + ", " + "{x:1} " * 1000}])
    summary = convert([file], tmp_path / "x.parquet", options(max_reply_chars=200))
    assert summary.tally.masks == 1
    [listed] = map(json.loads, (tmp_path / "x.parquet.unmasked.jsonl").read_text().splitlines())
    assert "max_reply_chars" in listed["reasons"][0]["reason"]


def test_no_input_row_gives_an_empty_table(tmp_path: Path) -> None:
    convert([rows_file(tmp_path, [])], tmp_path / "x.parquet", options())
    assert pq.read_table(tmp_path / "x.parquet").num_rows == 0


class TestRefused:
    def test_an_output_that_somebody_else_made(self, tmp_path: Path) -> None:
        (tmp_path / "x.parquet").write_text("mine")
        with pytest.raises(ArgumentError, match="expected an output that is not there yet"):
            convert([rows_file(tmp_path, [])], tmp_path / "x.parquet", options())
        assert (tmp_path / "x.parquet").read_text() == "mine"

    def test_another_option(self, tmp_path: Path) -> None:
        file = rows_file(tmp_path, [{"key": "a", "reply": RING}])
        convert([file], tmp_path / "x.parquet", options())
        with pytest.raises(ArgumentError, match=r"threshold 127.*got threshold 100"):
            convert([file], tmp_path / "x.parquet", options(threshold=100))

    def test_another_input(self, tmp_path: Path) -> None:
        file = rows_file(tmp_path, [{"key": "a", "reply": RING}])
        convert([file], tmp_path / "x.parquet", options())
        rows_file(tmp_path, [{"key": "b", "reply": RING}, {"key": "c", "reply": RING}])
        with pytest.raises(ArgumentError, match="inputs"):
            convert([file], tmp_path / "x.parquet", options())

    @pytest.mark.parametrize("name", ["x.doc", "x.txt"])
    def test_a_suffix_of_no_format(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(ArgumentError, match="a suffix that names a format"):
            convert([rows_file(tmp_path, [])], tmp_path / name, options())

    def test_nothing_to_convert(self, tmp_path: Path) -> None:
        with pytest.raises(ArgumentError, match="files or folders to convert"):
            convert([], tmp_path / "x.parquet", options())

    @pytest.mark.parametrize(
        "given", [{"to": "bmp"}, {"shard_rows": 0}, {"max_reply_chars": 0}, {"classes": ("a", "a")}, {"filter": "x"}]
    )
    def test_options_of_no_use(self, given: dict[str, Any]) -> None:
        with pytest.raises(ArgumentError):
            Options(**given)


def test_the_same_call_again_has_nothing_to_do(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": "a", "reply": RING}])
    first = convert([file], tmp_path / "x.parquet", options())
    again = convert([file], tmp_path / "x.parquet", options())
    assert (first.was_done, again.was_done) == (False, True)
    assert again.tally == first.tally
