"""Random access by key and number, across row groups and files, in threads and processes."""

from __future__ import annotations

import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import maskmill
from maskmill_bindings._table import to_batch
from maskmill_bindings.exports import parquet
from maskmill_bindings.maskfile import MaskFile
from maskmill_bindings.record import Record
from support.datasets.varied_records import noise, records, same_rows
from support.tiers import spread


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    """Shards of one image each, the second without rows, and one whose row groups end within an image."""
    folder = tmp_path / "shards"
    folder.mkdir()
    all_records = records()
    parquet.write(all_records[:1], folder / "0.parquet")
    parquet.write([], folder / "1.parquet")
    parquet.write(all_records[1:2], folder / "2.parquet")
    pq.write_table(pa.Table.from_batches([to_batch(all_records[2:])]), folder / "3.parquet", row_group_size=4)
    return folder


def test_by_key_and_by_number(shards: Path) -> None:
    file, wanted = MaskFile(shards), records()
    assert len(file) == len(wanted)
    assert file.keys() == list(file) == [record.key for record in wanted]
    for i in (3, 0, 4, 4, 2, 1, -1):
        assert wanted[i].key in file
        same_rows(file[wanted[i].key], wanted[i].masks)
        assert (file.at(i).key, file.at(i).image, file.at(i).line) == (wanted[i].key, wanted[i].image, wanted[i].line)


def test_keys_and_numbers_that_do_not_exist(shards: Path) -> None:
    file = MaskFile(shards)
    for key in ("nothing", "", "zzz"):
        assert key not in file
        with pytest.raises(KeyError, match=repr(key)):
            _ = file[key]
    assert 3 not in file
    with pytest.raises(KeyError):
        _ = file[3]  # type: ignore[index]
    for number in (5, -6):
        with pytest.raises(IndexError, match="below 5"):
            file.at(number)


def test_keys_are_found_in_any_order_of_texts(tmp_path: Path) -> None:
    keys = ["b", "", "ä", "a", "𝔘", "\uffff", "B", "aa"]
    [path] = parquet.write([Record(key, noise(i).masks) for i, key in enumerate(keys)], tmp_path / "a.parquet")
    file = MaskFile(path)
    assert [file.at(i).key for i in range(len(file))] == keys
    for i, key in enumerate(keys):
        same_rows(file[key], noise(i).masks)


def test_a_key_that_occurs_again(tmp_path: Path) -> None:
    """The key gives the first record, numbers give all; two records with the same key may follow one another."""
    written = [Record(key, noise(i).masks) for i, key in enumerate("aaba")]
    [path] = parquet.write(written, tmp_path / "a.parquet")
    file = MaskFile(path)
    assert file.keys() == list("aaba")
    same_rows(file["a"], written[0].masks)
    for i, record in enumerate(written):
        same_rows(file.at(i).masks, record.masks)


def test_only_the_groups_needed_are_read(shards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    real = pq.ParquetFile.read_row_group
    monkeypatch.setattr(pq.ParquetFile, "read_row_group", lambda self, i, **how: read.append(i) or real(self, i, **how))
    file = MaskFile(shards)
    assert "noise/2" in file
    assert read == []
    _ = file["noise/1"]  # rows 0 to 5 of groups of four
    assert read == [0, 1]
    _ = file["noise/2"]  # begins in the group that was read last
    assert read == [0, 1, 2]
    for _ in range(3):
        _ = file["scene"]
    assert read == [0, 1, 2, 0]


def test_an_empty_file(tmp_path: Path) -> None:
    [path] = parquet.write([], tmp_path / "a.parquet")
    assert len(MaskFile(path)) == 0
    assert "a" not in MaskFile(path)


def test_foreign_tables(tmp_path: Path) -> None:
    """Without the index column, and with dictionary-encoded keys."""
    table = pa.Table.from_batches([to_batch(records())]).select(["key", "label", "height", "width", "counts"])
    encoded = table.set_column(0, "key", table["key"].dictionary_encode())
    pq.write_table(encoded, tmp_path / "a.parquet")
    file = MaskFile(tmp_path / "a.parquet")
    assert file["noise/2"].coco() == noise(2, size=(22, 17)).masks.coco()


@pytest.mark.parametrize("name", ["nothing", "text.parquet", "columns.parquet"])
def test_other_files_are_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.parquet").write_text("no")
    pq.write_table(pa.table({"label": ["a"]}), tmp_path / "columns.parquet")
    with pytest.raises(maskmill.errors.ArgumentError, match=rf"expected .*, got .* - at `.*{name}"):
        len(MaskFile(tmp_path / name))


# Threads and processes.


def total(file: MaskFile, numbers: list[int]) -> int:
    return sum(int(file.at(i).masks.areas.sum()) for i in numbers)


def test_threads(shards: Path) -> None:
    file, orders = MaskFile(shards), [[0, 1, 2, 3, 4] * 5, [4, 3, 2, 1, 0] * 5, [2, 0, 4, 1, 3] * 5]
    wanted = 5 * sum(int(record.masks.areas.sum()) for record in records())
    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(lambda order: total(file, order), orders * 4)) == {wanted}


@pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("used_before", spread([True, False], 1))
def test_processes(shards: Path, method: str, used_before: bool) -> None:
    file = MaskFile(shards)
    if used_before:
        total(file, [3])
    wanted = sum(int(record.masks.areas.sum()) for record in records())
    with ProcessPoolExecutor(2, multiprocessing.get_context(method)) as pool:
        assert [pool.submit(total, file, [0, 1, 2, 3, 4]).result(120) for _ in range(2)] == [wanted] * 2


def test_a_pickle_is_a_path(shards: Path) -> None:
    file = MaskFile(shards)
    total(file, [1])
    data = pickle.dumps(file)
    assert len(data) < 1000
    assert total(pickle.loads(data), [1]) == total(file, [1])
    assert str(shards) in repr(file)
