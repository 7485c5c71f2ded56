"""SVG path data: every command in every spelling, and what is no path."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from maskmill import Limits
from maskmill._forms.shape import Bounds, NotAPolygon
from maskmill._forms.svg import path_data
from support.replies import assert_sound, codes, item
from support.tiers import cases, thorough

BOUNDS = Bounds(16_384, (1000, 800))
SQUARE = [[200, 100], [600, 100], [600, 500], [200, 500]]


def rings_of(text: str) -> list[Any]:
    return [part.outer.round(9).tolist() for part in path_data.read(text, BOUNDS).parts]


@pytest.mark.parametrize(
    "text",
    [
        "M 200 100 L 600 100 L 600 500 L 200 500 Z",
        "M200 100L600 100L600 500L200 500",
        "M200,100 600,100 600,500 200,500z",
        "m 200 100 l 400 0 l 0 400 l -400 0 z",
        "m200,100 400,0 0,400-400,0z",
        "M200 100H600V500H200Z",
        "M200 100h400v400h-400z",
        "M2e2 1E2h4e+2V5e2H200",
        "M 200.0 100. L 600,100 600,500 L200 500",
        " \n M\t200\r100 , 600 100 600 500 200 500",
    ],
)
def test_lines(text: str) -> None:
    assert path_data.is_path(text)
    assert rings_of(text) == [SQUARE]
    masks = maskmill.decode([item(text, box=[100, 200, 500, 600])], (1000, 800))
    assert masks.forms.tolist() == ["ring"]
    assert masks.areas.tolist() == [400 * 320]
    assert codes(masks, 0) == set()


def test_compact_numbers() -> None:
    assert rings_of("M10-20.5.3.4-5e1-6") == [[[10, -20.5], [0.3, 0.4], [-50, -6]]]
    assert rings_of("M.5.5.9.5.9.9") == [[[0.5, 0.5], [0.9, 0.5], [0.9, 0.9]]]


def test_flags_of_arcs_without_separators() -> None:
    spaced = rings_of("M 10 10 a 5 5 0 1 1 20 0 l 5 5 z")
    assert rings_of("M10 10a5 5 0 1120 0l5 5z") == spaced
    assert rings_of("M10 10a5 5 0 11 20 0 l5 5z") == spaced
    assert rings_of("M10,10A5,5,0,1,1,30,10L35,15") == spaced


def test_smooth_curves_mirror_the_control_point_before() -> None:
    assert rings_of("M0 0 C 10 20 30 20 40 0 S 70 -20 80 0 V 50") == rings_of(
        "M0 0 C 10 20 30 20 40 0 C 50 -20 70 -20 80 0 V 50"
    )
    assert rings_of("M0 0 Q 10 20 40 0 T 80 0 T 120 0 V 50") == rings_of(
        "M0 0 Q 10 20 40 0 Q 70 -20 80 0 Q 90 20 120 0 V 50"
    )
    assert rings_of("M0 0 s 30 20 40 0 v50") == rings_of("M0 0 C 0 0 30 20 40 0 v50")
    assert rings_of("M0 0 q10 20 40 0 t40 0 v50") == rings_of("M0 0 Q 10 20 40 0 T 80 0 V 50")
    straight = np.array(rings_of("M9 9 h9 t40 40 v50")[0])[1:-1]
    np.testing.assert_allclose(straight[:, 0] - 18, straight[:, 1] - 9)


def test_a_path_goes_on_from_its_start_after_a_close() -> None:
    assert rings_of("M10 10h10v10zl-5 0v-5z") == [[[10, 10], [20, 10], [20, 20]], [[10, 10], [5, 10], [5, 5]]]
    assert rings_of("M10 10h10v10zm40 0h10v10z")[1] == [[50, 10], [60, 10], [60, 20]]


def test_where_the_text_ends_within_a_command() -> None:
    for rest in ("L 9", "C 1 2 3", "A 5 5 0 1", "L", "h"):
        shape = path_data.read(f"M200 100H600V500H200{rest}", BOUNDS)
        assert shape.parts[0].outer.tolist() == SQUARE
        assert [note.code for note in shape.notes] == ["vertex_dropped"]


@pytest.mark.parametrize(
    "text",
    [
        "L 0 0 L 5 5 L 9 0",
        "M 0 0 L 5 L 9 0 3 3",
        "M 0 0 5 5 9 0 Z 4 4",
        "M 0 0 A 5 5 0 2 1 9 9 L 3 3",
        "M 0 0 1e99 5 9 9",
        "M 0 0 5 5 - 9 0",
        "M 0 0 5 5 9 0 e",
        "M 0 0 5 5 9 0 Z 7",
    ],
)
def test_what_is_no_path_data(text: str) -> None:
    masks = maskmill.decode([item(text)], (100, 100))
    assert masks.status.tolist() == ["garbage"]
    with pytest.raises(NotAPolygon):
        path_data.read(text, BOUNDS)


@pytest.mark.parametrize("text", ["M1", "m12-3", "M 10 10", "M4 is a motorway", "Mm", "M.", "mask_1", "MM0,0"])
def test_what_does_not_look_like_a_path(text: str) -> None:
    assert not path_data.is_path(text)


def test_an_open_string_is_truncated() -> None:
    text = '[{"box_2d": [100, 200, 500, 600], "label": "a", "mask": "M 200 100 L 600 100 L 600 500 L 200'
    assert maskmill.decode(text, (1000, 800)).status.tolist() == ["truncated"]


def test_limits_hold() -> None:
    path = "M0 0" + "l1 1" * 50 + "v9z"
    assert maskmill.decode([item(path)], (99, 99), limits=Limits(max_vertices=52)).status.tolist() == ["ok"]
    for text in (path, "M0 0C0 900 900 900 900 0z", "M0 0a400 400 0 1 1 800 0z"):
        masks = maskmill.decode([item(text)], (4000, 4000), limits=Limits(max_vertices=51))
        assert masks.status.tolist() == ["too_large"]
        assert "51 vertices (max_vertices)" in masks.problems[-1].message


@settings(deadline=None, derandomize=True, max_examples=cases(800))
@given(st.lists(st.sampled_from([*"MmZzLlHhVvCcSsQqTtAa", "0", "1", "-5", ".5", "1e3", "7,", " ", "-", "e", "99"])))
def test_any_path_has_a_ring_or_a_reason(pieces: list[str]) -> None:
    for text in ("M0 0 9 9 " + "".join(pieces), "".join(pieces), f'<path d="M0 0 9 9{"".join(pieces)}"/>'):
        assert_sound(maskmill.decode([{"mask": text}], (30, 20)))


@thorough
def test_time_is_linear_in_the_text() -> None:
    texts = ["M0 0" + piece * 200_000 for piece in ("l1 1", "zm1 1", "a1 1 0 011 1", " ", "-", "1.", "H")]
    start = time.process_time()
    for text in texts:
        assert len(maskmill.decode([{"mask": text}], (30, 20))) == 1
    assert time.process_time() - start < 60
