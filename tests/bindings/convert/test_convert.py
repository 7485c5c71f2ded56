"""Whole conversions: the output, the list of rows without a mask, and what is refused."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import maskmill
from maskmill.errors import ArgumentError
from maskmill.samples import mixed
from maskmill_bindings import exports
from maskmill_bindings._detection import survey_folder
from maskmill_bindings.convert import ConvertOptions, RepeatedKeyWarning, Tally, convert
from maskmill_bindings.maskfile import MaskFile

SIZE = (960, 640)
RING = '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'
COLUMNS = ["key", "index", "label", "score", "status", "x0", "y0", "x1", "y1", "height", "width", "counts", "area"]


def rows_file(folder: Path, rows: list[Any], name: str = "replies.jsonl") -> Path:
    file = folder / name
    file.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return file


def options(**changes: Any) -> ConvertOptions:
    return ConvertOptions(**{"size": SIZE, "shard_rows": 3, **changes})


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


def test_rows_without_a_mask_are_listed_and_can_be_converted_again(tmp_path: Path) -> None:
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
    again = convert([tmp_path / "x.parquet.unmasked.jsonl"], tmp_path / "y.parquet", ConvertOptions(fallback="box"))
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


def test_filter_and_classes_exclude_rows_and_count_them(tmp_path: Path) -> None:
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


def test_a_reply_past_its_limit_is_cut_and_reported(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": "long", "reply": RING[:-1] + ", " + "{x:1} " * 1000}])
    summary = convert([file], tmp_path / "x.parquet", options(max_reply_chars=200))
    assert summary.tally.masks == 1
    [listed] = map(json.loads, (tmp_path / "x.parquet.unmasked.jsonl").read_text().splitlines())
    assert "max_reply_chars" in listed["reasons"][0]["reason"]


def test_an_empty_input_gives_an_empty_table(tmp_path: Path) -> None:
    convert([rows_file(tmp_path, [])], tmp_path / "x.parquet", options())
    assert pq.read_table(tmp_path / "x.parquet").num_rows == 0


class TestRefused:
    def test_an_output_of_another_program(self, tmp_path: Path) -> None:
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
        "invalid", [{"to": "bmp"}, {"shard_rows": 0}, {"max_reply_chars": 0}, {"classes": ("a", "a")}, {"filter": "x"}]
    )
    def test_invalid_options(self, invalid: dict[str, Any]) -> None:
        with pytest.raises(ArgumentError):
            ConvertOptions(**invalid)


def test_the_same_call_again_has_nothing_to_do(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": "a", "reply": RING}])
    first = convert([file], tmp_path / "x.parquet", options())
    again = convert([file], tmp_path / "x.parquet", options())
    assert (first.was_done, again.was_done) == (False, True)
    assert again.tally == first.tally


class TestHostile:
    def test_a_lone_surrogate_in_the_name_of_an_image(self, tmp_path: Path) -> None:
        request = {"contents": [{"parts": [{"fileData": {"fileUri": "gs://b/\ud800.jpg"}}]}]}
        file = rows_file(tmp_path, [{"request": request, "response": RING, "status": ""}])
        assert convert([file], tmp_path / "x.parquet", options()).tally.masks == 1

    def test_a_file_name_that_is_not_utf8(self, tmp_path: Path) -> None:
        folder = tmp_path / "replies"
        folder.mkdir()
        try:
            (folder / "\udcff.txt").write_text(RING)
        except OSError:
            pytest.skip("this file system takes no such name")
        assert convert([folder], tmp_path / "x.parquet", options()).tally.masks == 1

    @pytest.mark.parametrize("content", [b"", b"hello", b"PAR1 and no more"])
    def test_a_broken_parquet(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "bad.parquet").write_bytes(content)
        with pytest.raises(ArgumentError, match="expected a valid Parquet"):
            convert([tmp_path / "bad.parquet"], tmp_path / "x.parquet", options())


def test_records_with_one_name_stay_separate(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        rows_file(tmp_path / name, [{"reply": RING}], "x.jsonl")
    inputs = [tmp_path / name / "x.jsonl" for name in "ab"]
    with pytest.warns(RepeatedKeyWarning, match=r"1 key comes more than once: 'x:1' \(x.jsonl:1 and x.jsonl:1\)"):
        convert(inputs, tmp_path / "x.parquet", options())
    assert len(list(exports.read(tmp_path / "x.parquet"))) == len(MaskFile(tmp_path / "x.parquet")) == 2


def test_row_numbers_survive_filters_and_formats(tmp_path: Path) -> None:
    twice = json.dumps([{"mask": [[0, 0], [500, 0], [500, 500]], "label": label} for label in "ab"])
    file = rows_file(tmp_path, [{"key": "same", "reply": twice}, {"key": "same", "reply": twice}])
    with pytest.warns(RepeatedKeyWarning, match="'same'"):
        convert([file], tmp_path / "x.parquet", options(filter="label = b"))
    convert([tmp_path / "x.parquet"], tmp_path / "x.arrow")
    convert([tmp_path / "x.arrow"], tmp_path / "y.parquet")
    for name in ("x", "y"):
        assert pq.read_table(tmp_path / f"{name}.parquet")["index"].to_pylist() == [1, 1]
        assert len(MaskFile(tmp_path / f"{name}.parquet")) == 2


def test_an_output_with_the_name_of_a_shard(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": str(i), "reply": RING} for i in range(600)])
    convert([file], tmp_path / "00000.parquet", options(shard_rows=256))
    assert pq.read_table(tmp_path / "00000.parquet").num_rows == 600


def test_a_removed_output_is_written_again(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": "a", "reply": RING}])
    convert([file], tmp_path / "x.parquet", options())
    (tmp_path / "x.parquet").unlink()
    assert not convert([file], tmp_path / "x.parquet", options()).was_done
    assert (tmp_path / "x.parquet").exists()


def test_a_wrong_option_leaves_nothing_behind(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": "a", "reply": RING}])
    with pytest.raises(ArgumentError, match=r"0\.\.255"):
        convert([file], tmp_path / "x.parquet", options(threshold=300))
    assert convert([file], tmp_path / "x.parquet", options()).tally.masks == 1


def test_an_input_is_not_replaced(tmp_path: Path) -> None:
    listing = rows_file(tmp_path, [{"key": "a", "reply": RING}], "x.parquet.unmasked.jsonl")
    with pytest.raises(ArgumentError, match="would replace no input"):
        convert([listing], tmp_path / "x.parquet", options())
    assert listing.read_text()


def test_a_recorded_reason_is_kept(tmp_path: Path) -> None:
    error = {"code": 429, "message": "Resource exhausted"}
    convert([rows_file(tmp_path, [{"key": "a", "error": error}, "{broken"])], tmp_path / "x.parquet", options())
    first = (tmp_path / "x.parquet.unmasked.jsonl").read_text()
    assert "{broken" in first
    convert([tmp_path / "x.parquet.unmasked.jsonl"], tmp_path / "y.parquet", options())
    again = (tmp_path / "y.parquet.unmasked.jsonl").read_text()
    reasons = [[json.loads(line)["reasons"] for line in text.splitlines()] for text in (first, again)]
    assert reasons[0] == reasons[1]


def test_an_empty_reply_is_listed_but_no_failure(tmp_path: Path) -> None:
    summary = convert([rows_file(tmp_path, [{"key": "a", "reply": "[]"}])], tmp_path / "x.parquet", options())
    assert (summary.tally.unmasked, summary.tally.nothing) == (1, 1)


def test_masks_without_pixels_are_listed_from_any_input(tmp_path: Path) -> None:
    convert([rows_file(tmp_path, [{"key": "a", "reply": mixed()}])], tmp_path / "x.parquet", options())
    summary = convert([tmp_path / "x.parquet"], tmp_path / "y.parquet")
    assert (summary.tally.masks, summary.tally.drawn, summary.tally.unmasked) == (6, 5, 1)
    [line] = (tmp_path / "y.parquet.unmasked.jsonl").read_text().splitlines()
    assert json.loads(line)["reasons"][0]["status"] == "tokens"


@pytest.mark.parametrize(("to", "name"), [("coco", "x.parquet"), ("yolo", "x.parquet"), ("svg", "x.xml")])
def test_a_suffix_of_another_format(tmp_path: Path, to: str, name: str) -> None:
    with pytest.raises(ArgumentError, match="got the suffix of"):
        convert([rows_file(tmp_path, [])], tmp_path / name, options(to=to))


def test_failures_are_counted_by_kind(tmp_path: Path) -> None:
    file = rows_file(tmp_path, [{"key": f"k{i}", "reply": RING, "image": f"{i}.jpg"} for i in range(50)])
    summary = convert([file], tmp_path / "x.parquet", ConvertOptions())
    assert list(summary.tally.failures.values()) == [50]


def test_counts_do_not_depend_on_chunk_bounds() -> None:
    names = [f"label {i % 1500}" for i in range(4000)]
    at_once, in_parts = Tally(), Tally()
    at_once.add(Tally(labels=Counter(names)))
    for start in range(0, 4000, 700):
        part = Tally()
        part.add(Tally(labels=Counter(names[start : start + 700])))
        in_parts.add(Tally.from_dict(json.loads(json.dumps(part.to_dict(in_order=True)))))
    assert at_once.to_dict() == in_parts.to_dict()


def test_a_folder_with_the_markers_of_two_formats(tmp_path: Path) -> None:
    (tmp_path / "panoptic.json").write_text("{}")
    (tmp_path / "data.yaml").write_text("")
    (tmp_path / "labels").mkdir()
    (tmp_path / "panoptic.json").write_text('{"images": [], "annotations": [{"segments_info": []}]}')
    found = survey_folder(tmp_path).whole
    assert found is not None
    assert found.format == "yolo"
    (tmp_path / "data.yaml").unlink()
    found = survey_folder(tmp_path).whole
    assert found is not None
    assert found.format == "coco-panoptic"


@pytest.mark.parametrize("names", [["key"], ["key", "key"], ["custom_id"]])
def test_empty_keys_are_said(tmp_path: Path, names: list[str]) -> None:
    file = rows_file(tmp_path, [{name: "", "reply": RING} for name in names])
    states = "1 row states" if len(names) == 1 else f"{len(names)} rows state"
    with pytest.warns(RepeatedKeyWarning, match=f"{states} an empty key; the number of the line is the key"):
        summary = convert([file], tmp_path / "x.parquet", options())
    assert summary.tally.blank_keys == len(names)
    keys = [record.key for record in exports.read(tmp_path / "x.parquet")]
    assert keys == [f"{file.stem}:{line}" for line in range(1, len(names) + 1)]


def test_the_advice_for_several_answers_is_not_to_convert_them(tmp_path: Path) -> None:
    row = {"key": "a", "reply": [{"key": name, "response": {"candidates": []}} for name in "xy"]}
    file = rows_file(tmp_path, [row, {"key": "b", "reply": RING}])
    convert([file], tmp_path / "x.parquet", options())
    assert all(b"maskmill convert" not in path.read_bytes() for path in tmp_path.glob("*unmasked.jsonl"))
