"""Parquet: what comes back, groups of rows, equal bytes, shards."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import maskmill
from maskmill_bindings._table import SCHEMA, to_batch
from maskmill_bindings.exports import LossWarning, parquet
from maskmill_bindings.record import Record
from support.datasets.varied_records import noise, records, same_rows


def groups(path: Path) -> list[int]:
    footer = pq.read_metadata(path)
    return [footer.row_group(i).num_rows for i in range(footer.num_row_groups)]


def many(rows: int, counts: int = 0) -> pa.RecordBatch:
    """Return rows of one mask, with counts of a number of bytes."""
    batch = to_batch([Record("a", noise(1).masks[:1])] * rows)
    if not counts:
        return batch
    place = SCHEMA.get_field_index("counts")
    return batch.set_column(place, SCHEMA.field(place), pa.array([b"0" * counts] * rows, pa.binary()))


def written(path: Path, batches: list[pa.RecordBatch]) -> Path:
    with parquet.open_parquet_writer(path) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return path


def test_all_columns_come_back(tmp_path: Path) -> None:
    wanted = records()
    assert parquet.write(iter(wanted), tmp_path / "a.parquet") == [tmp_path / "a.parquet"]
    found = list(parquet.read(tmp_path / "a.parquet"))
    for a, b in zip(found, wanted, strict=True):
        assert (a.key, a.image, a.source, a.line, a.model) == (b.key, b.image, b.source, b.line, b.model)
        same_rows(a.masks, b.masks)


def test_masks_alone_are_one_record(tmp_path: Path) -> None:
    masks = noise(3).masks
    parquet.write(masks, tmp_path / "a.parquet")
    [found] = parquet.read(tmp_path / "a.parquet")
    same_rows(found.masks, masks)


def test_the_columns_are_those_of_the_table(tmp_path: Path) -> None:
    parquet.write(records(), tmp_path / "a.parquet")
    assert pq.read_schema(tmp_path / "a.parquet").equals(SCHEMA)


def test_no_records_make_a_file_without_rows(tmp_path: Path) -> None:
    parquet.write([], tmp_path / "a.parquet")
    assert list(parquet.read(tmp_path / "a.parquet")) == []


def test_an_image_without_rows_is_warned_of_once(tmp_path: Path) -> None:
    empty = maskmill.decode("[]", (4, 4))
    with pytest.warns(LossWarning, match="without a row") as warned:
        parquet.write([Record("a", empty), Record("b", empty), noise(1)], tmp_path / "a.parquet")
    assert len(warned) == 1
    assert [record.key for record in parquet.read(tmp_path / "a.parquet")] == ["noise/1"]


def test_groups_are_bounded_by_rows(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", [many(5000), many(5000)])
    assert groups(path) == [4096, 4096, 1808]


def test_groups_are_bounded_by_bytes(tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", [many(10, 1 << 20), many(1, 6 << 20), many(2)])
    assert groups(path) == [3, 3, 3, 1, 1, 2]


@pytest.mark.parametrize("piece", [1, 7, 4095, 4096, 4097, 9000])
def test_bytes_follow_from_the_rows_alone(tmp_path: Path, piece: int) -> None:
    whole = pa.Table.from_batches([many(4000), many(9, 1 << 20), many(2000)]).combine_chunks().to_batches()[0]
    pieces = [whole.slice(start, piece) for start in range(0, whole.num_rows, piece)]
    a, b = written(tmp_path / "a.parquet", [whole]), written(tmp_path / "b.parquet", pieces)
    assert a.read_bytes() == b.read_bytes()


def test_parts_joined_are_the_file_written_at_once(tmp_path: Path) -> None:
    batches = [many(3000), many(9, 1 << 20), many(2000)]
    parts = [written(tmp_path / f"{i}.parquet", [batch]) for i, batch in enumerate(batches)]
    whole = written(tmp_path / "whole.parquet", batches)
    parquet.concatenate_files(parts, tmp_path / "joined.parquet")
    assert (tmp_path / "joined.parquet").read_bytes() == whole.read_bytes()


def test_the_footer_holds_what_is_given(tmp_path: Path) -> None:
    parts = parquet.write(records(), tmp_path / "a.parquet")
    parquet.concatenate_files(parts, tmp_path / "b.parquet", {"maskmill": "1"})
    assert pq.read_metadata(tmp_path / "b.parquet").metadata[b"maskmill"] == b"1"


def test_a_folder_of_shards_is_read_in_order(tmp_path: Path) -> None:
    for i in (2, 0, 1):
        parquet.write([noise(i)], tmp_path / f"{i:05}.parquet")
    (tmp_path / "_report.json").touch()
    (tmp_path / ".00003.parquet").touch()
    assert [record.key for record in parquet.read(tmp_path)] == ["noise/0", "noise/1", "noise/2"]


def test_statistics_and_the_page_index(tmp_path: Path) -> None:
    parquet.write(records(), tmp_path / "a.parquet")
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    columns = {group.column(i).path_in_schema: group.column(i) for i in range(group.num_columns)}
    for name in ("key", "label", "status", "score", "area", "x0", "y0", "x1", "y1"):
        assert columns[name].is_stats_set
        assert columns[name].has_column_index
    assert not columns["counts"].is_stats_set
    assert "RLE_DICTIONARY" not in columns["counts"].encodings
    assert "RLE_DICTIONARY" in columns["label"].encodings
    assert {column.compression for column in columns.values()} == {"ZSTD"}


# What others give.


def test_a_table_of_other_columns_is_refused(tmp_path: Path) -> None:
    with (
        parquet.open_parquet_writer(tmp_path / "a.parquet") as writer,
        pytest.raises(maskmill.errors.ArgumentError, match="SCHEMA"),
    ):
        writer.write_batch(pa.record_batch({"key": ["a"]}))


@pytest.mark.parametrize("name", ["nothing", "text.parquet", "folder", "cut.parquet", "columns.parquet"])
def test_a_file_that_is_no_table_of_masks_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.parquet").write_text("PAR1, or is it?")
    (tmp_path / "folder").mkdir()
    pq.write_table(pa.table({"key": ["a"]}), tmp_path / "columns.parquet")
    [file] = parquet.write(records(), tmp_path / "whole.parquet")
    (tmp_path / "cut.parquet").write_bytes(file.read_bytes()[:-9])
    with pytest.raises(maskmill.errors.ArgumentError, match=rf"expected .*, got .* - at `(.*{name}|columns)`"):
        list(parquet.read(tmp_path / name))


def test_the_fewest_columns_do(tmp_path: Path) -> None:
    table = pa.Table.from_batches([to_batch([noise(1)])]).select(["key", "label", "height", "width", "counts"])
    pq.write_table(table, tmp_path / "a.parquet")
    [found] = parquet.read(tmp_path / "a.parquet")
    assert found.masks.coco() == noise(1).masks.coco()
