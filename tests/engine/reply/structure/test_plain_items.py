"""Plain items, which are read at a glance: the same items as those that are searched field by field."""

from __future__ import annotations

from typing import Any

import pytest

from maskmill import Limits
from maskmill._reply import read
from maskmill._reply.containers import Entry
from maskmill._reply.item import build_item, plain_item
from maskmill._reply.keys import fold_keys
from maskmill._reply.structure.labels import Around
from maskmill._reply.structure.plain_items import is_plain_item
from support.replies import RING, png_uri

BOX = [200, 100, 900, 900]
PLAIN: dict[str, dict[str, Any]] = {
    "a picture": {"box_2d": BOX, "mask": png_uri(1), "label": "cat"},
    "tokens": {"box_2d": BOX, "mask": "<start_of_mask><seg_1>", "label": "cat"},
    "a ring": {"label": "cat", "box_2d": [1.5, 2, 3, 4], "mask": RING},
    "words": {"box_2d": BOX, "mask": "N/A", "label": "größer 猫"},
    "an empty text": {"box_2d": BOX, "mask": "", "label": "cat"},
    "half a character": {"box_2d": BOX, "mask": "", "label": "a\ud800"},
    "a score": {"box_2d": BOX, "mask": RING, "label": "cat", "score": 0.5},
    "a confidence": {"box_2d": BOX, "mask": RING, "confidence": 1, "label": "cat"},
    "an id": {"id": 7, "box_2d": BOX, "mask": RING, "label": "cat"},
    "an id, an area and a score": {"id": 7, "box_2d": BOX, "mask": "", "label": "cat", "area": 2.5, "score": 0.5},
    "an endless score": {"box_2d": BOX, "mask": RING, "label": "cat", "score": 1e300},
}
OTHERS: dict[str, Any] = {
    "two scores": {"box_2d": BOX, "mask": RING, "label": "cat", "score": 0.5, "confidence": 1},
    "a score in words": {"box_2d": BOX, "mask": RING, "label": "cat", "score": "0.5"},
    "no score": {"box_2d": BOX, "mask": RING, "label": "cat", "score": None},
    "masks in a score": {"box_2d": BOX, "mask": RING, "label": "cat", "score": {"mask": RING}},
    "no label": {"box_2d": BOX, "mask": RING, "label": ""},
    "a list of labels": {"box_2d": BOX, "mask": RING, "label": ["cat"]},
    "a number as the label": {"box_2d": BOX, "mask": RING, "label": 3},
    "a box in words": {"box_2d": "200,100,900,900", "mask": RING, "label": "cat"},
    "truth in a box": {"box_2d": [True, 1, 2, 3], "mask": RING, "label": "cat"},
    "five numbers": {"box_2d": [*BOX, 1], "mask": RING, "label": "cat"},
    "no mask": {"box_2d": BOX, "label": "cat"},
    "an RLE": {"box_2d": BOX, "mask": {"counts": "04", "size": [2, 2]}, "label": "cat"},
    "items in a mask": {"box_2d": BOX, "mask": [{"box_2d": BOX, "label": "dog"}], "label": "cat"},
    "rings": {"box_2d": BOX, "mask": [RING], "label": "cat"},
    "points of three": {"box_2d": BOX, "mask": [[1, 2, 3]] * 3, "label": "cat"},
    "another key": {"box_2d": BOX, "mask": RING, "label": "cat", "image": 1},
    "an id in words": {"box_2d": BOX, "mask": RING, "label": "cat", "id": "a1"},
    "a text": "cat",
}


@pytest.mark.parametrize("notes", [(), ("`boxes` has 2 for 1 items",)])
@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_item_is_the_item_that_a_search_finds(name: str, notes: tuple[str, ...]) -> None:
    value = PLAIN[name]
    entry = Entry(value, {}, Around(label="around", note="read the key as the label", notes=notes))
    assert is_plain_item(value)
    assert repr(plain_item(value, entry)) == repr(build_item(value, entry, dict(value), fold_keys(value)))


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_searched(name: str) -> None:
    assert not is_plain_item(OTHERS[name])


def test_neighbours_do_not_matter() -> None:
    others = [value for value in OTHERS.values() if isinstance(value, dict)]
    mixed = [entry for pair in zip([*PLAIN.values()] * 2, others, strict=False) for entry in pair]
    together = [repr(item) for item in read(mixed, Limits()).items]
    apart = [repr(item) for entry in mixed for item in read([entry], Limits()).items]
    assert [text.split("notes=")[0] for text in together] == [text.split("notes=")[0] for text in apart]


def test_the_bound_of_nesting_holds_for_plain_items() -> None:
    assert read([PLAIN["a ring"]], Limits(max_depth=1)).items[0].mask == []
