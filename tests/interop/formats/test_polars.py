"""Polars reads the Parquet and the Arrow file: the same values and types."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pycocotools import mask as cocomask

from maskmill_bindings.exports import arrow, parquet
from support.datasets.varied_records import records

polars = pytest.importorskip("polars")

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_the_same_masks(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.{suffix}"
    if suffix == "parquet":
        parquet.write(records(), path)
        frame = polars.read_parquet(path)
    else:
        arrow.write(records(), path)
        frame = polars.read_ipc(path)
    wanted = [(r.key, m) for r in records() for m in r.masks]
    for row, (key, mask) in zip(frame.iter_rows(named=True), wanted, strict=True):
        assert (row["key"], row["label"], row["status"], row["form"]) == (key, mask.label, mask.status, mask.form)
        rle = {"size": [row["height"], row["width"]], "counts": row["counts"]}
        np.testing.assert_array_equal(cocomask.decode(rle), mask.dense())
        assert row["area"] == mask.area
        assert row["score"] == (None if np.isnan(mask.score) else mask.score)
        assert row["problems"] == [f"{p.code}: {p.message}" for p in mask.problems if p.row is not None]


def test_a_query_is_pushed_into_the_file(tmp_path: Path) -> None:
    [path] = parquet.write(records(), tmp_path / "a.parquet")
    query = polars.scan_parquet(path).filter(polars.col("area") > 100).select("key", "area")
    assert "SELECTION" in query.explain()
    wanted = [(r.key, m.area) for r in records() for m in r.masks if m.area > 100]
    assert query.collect().rows() == wanted
