"""The same work on a GPU and on the CPU, which must agree before anything is timed: `python -m pytest benchmarks`.

Skipped where there is no GPU. What stays on the device is timed until it is finished there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import maskmill
from benchmarks.workload import ITEMS, SIZE, png_reply, ring_reply
from maskmill._device import detection

OBSTACLE = detection.reason_unavailable()
pytestmark = pytest.mark.skipif(bool(OBSTACLE), reason=f"needs a GPU: {OBSTACLE}")

MAKERS = {"png": png_reply, "ring": ring_reply}
REPLIES = 60
VIEWS = {
    "dense": lambda masks, device: masks.dense(device=device),
    "instance_map": lambda masks, device: masks.instance_map(device=device),
    "class_map": lambda masks, device: masks.class_map(sorted(set(masks.labels)), device=device),
    "iou": lambda masks, device: masks.iou(masks, device=device),
}


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("form", MAKERS)
def test_decode_many(benchmark: Any, form: str, device: Any) -> None:
    texts = [MAKERS[form](seed) for seed in range(REPLIES)]

    def decoded(where: Any) -> list[Any]:
        return [masks.coco() for masks in maskmill.decode_many(texts, SIZE, device=where)]

    assert decoded(device) == decoded("cpu")
    benchmark.group = f"{REPLIES} {form} replies of {ITEMS} masks by decode_many"
    assert len(benchmark(decoded, device)) == REPLIES


@pytest.mark.parametrize("device", ["cpu", "cuda"])
@pytest.mark.parametrize("view", VIEWS)
def test_view(benchmark: Any, view: str, device: str) -> None:
    masks = maskmill.decode(png_reply(), SIZE)
    made, want = (VIEWS[view](masks, where) for where in (device, "cpu"))
    assert np.array_equal(made if device == "cpu" else made.copy_to_host(), want)
    benchmark.group = f"{view} of {ITEMS} masks"
    assert benchmark(VIEWS[view], masks, device).shape == want.shape
