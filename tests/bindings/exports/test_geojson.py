"""GeoJSON: orientation and validity by shapely, pixels by rasterio, frames of georeferenced images, what comes back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import orjson
import pytest
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.features import rasterize
from shapely.geometry import shape

import maskmill
from maskmill_bindings.exports import LossWarning, Settings, geojson
from maskmill_bindings.record import Record
from support.datasets.masks_equality import assert_same_masks
from support.datasets.read_everything import read_everything, reasons
from support.datasets.varied_records import SIZE, noise, records, scene

NORTH_UP = Affine(10, 0, 500_000, 0, -10, 5_000_000)
TURNED = Affine(0.4, 0.3, 400_000, 0.3, -0.4, 5_100_000)
Y_DOWN = Affine(0.25, 0, -3, 0, 0.25, 7)
FRAMES = {"north up": NORTH_UP, "turned": TURNED, "y down": Y_DOWN}


def written(path: Path, given: Any, settings: Settings | None = None) -> dict[str, Any]:
    [file] = geojson.write(given, path / "a.geojson", settings)
    found: dict[str, Any] = orjson.loads(file.read_bytes())
    return found


def image(folder: Path, name: str, transform: Affine, crs: str | None, size: tuple[int, int]) -> Settings:
    """Write an empty GeoTIFF; return settings with its folder."""
    profile = {"driver": "GTiff", "width": size[0], "height": size[1], "count": 1, "dtype": "uint8"}
    with rasterio.open(folder / name, "w", transform=transform, crs=crs, **profile) as file:
        file.write(np.zeros((1, size[1], size[0]), np.uint8))
    return Settings(images=folder)


def rings_of(geometry: dict[str, Any]) -> list[list[list[list[float]]]]:
    one = geometry["type"] == "Polygon"
    return [geometry["coordinates"]] if one else geometry["coordinates"]


def holds(feature: dict[str, Any], pixels: NDArray[np.bool_], transform: Affine) -> None:
    """Fail unless a feature is valid, has the orientation of the RFC, and rasterio burns exactly these pixels."""
    geometry = feature["geometry"]
    assert (geometry is None) == (not pixels.any())
    if geometry is None:
        return
    polygon = shape(geometry)
    assert polygon.is_valid
    for part in getattr(polygon, "geoms", [polygon]):
        assert part.exterior.is_ccw
        assert not any(hole.is_ccw for hole in part.interiors)
    assert all(ring[0] == ring[-1] for part in rings_of(geometry) for ring in part)
    burnt = rasterize([geometry], out_shape=pixels.shape, transform=transform, dtype="uint8")
    np.testing.assert_array_equal(burnt.astype(bool), pixels)


def test_features_in_pixels(tmp_path: Path) -> None:
    collection = written(tmp_path, records())
    assert collection["crs"]["properties"]["name"].startswith('LOCAL_CS["pixels, y down"')
    assert collection["maskmill"] == {"frame": "pixels", "y": "down"}
    wanted = [(r, m) for r in records() for m in r.masks]
    for feature, (record, mask) in zip(collection["features"], wanted, strict=True):
        holds(feature, mask.dense(), Affine.identity())
        assert feature["properties"] == {
            "key": record.key,
            "image": record.image,
            "label": mask.label,
            "score": None if np.isnan(mask.score) else mask.score,
            "status": mask.status,
            "area": mask.area,
            "size": list(mask.size),
            "frame": "pixels",
        }


@pytest.mark.parametrize("name", FRAMES)
def test_features_in_the_frame_of_the_image(tmp_path: Path, name: str) -> None:
    settings = image(tmp_path, "scene.tif", FRAMES[name], "EPSG:32633", SIZE)
    record = scene(image="scene.tif")
    collection = written(tmp_path, record, settings)
    assert collection["crs"]["properties"]["name"] == "urn:ogc:def:crs:EPSG::32633"
    for feature, mask in zip(collection["features"], record.masks, strict=True):
        assert feature["properties"]["frame"] == "EPSG:32633"
        holds(feature, mask.dense(), FRAMES[name])


def test_degrees_need_no_crs(tmp_path: Path) -> None:
    settings = image(tmp_path, "scene.tif", Affine(1e-4, 0, 13, 0, -1e-4, 52), "EPSG:4326", SIZE)
    collection = written(tmp_path, scene(image="scene.tif"), settings)
    assert "crs" not in collection
    assert 13 <= collection["features"][0]["geometry"]["coordinates"][0][0][0] < 13.1


@pytest.mark.parametrize("crs", [None, "+proj=laea +lat_0=12 +lon_0=34"])
def test_a_frame_without_a_code(tmp_path: Path, crs: str | None) -> None:
    collection = written(tmp_path, scene(image="s.tif"), image(tmp_path, "s.tif", NORTH_UP, crs, SIZE))
    assert collection["crs"]["properties"]["name"].startswith("PROJCS" if crs else 'LOCAL_CS["unknown"')
    assert ("12" in collection["maskmill"]["frame"]) if crs else (collection["maskmill"]["frame"] == "unknown")


def test_images_of_several_frames_are_warned_of(tmp_path: Path) -> None:
    settings = image(tmp_path, "scene.tif", NORTH_UP, "EPSG:32633", SIZE)
    with pytest.warns(LossWarning, match="more than one frame"):
        collection = written(tmp_path, [scene(image="scene.tif"), noise(1)], settings)
    assert {f["properties"]["frame"] for f in collection["features"]} == {"EPSG:32633", "pixels"}


def test_images_without_a_georeference_are_in_pixels(tmp_path: Path) -> None:
    settings = Settings(images=tmp_path)
    cv2.imwrite(str(tmp_path / "scene.tif"), np.zeros((4, 3), np.uint8))
    (tmp_path / "text.jpg").write_text("no image")
    for name in ("scene.tif", "text.jpg", "nothing.jpg", "../scene.tif"):
        assert written(tmp_path, scene(image=name), settings)["maskmill"]["frame"] == "pixels"


def test_a_georeferenced_image_of_another_size_is_refused(tmp_path: Path) -> None:
    settings = image(tmp_path, "scene.tif", NORTH_UP, "EPSG:32633", (3, 4))
    with pytest.raises(maskmill.errors.ArgumentError, match=r"expected an image of 120x80, got \(3, 4\)"):
        written(tmp_path, scene(image="scene.tif"), settings)


def test_without_rasterio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = image(tmp_path, "scene.tif", NORTH_UP, None, SIZE)
    monkeypatch.setitem(sys.modules, "rasterio", None)
    assert written(tmp_path, scene())["features"]
    with pytest.raises(maskmill.errors.MissingPackageError, match="pip install rasterio"):
        written(tmp_path, scene(image="scene.tif"), settings)


# What comes back.


def test_pixels_come_back(tmp_path: Path) -> None:
    written(tmp_path, iter(records()))
    for found, wanted in zip(geojson.read(tmp_path / "a.geojson"), records(), strict=True):
        assert (found.key, found.image) == (wanted.key, wanted.image)
        assert_same_masks(found.masks, wanted.masks)
        assert found.masks.status.tolist() == wanted.masks.status.tolist()
        np.testing.assert_array_equal(found.masks.scores, wanted.masks.scores)


@pytest.mark.parametrize("name", FRAMES)
def test_pixels_come_back_from_any_frame(tmp_path: Path, name: str) -> None:
    for record in records():
        settings = image(tmp_path, "a.tif", FRAMES[name], "EPSG:32633", record.masks.size)
        written(tmp_path, Record(record.key, record.masks, "a.tif"), settings)
        [found] = geojson.read(tmp_path / "a.geojson")
        assert_same_masks(found.masks, record.masks)


def test_a_file_laid_out_by_others_is_read(tmp_path: Path) -> None:
    collection = written(tmp_path, records())
    (tmp_path / "b.geojson").write_bytes(orjson.dumps(collection, option=orjson.OPT_INDENT_2))
    for found, wanted in zip(geojson.read(tmp_path / "b.geojson"), records(), strict=True):
        assert_same_masks(found.masks, wanted.masks)


def test_no_records(tmp_path: Path) -> None:
    assert written(tmp_path, [])["features"] == []
    assert list(geojson.read(tmp_path / "a.geojson")) == []


def test_an_image_without_rows_is_warned_of(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="without a row"):
        written(tmp_path, maskmill.decode("[]", SIZE))
    assert list(geojson.read(tmp_path / "a.geojson")) == []


def test_labels_of_any_text(tmp_path: Path) -> None:
    square = [[100, 100], [900, 100], [900, 900]]
    masks = maskmill.decode([{"mask": square, "label": label} for label in ("\ud83d", "a\x00b\n", '"\\', "日本")], SIZE)
    written(tmp_path, masks)
    [found] = geojson.read(tmp_path / "a.geojson")
    assert found.masks.labels.tolist() == ["?", "a\x00b\n", '"\\', "日本"]


def feature(geometry: Any, **properties: Any) -> bytes:
    given = {"key": "a", "size": [8, 8], **properties}
    value = {"type": "Feature", "geometry": geometry, "properties": given}
    return orjson.dumps({"type": "FeatureCollection", "features": [value]})


SQUARE = {"type": "Polygon", "coordinates": [[[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]]]}


@pytest.mark.parametrize("text", [b"", b"[]", b"3", b"{}", b'{"type":"FeatureCollection"}', b"[{}]"])
def test_what_is_no_geojson_is_refused(tmp_path: Path, text: bytes) -> None:
    (tmp_path / "a.geojson").write_bytes(text)
    with pytest.raises(maskmill.errors.ArgumentError, match=r"a\.geojson"):
        list(geojson.read(tmp_path / "a.geojson"))


RING = [[1, 1], [4, 1], [4, 3], [1, 3], [1, 1]]


@pytest.mark.parametrize(
    ("geometry", "status"),
    [
        (None, "nothing"),
        ({"type": "Point", "coordinates": [1, 2]}, "nothing"),
        ({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "nothing"),
        (5, "garbage"),
        ({"type": "Polygon"}, "garbage"),
        ({"type": "Polygon", "coordinates": [[1, 2]]}, "garbage"),
        ({"type": "Polygon", "coordinates": [["a"]]}, "garbage"),
        ({"type": "Polygon", "coordinates": [[[None, 1], [2, 2], [3, 4]]]}, "garbage"),
        ({"type": "Polygon", "coordinates": [[[1e300, 1], [2, 2], [3, 4]]]}, "garbage"),
        ({"type": "MultiPolygon", "coordinates": [[]]}, "degenerate"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}, "degenerate"),
        ({"type": "Polygon", "coordinates": [[[1, 2], [3, 4], [1, 2]]]}, "degenerate"),
    ],
)
def test_a_bad_geometry_is_a_row_with_its_reason(tmp_path: Path, geometry: Any, status: str) -> None:
    good = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [RING]}, "properties": {}}
    data = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": geometry, "properties": None}, good],
    }
    (tmp_path / "a.geojson").write_bytes(orjson.dumps(data))
    [record] = geojson.read(tmp_path / "a.geojson", size=(8, 8))
    assert record.masks.status.tolist() == [status, "ok"]
    assert reasons(record)[0].startswith(f"0 {status}: expected ")


def test_rings_that_are_not_closed_are_closed(tmp_path: Path) -> None:
    geometry = {"type": "Polygon", "coordinates": [[[0, 0, 7], [4, 0, 7], [4, 3, 7], [0, 3, 7]]]}
    (tmp_path / "a.geojson").write_bytes(orjson.dumps({"type": "Feature", "geometry": geometry, "properties": {}}))
    [record] = geojson.read(tmp_path / "a.geojson", size=(8, 8))
    assert record.masks.areas.tolist() == [12]
    assert [problem.code for problem in record.masks.problems] == ["numbers_dropped", "ring_closed"]


@pytest.mark.parametrize(
    ("properties", "label"),
    [
        ({"classification": {"name": "Tumor", "color": [1, 2, 3]}}, "Tumor"),
        ({"classification": {"names": ["Tumor", "Positive"]}}, "Tumor: Positive"),
        ({"objectType": "annotation", "name": "region 1"}, "region 1"),
        ({"label": "a", "class": "b"}, "a"),
        ({"class": 7}, "7"),
        ({"label": None}, ""),
    ],
)
def test_labels_of_other_tools(tmp_path: Path, properties: dict[str, Any], label: str) -> None:
    geometry = {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": [RING]}]}
    data = [{"type": "Feature", "geometry": geometry, "properties": properties, "id": "x"}]
    (tmp_path / "slide.json").write_bytes(orjson.dumps(data))
    [record] = geojson.read(tmp_path / "slide.json", size=(8, 8))
    assert (record.key, record.masks.labels.tolist(), record.masks.areas.tolist()) == ("slide", [label], [6])


def test_features_of_one_image_need_not_stand_together(tmp_path: Path) -> None:
    geometry = {"type": "Polygon", "coordinates": [RING]}
    features = [{"type": "Feature", "geometry": geometry, "properties": {"image": name}} for name in ("a", "b", "a")]
    (tmp_path / "x.geojson").write_bytes(orjson.dumps({"type": "FeatureCollection", "features": features}))
    assert [(r.key, len(r.masks)) for r in geojson.read(tmp_path / "x.geojson", size=(8, 8))] == [("a", 2), ("b", 1)]


def test_without_a_size_or_with_degrees_it_is_listed(tmp_path: Path) -> None:
    geometry = {"type": "Polygon", "coordinates": [RING]}
    data = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": geometry, "properties": {}}]}
    (tmp_path / "a.geojson").write_bytes(orjson.dumps(data))
    records, [unread] = read_everything(geojson, tmp_path / "a.geojson")
    assert not records
    assert unread.reason.startswith("expected the size of the image, got none")
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    (tmp_path / "a.geojson").write_bytes(orjson.dumps({**data, "crs": crs}))
    records, [unread] = read_everything(geojson, tmp_path / "a.geojson", size=(8, 8))
    assert not records
    assert "got those of 'urn:ogc:def:crs:OGC:1.3:CRS84'" in unread.reason


@pytest.mark.parametrize("transform", [[0] * 6, ["a"], [1, 2]])
def test_a_bad_transform_is_the_reason_of_its_row(tmp_path: Path, transform: list[Any]) -> None:
    (tmp_path / "a.geojson").write_bytes(feature(SQUARE, frame="EPSG:3857", transform=transform))
    [record] = geojson.read(tmp_path / "a.geojson")
    assert record.masks.status.tolist() == ["garbage"]


def test_a_file_that_breaks_off_is_refused(tmp_path: Path) -> None:
    written(tmp_path, records())
    whole = (tmp_path / "a.geojson").read_bytes()
    for end in (len(whole) - 4, whole.rindex(b",\n") + 2, whole.rindex(b",\n") + 40):
        (tmp_path / "a.geojson").write_bytes(whole[:end])
        with pytest.raises(maskmill.errors.ArgumentError, match=r"breaks off|line"):
            list(geojson.read(tmp_path / "a.geojson"))
