"""Two fits for all tests that look at a fitted codebook: one for its quality, and one made in a moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from numba import config

from maskmill.codebooks import Fitted, fit
from support.drawnpairs import briefly, pairs

SIDE = 64


@pytest.fixture(scope="session")
def fitted() -> Fitted:
    """What `fit` makes of 80 pairs of 12 tokens, nothing shortened."""
    if config.DISABLE_JIT:
        pytest.skip("learning takes hours without machine code")
    return fit(*pairs(80, side=SIDE))


@pytest.fixture(scope="session")
def quick() -> Fitted:
    """One whose quality does not matter: 12 pairs of 4 tokens, hardly trained, which Python alone can do too."""
    with briefly():
        return fit(*pairs(12, side=SIDE, tokens=4))


@pytest.fixture
def brief() -> Iterator[None]:
    """Networks of a few units that are trained for a moment, within the test."""
    with briefly():
        yield
