"""GDAL, by way of pyogrio, reads the GeoJSON: features, fields, and the coordinate reference system."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine

from maskmill_bindings.exports import Settings, geojson
from support.datasets.varied_records import SIZE, records, scene

pyogrio = pytest.importorskip("pyogrio")


def test_the_same_polygons_and_fields(tmp_path: Path) -> None:
    [file] = geojson.write(records(), tmp_path / "a.geojson")
    meta, _, shapes, fields = pyogrio.raw.read(file)
    columns = dict(zip(meta["fields"].tolist(), fields, strict=True))
    wanted = [(r, m) for r in records() for m in r.masks]
    assert meta["crs"].startswith('LOCAL_CS["pixels, y down"')
    assert columns["label"].tolist() == [m.label for _, m in wanted]
    assert columns["key"].tolist() == [r.key for r, _ in wanted]
    areas = [0 if wkb is None else shapely.from_wkb(wkb).area for wkb in shapes]
    assert areas == columns["area"].tolist() == [m.area for _, m in wanted]


def test_the_coordinate_reference_system(tmp_path: Path) -> None:
    transform = Affine(10, 0, 500_000, 0, -10, 5_000_000)
    profile = {"driver": "GTiff", "width": SIZE[0], "height": SIZE[1], "count": 1, "dtype": "uint8"}
    with rasterio.open(tmp_path / "scene.tif", "w", transform=transform, crs="EPSG:32633", **profile) as image:
        image.write(np.zeros((1, SIZE[1], SIZE[0]), np.uint8))
    [file] = geojson.write(scene(image="scene.tif"), tmp_path / "a.geojson", Settings(images=tmp_path))
    meta, _, shapes, _ = pyogrio.raw.read(file)
    assert meta["crs"] == "EPSG:32633"
    assert shapely.from_wkb(shapes[0]).within(shapely.box(500_000, 4_999_200, 501_200, 5_000_000))
