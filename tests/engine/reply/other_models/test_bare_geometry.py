"""Replies that are geometry and no JSON: SVG documents, WKT, the data of a path, CVAT's XML, tables of run lengths."""

from __future__ import annotations

import numpy as np
import pytest

import maskmill
from support.model_examples import PIXELS, SIZE, run_lengths
from support.other_models import extents, messages, other_codes
from support.replies import assert_sound

OTHER = (700, 80, 900, 400)
POLYGON = 'points="200,100 600,100 600,500 200,500"'
PATH = "M 200 100 H 600 V 500 H 200 Z"
WKT = "POLYGON ((200 100, 600 100, 600 500, 200 500, 200 100))"
SVG = '<svg viewBox="0 0 1000 1000">{}</svg>'


def rows(text: str) -> list[tuple[str, list[int] | None]]:
    masks = maskmill.decode(text, SIZE)
    assert_sound(masks)
    return list(zip(masks.labels.tolist(), extents(masks), strict=True))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (SVG.format(f"<polygon {POLYGON}/>"), ""),
        (SVG.format(f'<polygon id="cup" {POLYGON}/>'), "cup"),
        (SVG.format(f'<polygon data-label="cup" id="p1" {POLYGON}></polygon>'), "cup"),
        (SVG.format(f"<polygon {POLYGON}><title>cup</title></polygon>"), "cup"),
        (SVG.format(f'<g id="cup" fill="red"><path d="{PATH}"/></g>'), "cup"),
        ("```svg\n" + SVG.format(f'<path id="cup" d="{PATH}"/>') + "\n```", "cup"),
        ("Here it is:\n```html\n" + SVG.format(f'<path id="cup" d="{PATH}"/>') + "\n```\nDone.", "cup"),
        ('<?xml version="1.0"?>\n' + SVG.format(f"<!-- a --><path id='cup' d='{PATH}'/>"), "cup"),
        ('<svg width="1000" height="800"><path id="cup" d="M200 80H600V400H200Z"/></svg>', "cup"),
        (f'<polygon id="cup" {POLYGON}/>', "cup"),
        (WKT, ""),
        (f"cup: {WKT}", "cup"),
        (f"- **cup**: {WKT}", "cup"),
        (f"The outline is {WKT}.", ""),
        (f"```wkt\n{WKT}\n```", ""),
        (f"SRID=4326;{WKT}", ""),
        ("MULTIPOLYGON (((200 100, 600 100, 600 500, 200 500, 200 100)))", ""),
        (PATH, ""),
        (f"```\n{PATH}\n```", ""),
        (f'd="{PATH}"', ""),
        (f"Here is the path: {PATH}\nThe end.", ""),
        (f"cup: {PATH}", "cup"),
        ("M200,100L600,100L600,500L200,500Z", ""),
    ],
)
def test_one_shape(text: str, label: str) -> None:
    assert rows(text) == [(label, list(PIXELS))]


@pytest.mark.parametrize(
    "text",
    [
        '<svg viewBox="0 0 1000 800"><path id="a" d="M200 80H600V400H200Z"/>'
        '<path id="b" d="M700 80H900V400H700Z"/></svg>',
        SVG.format(f'<polygon id="a" {POLYGON}/><g id="b"><path d="M700 100H900V500H700Z"/></g>'),
        f"a: {WKT}\nb: POLYGON ((700 100, 900 100, 900 500, 700 500, 700 100))",
        f"a: {PATH}\nb: M 700 100 H 900 V 500 H 700 Z",
    ],
)
def test_a_row_per_shape(text: str) -> None:
    assert rows(text) == [("a", list(PIXELS)), ("b", list(OTHER))]


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        (f'<polygon transform="rotate(10)" {POLYGON}/>', "transform"),
        ('<image href="a.png"/>', "image"),
        (f'<g transform="scale(2)"><polygon {POLYGON}/></g>', "transform"),
    ],
)
def test_what_is_not_read_has_its_reason(shape: str, reason: str) -> None:
    masks = maskmill.decode(SVG.format(shape), SIZE)
    assert masks.status.tolist() == ["garbage"]
    assert reason in messages(masks)[0]


@pytest.mark.parametrize(
    "text",
    [
        f'<svg viewBox="0 0 1000 1000"><polygon id="a" {POLYGON}/><polygon id="b" points="200,100 300,',
        f"a: {WKT}\nb: POLYGON ((700 100, 900 100, 900",
    ],
)
def test_a_text_that_breaks_off(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert masks.labels.tolist() == ["a", "b"]
    assert masks.status.tolist() == ["ok", "truncated"]
    assert masks.reply_status == "truncated"


@pytest.mark.parametrize("text", ["POINT (3 4)", "LINESTRING (1 2, 3 4)"])
def test_geometry_without_an_area(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert len(masks) == 1
    assert masks.status.tolist() != ["ok"]


@pytest.mark.parametrize(
    "text",
    [
        "I see a point (3) and M 3 people.",
        "There is no polygon (sorry).",
        "The M25 is a road; M 1 2 too.",
        "a < b and b > c",
        "mask (1) of M. Smith",
    ],
)
def test_prose_is_none(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert (len(masks), masks.reply_status) == (0, "no_json")


@pytest.mark.parametrize("key", ["svg", "svg_mask"])
@pytest.mark.parametrize("box", [{}, {"box_2d": [100, 200, 500, 600]}])
@pytest.mark.parametrize("shape", [SVG.format(f"<polygon {POLYGON}/>"), f'<polygon id="p1" {POLYGON}/>'])
def test_an_item_keeps_the_label_beside_its_svg(key: str, box: dict[str, list[int]], shape: str) -> None:
    masks = maskmill.decode([{"label": "cup", **box, key: shape}, {"label": "dog", **box, key: shape}], SIZE)
    assert masks.labels.tolist() == ["cup", "dog"]
    assert extents(masks) == [list(PIXELS)] * 2
    assert np.isnan(masks.boxes).any() != bool(box)


@pytest.mark.parametrize("count", [31, 40])
def test_shapes_in_many_tags_are_no_lost_rows(count: int) -> None:
    around = '<g style="fill:red">' * count
    masks = maskmill.decode(SVG.format(f"{around}<polygon {POLYGON}/>"), SIZE)
    assert len(masks) == 1


# CVAT.


@pytest.mark.parametrize("close", ["/>", "></mask>"])
def test_cvat_masks(close: str) -> None:
    tag = f'<mask label="cup" source="manual" rle="5, 2, 5" left="5" top="2" width="4" height="3"{close}'
    for text in (tag, f'<image id="0" width="20" height="10">{tag}</image>', f"```xml\n{tag}\n```"):
        masks = maskmill.decode(text, (20, 10))
        assert masks.labels.tolist() == ["cup"]
        assert extents(masks) == [[6, 3, 8, 4]]


@pytest.mark.parametrize("scale", [1, 2])
def test_cvat_polygons_and_boxes(scale: int) -> None:
    polygon = '<polygon label="cup" points="200.0,80.0;600.0,80.0;600.0,400.0;200.0,400.0" z_order="0"></polygon>'
    box = '<box label="dog" xtl="200.0" ytl="80.0" xbr="600.0" ybr="400.0"></box>'
    text = f'<annotations><image id="0" width="1000" height="800">{polygon}{box}</image></annotations>'
    masks = maskmill.decode(text, (1000 * scale, 800 * scale))
    assert masks.labels.tolist() == ["cup", "dog"]
    assert masks.status.tolist() == ["ok", "nothing"]
    assert extents(masks)[0] == [v * scale for v in PIXELS]
    np.testing.assert_allclose(masks.boxes[1], [v * scale for v in PIXELS])
    assert other_codes(masks) == {"nothing", *(["image_scaled"] if scale > 1 else [])}


# Tables.


@pytest.mark.parametrize("head", ["label,EncodedPixels", "ImageId,EncodedPixels,label", "EncodedPixels,ClassId"])
@pytest.mark.parametrize("quote", ['"', ""])
def test_tables_of_pairs(head: str, quote: str) -> None:
    x0, y0, x1, y1 = PIXELS
    pairs = " ".join(f"{x * SIZE[1] + y0 + 1} {y1 - y0}" for x in range(x0, x1))
    values = {"EncodedPixels": f"{quote}{pairs}{quote}", "label": "cup", "ImageId": "a.jpg", "ClassId": "cup"}
    lines = [",".join(values[name] for name in head.split(",")), ",".join(["", "", ""][: head.count(",") + 1])]
    masks = maskmill.decode("\n".join([head, *lines, ""]), SIZE)
    assert masks.labels.tolist() == ["cup" if "label" in head or "Class" in head else "", ""]
    assert extents(masks) == [list(PIXELS), None]
    assert masks.status.tolist() == ["ok", "nothing"]


def test_the_same_run_lengths_as_in_json() -> None:
    assert extents(maskmill.decode([{"label": "cup", "mask": run_lengths()}], SIZE)) == [list(PIXELS)]
