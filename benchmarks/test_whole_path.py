"""From the text of a reply to COCO RLE, dense masks and back, by form and size: `python -m pytest benchmarks`.

Against others: `python -m benchmarks`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import maskmill
from benchmarks.workload import ITEMS, SIZE, mixed_reply, png_reply, ring_reply

MAKERS: dict[str, Callable[..., str]] = {"png": png_reply, "ring": ring_reply, "mixed": mixed_reply}
SIDES = {"small": (30, 60), "median": (60, 500), "large": (500, 1000)}


@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("form", MAKERS)
def test_reply_to_coco(benchmark: Any, form: str, sides: str) -> None:
    text = MAKERS[form](sides=SIDES[sides])
    benchmark.group = f"{ITEMS} masks to COCO RLE"
    assert len(benchmark(lambda: maskmill.decode(text, SIZE).coco())) == ITEMS


@pytest.mark.parametrize("form", MAKERS)
def test_reply_to_dense(benchmark: Any, form: str) -> None:
    text = MAKERS[form]()
    benchmark.group = f"{ITEMS} masks to (N, H, W) bool"
    assert len(benchmark(lambda: maskmill.decode(text, SIZE).dense())) == ITEMS


@pytest.mark.parametrize("form", ["png", "ring"])
def test_broken_reply_to_coco(benchmark: Any, form: str) -> None:
    """The full path: the same reply without its last bracket."""
    text = MAKERS[form]().rstrip("`\n}")[:-1]
    benchmark.group = f"{ITEMS} masks of a broken reply to COCO RLE"
    assert len(benchmark(lambda: maskmill.decode(text, SIZE).coco())) == ITEMS


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("form", ["png", "ring"])
def test_decode_many(benchmark: Any, form: str, threads: int) -> None:
    texts = [MAKERS[form](seed) for seed in range(60)]
    benchmark.group = f"60 {form} replies by decode_many"
    decoded = benchmark(lambda: [m.coco() for m in maskmill.decode_many(texts, SIZE, threads=threads)])
    assert len(decoded) == 60
