"""Two fits for all tests of fitted codebooks: one of real quality, and one made in a moment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from numba import config

from maskmill.codebooks import Fitted, fit
from support.codebooks.drawn_pairs import briefly, pairs

SIDE = 64


@pytest.fixture(scope="session")
def fitted() -> Fitted:
    """Return the fit of 80 pairs of 12 tokens, nothing shortened."""
    if config.DISABLE_JIT:
        pytest.skip("learning takes hours without machine code")
    return fit(*pairs(80, side=SIDE))


@pytest.fixture(scope="session")
def quick() -> Fitted:
    """Return a fit of 12 pairs of 4 tokens, hardly trained, which is fast enough without machine code."""
    with briefly():
        return fit(*pairs(12, side=SIDE, tokens=4))


@pytest.fixture
def brief() -> Iterator[None]:
    """Train networks of a few units for a moment only, within the test."""
    with briefly():
        yield
