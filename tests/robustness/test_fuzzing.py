"""A short run of the fuzzer; the long one is ``PYTHONPATH=tests python -m robustness.fuzzing 300000``."""

from __future__ import annotations

import pytest

from robustness.fuzzing.check import fuzz
from support.tiers import cases


@pytest.mark.parametrize("seed", range(4))
def test_mutants_raise_nothing_and_lose_no_row(seed: int) -> None:
    assert fuzz(cases(500), seed, checks_pixels=True) == []
