"""A run of the bench over two tiny cases, made once for all tests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import pytest

from maskmill_bindings._bench import runner
from maskmill_bindings._bench.workload import Case, _text_digest, _texts_name
from support.bench.bench_replies import png_reply, ring_reply

Report = dict[str, Any]


def compute_digests(cases: Sequence[Case]) -> dict[str, str]:
    """Return what ``_bench/data/digests.json`` stores; for a new version of the workload, of `standard_cases`."""
    texts = {_texts_name(case): _text_digest(case) for case in cases}
    return {**texts, **{case.name: case.decode_all().digest for case in cases}}


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    png, ring = [png_reply(items=1)], [ring_reply(items=2, vertices=5)]
    return [Case("png", (32, 24), "rle", png), Case("ring", (32, 24), "dense", ring)]


@pytest.fixture(scope="session")
def digests(cases: list[Case]) -> dict[str, str]:
    return compute_digests(cases)


@pytest.fixture(scope="session")
def short_tries() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runner, "_TRY_SECONDS", 1e-4)
        yield


@pytest.fixture(scope="session")
def _report(cases: list[Case], digests: dict[str, str], short_tries: None) -> Report:
    plan = runner.BenchPlan(threads=(1, 2), seconds=1e-3, rounds=2)
    return runner.run_bench(plan, cases, digests)


@pytest.fixture
def report(_report: Report) -> Report:
    """Return a copy of the report, which a test may change."""
    return deepcopy(_report)
