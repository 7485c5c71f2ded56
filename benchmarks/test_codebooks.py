"""Rows of tokens to maps, on random weights: `python -m pytest benchmarks/test_codebooks.py`.

PaliGemma's decoder is as fast with any weights, and uses one core: it calls no matrix library.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from maskmill.codebooks._paligemma import PaliGemma
from support.codebooks import reference_decoder


@pytest.fixture(scope="module")
def codebook() -> PaliGemma:
    return PaliGemma(reference_decoder.random_weights(1))


@pytest.mark.parametrize("count", [1, 15, 192])
def test_paligemma(benchmark: Any, codebook: PaliGemma, count: int) -> None:
    tokens = np.random.default_rng(2).integers(0, 128, (count, 16))
    wanted = np.clip(reference_decoder.decode(reference_decoder.random_weights(1), tokens[:2]) / 2 + 0.5, 0, 1) * 255
    assert np.abs(codebook.decode(tokens)[:2] - wanted).max() < 1 + 255e-4  # a fraction is cut off
    assert benchmark(codebook.decode, tokens).shape == (count, 64, 64)
