"""One bracket too many, too few or of another kind: no label is lost, and no mask has other pixels."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from maskmill import Limits
from maskmill._reply import read

BOX = [100, 200, 500, 600]
POINTS = [[200, 100], [600, 100], [600, 500], [200, 500]]
FLAT = [value for point in POINTS for value in point]
ORDERS = [("box_2d", "mask", "label"), ("label", "box_2d", "mask"), ("mask", "label", "box_2d")]
START = '[{"box_2d":[100,200,500,600],"mask":'

KEPT = {
    "a ring closed early": START + '[[200,100],[600,100]],[600,500],[200,500]],"label":"a"}]',
    "a ring closed after its first point": START + '[[200,100]],[600,100],[600,500],[200,500]],"label":"a"}]',
    "rings closed early": START + '[[[200,100],[600,100],[600,500]]],[[1,2],[3,4],[5,9]]],"label":"a"}]',
    "a bracket after the opening one": '[{]"box_2d":[100,200,500,600],"mask":[[200,100],[600,100]],"label":"a"}]',
    "a brace before the next key": '[{"box_2d":[100,200,500,600],}"mask":[[200,100],[600,100]],"label":"a"}]',
    "a brace after a value": START + '[[200,100],[600,100],[600,500]]{,"label":"a"}]',
    "a brace for a bracket": START + '{[200,100],[600,100],[600,500]],"label":"a"}]',
    "a brace for a closing bracket": START + '[[200,100],[600,100],[600,500{],"label":"a"}]',
    "a closing bracket for an opening one": '[{"box_2d":]100,200,500,600],"mask":[[200,100],[600,100]],"label":"a"}]',
    "a closing brace for an opening bracket": '[{"box_2d":}100,200,500,600],"mask":[[200,100]],"label":"a"}]',
    "points as objects": '[{"box_2d":[1,2,3,4],"mask":[{"x":1,"y":2},{"x":3,"y":4},{"x":3,"y":9},"label":"a"}]',
    "points as objects, and no comma": '[{"box_2d":[1,2,3,4],"mask":[{"x":1,"y":2},{"x":3,"y":4}\n"label":"a"}]',
    "a bracket for the last brace": START + '[[200,100],[600,100],[600,500]],"label":"a"[]',
    "the end of a container lost": '{"masks":[{"mask":[[1,2],[3,4],[5,9]],"box_2d":[1,2,3,4],"label":"a"}]',
}


@pytest.mark.parametrize("name", KEPT)
def test_the_label_stays(name: str) -> None:
    assert [item.label for item in read(KEPT[name], Limits()).items] == ["a"]


def damaged(text: str) -> Iterator[str]:
    """Yield the text with each bracket lost, replaced by another, and with each added anywhere."""
    for i, char in enumerate(text):
        if char in "[]{}":
            yield text[:i] + text[i + 1 :]
            yield from (text[:i] + other + text[i + 1 :] for other in "[]{}" if other != char)
        yield from (text[:i] + other + text[i:] for other in "[]{}")


def is_ring(mask: Any) -> bool:
    points = mask if isinstance(mask, list) else [None]
    is_of_points = all(isinstance(point, list) and len(point) == 2 for point in points)
    numbers = [value for point in points for value in point] if is_of_points else points
    return all(isinstance(value, (int, float)) for value in numbers)


@pytest.mark.parametrize("mask", [POINTS, FLAT], ids=["points", "numbers"])
@pytest.mark.parametrize("order", ORDERS, ids=["box first", "label first", "mask first"])
def test_no_mask_has_other_pixels(order: tuple[str, ...], mask: Any) -> None:
    items = [{"box_2d": BOX, "mask": mask, "label": label} for label in "ab"]
    text = json.dumps([{key: item[key] for key in order} for item in items])
    for broken in damaged(text):
        for item in read(broken, Limits()).items:
            assert item.is_mask_open or not is_ring(item.mask) or item.mask == mask, broken


@pytest.mark.parametrize("closer", ["]", "}", "]]", "}]"])
def test_brackets_before_the_value(closer: str) -> None:
    text = START + closer + '[[200,100],[600,100],[600,500],[200,500]],"label":"a"}]'
    assert [(item.mask, item.label) for item in read(text, Limits()).items][:1] in ([(POINTS, "a")], [(None, "a")])


def test_long_gaps_cost_little() -> None:
    text = START + "[[1,2]]" + " " * 50_000 + "]" + " " * 50_000 + '"label":"a"}]'
    assert [item.label for item in read(text, Limits()).items] == ["a"]
