"""Rectangles, circles and ellipses of SVG as masks."""

from __future__ import annotations

import math

import pytest

import maskmill
from support.replies import assert_sound, codes, item

BOX = [100, 200, 500, 600]


def extent(masks: maskmill.Masks) -> tuple[int, ...]:
    y, x = masks[0].dense().nonzero()
    return int(x.min()), int(y.min()), int(x.max()) + 1, int(y.max()) + 1


def decoded(text: str) -> maskmill.Masks:
    masks = maskmill.decode([item(text, box=BOX)], (1000, 800))
    assert_sound(masks)
    return masks


RECTANGLE = '<rect x="200" y="100" width="400" height="400"/>'


@pytest.mark.parametrize(
    "text",
    [
        RECTANGLE,
        f'<svg viewBox="0 0 1000 1000">{RECTANGLE}</svg>',
        "<rect x='200' y='100' width='400' height='400' fill='white'></rect>",
        '<rect x="200px" y="80px" width="400px" height="320px" rx="0px"/>',
        '<svg width="1000" height="800"><rect x="200" y="80" width="400" height="320"/></svg>',
    ],
)
def test_rectangles(text: str) -> None:
    masks = decoded(text)
    assert masks.areas.tolist() == [400 * 320]
    assert extent(masks) == (200, 80, 600, 400)


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ('<circle cx="400" cy="300" r="200"/>', math.pi * 200 * 160),
        ('<ellipse cx="400" cy="300" rx="200" ry="200"/>', math.pi * 200 * 160),
        (RECTANGLE.replace("/>", ' rx="50"/>'), 400 * 320 - (4 - math.pi) * 50 * 40),
        (RECTANGLE.replace("/>", ' rx="999" ry="999"/>'), math.pi * 200 * 160),
    ],
)
def test_curves_of_shapes(text: str, area: float) -> None:
    masks = decoded(text)
    assert extent(masks) == (200, 80, 600, 400)
    assert abs(masks.areas[0] - area) < 0.001 * area


def test_several_shapes_are_united() -> None:
    masks = decoded(f'<circle cx="300" cy="300" r="50"/>{RECTANGLE}')
    assert masks.areas.tolist() == [400 * 320]
    assert "shapes_united" in codes(masks, 0)


@pytest.mark.parametrize(
    "text",
    [
        "<rect/>",
        '<rect x="1" y="2" width="-4" height="3"/>',
        '<circle cx="1" cy="1"/>',
        '<circle r="half"/>',
        '<ellipse rx="1e99" ry="2"/>',
        RECTANGLE.replace("/>", ' transform="rotate(45)"/>'),
        RECTANGLE.replace('"200"', '"left"'),
    ],
)
def test_shapes_without_their_lengths_give_a_reason(text: str) -> None:
    assert decoded(text).status.tolist() == ["garbage"]
