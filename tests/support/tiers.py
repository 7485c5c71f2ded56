"""The quick tests, which ``pytest`` runs, and the thorough ones, which ``pytest --all`` adds.

Left to `--all`, and so to CI, is what the quick tests prove on fewer cases: all interruptions of a conversion instead
of two, every random example instead of a sixth, a megabyte of garbage instead of 40 kB; what takes long for one more
fact: CUDA kernels in Numba's simulator, first compilations, timeouts, the README's commands; and what a busy machine
disturbs: measured times.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

import pytest
from numba import config

_VARIABLE: Final = "MASKMILL_TEST_ALL"
"""An environment variable, since processes that tests start import this module as well."""


def choose_all(is_all: bool) -> None:
    """Take every case, or the quick ones; called before the tests are imported."""
    os.environ[_VARIABLE] = "1" if is_all else "0"


def is_quick() -> bool:
    """Tell whether only the quick tests run."""
    return os.environ.get(_VARIABLE) != "1"


thorough = pytest.mark.thorough
"""Marks a test that only `--all` runs."""


def cases(n: int) -> int:
    """Return how many of `n` random examples a test takes: all with `--all`, else a sixth; with the JIT off, 2 %."""
    if config.DISABLE_JIT:
        return max(20, n // 50)
    return max(20, n // 6) if is_quick() else n


def spread(values: Sequence[Any], count: int) -> list[Any]:
    """Return the values of a parameter; all but `count` of them, spaced evenly, are left to `--all`."""
    quick = {round(i * (len(values) - 1) / max(count - 1, 1)) for i in range(count)}
    return [v if i in quick else pytest.param(v, marks=thorough) for i, v in enumerate(values)]
