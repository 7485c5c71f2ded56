"""SVG elements as the value of a mask: shapes are read, and what would change them is refused."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from support.replies import assert_sound, codes, item
from support.tiers import cases, thorough

BOX = [100, 200, 500, 600]
POINTS = "200,100 600,100 600,500 200,500"
PATH = "M 200 100 L 600 100 L 600 500 L 200 500 Z"
AREA = 400 * 320


def decoded(text: str) -> maskmill.Masks:
    masks = maskmill.decode([item(text, box=BOX)], (1000, 800))
    assert_sound(masks)
    return masks


@pytest.mark.parametrize(
    "text",
    [
        f'<polygon points="{POINTS}"/>',
        f"<polygon points='{POINTS}'></polygon>",
        f'<polygon fill="none" stroke="red" stroke-width="2" points="{POINTS}" />',
        f'<polygon points="{POINTS.replace(",", " ")}"/>',
        f'<polygon points="{POINTS.replace(" ", ",")}" class="a"/>',
        f'<POLYGON POINTS="{POINTS}"/>',
        f'<polyline points="{POINTS}"/>',
        f'<path d="{PATH}"/>',
        f"<path d='{PATH}' fill-rule='nonzero'/>",
        f'<svg><path d="{PATH}"/></svg>',
        f'<svg viewBox="0 0 1000 1000"><title>cat</title><g id="a"><path d="{PATH}"/></g></svg>',
        f'<?xml version="1.0"?>\n<!-- a cat --><svg xmlns="http://www.w3.org/2000/svg"><path d="{PATH}"/></svg>',
        f'<svg:svg><svg:polygon points="{POINTS}"/></svg:svg>',
        f'<path d="{PATH}" transform="none" display="inline" visibility="visible"/>',
        f'data:image/svg+xml,{quote(f"""<svg><path d="{PATH}"/></svg>""")}',
        "data:image/svg+xml;base64," + base64.b64encode(f'<svg><path d="{PATH}"/></svg>'.encode()).decode(),
    ],
)
def test_shapes(text: str) -> None:
    masks = decoded(text)
    assert masks.status.tolist() == ["ok"]
    assert masks.areas.tolist() == [AREA]
    assert codes(masks, 0) == set()


def test_escaped_markup() -> None:
    text = f"&lt;polygon points=&quot;{POINTS}&quot;/&gt;"
    assert codes(decoded(text), 0) == {"html_unescaped"}
    assert decoded(text).areas.tolist() == [AREA]


@pytest.mark.parametrize("frame", ['viewBox="0 0 500 500"', 'width="500" height="500"', 'width="500px" height="500px"'])
def test_the_frame_of_a_document(frame: str) -> None:
    masks = decoded(f'<svg {frame}><path d="M100 50H300V250H100Z"/></svg>')
    assert masks.areas.tolist() == [AREA]
    assert codes(masks, 0) == {"svg_frame"}


def test_a_frame_that_starts_elsewhere() -> None:
    masks = decoded('<svg viewBox="-100 -50 500 500"><path d="M0 0h200v200h-200z"/></svg>')
    assert masks.areas.tolist() == [AREA]


def test_several_shapes_are_one_mask() -> None:
    masks = decoded('<svg><path d="M200 100H600V300H200Z"/><path d="M200 300H600V500H200Z"/></svg>')
    assert masks.areas.tolist() == [AREA]
    assert codes(masks, 0) == {"shapes_united"}


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (f'<path transform="scale(2)" d="{PATH}"/>', "transform"),
        (f'<svg><g transform="translate(5 5)"><path d="{PATH}"/></g></svg>', "transform"),
        (f'<path style="transform: rotate(3deg)" d="{PATH}"/>', "transform"),
        (f'<path clip-path="url(#a)" d="{PATH}"/>', "clip-path"),
        (f'<path style="display:none" d="{PATH}"/>', "display"),
        (f'<path visibility="hidden" d="{PATH}"/>', "visibility"),
        (f'<svg><image width="9" height="9"/><path d="{PATH}"/></svg>', "image"),
        (f'<svg><line x2="9"/><path d="{PATH}"/></svg>', "line"),
        (f'<svg><defs/><use href="#a"/><path d="{PATH}"/></svg>', "defs"),
        (f"<svg><style>path {{ transform: scale(2) }}</style><path d='{PATH}'/></svg>", "style"),
        (f'<svg viewBox="0 0 0 5"><path d="{PATH}"/></svg>', "viewBox"),
        (f'<svg><path d="{PATH}', "whole"),
        ('<polygon points="1,2 3,4 5"/>', "even number"),
        ('<polygon points="1,2 3,x 5,6"/>', "even number"),
        ('<path d="M0 0 5 5 banana"/>', "path data"),
    ],
)
def test_what_is_not_supported_has_a_reason(text: str, word: str) -> None:
    masks = decoded(text)
    assert masks.status.tolist() == ["garbage"]
    assert word in masks.problems[-1].message


@pytest.mark.parametrize("text", ["<svg></svg>", "<svg><title>cat</title></svg>", "<g/>"])
def test_nothing_in_it(text: str) -> None:
    assert decoded(text).status.tolist() == ["nothing"]


@settings(deadline=None, derandomize=True, max_examples=cases(600))
@given(
    st.lists(
        st.sampled_from(
            [
                "<svg",
                "<path",
                ">",
                "/>",
                ' d="',
                '"',
                "M0 0 9 9 9 0",
                "<polygon ",
                "points='",
                "'",
                "1,2 ",
                "</svg>",
                "<!--",
                "-->",
                " viewBox=",
                "&lt;",
                "<",
                "=",
            ]
        ),
        max_size=20,
    )
)
def test_any_markup_has_a_shape_or_a_reason(pieces: list[str]) -> None:
    for start in ("<svg>", "<path ", ""):
        assert_sound(maskmill.decode([{"mask": start + "".join(pieces)}], (30, 20)))


@thorough
@pytest.mark.parametrize("piece", ["<", "<path ", "a='", '"', "<!--", "<path d='M0 0'/>", " a=b", "<g>"])
def test_long_markup_ends(piece: str) -> None:
    assert len(maskmill.decode([{"mask": "<svg>" + piece * 50_000}], (30, 20))) == 1
