"""Conditions that select rows."""

from __future__ import annotations

import pytest

import maskmill
from maskmill.errors import ArgumentError
from maskmill_bindings._table import to_batch
from maskmill_bindings.convert._filters import parse_filter, select_rows
from maskmill_bindings.record import Record

REPLY = (
    '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat", "score": 0.9},'
    ' {"mask": [[0, 0], [900, 0], [900, 900]], "label": "dog, big"}, {"label": "owl"}]'
)


def kept(text: str) -> list[str]:
    batch = to_batch([Record("a", maskmill.decode(REPLY, (100, 100)))])
    chosen = select_rows(batch, parse_filter(text))
    assert chosen is not None
    labels: list[str] = batch.filter(chosen).column("label").to_pylist()
    return labels


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("status = ok", ["cat", "dog, big"]),
        ("status != ok", ["owl"]),
        ("area >= 1300", ["dog, big"]),
        ("area<1300,status=ok", ["cat"]),
        ("label = cat | owl", ["cat", "owl"]),
        ("label = dog\\, big", ["dog, big"]),
        ("label != cat", ["dog, big", "owl"]),
        ("score > 0.5", ["cat"]),
        ("score >= 0.9", ["cat"]),
        ("score = 0.9", ["cat"]),
        ("score != 0.9", ["dog, big", "owl"]),
        ("index = 0.5", []),
        ("score != 0.5", ["cat", "dog, big", "owl"]),
        ("index = 0 | 2", ["cat", "owl"]),
        ("form = ring", ["cat", "dog, big"]),
    ],
)
def test_rows_that_meet_a_condition(text: str, labels: list[str]) -> None:
    assert kept(text) == labels


def test_no_condition_keeps_all() -> None:
    assert parse_filter("") == parse_filter("  ") == ()
    assert select_rows(to_batch([Record("a", maskmill.decode(REPLY, (100, 100)))]), ()) is None


@pytest.mark.parametrize(
    "text", ["colour = red", "area", "area ~ 5", "area > many", "label > cat", "area > 5 | 6", "status = ok,", "= 5"]
)
def test_invalid_conditions_are_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"expected .*, got .* - at `filter`"):
        parse_filter(text)
