"""Overlays: which pixels change, which do not, and where labels are drawn, on every kind of image."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import maskmill
from maskmill import samples
from maskmill._drawing import label_font, overlay
from maskmill.errors import ArgumentError
from support.corpus import CORPUS, needs_corpus
from support.tiers import cases, thorough

WIDTH, HEIGHT = 240, 160
MASKS = maskmill.decode(samples.reply("ring_holes"), (WIDTH, HEIGHT))
NOISE = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
BACKGROUNDS = {
    "black": np.zeros((HEIGHT, WIDTH, 3), np.uint8),
    "white": np.full((HEIGHT, WIDTH, 3), 255, np.uint8),
    "grey": np.full((HEIGHT, WIDTH, 3), 128, np.uint8),
    "noise": NOISE,
    "its_own_colour": np.full((HEIGHT, WIDTH, 3), overlay.COLOURS[0], np.uint8),
}


needs_truetype = pytest.mark.skipif(not hasattr(cv2, "FontFace"), reason="OpenCV 4 includes no font")


def one(label: str = "cat", **item: Any) -> maskmill.Masks:
    """Return a triangle in the middle of the image."""
    item = {"mask": [[200, 400], [800, 400], [500, 900]], "label": label, **item}
    return maskmill.decode([item], (WIDTH, HEIGHT))


# Pixels that change.


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_every_mask_is_visible_on_every_background(background: str) -> None:
    """Pixels inside each mask change; along its border some are dark, whatever its colour."""
    image = BACKGROUNDS[background]
    drawn = MASKS.overlay(image)
    changed = (drawn != image).any(axis=2)
    for tag in _tags(MASKS).values():  # whose letters may be as white as the background
        changed[tag.box.y0 : tag.box.y1, tag.box.x0 : tag.box.x1] = True
    for row, pixels in enumerate(MASKS.dense()):
        if background != "its_own_colour" or row > 0:
            assert changed[pixels].all()
        border = pixels ^ cv2.erode(pixels.astype(np.uint8), np.ones((3, 3))).astype(bool)
        assert changed[border].any()


def test_an_outline_is_cased_where_the_image_has_its_colour() -> None:
    drawn = one("").overlay(BACKGROUNDS["its_own_colour"])
    [pixels] = one().dense()
    ring = cv2.dilate(pixels.astype(np.uint8), np.ones((5, 5))).astype(bool) & ~pixels
    assert (drawn[ring].max(axis=1) < 100).mean() > 0.25


@pytest.mark.parametrize("background", BACKGROUNDS)
def test_only_lines_and_labels_are_drawn_outside_the_masks(background: str) -> None:
    image = BACKGROUNDS[background]
    near = cv2.dilate(MASKS.dense().any(axis=0).astype(np.uint8), np.ones((7, 7))).astype(bool)
    for tag in _tags(MASKS).values():
        near[tag.box.y0 : tag.box.y1, tag.box.x0 : tag.box.x1] = True
    np.testing.assert_array_equal(MASKS.overlay(image)[~near], image[~near])


def test_a_hole_is_not_painted() -> None:
    y, x = round(455 / 640 * HEIGHT), round(205 / 960 * WIDTH)
    assert MASKS[3].label == "doughnut"
    assert (MASKS.overlay(NOISE)[y, x] == NOISE[y, x]).all()


def test_the_smaller_mask_lies_on_top() -> None:
    big = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]]
    small = [[300, 300], [700, 300], [700, 700], [300, 700]]
    centre = HEIGHT // 2, WIDTH // 2
    for rings in ([small, big], [big, small]):
        masks = maskmill.decode([{"mask": ring, "label": ""} for ring in rings], (WIDTH, HEIGHT))
        top = rings.index(small)
        mixed = np.full(3, 128) * (1 - 0.42) + np.array(overlay.COLOURS[1 - top]) * 0.42
        mixed = np.rint(mixed) * (1 - 0.42) + np.array(overlay.COLOURS[top]) * 0.42
        np.testing.assert_array_equal(masks.overlay()[centre], np.rint(mixed))


def _seen(masks: maskmill.Masks, row: int) -> float:
    """Return the share of a row's border, one pixel to either side, that is drawn in its colour."""
    pixels = masks[row].dense().astype(np.uint8)
    border = cv2.dilate(pixels, np.ones((3, 3))) ^ cv2.erode(pixels, np.ones((3, 3)))
    drawn = masks.overlay()[border.astype(bool)].astype(int)
    return float((np.abs(drawn - overlay._colour(row)).max(axis=1) < 20).mean())


@pytest.mark.parametrize("size", [(240, 160), (640, 480), (1600, 1200)])
@pytest.mark.parametrize("count", [2, 3, 4])
def test_each_of_several_masks_with_one_border_is_outlined(size: tuple[int, int], count: int) -> None:
    shift = [[[200 + i, 200], [800 + i, 200], [800, 800 + i], [200, 800]] for i in range(count)]
    for rings in (shift, shift[:1] * count):
        masks = maskmill.decode([{"mask": ring, "label": ""} for ring in rings], size)
        shares = [_seen(masks, row) for row in range(count)]
        assert min(shares) > 0.4 / count * _seen(masks[:1], 0)


def test_the_outline_of_a_large_mask_is_above_the_fill_of_a_smaller_one() -> None:
    large = [[100, 100], [600, 100], [600, 900], [100, 900]]
    small = [[500, 300], [900, 300], [900, 700], [500, 700]]
    for rings in ([large, small], [small, large]):
        masks = maskmill.decode([{"mask": ring, "label": ""} for ring in rings], (WIDTH, HEIGHT))
        row = rings.index(large)
        side = masks.overlay()[60:100, round(0.6 * WIDTH) - 1]
        assert (np.abs(side.astype(int) - overlay.COLOURS[row]).max(axis=1) < 20).mean() > 0.9


@needs_corpus
@pytest.mark.parametrize("size", [(1024, 768), (640, 480)])
def test_every_mask_of_the_cookbooks_reply_is_outlined(size: tuple[int, int]) -> None:
    masks = maskmill.decode((CORPUS / "cookbook_reply.txt").read_text(), size)
    assert min(_seen(masks, row) for row in range(len(masks))) > 0.1


@pytest.mark.parametrize(
    "size", [(64, 48), (320, 240), (480, 320), (640, 480), (1024, 768), (1920, 1080), (8000, 6000)]
)
def test_a_casing_is_not_wider_than_its_line(size: tuple[int, int]) -> None:
    style = overlay.Style.of(size)
    assert style.casing <= style.line


def test_a_row_without_a_mask_is_a_dashed_box_with_its_status() -> None:
    box = [250, 100, 750, 900]
    masks = one("cat", mask="gimme_mask_for_this", box_2d=box)
    drawn = masks.overlay(BACKGROUNDS["white"])
    side = drawn[60:100, 24]
    assert (side == overlay.COLOURS[0]).all(axis=1).any()
    assert (side < 100).all(axis=1).any()
    assert (drawn[60:100, 40:200] == 255).all()
    assert [tag.text for tag in _tags(masks).values()] == ["cat: no mask (placeholder)"]


def test_a_filled_box_is_filled_and_dashed() -> None:
    item = {"box_2d": [250, 100, 750, 900], "mask": "gimme_mask_for_this", "label": "cat"}
    masks = maskmill.decode([item], (WIDTH, HEIGHT), fallback="box")
    drawn = masks.overlay(BACKGROUNDS["white"])
    assert (drawn[60:100, 40:200] != 255).any(axis=2).all()
    assert [tag.text for tag in _tags(masks).values()] == ["cat: no mask (placeholder)"]


@pytest.mark.parametrize("box", [None, [-900, -900, -100, -100], [500, 500, 500, 500], [2000, 0, 3000, 10]])
def test_a_row_outside_the_image_changes_nothing(box: Any) -> None:
    outside = {"mask": None, "box_2d": box, "label": "cat"}
    inside = {"mask": [[200, 400], [800, 400], [500, 900]], "label": "dog"}
    masks = maskmill.decode([inside, outside], (WIDTH, HEIGHT))
    np.testing.assert_array_equal(masks.overlay(NOISE), masks[:1].overlay(NOISE))


@pytest.mark.parametrize("box", [[-500, -500, 1500, 1500], [-15000, 400, 15000, 600], [0, 0, 1000, 1000]])
def test_a_box_that_leaves_the_image_is_drawn_at_its_border(box: list[int]) -> None:
    drawn = one("cat", mask=None, box_2d=box).overlay(NOISE)
    assert drawn.shape == NOISE.shape
    assert (drawn[-1] != NOISE[-1]).any()


# Images.


def test_the_image_is_not_changed() -> None:
    image = NOISE.copy()
    image.flags.writeable = False
    drawn = MASKS.overlay(image)
    np.testing.assert_array_equal(image, NOISE)
    assert (drawn.dtype, drawn.shape, drawn.flags.writeable) == (np.uint8, (HEIGHT, WIDTH, 3), True)


def test_grey_and_alpha_are_read_as_their_colours() -> None:
    grey = NOISE[..., 0]
    expected = MASKS.overlay(np.stack([grey] * 3, axis=2))
    for image in (grey, grey[..., None], np.dstack((grey, grey, grey, NOISE[..., 1])), np.asfortranarray(grey)):
        np.testing.assert_array_equal(MASKS.overlay(image), expected)


def test_without_an_image_the_background_is_grey() -> None:
    np.testing.assert_array_equal(MASKS.overlay(), MASKS.overlay(BACKGROUNDS["grey"]))


@pytest.mark.parametrize(
    "image",
    [
        NOISE[:-1],
        NOISE.transpose(1, 0, 2),
        NOISE[..., :2],
        NOISE.astype(np.float32) / 255,
        NOISE.astype(np.uint16),
        NOISE > 127,
        NOISE[None],
        NOISE.tolist(),
    ],
    ids=["height", "turned", "channels", "float32", "uint16", "bool", "batch", "list"],
)
def test_an_image_of_another_size_or_type_raises(image: Any) -> None:
    with pytest.raises(ArgumentError, match=r"expected a uint8 array \(160, 240.*, got .* - at `image`"):
        MASKS.overlay(image)


@pytest.mark.parametrize("image", ["no such image.png", __file__, b"no image"])
def test_a_file_that_is_no_image_raises(image: Any) -> None:
    with pytest.raises(ArgumentError, match=r"^expected an image .*, got .* - at `image`$"):
        MASKS.overlay(image)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (3, 3), (16, 12), (31, 400), (400, 31), (1500, 1000)])
def test_an_image_of_any_size_is_drawn(size: tuple[int, int]) -> None:
    masks = maskmill.decode(samples.reply("ring_holes"), size)
    drawn = masks.overlay()
    assert drawn.shape == (size[1], size[0], 3)
    for pixels in masks.dense():
        assert (drawn[pixels] != 128).any(axis=1).all()


def test_a_mask_of_one_pixel_is_visible() -> None:
    masks = maskmill.decode([{"mask": [[499, 499], [501, 499], [501, 501], [499, 501]], "label": ""}], (601, 401))
    assert masks.areas.tolist() == [1]
    assert (masks.overlay() != 128).any(axis=2).sum() > 5


@thorough
def test_no_array_of_all_masks_is_built() -> None:
    ring = [[0, 0], [1000, 0], [1000, 1000], [0, 1000]]
    masks = maskmill.decode([{"mask": ring, "label": str(i)} for i in range(100)], (1000, 1000))
    masks.overlay()
    tracemalloc.start()
    masks.overlay()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25_000_000  # the masks as pixels are 100 MB


def test_threads_draw_at_once() -> None:
    batches = [one(label, score=i) for i, label in enumerate(["cat", "Привет", "日本語", "שלום"])]
    expected = [masks.overlay(NOISE) for masks in batches]
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda i: batches[i % 4].overlay(NOISE), range(cases(200))))
    for i, image in enumerate(drawn):
        np.testing.assert_array_equal(image, expected[i % 4])


# Labels.


@st.composite
def scenes(draw: st.DrawFn) -> maskmill.Masks:
    """Draw boxes and labels of any kind in an image of any size."""
    size = draw(st.tuples(st.integers(1, 300), st.integers(1, 300)))
    edge = st.integers(-200, 1200)
    item = st.fixed_dictionaries({"box_2d": st.lists(edge, min_size=4, max_size=4), "label": st.text(max_size=60)})
    return maskmill.decode(draw(st.lists(item, max_size=12)), size, fallback=draw(st.sampled_from(["none", "box"])))


@given(scenes())
@settings(deadline=None, max_examples=cases(200))
def test_tags_lie_inside_the_image_and_apart(masks: maskmill.Masks) -> None:
    width, height = masks.size
    boxes = [tag.box for tag in _tags(masks).values()]
    for box in boxes:
        assert 0 <= box.x0 < box.x1 <= width
        assert 0 <= box.y0 < box.y1 <= height
    for a, b in combinations(boxes, 2):
        assert a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
    assert masks.overlay().shape == (height, width, 3)


def test_text_stands_out_from_its_tag() -> None:
    """The contrast ratio of the WCAG: 4.5 for text."""
    for colour in overlay.COLOURS:
        text = overlay._text_colour(colour)
        light, dark = sorted((_luminance(colour), _luminance(text)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_text_is_drawn_in_the_tag() -> None:
    drawn = one("WWWW").overlay(NOISE)
    [tag] = _tags(one("WWWW")).values()
    inner = drawn[tag.box.y0 + 1 : tag.box.y1 - 1, tag.box.x0 + 1 : tag.box.x1 - 1].reshape(-1, 3)
    assert (inner == overlay.COLOURS[0]).all(axis=1).mean() > 0.3
    distance = np.abs(inner.astype(int) - overlay._text_colour(overlay.COLOURS[0])).max(axis=1)
    assert (distance < 50).mean() > 0.02


@needs_truetype
def test_long_labels_are_shortened() -> None:
    [tag] = _tags(one("a cat that sat on the mat " * 9)).values()
    assert tag.text.startswith("a cat that sat on the mat a cat that sat on")
    assert tag.text.endswith("…")


@needs_truetype
@pytest.mark.parametrize("size", [(240, 160), (640, 480), (1920, 1080)])
def test_a_long_label_is_complete_if_it_fits(size: tuple[int, int]) -> None:
    label = "wooden utensils in a small container"
    items = [{"mask": [[200, y], [800, y], [500, y + 200]], "label": label} for y in (200, 700)]
    assert [tag.text for tag in _tags(maskmill.decode(items, size)).values()] == [label] * 2


@needs_truetype
def test_an_emoji_becomes_a_sign_in_the_tag() -> None:
    assert [tag.text for tag in _tags(one("🐱 cat")).values()] == ["□ cat"]


def test_labels_that_cannot_be_drawn_are_replaced_by_the_row_number() -> None:
    for label in ("", "ไทย", "\x00"):
        assert [tag.text for tag in _tags(one(label)).values()] == ["#0"]


@needs_truetype
def test_labels_with_opencv_4(monkeypatch: pytest.MonkeyPatch) -> None:
    modern = one("Łódź").overlay(NOISE)
    monkeypatch.delattr(cv2, "FontFace")
    drawn = one("Łódź").overlay(NOISE)
    assert [tag.text for tag in _tags(one("Łódź")).values()] == ["Lodz"]
    assert (drawn != modern).any()


def test_importing_the_overlay_does_not_load_cv2() -> None:
    code = "import sys, maskmill._drawing.label_font; sys.exit('cv2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def _tags(masks: maskmill.Masks) -> dict[int, overlay.Tag]:
    style = overlay.Style.of(masks.size)
    canvas = np.zeros((masks.size[1], masks.size[0], 3), np.uint8)
    tops = {i: overlay._fill_row(canvas, row, (1, 1, 1), style)[1] for i, row in enumerate(masks)}
    return overlay._tags(masks, tops, label_font.open_font(style.font_size))


def _luminance(colour: tuple[int, int, int]) -> float:
    channels: NDArray[np.float64] = np.array(colour) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def test_the_exif_orientation_of_a_pillow_image_is_applied() -> None:
    pillow, operations = pytest.importorskip("PIL.Image"), pytest.importorskip("PIL.ImageOps")
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    for orientation in range(1, 9):
        image = pillow.fromarray(pixels)
        image.getexif()[0x0112] = orientation
        masks = maskmill.decode([{"mask": [[100, 100], [900, 100], [500, 900]]}], image)
        seen = np.asarray(operations.exif_transpose(image))
        np.testing.assert_array_equal(masks.overlay(image), masks.overlay(seen))
