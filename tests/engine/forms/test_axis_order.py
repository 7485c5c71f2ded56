"""Which of a point's numbers is x: the box decides, then the rest of the reply, then the documented order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import maskmill
from support.oracle import ring_mask
from support.replies import codes, item

SIZE = (40, 30)
Ring = list[list[int]]

WIDE = [[100, 400], [500, 420], [900, 400], [880, 600], [500, 580], [120, 600]]
WIDE_BOX = [400, 100, 600, 900]
SQUARE = [[300, 300], [700, 300], [650, 700], [300, 700]]
SQUARE_BOX = [300, 300, 700, 700]


def swapped(ring: Ring) -> Ring:
    return [[b, a] for a, b in ring]


def truth(ring: Ring) -> np.ndarray:
    return ring_mask([([(x, y) for x, y in ring], [])], *SIZE)


def decoded(items: list[Any], **options: Any) -> maskmill.Masks:
    masks = maskmill.decode(items, SIZE, **options)
    assert set(masks.status.tolist()) == {"ok"}
    return masks


def assert_is(masks: maskmill.Masks, row: int, ring: Ring, was_swapped: bool) -> None:
    np.testing.assert_array_equal(masks[row].dense(), truth(ring))
    assert ("axes_swapped" in codes(masks, row)) == was_swapped


def test_the_box_decides() -> None:
    assert_is(decoded([item(WIDE, box=WIDE_BOX)]), 0, WIDE, False)
    assert_is(decoded([item(swapped(WIDE), box=WIDE_BOX)]), 0, WIDE, True)


@pytest.mark.parametrize(
    "shape",
    [
        lambda ring: [v for point in ring for v in point],
        lambda ring: [ring],
        lambda ring: [[*ring[0], *ring[1], *ring[2]], [*ring[3], *ring[4], *ring[5]]],
        lambda ring: {"outer": ring, "holes": []},
        lambda ring: ", ".join(str(v) for point in ring for v in point),
        lambda ring: [[a / 1000, b / 1000] for a, b in ring],
        lambda ring: [[str(a), str(b)] for a, b in ring],
    ],
)
def test_the_box_decides_for_every_shape(shape: Any) -> None:
    assert_is(decoded([item(shape(WIDE), box=WIDE_BOX)]), 0, WIDE, False)
    assert_is(decoded([item(shape(swapped(WIDE)), box=WIDE_BOX)]), 0, WIDE, True)


def test_holes_follow_their_ring() -> None:
    hole = [[300, 470], [700, 470], [700, 530], [300, 530]]
    for outer, inner in ((WIDE, hole), (swapped(WIDE), swapped(hole))):
        masks = decoded([item({"outer": outer, "holes": [inner]}, box=WIDE_BOX)])
        np.testing.assert_array_equal(masks[0].dense(), truth(WIDE) & ~truth(hole))


def test_named_points_are_what_they_say() -> None:
    points = [{"x": a, "y": b} for a, b in swapped(WIDE)]
    for value in (points, [points], {"outer": points, "holes": []}):
        assert_is(decoded([item(value, box=WIDE_BOX)]), 0, swapped(WIDE), False)
        assert_is(decoded([item(value, box=WIDE_BOX)], axis="yx"), 0, swapped(WIDE), False)


def test_a_tie_takes_the_documented_order() -> None:
    assert_is(decoded([item(SQUARE, box=SQUARE_BOX)]), 0, SQUARE, False)
    assert_is(decoded([item(swapped(SQUARE), box=SQUARE_BOX)]), 0, swapped(SQUARE), False)


def test_without_a_box_the_documented_order() -> None:
    for box in (None, [1, 2, 3], "none"):
        assert_is(decoded([item(WIDE, box=box)]), 0, WIDE, False)
        assert_is(decoded([item(swapped(WIDE), box=box)]), 0, swapped(WIDE), False)


def test_a_box_that_fits_neither_reading_is_a_tie() -> None:
    assert_is(decoded([item(WIDE, box=[0, 0, 50, 50])]), 0, WIDE, False)


def test_clear_items_decide_for_unclear_ones() -> None:
    unclear = [item(swapped(SQUARE), box=SQUARE_BOX), item(swapped(WIDE), box=None)]
    for place in range(3):
        items = list(unclear)
        items.insert(place, item(swapped(WIDE), box=WIDE_BOX))
        masks = decoded(items)
        wants = [SQUARE, WIDE]
        wants.insert(place, WIDE)
        for row, want in enumerate(wants):
            assert_is(masks, row, want, True)
    masks = decoded([item(WIDE, box=WIDE_BOX), *unclear])
    assert_is(masks, 1, swapped(SQUARE), False)


def test_a_clear_item_decides_for_itself() -> None:
    items = [item(swapped(WIDE), box=WIDE_BOX)] * 3 + [item(WIDE, box=WIDE_BOX)]
    masks = decoded(items)
    for row in range(4):
        assert_is(masks, row, WIDE, row < 3)


def test_replies_do_not_decide_for_each_other() -> None:
    decoder = maskmill.Decoder()
    decoder.decode([item(swapped(WIDE), box=WIDE_BOX)] * 5, SIZE)
    assert_is(decoder.decode([item(WIDE, box=None)], SIZE), 0, WIDE, False)


def test_other_forms_have_no_say() -> None:
    items = [item("gimme_mask_for_this", box=WIDE_BOX), item(None, box=WIDE_BOX), item(swapped(WIDE), box=WIDE_BOX)]
    assert codes(maskmill.decode(items, SIZE), 2) == {"axes_swapped"}


@pytest.mark.parametrize("box", [WIDE_BOX, SQUARE_BOX, None])
def test_the_caller_may_force_an_order(box: Any) -> None:
    assert_is(decoded([item(WIDE, box=box)], axis="xy"), 0, WIDE, False)
    assert_is(decoded([item(swapped(WIDE), box=box)], axis="xy"), 0, swapped(WIDE), False)
    assert_is(decoded([item(swapped(WIDE), box=box)], axis="yx"), 0, WIDE, True)


def test_a_reversed_box_decides_as_well() -> None:
    y0, x0, y1, x1 = WIDE_BOX
    assert_is(decoded([item(swapped(WIDE), box=[y1, x1, y0, x0])]), 0, WIDE, True)


def test_a_real_reply_with_y_first() -> None:
    points = [
        [286, 281],
        [300, 483],
        [312, 608],
        [293, 769],
        [324, 795],
        [356, 736],
        [389, 696],
        [411, 511],
        [400, 350],
        [385, 258],
    ]
    masks = decoded([item(points, "dent", [281, 256, 414, 800])])
    assert_is(masks, 0, swapped(points), True)
