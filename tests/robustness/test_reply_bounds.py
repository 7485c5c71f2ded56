"""Bounds on one reply as a whole: items that are cheap one by one, and too much together."""

from __future__ import annotations

import base64
import json
import tracemalloc
import zlib
from typing import Any

import numpy as np
import pytest
from numba import config

import maskmill
from maskmill import Limits, Masks
from support import pngs
from support.replies import FORMS, RING, SIZE, item, png_uri
from support.tiers import spread, thorough

pytestmark = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="millions of pixels take hours with the JIT off")

HD = (1920, 1080)
FULL = [0, 0, 1000, 1000]


@pytest.fixture(autouse=True, scope="module")
def _compiled() -> None:
    """Compile first: the memory of a decoding is measured here, not that of the compiler."""
    maskmill.decode([item(png_uri()), item(RING), item(FORMS["run lengths"])], SIZE).dense()
    maskmill.decode([{"box_2d": FULL, "mask": checkerboard(300)}], (400, 300))


def checkerboard(side: int, cell: int = 1) -> str:
    """Return a PNG that compresses to nothing and whose mask has as many run lengths as it has pixels."""
    pixels = ((np.indices((side, side)) // cell).sum(0) % 2 * 255).astype(np.uint8)
    lines = b"".join(b"\0" + line.tobytes() for line in pixels)
    body = pngs.SIGNATURE + pngs.ihdr(side, side) + pngs.chunk(b"IDAT", zlib.compress(lines, 9)) + pngs.IEND
    return "data:image/png;base64," + base64.b64encode(body).decode()


def referring(count: int, mask: Any, key: str = "mask_assets") -> str:
    boxes = [[0, 0, 1000 - i % 7, 1000 - i % 5] for i in range(count)]
    items = [{"box_2d": box, "mask": "m", "label": str(i)} for i, box in enumerate(boxes)]
    return json.dumps({key: {"m": mask}, "boxes": items})


def assert_bounded(masks: Masks, count: int, limit: str, max_ok: int) -> None:
    assert len(masks) == count
    assert masks.labels.tolist() == [str(i) for i in range(count)]
    ok = masks.status == "ok"
    assert 0 < ok.sum() <= max_ok
    for row in np.flatnonzero(~ok):
        assert masks.status[row] == "too_large"
        [problem] = [p for p in masks.problems if p.row == row and p.code == "too_large"]
        assert limit in problem.message


@pytest.mark.parametrize("count", [60, 400])
@pytest.mark.parametrize("size", [HD, pytest.param((4000, 3000), marks=thorough)])
@pytest.mark.parametrize("cell", spread([1, 2], 1))
def test_many_items_that_refer_to_one_checkerboard(count: int, size: tuple[int, int], cell: int) -> None:
    text = referring(count, checkerboard(1000, cell))
    assert len(text) < 2**16
    tracemalloc.start()
    masks = maskmill.decode(text, size)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert_bounded(masks, count, "max_reply_counts", 8)
    assert peak < 200 * 2**20


def test_the_same_png_in_every_item() -> None:
    uri = checkerboard(1000)
    items = [{"box_2d": [0, 0, 1000, 1000 - i % 3], "mask": uri, "label": str(i)} for i in range(60)]
    for reply in (items, json.dumps(items)):
        assert_bounded(maskmill.decode(reply, HD), 60, "max_reply_counts", 8)


def test_small_checkerboards_on_the_fast_path() -> None:
    uri = checkerboard(256)
    items = [{"box_2d": FULL, "mask": uri, "label": str(i)} for i in range(40)]
    assert_bounded(maskmill.decode(json.dumps(items), HD), 40, "max_reply_counts", 20)


def test_many_large_maps() -> None:
    uri = checkerboard(4000, 2000)
    masks = maskmill.decode(referring(30, uri), SIZE)
    assert_bounded(masks, 30, "max_reply_map_pixels", 8)


def test_many_zigzags() -> None:
    ring = [[0 if i % 2 else 1000, i * 2] for i in range(500)]
    items = [{"box_2d": FULL, "mask": ring, "label": str(i)} for i in range(20)]
    limits = Limits(max_reply_crossings=5_000_000)
    for reply in (items, json.dumps(items)):
        assert_bounded(maskmill.decode(reply, HD, limits=limits), 20, "max_reply_crossings", 5)


def test_run_lengths_that_grow_with_the_image() -> None:
    rle = {"size": [100, 100], "counts": [1] * 10_000}
    limits = Limits(max_reply_counts=100_000)
    masks = maskmill.decode(referring(20, rle), (1000, 1000), limits=limits)
    assert_bounded(masks, 20, "max_reply_counts", 1)


def test_filled_boxes_count_too() -> None:
    items = [{"box_2d": [100, 0, 900, 1000], "mask": None}] * 50
    masks = maskmill.decode(items, HD, fallback="box", limits=Limits(max_reply_counts=10_000))
    assert masks.filled.sum() == 2
    assert {p.code for p in masks.problems if not masks.filled[p.row or 0]} >= {"too_large"}


def test_a_map_far_past_the_limit_is_refused_before_it_is_made() -> None:
    uri = checkerboard(4000)
    tracemalloc.start()
    masks = maskmill.decode([{"box_2d": FULL, "mask": uri}], (60_000, 30_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert masks.status.tolist() == ["too_large"]
    assert peak < 150 * 2**20


@pytest.mark.parametrize("mask", [png_uri(), RING, FORMS["run lengths"]])
def test_common_replies_stay_far_below(mask: Any) -> None:
    masks = maskmill.decode([{"box_2d": [200, 100, 900, 900], "mask": mask}] * 300, HD)
    assert set(masks.status.tolist()) == {"ok"} or set(masks.status.tolist()) == {"garbage"}


def test_a_repeated_mask_keeps_its_notes() -> None:
    """Items that share a broken PNG each get its reason, and those that share a good one the same pixels."""
    good, bad = png_uri(), png_uri()[:-40]
    good_rows = maskmill.decode(referring(3, good), SIZE)
    assert good_rows.status.tolist() == ["ok"] * 3
    bad_rows = maskmill.decode(referring(3, bad + "A" * 300), SIZE)
    assert len({p.message for p in bad_rows.problems}) == 1
    assert [p.row for p in bad_rows.problems] == [0, 1, 2]


def test_limits_of_a_reply_can_be_raised() -> None:
    text = referring(4, checkerboard(1000))
    masks = maskmill.decode(text, HD, limits=Limits(max_reply_counts=2**24))
    assert set(masks.status.tolist()) == {"ok"}
