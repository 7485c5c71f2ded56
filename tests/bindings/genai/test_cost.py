"""Tokens and prices, against sums done by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maskmill_bindings.genai._models import load_models
from maskmill_bindings.genai._models.cost import Usage, estimate, image_tokens, price

TODAY = date(2026, 11, 28)
FLASH, PRO, NEWER, UNKNOWN = map(
    load_models().family_of, ("gemini-2.5-flash", "gemini-2.5-pro", "gemini-3.6-flash", "gemini-9")
)

odd = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers())


def test_usage_is_read_from_the_wire_and_from_the_sdk() -> None:
    metadata = {"promptTokenCount": 1100, "candidatesTokenCount": 400, "thoughtsTokenCount": 7, "totalTokenCount": 1507}
    sdk = SimpleNamespace(prompt_token_count=1100, candidates_token_count=400, thoughts_token_count=None)
    assert Usage.from_metadata(metadata) == Usage(1100, 400, 7)
    assert Usage.from_metadata(sdk) == Usage(1100, 400, 0)


@given(odd | st.dictionaries(st.sampled_from(["promptTokenCount", "thoughtsTokenCount", "x"]), odd))
def test_odd_usage_counts_as_nothing(metadata: Any) -> None:
    usage = Usage.from_metadata(metadata)
    assert all(type(value) is int and value >= 0 for value in (usage.input, usage.output, usage.thoughts))


def test_usages_add_up() -> None:
    assert sum([Usage(1, 2, 3), Usage(10, 20, 30)], Usage()) == Usage(11, 22, 33)


def test_thoughts_cost_what_output_does() -> None:
    assert price(PRO, Usage(800_000, 50_000, 150_000), day=TODAY) == pytest.approx(0.8 * 1.25 + 0.2 * 10)


def test_a_batch_costs_half_or_what_the_users_table_says(tmp_path: Path) -> None:
    used = Usage(1_000_000, 1_000_000)
    assert price(FLASH, used, day=TODAY) == pytest.approx(2.80)
    assert price(FLASH, used, batch=True, day=TODAY) == pytest.approx(1.40)
    (tmp_path / "own.toml").write_text("batch = 0.1")
    own = load_models(tmp_path / "own.toml")
    assert price(FLASH, used, batch=True, models=own, day=TODAY) == pytest.approx(0.28)


def test_the_day_decides_which_price_holds() -> None:
    days = (date(2026, 12, 31), date(2027, 1, 1))
    assert [price(NEWER, Usage(0, 1_000_000), day=day) for day in days] == [3.75, 7.5]


def test_no_price_is_made_up() -> None:
    assert price(UNKNOWN, Usage(1, 1), day=TODAY) is None
    assert price(FLASH, Usage(1, 1), day=date(2024, 1, 1)) is None


@pytest.mark.parametrize(
    ("size", "tiles"),
    [
        ((1, 1), 1),
        ((384, 384), 1),
        ((385, 384), 4),  # tiles of 256
        ((960, 540), 6),  # tiles of 360, Google's own example
        ((1024, 768), 4),
        ((1024, 1024), 4),
        ((1024, 100), 4),
        ((3072, 3072), 16),
        ((4000, 3000), 24),
    ],
)
def test_tiles(size: tuple[int, int], tiles: int) -> None:
    assert image_tokens(FLASH, size) == image_tokens(FLASH, size[::-1]) == tiles * 258
    assert image_tokens(NEWER, size) == 1120


def test_an_estimate_grows_with_labels_and_with_the_form(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("guess = {text = 2, items = 1.5, item = {png = 101, ring = 500}}")
    own = load_models(tmp_path / "own.toml")
    assert estimate(FLASH, (384, 384), "x" * 11, models=own) == Usage(258 + 6, 152, 0)
    assert estimate(NEWER, (9, 9), "", 4, models=own) == Usage(1120, 3000, 0)
    assert estimate(PRO, (9, 9), "", 0, models=own).thoughts == 128
    assert estimate(NEWER, (9, 9), "").output > estimate(FLASH, (9, 9), "").output
