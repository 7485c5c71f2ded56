"""Arrow IPC: what comes back, equal bytes, compression."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

import maskmill
from maskmill_bindings._table import SCHEMA
from maskmill_bindings.exports import LossWarning, arrow
from maskmill_bindings.record import Record
from support.datasets.varied_records import noise, records, same_rows


@pytest.mark.parametrize("suffix", ["arrow", "feather"])
def test_all_columns_come_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    assert arrow.write(iter(records()), path) == [path]
    for a, b in zip(arrow.read(path), records(), strict=True):
        assert (a.key, a.image, a.source, a.line, a.model) == (b.key, b.image, b.source, b.line, b.model)
        same_rows(a.masks, b.masks)


def test_it_is_compressed_and_written_in_batches(tmp_path: Path) -> None:
    arrow.write((noise(i) for i in range(200)), tmp_path / "a.arrow")
    with pa.ipc.open_file(tmp_path / "a.arrow") as opened:
        assert opened.num_record_batches == 4
        assert opened.schema.equals(SCHEMA)
        raw = opened.read_all().nbytes
    assert (tmp_path / "a.arrow").stat().st_size < raw


def test_equal_records_make_equal_bytes(tmp_path: Path) -> None:
    a, b = (arrow.write(records(), tmp_path / f"{name}.arrow")[0].read_bytes() for name in "ab")
    assert a == b


def test_an_image_without_rows_is_warned_of(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="without a row"):
        arrow.write([Record("a", maskmill.decode("[]", (4, 4)))], tmp_path / "a.arrow")
    assert list(arrow.read(tmp_path / "a.arrow")) == []


def test_shards_in_a_folder(tmp_path: Path) -> None:
    arrow.write([noise(1)], tmp_path / "1.arrow")
    arrow.write([noise(0)], tmp_path / "0.arrow")
    assert [record.key for record in arrow.read(tmp_path)] == ["noise/0", "noise/1"]


@pytest.mark.parametrize("name", ["nothing", "text.arrow", "cut.arrow"])
def test_a_file_that_is_no_table_of_masks_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.arrow").write_text("ARROW1, or is it?")
    [file] = arrow.write(records(), tmp_path / "whole.arrow")
    (tmp_path / "cut.arrow").write_bytes(file.read_bytes()[:-9])
    with pytest.raises(maskmill.errors.ArgumentError, match=rf"expected .*, got .* - at `.*{name}`"):
        list(arrow.read(tmp_path / name))
