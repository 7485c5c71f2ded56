"""A PNG from base64 text to pixels in its box, against Pillow; and what becomes of one that is cut or broken."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import maskmill
from maskmill import Limits
from support import pngs
from support.replies import SIZE, assert_sound, codes, item, pasted, pixel_map, png_base64, png_uri
from support.tiers import cases


def uri(samples: Any, *, colour: int = 0, depth: int = 8, **more: Any) -> str:
    return "data:image/png;base64," + base64.b64encode(pngs.encode(samples, colour, depth, **more)).decode()


def corners_of(box: list[int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return x0, y0, x1, y1 in whole pixels, in integers, towards zero as ``int()`` cuts."""
    y0, x0, y1, x1 = box

    def cut(v: int, side: int) -> int:
        return v * side // 1000 if v >= 0 else -(-v * side // 1000)

    return cut(x0, size[0]), cut(y0, size[1]), cut(x1, size[0]), cut(y1, size[1])


def decoded(text: Any, box: Any, size: tuple[int, int] = SIZE, **options: Any) -> maskmill.Masks:
    masks = maskmill.decode([item(text, box=box)], size, **options)
    assert_sound(masks)
    return masks


@settings(deadline=None, derandomize=True, max_examples=cases(300))
@given(
    st.tuples(*[st.integers(-300, 1300)] * 4).map(list),
    st.tuples(st.integers(1, 70), st.integers(1, 70)),
    st.integers(0, 9),
    st.integers(0, 255),
)
def test_any_box_is_what_pillow_gives(box: list[int], size: tuple[int, int], seed: int, threshold: int) -> None:
    ordered = [min(box[0], box[2]), min(box[1], box[3]), max(box[0], box[2]), max(box[1], box[3])]
    pixels = np.random.default_rng(seed).integers(0, 256, (1 + seed * 3, 20 - seed), np.uint8)
    masks = decoded(uri(pixels), box, size, threshold=threshold)
    x0, y0, x1, y1 = corners = corners_of(ordered, size)
    if x0 >= x1 or y0 >= y1:
        assert masks.status.tolist() == ["degenerate"]
        return
    want = pasted(pixels, corners, size, threshold)
    np.testing.assert_array_equal(masks[0].dense(), want)
    assert masks.status.tolist() == ["ok" if want.any() else "empty"]


def test_the_threshold_is_above_not_at() -> None:
    pixels = np.array([[126, 127], [128, 129]], np.uint8)
    for threshold, area in ((125, 4), (126, 3), (127, 2), (128, 1), (129, 0)):
        assert decoded(uri(pixels), [0, 0, 1000, 1000], (2, 2), threshold=threshold).areas.tolist() == [area]


@pytest.mark.parametrize(("colour", "depth"), pngs.LEGAL)
@pytest.mark.parametrize("interlaced", [False, True])
def test_every_legal_picture(colour: int, depth: int, interlaced: bool) -> None:
    blob = pixel_map(2, 12) > 0
    top = (1 << depth) - 1 if colour != 3 else 1
    samples = np.repeat(blob[..., None] * top, pngs.CHANNELS[colour], axis=2)
    if colour in (4, 6):
        samples[..., -1] = (1 << depth) - 1
    extra = [pngs.chunk(b"PLTE", bytes([0, 0, 0, 255, 255, 255]))] if colour == 3 else []
    text = uri(samples, colour=colour, depth=depth, interlaced=interlaced, filters=(0, 1, 2, 3, 4), extra=extra)
    masks = decoded(text, [100, 100, 900, 900])
    want = pasted((blob * 255).astype(np.uint8), corners_of([100, 100, 900, 900], SIZE), SIZE)
    np.testing.assert_array_equal(masks[0].dense(), want)


def test_a_picture_in_the_alpha_channel() -> None:
    samples = np.full((12, 12, 4), 255)
    samples[..., 3] = pixel_map(2, 12)
    masks = decoded(uri(samples, colour=6), [100, 100, 900, 900])
    want = pasted(pixel_map(2, 12), corners_of([100, 100, 900, 900], SIZE), SIZE)
    np.testing.assert_array_equal(masks[0].dense(), want)
    assert codes(masks, 0) == {"alpha_used"}


def test_all_zero_is_empty_and_all_white_is_the_box() -> None:
    assert decoded(uri(np.zeros((9, 9), int)), [0, 0, 500, 500]).status.tolist() == ["empty"]
    assert decoded(uri(np.full((9, 9), 255)), [0, 0, 500, 500]).areas.tolist() == [32 * 24]


@pytest.mark.parametrize(
    "box", [None, [], "", [1, 2, 3], [0, 0, None, 10], [0, 0, float("nan"), 10], "somewhere", {}, {"x": 1}]
)
def test_a_map_needs_a_box(box: Any) -> None:
    masks = decoded(png_uri(), box)
    assert masks.status.tolist() == ["no_box"]
    assert np.isnan(masks.boxes).all()
    assert masks.forms.tolist() == ["png"]


@pytest.mark.parametrize(
    "box",
    [
        [500, 100, 500, 900],
        [100, 500, 900, 500],
        [500, 500, 500, 500],
        [100, 100, 101, 900],
        [0, 0, 0, 0],
        [5, 5, 6, 6],
    ],
)
def test_a_box_without_a_pixel_is_degenerate(box: Any) -> None:
    assert decoded(png_uri(), box).status.tolist() == ["degenerate"]


def test_a_box_that_leaves_the_image_is_clipped_and_said() -> None:
    masks = decoded(png_uri(), [-100, -200, 1100, 1200])
    np.testing.assert_array_equal(masks[0].dense(), pasted(pixel_map(0), (-12, -4, 76, 52), SIZE))
    assert codes(masks, 0) == {"clipped"}
    masks = decoded(png_uri(), [1100, 1100, 1900, 1900])
    assert masks.status.tolist() == ["empty"]


def test_a_box_past_the_limit_is_too_large() -> None:
    for box in ([0, 0, 16_001, 900], [-16_001, 0, 900, 900], [0, 0, 1e15, 1e15], [0, 0, 10**18, 1]):
        assert decoded(png_uri(), box).status.tolist() == ["too_large"], box
    for box in ([0, 0, 1e30, 1e30], [0, 0, 10**30, 10**30], [0, 0, 1e308, 1], [0, 0, -(10**5000), 1]):
        assert decoded(png_uri(), box).status[0] in ("too_large", "no_box"), box
    assert decoded(png_uri(), [-16_000, -16_000, 16_000, 16_000]).status.tolist() == ["ok"]


def test_cut_anywhere() -> None:
    """An unclosed string gives the mask when its IEND is there, and is truncated before that, never garbage."""
    text = f'[{{"box_2d": [100, 100, 900, 900], "mask": "{png_uri()}'
    want = decoded(png_uri(), [100, 100, 900, 900])[0].coco()
    for lost in range(len(png_uri()) + 1):
        masks = maskmill.decode(text[: len(text) - lost], SIZE)
        padding = png_uri().count("=")
        if lost <= padding:
            assert (masks.status.tolist(), masks[0].coco()) == (["ok"], want)
            assert "unclosed" in codes(masks, 0)
        else:
            assert masks.status.tolist() == ["truncated"], text[len(text) - lost - 9 : len(text) - lost]


def test_a_closed_string_that_is_cut_is_garbage() -> None:
    digits = png_base64().rstrip("=")
    for end in range(0, len(digits) - 1, 3):
        assert decoded("data:image/png;base64," + digits[:end], [100, 100, 900, 900]).status.tolist() == ["garbage"]


@settings(deadline=None, derandomize=True, max_examples=cases(500))
@given(st.data())
def test_any_changed_character_is_garbage_or_changes_nothing(data: st.DataObject) -> None:
    """Every byte of these PNGs is under a checksum: no damage can turn into other pixels."""
    digits = png_base64(1)
    place = data.draw(st.integers(0, len(digits) - 1))
    new = data.draw(st.sampled_from("ABCxyz019+/-_= \n\"'{}é\0"))
    want = decoded(digits, [100, 100, 900, 900])[0].coco()
    masks = decoded(digits[:place] + new + digits[place + 1 :], [100, 100, 900, 900])
    assert masks.status[0] in ("ok", "garbage")
    assert masks.status[0] == "garbage" or masks[0].coco() == want


def test_a_header_past_the_limit_is_too_large() -> None:
    text = png_uri()
    pixels = 16 * 16
    assert decoded(text, [0, 0, 900, 900], limits=Limits(max_map_pixels=pixels)).status.tolist() == ["ok"]
    assert decoded(text, [0, 0, 900, 900], limits=Limits(max_map_pixels=pixels - 1)).status.tolist() == ["too_large"]


@pytest.mark.parametrize(
    "kind",
    ["bad CRC", "no IDAT", "no IEND", "short stream", "long stream", "stream of noise", "bad filter", "IHDR twice"],
)
def test_broken_pictures_are_garbage(kind: str) -> None:
    rows = pngs.scanlines(pixel_map(0)[..., None].astype(int), 8)
    head, stream, end = pngs.ihdr(16, 16), pngs.idat(rows), pngs.IEND
    parts = {
        "bad CRC": [head, stream[:-1] + bytes([stream[-1] ^ 1]), end],
        "no IDAT": [head, end],
        "no IEND": [head, stream],
        "short stream": [head, pngs.idat(rows[:-1]), end],
        "long stream": [head, pngs.idat(rows + b"\0"), end],
        "stream of noise": [head, pngs.chunk(b"IDAT", b"noise" * 9), end],
        "bad filter": [head, pngs.idat(b"\x05" + rows[1:]), end],
        "IHDR twice": [head, head, stream, end],
    }[kind]
    text = base64.b64encode(pngs.SIGNATURE + b"".join(parts)).decode()
    assert decoded(text, [0, 0, 900, 900]).status.tolist() == ["garbage"]


def test_the_same_pixels_from_text_bytes_and_parsed_json() -> None:
    entry = item(png_uri(), box=[100, 100, 900, 900])
    replies: list[Any] = [
        [entry],
        json.dumps([entry]),
        json.dumps([entry]).encode(),
        f"```json\n{json.dumps([entry])}\n```",
    ]
    first: NDArray[np.bool_] = maskmill.decode(replies[0], SIZE).dense()
    for reply in replies[1:]:
        np.testing.assert_array_equal(maskmill.decode(reply, SIZE).dense(), first)
