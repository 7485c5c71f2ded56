"""Tables of masks whose buffers, types or values are damaged, and archives that are bombs."""

from __future__ import annotations

import io
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings.exports import arrow, npz, parquet, webdataset
from maskmill_bindings.record import Record

RECORDS = [Record(name, Masks.from_dense(np.ones((2, 3, 4), bool), labels=["cat", "dog"])) for name in "ab"]
Write = Callable[[pa.Table, Path], Any]


def write_arrow(table: pa.Table, file: Path) -> None:
    with pa.OSFile(str(file), "wb") as stream, pa.ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table)


FORMATS: list[tuple[Any, Write]] = [(arrow, write_arrow), (parquet, pq.write_table)]


def table() -> pa.Table:
    from maskmill_bindings._table import to_batch

    return pa.Table.from_batches([to_batch(RECORDS)])


def changed(name: str, column: Any) -> pa.Table:
    made = table()
    place = made.schema.get_field_index(name)
    return made.set_column(place, name, column)


@pytest.mark.parametrize(("module", "write"), FORMATS, ids=["arrow", "parquet"])
@pytest.mark.parametrize(
    ("name", "column", "message"),
    [
        ("key", pa.array([0] * 4, pa.timestamp("ns")), r"a column `key` of type string, got timestamp\[ns\]"),
        ("key", pa.array([["a"]] * 4), "a column `key` of type string, got list"),
        ("height", pa.array([3.0] * 4), "a column `height` of type int32, got double"),
        ("height", pa.array([2**40] * 4), "columns of valid values"),
        ("height", pa.array([-3] * 4, pa.int32()), r"\(width, height\) in 1..65535"),
        ("counts", pa.array([1] * 4), "a column `counts` of type binary, got int64"),
        ("counts", pa.array([b"x"] * 4, pa.binary()), "run-length string"),
        ("label", pa.array([None] * 4, pa.string()), "a value of `label` in each row, got 4 without"),
        ("problems", pa.array([1] * 4), "a column `problems` of type list"),
        ("status", pa.array(["fine"] * 4), "known status"),
    ],
)
def test_columns_of_wrong_types_and_values_are_named(
    tmp_path: Path, module: Any, write: Write, name: str, column: Any, message: str
) -> None:
    write(changed(name, column), tmp_path / "x")
    with pytest.raises(ArgumentError, match=message):
        list(module.read(tmp_path / "x"))


@pytest.mark.parametrize(("module", "write"), FORMATS, ids=["arrow", "parquet"])
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("key", pa.large_string()),
        ("label", pa.dictionary(pa.int8(), pa.string())),
        ("height", pa.int64()),
        ("area", pa.int32()),
    ],
)
def test_columns_of_wider_types_are_read(tmp_path: Path, module: Any, write: Write, name: str, kind: Any) -> None:
    write(changed(name, table().column(name).cast(kind)), tmp_path / "x")
    assert [record.key for record in module.read(tmp_path / "x")] == ["a", "b"]


def test_a_column_that_is_missing_or_comes_twice(tmp_path: Path) -> None:
    write_arrow(table().drop_columns(["counts"]), tmp_path / "x")
    with pytest.raises(ArgumentError, match="one without counts"):
        list(arrow.read(tmp_path / "x"))
    write_arrow(table().append_column("key", pa.array(["a"] * 4)), tmp_path / "x")
    with pytest.raises(ArgumentError, match="one column `key`, got 2"):
        list(arrow.read(tmp_path / "x"))


@pytest.mark.parametrize("offsets", [[0, 1, 1 << 30, 3, 4], [0, 3, 1, 3, 4]])
def test_offsets_beyond_the_texts_are_refused_before_use(tmp_path: Path, offsets: list[int]) -> None:
    buffers = [None, pa.py_buffer(np.array(offsets, np.int32)), pa.py_buffer(b"abcd")]
    made = changed("key", pa.Array.from_buffers(pa.string(), 4, buffers))
    write_arrow(made, tmp_path / "x")
    with pytest.raises(ArgumentError, match="columns of valid values"):
        list(arrow.read(tmp_path / "x"))


def test_an_archive_that_inflates_without_measure_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "x.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("counts.npy", "w") as out:
        for _ in range(300):
            out.write(bytes(1 << 20))
    with pytest.raises(ArgumentError, match="arrays of at most 268435456 bytes together"):
        list(npz.read(file))


def test_a_sparse_member_of_a_tar_file_is_refused(tmp_path: Path) -> None:
    [file] = webdataset.write(RECORDS, tmp_path / "x.tar")
    with tarfile.open(file, "a") as archive:
        member = tarfile.TarInfo("bomb.json")
        member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": str(1 << 40)}
        member.size = 512
        archive.addfile(member, io.BytesIO(b"0\n".ljust(512, b"\0")))
    with pytest.raises(ArgumentError, match=r"JSON of at most|valid tar"):
        list(webdataset.read(file))
