"""Records for the tests of formats: shapes with holes and parts, empty rows, awkward labels."""

from __future__ import annotations

import numpy as np

import maskmill
from maskmill import samples
from maskmill_bindings.record import Record
from support.datasets.masks_equality import assert_same_masks

SIZE = (120, 80)
LABELS = ["cat", "a dog", "", "<&>\"'", "日本語", "cat"]


def scene(key: str = "scene", image: str = "scene.jpg") -> Record:
    """Return six rows in six forms, with boxes and a problem; row 2 has no pixel."""
    return Record(key, maskmill.decode(samples.mixed(), SIZE), image, "replies.jsonl", 3, "gemini-2.5-flash")


def noise(seed: int, rows: int = 6, size: tuple[int, int] = (23, 17)) -> Record:
    """Return random pixels, whose parts and holes touch in every way; the last row is empty, the one before it full."""
    rng = np.random.default_rng(seed)
    shares = rng.uniform(0.05, 0.95, rows)[:, None, None]
    pixels = rng.uniform(size=(rows, size[1], size[0])) < shares
    pixels[-1], pixels[-2] = False, True
    scores = rng.uniform(size=rows).astype(np.float32)
    scores[0] = np.nan
    labels = [LABELS[i % len(LABELS)] for i in range(rows)]
    masks = maskmill.Masks.from_dense(pixels, labels=labels, scores=scores)
    return Record(f"noise/{seed}", masks, f"noise-{seed}.png")


def records() -> list[Record]:
    """Return a data set of several sizes."""
    return [scene(), *(noise(seed, size=(20 + seed, 17)) for seed in range(4))]


def same_rows(actual: maskmill.Masks, expected: maskmill.Masks) -> None:
    """Fail unless all columns are the same, apart from the items and the problems of the whole reply."""
    assert_same_masks(actual, expected)
    for name in ("status", "forms", "filled"):
        assert getattr(actual, name).tolist() == getattr(expected, name).tolist()
    np.testing.assert_array_equal(actual.boxes, expected.boxes)
    problems = [(p.row, p.code, p.message) for p in expected.problems if p.row is not None]
    assert [(p.row, p.code, p.message) for p in actual.problems] == problems
