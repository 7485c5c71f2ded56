"""Well-known text and GeoJSON as the value of a mask."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from support.replies import assert_sound, codes, item
from support.tiers import cases

SQUARE = "(200 100, 600 100, 600 500, 200 500, 200 100)"
HOLE = "(300 200, 300 400, 500 400, 500 200, 300 200)"
RING = [[200, 100], [600, 100], [600, 500], [200, 500], [200, 100]]
INNER = [[300, 200], [300, 400], [500, 400], [500, 200], [300, 200]]
AREA, LESS = 400 * 320, 200 * 160


def decoded(value: Any) -> maskmill.Masks:
    masks = maskmill.decode([item(value, box=[100, 200, 500, 600])], (1000, 800))
    assert_sound(masks)
    return masks


@pytest.mark.parametrize(
    ("text", "area"),
    [
        (f"POLYGON ({SQUARE})", AREA),
        (f"POLYGON({SQUARE})", AREA),
        (f"polygon(\n{SQUARE}\n)", AREA),
        (f"SRID=4326;POLYGON({SQUARE})", AREA),
        (f"POLYGON({SQUARE},{HOLE})", AREA - LESS),
        (f"MULTIPOLYGON(({SQUARE}))", AREA),
        (f"MULTIPOLYGON(({SQUARE},{HOLE}))", AREA - LESS),
        (f"MULTIPOLYGON(({SQUARE}),((0 0,100 0,100 100,0 100)))", AREA + 100 * 80),
        (f"GEOMETRYCOLLECTION(POINT(5 5), POLYGON({SQUARE}))", AREA),
        (f"GEOMETRYCOLLECTION(POLYGON({SQUARE}),LINESTRING(0 0,9 9))", AREA),
        ("POLYGON((2e2 100.0, 600 1E2, 600 500, 200 500))", AREA),
    ],
)
def test_polygons(text: str, area: int) -> None:
    masks = decoded(text)
    assert masks.areas.tolist() == [area]
    assert codes(masks, 0) == set()


@pytest.mark.parametrize("kind", ["POLYGON Z", "POLYGONZ", "POLYGON M", "POLYGON"])
def test_further_dimensions(kind: str) -> None:
    masks = decoded(f"{kind} ((200 100 1, 600 100 2, 600 500 3, 200 500 5))")
    assert masks.areas.tolist() == [AREA]
    assert codes(masks, 0) == {"numbers_dropped"}


@pytest.mark.parametrize(
    ("text", "status", "word"),
    [
        ("POINT (5 5)", "degenerate", "POINT"),
        ("LINESTRING(0 0, 5 5, 9 0)", "degenerate", "LINESTRING"),
        ("MULTILINESTRING((0 0, 5 5, 9 0))", "degenerate", "MULTILINESTRING"),
        ("GEOMETRYCOLLECTION(POINT(1 2))", "degenerate", "POINT"),
        ("POLYGON EMPTY", "nothing", "no ring"),
        ("MULTIPOLYGON EMPTY", "nothing", "no ring"),
        ("CURVEPOLYGON(CIRCULARSTRING(0 0, 5 5, 9 0))", "garbage", "CURVEPOLYGON"),
        ("POLYGON((0 0, 5 5, 9 0)", "garbage", "close"),
        ("POLYGON((0 0, 5 5, 9 0) extra", "garbage", ""),
        ("POLYGON((0 0, 5 5, 9 #))", "garbage", "#"),
        ("POLYGON(0 0, 5 5, 9 0)", "garbage", "rings"),
        ("POLYGON((0, 5, 9))", "garbage", "rings"),
    ],
)
def test_what_has_no_polygon(text: str, status: str, word: str) -> None:
    masks = decoded(text)
    assert masks.status.tolist() == [status]
    assert word in masks.problems[-1].message


GEOMETRY = {"type": "Polygon", "coordinates": [RING, INNER]}


@pytest.mark.parametrize(
    "value",
    [
        GEOMETRY,
        {"type": "MultiPolygon", "coordinates": [[RING, INNER]]},
        {"type": "Feature", "geometry": GEOMETRY, "properties": {"name": "cat"}},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": GEOMETRY, "properties": None}]},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [1, 2]}, GEOMETRY]},
        {"geometry": GEOMETRY},
        {"type": "Polygon", "coordinates": [[RING, INNER]]},
        {"type": "MultiPolygon", "coordinates": [RING, INNER]},
    ],
)
def test_geojson(value: dict[str, Any]) -> None:
    for written in (value, json.dumps(value)):
        assert decoded(written).areas.tolist() == [AREA - LESS]


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"type": "Point", "coordinates": [1, 2]}, "degenerate"),
        ({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}, "degenerate"),
        ({"type": "Feature", "geometry": None}, "nothing"),
        ({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": None}]}, "nothing"),
        ({"type": "FeatureCollection", "features": [5]}, "garbage"),
        ({"type": "Polygon", "coordinates": [[1, 2], [3, 4]]}, "degenerate"),
        ({"type": "Polygon", "coordinates": [5]}, "garbage"),
    ],
)
def test_geojson_without_a_polygon(value: dict[str, Any], status: str) -> None:
    assert decoded(value).status.tolist() == [status]


@settings(deadline=None, derandomize=True, max_examples=cases(600))
@given(
    st.lists(st.sampled_from(["POLYGON", "MULTI", "((", "(", ")", "))", "1 2", ",", "5", " Z ", "EMPTY", "9 0", "-"]))
)
def test_any_text_has_a_polygon_or_a_reason(pieces: list[str]) -> None:
    for start in ("POLYGON((", "MULTIPOLYGON(((0 0,9 9,9 0", "GEOMETRYCOLLECTION(", ""):
        assert_sound(maskmill.decode([{"mask": start + "".join(pieces)}], (30, 20)))


@pytest.mark.parametrize("piece", ["(", "1 ", ",", "POLYGON(", "(1 2,", ")"])
def test_long_texts_end(piece: str) -> None:
    assert len(maskmill.decode([{"mask": "POLYGON(" + piece * 100_000}], (30, 20))) == 1
