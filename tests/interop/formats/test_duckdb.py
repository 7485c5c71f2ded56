"""DuckDB reads the Parquet: the same values, and by the statistics only the groups of rows that a query needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as cocomask

from maskmill_bindings._table import to_batch
from maskmill_bindings.exports import parquet
from support.datasets.varied_records import records

duckdb = pytest.importorskip("duckdb")

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools


@pytest.fixture
def ordered(tmp_path: Path) -> Path:
    """20,000 rows, keys and areas ascending."""
    import pyarrow as pa

    row = to_batch(records()[:1]).slice(0, 1)
    with parquet.open_parquet_writer(tmp_path / "ordered.parquet") as writer:
        for start in range(0, 20_000, 1000):
            batch = pa.Table.from_batches([row] * 1000).combine_chunks().to_batches()[0]
            numbers = range(start, start + 1000)
            for name, values in (("key", pa.array([f"{i:06}" for i in numbers])), ("area", pa.array(numbers))):
                place = batch.schema.get_field_index(name)
                batch = batch.set_column(place, batch.schema.field(place), values)
            writer.write_batch(batch)
    return tmp_path / "ordered.parquet"


def test_every_mask_is_what_pycocotools_reads(tmp_path: Path) -> None:
    [path] = parquet.write(records(), tmp_path / "a.parquet")
    found = duckdb.sql(f"SELECT key, label, counts, height, width, area FROM '{path}'").fetchall()
    wanted = [(r.key, m) for r in records() for m in r.masks]
    for (key, label, counts, height, width, area), (own_key, mask) in zip(found, wanted, strict=True):
        rle = {"size": [height, width], "counts": counts}
        assert (key, label, area) == (own_key, mask.label, cocomask.area(rle))
        np.testing.assert_array_equal(cocomask.decode(rle), mask.dense())
        assert cocomask.encode(np.asfortranarray(mask.dense(), np.uint8))["counts"] == counts


def test_null_is_null(tmp_path: Path) -> None:
    [path] = parquet.write(records(), tmp_path / "a.parquet")
    [(scores, boxes)] = duckdb.sql(f"SELECT count(score), count(x0) FROM '{path}'").fetchall()
    assert scores == sum(int(np.isfinite(r.masks.scores).sum()) for r in records())
    assert boxes == sum(int(np.isfinite(r.masks.boxes[:, 0]).sum()) for r in records())


@pytest.mark.parametrize(
    ("where", "rows", "groups"),
    [
        ("key = '012345'", 1, 1),
        ("area > 19990", 9, 1),
        ("area BETWEEN 4000 AND 4200", 201, 2),
        ("area >= 0", 20_000, 5),
        ("label = 'no such label'", 0, 0),
        ("x0 < -1000", 0, 0),
    ],
)
def test_statistics_leave_out_groups(ordered: Path, where: str, rows: int, groups: int) -> None:
    assert len(duckdb.sql(f"SELECT * FROM '{ordered}' WHERE {where}").fetchall()) == rows
    plan = duckdb.sql(f"EXPLAIN ANALYZE SELECT * FROM '{ordered}' WHERE {where}").fetchall()[0][1]
    scanned = re.search(r"Row Groups Scanned: (\d+)", plan)
    assert (int(scanned[1]) if scanned else 5 * ("Empty Result" not in plan)) == groups


def test_bounds_of_each_group(ordered: Path) -> None:
    query = f"SELECT stats_min_value, stats_max_value FROM parquet_metadata('{ordered}') WHERE path_in_schema = 'key'"
    bounds: list[tuple[Any, Any]] = duckdb.sql(query).fetchall()
    assert bounds == [(f"{i:06}", f"{min(i + 4095, 19_999):06}") for i in range(0, 20_000, 4096)]
