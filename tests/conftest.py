"""Which tests run: the quick ones; with `--all` the thorough ones too; with `-m gpu` those that need a GPU."""

from __future__ import annotations

import os
import subprocess
import sys

import numba
import pytest

from maskmill._device import detection
from support import tiers

_WARM_UP = "import maskmill; maskmill.warmup()"
_FULL_PATH = """
import maskmill
from maskmill.samples import SIZE, mixed
masks = maskmill.decode(mixed(), SIZE, frame="thousandths")
masks.polygons(), masks.dense(), masks.crops(), masks.iou(masks), masks.instance_map(), masks.union(), masks.coco()
"""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the thorough tests too, with every example")


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for processes that tests start, and workers of xdist
    for name in ("MASKMILL_CODEBOOK", "MASKMILL_WIDTH"):  # of whoever runs the tests
        os.environ.pop(name, None)
    tiers.choose_all(config.getoption("--all"))
    if config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        compile_kernels()
    config.addinivalue_line("markers", "thorough: left to --all, because quick tests prove nearly the same")
    config.addinivalue_line("markers", "gpu: needs an NVIDIA GPU and the extra cuda12 or cuda13")


def compile_kernels() -> None:
    """Fill the cache of compiled kernels, before xdist starts workers, each of which would compile all of them.

    One process begins with the fast path, the other with the full path and the views; each loads what the other one
    has compiled.
    """
    if not numba.config.DISABLE_JIT:
        processes = [subprocess.Popen([sys.executable, "-c", code]) for code in (_WARM_UP, _FULL_PATH)]
        assert [process.wait() for process in processes] == [0, 0]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--all"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and (reason_unavailable := detection.reason_unavailable()):
        for item in marked:
            item.add_marker(pytest.mark.skip(reason=f"needs a GPU: {reason_unavailable}"))
