"""Every line of the table in docs/reference/replies.md is true: its examples give the rows that it names."""

from __future__ import annotations

import re

import numpy as np
import pytest

import maskmill
from support.model_examples import EXAMPLES, PIXELS, SIZE
from support.other_models import extents
from support.repository import ROOT

TABLE = ROOT / "docs" / "reference" / "replies.md"
LINES = [
    line
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| model |", "| --- |"))
]
BOX_TOLERANCE = 25
"""Pixels by which the box of a coarse grid may differ; the boxes of all others differ by less than one."""


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def named(line: str) -> list[str]:
    return re.findall(r"`([\w.-]+)`", cells(line)[-1])


@pytest.mark.parametrize("line", LINES)
def test_a_line_has_every_cell_and_an_example(line: str) -> None:
    assert len(cells(line)) == 6
    assert all(cells(line))
    assert named(line)
    assert set(named(line)) <= EXAMPLES.keys()


def test_every_example_stands_in_one_line() -> None:
    assert sorted(name for line in LINES for name in named(line)) == sorted(EXAMPLES)


def test_gemini_stands_first() -> None:
    models = ["gemini" in cells(line)[0].lower() for line in LINES]
    assert models == sorted(models, reverse=True)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_give_their_rows(name: str) -> None:
    example = EXAMPLES[name]
    masks = maskmill.decode(example.reply, SIZE, **example.options)
    assert masks.status.tolist() == [example.status] * bool(example.status)
    assert {problem.code for problem in masks.problems} - {example.status} == example.codes
    if not example.status:
        assert masks.reply_status == "no_json"
        return
    assert masks.labels.tolist() == [example.label]
    assert extents(masks) == [list(example.extent) if example.status == "ok" else None]
    assert np.isnan(masks.boxes).any() != example.has_box
    if example.has_box:
        tolerance = BOX_TOLERANCE if name == "kosmos2" else 1
        np.testing.assert_allclose(masks.boxes[0], PIXELS, atol=tolerance)


@pytest.mark.parametrize("line", LINES)
def test_a_line_names_the_status_and_the_codes_of_its_examples(line: str) -> None:
    said = cells(line)[4]
    for name in named(line):
        example = EXAMPLES[name]
        assert all(f"`{code}`" in said for code in example.codes)
        assert example.status in ("", "ok") or f"`{example.status}`" in said
