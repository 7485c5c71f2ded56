"""Helpers that more than one test module needs."""

from __future__ import annotations

from pathlib import Path

import pytest
from numba import config

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real replies is not on this machine")


def cases(n: int) -> int:
    """Return `n` with compiled kernels and a fiftieth of it (at least 20) with the JIT off."""
    return max(20, n // 50) if config.DISABLE_JIT else n
