"""Hugging Face datasets 5.2 as the judge: features, values, masks drawn when they are read."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

import maskmill
from maskmill import samples
from maskmill.errors import ArgumentError, MissingPackageError
from maskmill_bindings._table import SCHEMA, to_batch
from maskmill_bindings.huggingface import decode_row, to_dataset, with_masks
from maskmill_bindings.record import Record

datasets = pytest.importorskip("datasets")

SIZES = [(120, 80), (64, 48), (9, 7)]
RECORDS = [
    Record(f"image {i}", maskmill.decode(samples.mixed(), size), f"{i}.jpg", "replies.jsonl", i + 1)
    for i, size in enumerate(SIZES)
]
CLASSES = sorted({label for record in RECORDS for label in record.masks.labels})
TABLE = pa.Table.from_batches([to_batch(RECORDS)], SCHEMA)
DENSE = [mask.dense() for record in RECORDS for mask in record.masks]


@pytest.fixture(params=["records", "parquet", "arrow"])
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "records":
        return iter(RECORDS)
    file = tmp_path / f"masks.{request.param}"
    if request.param == "parquet":
        parquet.write_table(TABLE, file, compression="zstd")
    else:
        with pa.ipc.new_file(file, SCHEMA) as writer:
            writer.write_table(TABLE)
    return file


def test_every_column_with_its_feature(given: Any) -> None:
    dataset = to_dataset(given)
    assert dataset.column_names == SCHEMA.names
    assert dataset.features["counts"] == datasets.Value("binary")
    assert dataset.features["score"] == datasets.Value("float32")
    assert dataset.features["label"] == datasets.Value("string")
    assert dataset.features["problems"] == datasets.List(datasets.Value("string"))
    assert list(dataset) == TABLE.to_pylist()


def test_labels_as_numbers_of_classes(given: Any) -> None:
    dataset = to_dataset(given, CLASSES)
    label = dataset.features["label"]
    assert isinstance(label, datasets.ClassLabel)
    assert label.names == CLASSES
    assert label.int2str(dataset["label"][:]) == TABLE["label"].to_pylist()
    assert dataset["counts"][:] == TABLE["counts"].to_pylist()


def test_masks_are_drawn_when_a_row_is_read(given: Any) -> None:
    dataset = with_masks(to_dataset(given))
    assert len(dataset) == len(DENSE)
    for row, pixels in zip(dataset, DENSE, strict=True):
        assert row["mask"].dtype == bool
        np.testing.assert_array_equal(row["mask"], pixels)
    np.testing.assert_array_equal(dataset[1:3]["mask"][1], DENSE[2])
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(dataset))[1]["mask"], DENSE[1])


@pytest.mark.parametrize("classes", [None, CLASSES])
def test_an_arrow_file_is_not_copied(tmp_path: Path, classes: list[str] | None) -> None:
    file = tmp_path / "masks.arrow"
    with pa.ipc.new_file(file, SCHEMA) as writer:
        writer.write_table(TABLE)
    before = pa.total_allocated_bytes()
    dataset = to_dataset(file, classes)
    assert pa.total_allocated_bytes() - before < 1000  # the numbers of the labels at most
    assert dataset["counts"][:] == TABLE["counts"].to_pylist()


def test_no_copy_is_left_in_the_cache_folder(given: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    assert to_dataset(given).cache_files == []
    assert not (tmp_path / "cache").exists()


def test_filter_and_map_work_on_it(tmp_path: Path) -> None:
    dataset = to_dataset(RECORDS).filter(lambda area: area > 0, input_columns="area")
    assert dataset["area"][:] == [int(pixels.sum()) for pixels in DENSE if pixels.any()]
    drawn = dataset.map(lambda row: {"drawn": int(decode_row(row)["mask"].sum())})
    assert drawn["drawn"][:] == drawn["area"][:]
    dataset.save_to_disk(tmp_path / "saved")
    assert datasets.load_from_disk(tmp_path / "saved").features == dataset.features


def test_our_parquet_is_read_by_their_own_reader(tmp_path: Path) -> None:
    parquet.write_table(TABLE, tmp_path / "masks.parquet")
    theirs = datasets.Dataset.from_parquet(str(tmp_path / "masks.parquet"), cache_dir=str(tmp_path / "cache"))
    np.testing.assert_array_equal(with_masks(theirs)[0]["mask"], DENSE[0])


def test_a_folder_of_shards(tmp_path: Path) -> None:
    for i, record in enumerate(RECORDS):
        parquet.write_table(pa.Table.from_batches([to_batch([record])], SCHEMA), tmp_path / f"{i}.parquet")
    assert list(to_dataset(tmp_path)) == TABLE.to_pylist()


def test_no_rows() -> None:
    assert len(to_dataset([])) == 0
    assert with_masks(to_dataset([]))[:]["mask"] == []


def test_an_item_without_a_label_has_no_class() -> None:
    masks = maskmill.decode([{"mask": [[0, 0], [500, 0], [500, 500]]}], (8, 8))
    assert to_dataset(masks, ["cat"])["label"][:] == [None]


def test_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="a label among the classes, got 'orange'"):
        to_dataset(RECORDS, ["cat"])
    with pytest.raises(ArgumentError, match="a file, or a folder with"):
        to_dataset(tmp_path / "absent.parquet")
    (tmp_path / "text.arrow").write_text("text")
    with pytest.raises(ArgumentError, match="a Parquet or Arrow file of masks"):
        to_dataset(tmp_path / "text.arrow")
    parquet.write_table(pa.table({"x": [1]}), tmp_path / "other.parquet")
    with pytest.raises(ArgumentError, match="which has no counts"):
        to_dataset(tmp_path / "other.parquet")
    with pytest.raises(ArgumentError, match="without counts, height - at `row`"):
        decode_row({"width": 3})


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'maskmill\[huggingface\]'"):
        to_dataset(RECORDS)
