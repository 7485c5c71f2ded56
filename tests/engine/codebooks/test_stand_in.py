"""A stand-in that is not ours to tune: an auto-encoder trained here, briefly; the benchmark trains it longer."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba import config

from maskmill.codebooks import fit

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def stand_in() -> Any:
    if config.DISABLE_JIT:
        pytest.skip("learning takes hours without machine code")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[3]))
        sys.modules.pop("benchmarks", None)
        from benchmarks.standins.models import StandIn

        yield StandIn("plain", steps=300)


@pytest.mark.parametrize(("is_soft", "n"), [(False, 50), (False, 200), (True, 50), (True, 200)])
def test_the_mean_patch_is_beaten(stand_in: Any, is_soft: bool, n: int) -> None:
    from benchmarks.codebooks import iou, mean_patches
    from benchmarks.standins.shapes import draw

    stand_in.is_soft = is_soft
    tokens, asked = stand_in.encode(draw(n, 101)), stand_in.encode(draw(100, 102))
    maps, truth = stand_in.decode(tokens), stand_in.decode(asked)
    ours = iou(fit(tokens, maps).decode(asked), truth)
    theirs = iou(mean_patches(tokens, maps, asked), truth)
    assert np.median(ours) > np.median(theirs)
    assert ours.mean() > theirs.mean()
