"""A run over next to nothing, made once."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from maskmill_bindings._bench import runner as running
from maskmill_bindings._bench.workload import Case, digests_of
from maskmill_bindings._bench.workload_replies import png_reply, ring_reply

Report = dict[str, Any]


@pytest.fixture(scope="session")
def cases() -> list[Case]:
    png, ring = [png_reply(items=1)], [ring_reply(items=2, vertices=5)]
    return [Case("png", (32, 24), "rle", png), Case("ring", (32, 24), "dense", ring)]


@pytest.fixture(scope="session")
def digests(cases: list[Case]) -> dict[str, str]:
    return digests_of(cases)


@pytest.fixture(scope="session")
def short_tries() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "_TRY", 1e-4)
        yield


@pytest.fixture(scope="session")
def _report(cases: list[Case], digests: dict[str, str], short_tries: None) -> Report:
    plan = running.Plan(threads=(1, 2), seconds=1e-3, rounds=2)
    return running.run(plan, cases, digests)


@pytest.fixture
def report(_report: Report) -> Report:
    """One's own copy of it."""
    return deepcopy(_report)
