"""Wrong arguments of `Masks.from_…`: one line that says what was expected, what came, and where."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from maskmill import Masks, Patch, Problem
from maskmill.errors import ArgumentError

RLE = {"size": [2, 3], "counts": [1, 5]}
RING = [(0, 0), (2, 0), (2, 2)]
CONSTRUCTORS: dict[str, Any] = {
    "from_coco": lambda **columns: Masks.from_coco([RLE, RLE], **columns),
    "from_polygons": lambda **columns: Masks.from_polygons([[RING], [RING]], (3, 2), **columns),
    "from_dense": lambda **columns: Masks.from_dense(np.ones((2, 2, 3), bool), **columns),
    "from_patches": lambda **columns: Masks.from_patches([Patch(0, 0, 1, 1, np.array([0, 1]))] * 2, (3, 2), **columns),
}


@pytest.mark.parametrize("name", CONSTRUCTORS)
@pytest.mark.parametrize("keyword", ["label", "lables", "score", "items", "sizes"])
def test_an_unknown_keyword_is_an_error(name: str, keyword: str) -> None:
    with pytest.raises(TypeError, match=rf"{name}\(\) got an unexpected keyword argument '{keyword}'"):
        CONSTRUCTORS[name](**{keyword: ["a", "b"]})


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_every_column_arrives(name: str) -> None:
    problem = Problem(1, "clipped", "…")
    masks = CONSTRUCTORS[name](
        labels=["a", None],
        scores=[0.5, np.nan],
        boxes=[[0, 0, 1, 2], [0, 0, 3, 4]],
        status=["ok", None],
        forms=[None, "png"],
        filled=[0, 1],
        problems=iter([problem]),
        reply_status="salvaged",
    )
    assert masks.labels.tolist() == ["a", ""]
    assert masks.scores[0] == 0.5
    assert masks.boxes.tolist() == [[0, 0, 1, 2], [0, 0, 3, 4]]
    assert masks.status.tolist() == ["ok", "ok"]
    assert masks.forms[1] == "png"
    assert masks.filled.tolist() == [False, True]
    assert masks.problems == (problem,)
    assert masks.reply_status == "salvaged"


def test_one_text_is_the_column_of_one_mask() -> None:
    masks = Masks.from_coco([RLE], labels="cat", status="garbage", forms="ring")
    assert (masks.labels[0], masks.status[0], masks.forms[0]) == ("cat", "garbage", "ring")


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"labels": "ab"}, "expected 2 labels, one per mask, got 'ab' - at `labels`"),
        ({"labels": ["a"]}, "expected 2 labels, one per mask, got 1 - at `labels`"),
        ({"labels": 5}, "expected 2 labels, one per mask, got 5 - at `labels`"),
        ({"status": ["ok", "okay"]}, r"expected known status, got \['ok', 'okay'\] - at `status`"),
        ({"forms": ["ring", "polygon"]}, r"expected known forms, got \['ring', 'polygon'\] - at `forms`"),
        ({"scores": ["high", "low"]}, r"expected numbers \(2,\), got \['high', 'low'\] - at `scores`"),
        ({"boxes": [0, 0, 1, 1]}, r"expected numbers \(2, 4\), got 'an array of \(4,\)' - at `boxes`"),
        ({"problems": ["clipped"]}, "expected maskmill.Problem, got 'clipped' - at `problems`"),
        (
            {"problems": [Problem(2, "a", "b")]},
            "expected the problem of a row below 2, or of no row, got 2 - at `problems`",
        ),
        ({"reply_status": "fine"}, "expected one of 'ok', .+, got 'fine' - at `reply_status`"),
    ],
)
@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_a_column_that_cannot_be_used(name: str, columns: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}$"):
        CONSTRUCTORS[name](**columns)


@pytest.mark.parametrize(
    ("call", "at"),
    [
        (lambda: Masks.from_coco(RLE), "rles"),  # type: ignore[arg-type]
        (lambda: Masks.from_coco("123"), "rles"),  # type: ignore[arg-type]
        (lambda: Masks.from_coco(None), "rles"),  # type: ignore[arg-type]
        (lambda: Masks.from_coco([]), "size"),
        (lambda: Masks.from_coco([5], (3, 2)), r"rles\[0\]"),  # type: ignore[list-item]
        (lambda: Masks.from_polygons(5, (3, 2)), "polygons"),  # type: ignore[arg-type]
        (lambda: Masks.from_polygons([5], (3, 2)), r"polygons\[0\]"),  # type: ignore[list-item]
        (lambda: Masks.from_polygons([RING], (3, 2)), r"polygons\[0\]\[0\]"),
        (lambda: Masks.from_polygons([], (3, 2), rule="coco"), "rule"),  # type: ignore[arg-type]
        (lambda: Masks.from_polygons([], (3, 2), rule=None), "rule"),  # type: ignore[arg-type]
        (lambda: Masks.from_polygons([[RING[:2]]], (3, 2), rule="native"), r"polygons\[0\]\[0\]"),
        (lambda: Masks.from_patches([5], (3, 2)), r"patches\[0\]"),  # type: ignore[list-item]
        (lambda: Masks.from_patches(5, (3, 2)), "patches"),  # type: ignore[arg-type]
        (lambda: Masks.from_dense(5), "pixels"),
        (lambda: Masks.from_dense([[1], [1, 2]]), "pixels"),
        (lambda: Masks.from_map([[1], [1, 2]]), "numbers"),
        (lambda: Masks.from_map([[1]], ["cat"]), "names"),  # type: ignore[arg-type]
        (lambda: Masks.from_coco([{"size": 5, "counts": b"6"}], (3, 2)), r"rles\[0\]\['size'\]"),
        (lambda: Masks.from_patches([Patch("0", 0, 1, 1, np.array([0, 1]))], (3, 2)), r"patches\[0\]"),  # type: ignore[arg-type]
        (lambda: Masks.from_patches([Patch(0, 0, 1, 1, None)], (3, 2)), r"patches\[0\].counts"),  # type: ignore[arg-type]
        (lambda: Masks.from_coco([RLE], problems=5), "problems"),  # type: ignore[arg-type]
        (lambda: Masks.from_coco([RLE], problems=[Problem("0", "a", "b")]), "problems"),  # type: ignore[arg-type]
        (lambda: Masks.from_coco([RLE], scores=[10**400]), "scores"),
        (lambda: Masks.from_coco([RLE]).instance_map(np.zeros(3)), "order"),  # type: ignore[call-overload]
        (lambda: Masks.from_map([[0.5]]), "numbers"),
        (lambda: Masks((3, 2), None, (), None), "columns"),  # type: ignore[arg-type]
    ],
)
def test_input_that_cannot_be_used(call: Any, at: str) -> None:
    with pytest.raises(ArgumentError, match=rf"^expected .+, got .+ - at `{at}`$"):
        call()


def test_an_unknown_fill_rule_names_both() -> None:
    with pytest.raises(ArgumentError, match=r"^expected 'exact' or 'native', got 'coco' - at `rule`$"):
        Masks.from_polygons([[RING]], (3, 2), rule="coco")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(65_535, 3), (3, 65_535), (40_000, 40_000)])
@pytest.mark.parametrize("rule", ["exact", "native"])
def test_polygons_of_the_largest_images_are_read_back(size: tuple[int, int], rule: Any) -> None:
    width, height = size
    runs = [width * height - 5, 2, 1, 2]  # the last pixels, at the far corner
    masks = Masks.from_coco([{"size": [height, width], "counts": runs}])
    again = Masks.from_polygons(masks.polygons(), size, rule=rule)
    assert again.coco() == masks.coco()
