"""The same pixels as supervision 0.31.2 on every PNG reply that it decodes, but where its corners are cut short."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import maskmill
from maskmill._kernels.steps.boxes import pixel_corners
from support import pngs
from support.corpus import CORPUS, needs_corpus
from support.replies import fenced, item, pixel_map, png_uri
from support.tiers import cases

sv = pytest.importorskip("supervision")

Size = tuple[int, int]
GENERATOR = np.random.default_rng(7)
SIZES: list[Size] = [(int(w), int(h)) for w, h in GENERATOR.integers(1, 400, (20, 2))]


def theirs(text: str, size: Size) -> Any:
    return sv.Detections.from_vlm(sv.VLM.GOOGLE_GEMINI_2_5, text, resolution_wh=size)


def their_corners(box: list[int], size: Size) -> tuple[int, int, int, int]:
    """Return the pixels of a box as supervision cuts them: ``int(v * (size / 1000))``."""
    y0, x0, y1, x1 = box
    width, height = size[0] / 1000, size[1] / 1000
    return int(x0 * width), int(y0 * height), int(x1 * width), int(y1 * height)


def exact_corners(box: list[int], size: Size) -> tuple[int, int, int, int]:
    y0, x0, y1, x1 = box
    pairs = ((x0, size[0]), (y0, size[1]), (x1, size[0]), (y1, size[1]))
    return tuple(abs(v) * side // 1000 * (1 if v >= 0 else -1) for v, side in pairs)  # type: ignore[return-value]


def assert_equal(items: list[dict[str, Any]], size: Size) -> int:
    """Compare every row whose corners agree, and return how many those were."""
    text = fenced(items)
    ours, other = maskmill.decode(text, size), theirs(text, size)
    assert len(ours) == len(other) == len(items)
    assert ours.labels.tolist() == other.data["class_name"].tolist()
    compared = 0
    for row, entry in enumerate(items):
        corners = exact_corners(entry["box_2d"], size)
        assert pixel_corners(tuple(ours.boxes[row])) == corners
        if corners == their_corners(entry["box_2d"], size):
            np.testing.assert_array_equal(ours[row].dense(), other.mask[row], err_msg=f"{entry['box_2d']} in {size}")
            compared += 1
    return compared


def random_box(low: int, high: int) -> list[int]:
    y0, x0 = GENERATOR.integers(low, high - 100, 2)
    y1, x1 = GENERATOR.integers((y0 + 1, x0 + 1), high)
    return [int(v) for v in (y0, x0, y1, x1)]


def grey_uri(pixels: NDArray[np.integer]) -> str:
    return "data:image/png;base64," + base64.b64encode(pngs.encode(pixels)).decode()


def soft_map(seed: int) -> NDArray[np.uint8]:
    """Return a map with every grey in it: what the format allows, and a threshold must decide."""
    generator = np.random.default_rng(seed)
    height, width = generator.integers(1, 40, 2)
    return generator.integers(0, 256, (height, width), np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("low", "high"), [(0, 1001), (-400, 1400)])
def test_replies_of_our_own(low: int, high: int, size: Size) -> None:
    count = min(cases(40), 40)
    maps = [png_uri(seed) if seed % 2 else grey_uri(soft_map(seed)) for seed in range(count)]
    items = [item(text, f"object {n}", random_box(low, high)) for n, text in enumerate(maps)]
    assert assert_equal(items, size) >= count // 2


@pytest.mark.parametrize("size", [(640, 480), (1, 1), (1000, 1000), (333, 77)])
def test_a_map_as_the_models_send_it(size: Size) -> None:
    text = grey_uri(pixel_map(3, 256))
    boxes = [
        [0, 0, 1000, 1000],
        [100, 200, 101, 900],
        [-200, 300, 1200, 900],
        [400, 400, 1600, 1600],
        [999, 999, 1000, 1000],
    ]
    assert_equal([item(text, str(n), box) for n, box in enumerate(boxes)], size)


@needs_corpus
@pytest.mark.parametrize("size", SIZES)
def test_the_cookbooks_reply(size: Size) -> None:
    text = (CORPUS / "cookbook_reply.txt").read_text()
    assert assert_equal(json.loads(text.strip().removeprefix("```json").removesuffix("```")), size) > 0


@needs_corpus
def test_every_real_reply_that_supervision_decodes() -> None:
    compared = 0
    for line in (CORPUS / "replies_2_5.jsonl").read_text().splitlines():
        text = json.loads(line)["text"]
        if "```" in text and '"mask"' in text and "<seg_" not in text:
            items = json.loads(text.removeprefix("```json").removesuffix("```"))
            compared += sum(assert_equal(items, size) for size in SIZES[:4])
    assert compared > 50


def test_ours_is_exact_where_theirs_is_cut_short() -> None:
    """Corners for which ``v * (size / 1000)`` falls below the whole number that it means."""
    values, sizes = np.arange(1001)[:, None], np.arange(1, 4097)[None]
    short = np.argwhere((values * (sizes / 1000)).astype(int) < values * sizes // 1000)
    assert len(short) == 760
    for v, n in short[:: len(short) // 40].tolist():
        size, whole = (n + 1, 1), v * (n + 1) // 1000
        masks = maskmill.decode([item(png_uri(), box=[0, 0, 1000, v])], size)
        assert pixel_corners(tuple(masks.boxes[0])) == (0, 0, whole, 1)
        assert int(theirs(fenced(masks.items), size).xyxy[0, 2]) == whole - 1
