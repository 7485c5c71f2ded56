"""Mask tokens: counted, never guessed at."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maskmill
from maskmill._forms import NoMask, Tokens, tokens
from support.replies import SIZE, TOKENS, assert_sound, item
from support.tiers import cases

START = "<start_of_mask>"


def run(numbers: list[int], spelling: str = "<seg_{}>") -> str:
    return "".join(spelling.format(n) for n in numbers)


def status_of(text: str, is_open: bool = False) -> str:
    payload = tokens.read(text, is_open).payload
    if isinstance(payload, Tokens):
        return "tokens"
    assert isinstance(payload, NoMask)
    return str(payload.status)


@settings(deadline=None, derandomize=True, max_examples=cases(300))
@given(
    st.lists(st.integers(0, 127), min_size=1, max_size=20),
    st.sampled_from(["<seg_{}>", "<seg_{:03}>", "<seg{:03}>"]),
    st.sampled_from(["", START, "x " + START, "<loc0001><loc0002><loc0003><loc0004>"]),
    st.sampled_from(["", "5D", "Rhombus(100% 0% 0% 100%)", " and <b>more</b>", "_box_2d"]),
)
def test_a_run_is_counted(numbers: list[int], spelling: str, before: str, after: str) -> None:
    text = before + run(numbers, spelling) + after
    assert tokens.parse_tokens(text) == (numbers, after.strip())
    assert status_of(text) == ("tokens" if len(numbers) == 16 else "tokens_incomplete")
    assert status_of(text, is_open=True) == ("tokens" if len(numbers) == 16 else "truncated")


@pytest.mark.parametrize("count", range(1, 20))
def test_only_sixteen_make_a_mask(count: int) -> None:
    masks = maskmill.decode([item(START + run([27] * count))], SIZE)
    assert masks.status.tolist() == ["tokens" if count == 16 else "tokens_incomplete"]
    assert str(count) in masks.problems[-1].message
    assert masks.areas.tolist() == [0]


@pytest.mark.parametrize("number", [128, 129, 999, 123_456_789, 2**63, 10**40])
@pytest.mark.parametrize("place", [0, 7, 15])
def test_a_number_past_the_codebook_makes_no_mask(number: int, place: int) -> None:
    numbers = [27] * 16
    numbers[place] = number
    masks = maskmill.decode([item(START + run(numbers))], SIZE)
    assert masks.status[0] in ("garbage", "tokens_incomplete")
    assert_sound(masks)


@pytest.mark.parametrize(
    "text", ["<seg_>", "<seg_-1>", "<seg_1.5>", "<seg_x>", "<seg_1", "seg_1>", "<seg 1>", "<SEG_1"]
)
def test_what_is_no_token(text: str) -> None:
    assert status_of(START + text) == "garbage"


def test_the_mark_alone() -> None:
    for text in (START, START + "-1", f"  {START}\n", START + " -1 "):
        assert status_of(text) == "nothing"
        assert status_of(text, is_open=True) == "truncated"


def test_tokens_keep_their_box_for_the_fallback() -> None:
    masks = maskmill.decode([item(TOKENS, box=[0, 0, 500, 500])], SIZE, fallback="box")
    assert masks.status.tolist() == ["tokens"]
    assert masks.filled.tolist() == [True]
    assert masks.areas.tolist() == [32 * 24]


@settings(deadline=None, derandomize=True, max_examples=cases(500))
@given(
    st.lists(
        st.sampled_from([START, "<seg_1>", "<seg_127>", "<seg_128>", "<seg", ">", "_", "1", " ", "x", "[", '"']),
        max_size=40,
    ),
    st.booleans(),
)
def test_any_soup_has_a_status(pieces: list[str], is_open: bool) -> None:
    text = START + "".join(pieces)
    assert status_of(text, is_open) in ("nothing", "garbage", "tokens", "tokens_incomplete", "truncated")
