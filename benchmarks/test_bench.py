"""The cases of `maskmill bench` on one thread, verified first, one task of each; the number of masks is stored with it.

`python -m pytest benchmarks --benchmark-autosave`; after a change `python -m pytest benchmarks --benchmark-compare`.
"""

from __future__ import annotations

from typing import Any

import pytest

from maskmill_bindings._bench.workload import Case, standard_cases, stored_digests, verify_case


@pytest.mark.parametrize("case", standard_cases(), ids=lambda case: case.name)
def test_case(benchmark: Any, case: Case) -> None:
    verify_case(case, stored_digests())
    benchmark.group = f"maskmill bench, {case.output}"
    benchmark.extra_info["masks"] = benchmark(case.task, 0)
    assert benchmark.extra_info["masks"] > 0
