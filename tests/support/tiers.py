"""The quick tests, which ``pytest`` runs, and the thorough ones, which ``pytest --all`` adds.

Left to `--all`, and so to CI, is what the quick tests prove on fewer cases: all interruptions of a conversion instead
of some, every random example instead of a sixth, a megabyte of garbage instead of 64 kB; what takes long for one
more fact: CUDA kernels in Numba's simulator, first compilations, timeouts, the README's commands; and what a busy
machine disturbs: measured times. Each kind of check runs in both.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import pytest
from numba import config

VARIABLE: Final = "MASKMILL_TEST_ALL"
"""Set by the option `--all`, before the tests are imported."""

IS_QUICK: Final = os.environ.get(VARIABLE) != "1"

thorough = pytest.mark.thorough
"""Marks a test that only `--all` runs."""


def cases(n: int) -> int:
    """Return how many of `n` random examples a test takes: all with `--all`, else a sixth; with the JIT off, 2 %."""
    if config.DISABLE_JIT:
        return max(20, n // 50)
    return max(20, n // 6) if IS_QUICK else n


def spread(values: Sequence[Any], count: int) -> list[Any]:
    """Return the parameters of a test; all but `count` of them, from the first to the last, are left to `--all`."""
    quick = {round(i * (len(values) - 1) / max(count - 1, 1)) for i in range(count)}
    return [v if i in quick else pytest.param(*_arguments(v), marks=thorough) for i, v in enumerate(values)]


def _arguments(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
