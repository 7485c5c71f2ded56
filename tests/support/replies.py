"""Values and replies as models write them, built without the engine, and what must hold for the masks of any reply."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from maskmill import Masks
from support import pngs

SIZE = (64, 48)
SIDE = 16

STATUSES = {
    "ok",
    "nothing",
    "tokens",
    "tokens_incomplete",
    "placeholder",
    "garbage",
    "truncated",
    "degenerate",
    "empty",
    "no_box",
    "too_large",
}
REPLY_STATUSES = {"ok", "salvaged", "truncated", "no_json", "empty", "blocked"}

Item = dict[str, Any]


def pixel_map(seed: int, side: int = SIDE) -> NDArray[np.uint8]:
    """Return a blob of 255 on 0, as the models' maps are."""
    y, x = np.mgrid[:side, :side] - side / 2 + 0.5
    wave = 0.35 * side * (1 + 0.3 * np.cos(np.arctan2(y, x) * (2 + seed % 3) + seed))
    return np.where(np.hypot(y, x) < wave, 255, 0).astype(np.uint8)


def png_base64(seed: int = 0) -> str:
    """Return a PNG of `pixel_map` as base64 digits; most seeds give ``+``, ``/`` and padding."""
    return base64.b64encode(pngs.encode(pixel_map(seed))).decode()


def png_uri(seed: int = 0) -> str:
    """Return the form that Gemini 2.5 sends."""
    return "data:image/png;base64," + png_base64(seed)


RING = [[100, 200], [900, 250], [700, 900], [150, 700]]
BOX_OF_RING = [200, 100, 900, 900]
TOKENS = "<start_of_mask>" + "".join(
    f"<seg_{n}>" for n in (60, 59, 58, 111, 44, 27, 27, 100, 50, 27, 27, 3, 91, 1, 17, 9)
)


def column_runs(mask: NDArray[np.bool_]) -> list[int]:
    """Return COCO's run lengths: down the columns, background first."""
    flat = np.concatenate(([False], mask.T.ravel()))
    return [int(n) for n in np.diff([0, *np.flatnonzero(flat[1:] != flat[:-1]), mask.size])]


def disc(size: tuple[int, int] = SIZE) -> NDArray[np.bool_]:
    """Return an ellipse in an image of `size`."""
    width, height = size
    y, x = np.mgrid[:height, :width]
    return ((x / width - 0.5) ** 2 + (y / height - 0.4) ** 2) < 0.08


FORMS: dict[str, Any] = {
    "png": png_uri(),
    "bare base64": png_base64(1),
    "points": RING,
    "flat": [v for point in RING for v in point],
    "objects": [{"x": x, "y": y} for x, y in RING],
    "rings": [RING, [[10, 10], [90, 10], [90, 90]]],
    "parts": [{"outer": RING, "holes": [[[300, 400], [500, 400], [500, 600]]]}],
    "text": "100,200,900,250,700,900,150,700",
    "run lengths": {"size": [48, 64], "counts": column_runs(disc())},
    "tokens": TOKENS,
    "leak": "<start_of_mask><seg_3><seg_74>5D",
    "placeholder": "gimme_mask_for_this",
    "null": None,
}
"""Values of ``mask``: those that hold pixels of an image of `SIZE`, and some that hold none."""


def item(mask: Any, label: str = "cat", box: Any = BOX_OF_RING, **more: Any) -> Item:
    """Return an item with its keys in the usual order."""
    return {"box_2d": box, "mask": mask, "label": label, **more}


def fenced(items: Any) -> str:
    """Return items as Gemini 2.5 writes them: fenced, one a line."""
    lines = ",\n  ".join(json.dumps(entry) for entry in items)
    return f"```json\n[\n  {lines}\n]\n```"


def rows(masks: Masks) -> list[tuple[Any, ...]]:
    """Return what identifies each row: label, status, form, box, score, run lengths."""
    return [
        (
            str(mask.label),
            str(mask.status),
            mask.form,
            None if math.isnan(mask.box[0]) else tuple(mask.box.tolist()),
            None if math.isnan(mask.score) else mask.score,
            mask.coco()["counts"],
        )
        for mask in masks
    ]


def codes(masks: Masks, row: int | None) -> set[str]:
    """Return the codes of the problems of a row, or of the reply."""
    return {problem.code for problem in masks.problems if problem.row == row}


def pasted(
    pixels: NDArray[np.uint8], corners: Iterable[int], size: tuple[int, int], threshold: int = 127
) -> NDArray[np.bool_]:
    """Return the mask that Pillow's BILINEAR gives for a map in a box of whole pixels, which may leave the image."""
    x0, y0, x1, y1 = corners
    mask = np.zeros(size[::-1], bool)
    left, top, right, bottom = max(x0, 0), max(y0, 0), min(x1, size[0]), min(y1, size[1])
    if left >= right or top >= bottom:
        return mask
    height, width = pixels.shape
    across, down = width / (x1 - x0), height / (y1 - y0)
    window = ((left - x0) * across, (top - y0) * down, (right - x0) * across, (bottom - y0) * down)
    inner = Image.fromarray(pixels).resize((right - left, bottom - top), Image.Resampling.BILINEAR, box=window)
    mask[top:bottom, left:right] = np.asarray(inner) > threshold
    return mask


def assert_sound(masks: Masks) -> None:
    """Check what holds for every batch, whatever the reply was."""
    _assert_columns(masks)
    _assert_problems(masks)
    _assert_pixels(masks)
    text = json.dumps(masks.to_dict(), allow_nan=False)
    again = Masks.from_dict(json.loads(text))
    assert json.dumps(again.to_dict(), allow_nan=False) == text
    assert rows(again) == rows(masks)


def _assert_columns(masks: Masks) -> None:
    n = len(masks)
    assert masks.reply_status in REPLY_STATUSES
    assert set(masks.status.tolist()) <= STATUSES
    columns = (masks.labels, masks.status, masks.forms, masks.scores, masks.areas, masks.filled, masks.items)
    assert [len(column) for column in columns] == [n] * len(columns)
    assert masks.boxes.shape == (n, 4)
    assert (masks.scores.dtype, masks.boxes.dtype, masks.areas.dtype) == (np.float32, np.float64, np.int64)
    assert all(type(label) is str for label in masks.labels)
    assert all(type(entry) is dict for entry in masks.items)
    missing = np.isnan(masks.boxes)
    assert (missing.all(axis=1) == missing.any(axis=1)).all()
    sorted_corners = masks.boxes[:, :2] <= masks.boxes[:, 2:]
    assert (sorted_corners | missing[:, :2]).all()


def _assert_problems(masks: Masks) -> None:
    for number, status in enumerate(masks.status.tolist()):
        of_row = codes(masks, number)
        assert (of_row & STATUSES) == ({status} - {"ok"})
    assert len(masks) or masks.problems or masks.reply_status in ("ok", "truncated")
    for problem in masks.problems:
        assert problem.row is None or 0 <= problem.row < len(masks)
        assert problem.message
        assert len(problem.excerpt) + len(problem.message) < 1500


def _assert_pixels(masks: Masks) -> None:
    width, height = masks.size
    dense = masks.dense()
    assert dense.shape == (len(masks), height, width)
    assert dense.dtype == np.bool_
    np.testing.assert_array_equal(masks.areas, dense.sum(axis=(1, 2)))
    drawn = (masks.status == "ok") | masks.filled
    np.testing.assert_array_equal(masks.areas > 0, drawn)
    assert len(masks.coco()) == len(masks.crops()) == len(masks.polygons()) == len(masks)
    assert not (masks.filled & np.isin(masks.status, ["ok", "empty"])).any()
