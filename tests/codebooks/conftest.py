"""One fit for all tests that look at a fitted codebook."""

from __future__ import annotations

import pytest
from numba import config

from drawnpairs import pairs
from maskmill.codebooks import Fitted, fit


@pytest.fixture(scope="session")
def fitted() -> Fitted:
    if config.DISABLE_JIT:
        pytest.skip("learning takes hours without machine code")
    return fit(*pairs(80))
