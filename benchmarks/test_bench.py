"""The cases of `maskmill bench` on one thread, verified first: `python -m pytest benchmarks --benchmark-compare`."""

from __future__ import annotations

from typing import Any

import pytest

from maskmill_bindings.bench.workload import Case, standard, stored, verified


@pytest.mark.parametrize("case", standard(), ids=lambda case: case.name)
def test_case(benchmark: Any, case: Case) -> None:
    verified(case, stored())
    benchmark.group = f"maskmill bench, {case.output}"
    assert benchmark(case.stint, 0) > 0
