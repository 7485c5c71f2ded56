"""The lane `gpu`: tests for a machine that has one, run by `python -m pytest -m gpu`, else skipped."""

from __future__ import annotations

import os

import pytest

from maskmill._device import detection


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for processes that tests start, and workers of xdist
    os.environ.pop("MASKMILL_CODEBOOK", None)  # of whoever runs the tests
    config.addinivalue_line("markers", "gpu: needs an NVIDIA GPU and the extra cuda12 or cuda13")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and (reason_unavailable := detection.reason_unavailable()):
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=f"needs a GPU: {reason_unavailable}"))
