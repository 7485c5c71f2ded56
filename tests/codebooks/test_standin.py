"""A stand-in that is not ours to tune: an auto-encoder trained here, briefly; the benchmark trains it longer."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numba import config

from maskmill.codebooks import fit

pytest.importorskip("torch")


@pytest.mark.skipif(config.DISABLE_JIT, reason="learning takes hours without machine code")
@pytest.mark.parametrize("kind", ["plain", "plain_soft"])
def test_the_mean_patch_is_beaten(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    sys.modules.pop("benchmarks", None)
    from benchmarks.codebooks import iou, mean_patches
    from benchmarks.standins.models import StandIn
    from benchmarks.standins.shapes import draw

    stand_in = StandIn(kind, steps=300)
    tokens, asked = stand_in.encode(draw(200, 101)), stand_in.encode(draw(100, 102))
    maps, truth = stand_in.decode(tokens), stand_in.decode(asked)
    for n in (50, 200):
        ours = iou(fit(tokens[:n], maps[:n]).decode(asked), truth)
        theirs = iou(mean_patches(tokens[:n], maps[:n], asked), truth)
        assert np.median(ours) > np.median(theirs)
        assert ours.mean() > theirs.mean()
