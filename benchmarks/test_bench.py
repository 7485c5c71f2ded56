"""The cases of `maskmill bench` on one thread, verified first: a stint of each, of as many masks as is stored with it.

`python -m pytest benchmarks --benchmark-autosave`; after a change `python -m pytest benchmarks --benchmark-compare`.
"""

from __future__ import annotations

from typing import Any

import pytest

from maskmill_bindings._bench.workload import Case, standard, stored, verified


@pytest.mark.parametrize("case", standard(), ids=lambda case: case.name)
def test_case(benchmark: Any, case: Case) -> None:
    verified(case, stored())
    benchmark.group = f"maskmill bench, {case.output}"
    benchmark.extra_info["masks"] = benchmark(case.stint, 0)
    assert benchmark.extra_info["masks"] > 0
