"""Fixtures of the tests of the command."""

from __future__ import annotations

from pathlib import Path

import pytest
from numba import config

import maskmill
from maskmill import samples


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """Every kernel in the cache, so that no command has to speak of compiling."""
    if not config.DISABLE_JIT:
        maskmill.warmup()


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A file with a reply of six rows in six forms; row 2 has no mask."""
    file = tmp_path / "mixed.txt"
    file.write_text(samples.mixed())
    return file
