"""From the text of a reply to COCO RLE: maskmill, and supervision with pycocotools, on the same reply.

    python -m pytest benchmarks

Each is checked before it is timed: the PNG masks must be the same pixels; rings differ by rule, since supervision
rounds the vertices and draws the outline, so there the two need only overlap.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import supervision as sv
from pycocotools import mask as coco

import maskmill
from workload import SIZE, png_reply, ring_reply

REPLIES = {"png": png_reply(), "ring": ring_reply()}
MODELS = {"png": sv.VLM.GOOGLE_GEMINI_2_5, "ring": sv.VLM.GOOGLE_GEMINI_3_6}


def ours(form: str) -> list[dict[str, Any]]:
    """Reply to RLE by maskmill."""
    return maskmill.decode(REPLIES[form], SIZE).coco()


def theirs(form: str) -> list[dict[str, Any]]:
    """Reply to RLE by supervision, then pycocotools on its dense masks."""
    found = sv.Detections.from_vlm(MODELS[form], REPLIES[form], resolution_wh=SIZE)
    return coco.encode(np.asfortranarray(found.mask.transpose(1, 2, 0).astype(np.uint8)))


@pytest.fixture(params=["png", "ring"])
def form(request: pytest.FixtureRequest) -> str:
    """Form of the reply; the two sides agree on it, or the benchmark does not run."""
    a, b = ours(request.param), theirs(request.param)
    assert len(a) == len(b)
    if request.param == "png":
        assert [r["counts"] for r in a] == [r["counts"] for r in b]
    else:
        assert min(coco.iou([x], [y], [0])[0, 0] for x, y in zip(a, b, strict=True)) > 0.9
    return str(request.param)


@pytest.mark.parametrize("side", [ours, theirs])
def test_reply_to_coco(benchmark: Any, form: str, side: Any) -> None:
    """Time one side on 15 masks."""
    benchmark.group = f"15 {form} masks, 1920x1080, to COCO RLE"
    benchmark.name = "maskmill" if side is ours else "supervision + pycocotools"
    assert len(benchmark(side, form)) == 15
