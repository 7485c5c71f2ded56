"""`Masks.select`: rows by the values of their columns."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import maskmill
from maskmill import Masks, ReplyStatus, Status
from maskmill.errors import ArgumentError
from maskmill.samples import mixed
from maskmill.status import FORMS, FormName, ReplyStatusName, StatusName

LABELS = ["cat", "dog", "cat", ""]
SCORES = [0.2, np.nan, 0.9, 0.5]
MASKS = Masks.from_coco(
    [{"size": [3, 4], "counts": [0, n, 12 - n]} for n in (3, 0, 7, 12)],
    labels=LABELS,
    scores=SCORES,
    status=["ok", "empty", "ok", "garbage"],
    forms=["rle", "rle", "ring", "png"],
)


@pytest.mark.parametrize(
    ("conditions", "rows"),
    [
        ({}, [0, 1, 2, 3]),
        ({"status": "ok"}, [0, 2]),
        ({"status": Status.OK}, [0, 2]),
        ({"status": ["empty", Status.GARBAGE]}, [1, 3]),
        ({"status": []}, []),
        ({"labels": "cat"}, [0, 2]),
        ({"labels": ["dog", "bird"]}, [1]),
        ({"labels": ""}, [3]),
        ({"labels": "c"}, []),
        ({"forms": ("rle", "png")}, [0, 1, 3]),
        ({"min_score": 0.5}, [2, 3]),
        ({"min_area": 7}, [2, 3]),
        ({"min_area": np.int64(7), "status": "ok", "labels": {"cat"}}, [2]),
    ],
)
def test_conditions(conditions: dict[str, Any], rows: list[int]) -> None:
    assert MASKS.select(**conditions) == MASKS[rows]


def test_it_selects_what_a_comparison_selects() -> None:
    masks = maskmill.decode(mixed(), (960, 640))
    for status in Status:
        assert masks.select(status=status) == masks[masks.status == status]


@given(st.lists(st.sampled_from(list(Status))), st.none() | st.floats(0, 1, width=32), st.none() | st.integers(0, 12))
def test_all_conditions_together(status: list[Status], score: float | None, area: int | None) -> None:
    meets = [
        own in status and (score is None or own_score >= score) and (area is None or own_area >= area)
        for own, own_score, own_area in zip(MASKS.status, MASKS.scores, MASKS.areas, strict=True)
    ]
    assert MASKS.select(status=status, min_score=score, min_area=area) == MASKS[meets]


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"status": "okay"}, r"expected one of 'ok', 'nothing', .*, got 'okay' - at `status`"),
        ({"status": ["ok", 5]}, r"expected one of 'ok', .*, got 5 - at `status`"),
        ({"forms": "polygon"}, r"expected one of 'png', .*, got 'polygon' - at `forms`"),
        ({"labels": 5}, r"expected a text, got 5 - at `labels`"),
        ({"min_score": "0.5"}, r"expected a finite number, got '0.5' - at `min_score`"),
        ({"min_score": float("nan")}, r"expected a finite number, got nan - at `min_score`"),
        ({"min_area": 10**400}, r"expected a finite number, got .* - at `min_area`"),
        ({"min_area": True}, r"expected a finite number, got True - at `min_area`"),
    ],
)
def test_misuse(conditions: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}$"):
        MASKS.select(**conditions)


def test_type_checkers_know_every_name() -> None:
    assert set(get_args(StatusName)) == set(map(str, Status))
    assert set(get_args(ReplyStatusName)) == set(map(str, ReplyStatus))
    assert get_args(FormName) == FORMS
