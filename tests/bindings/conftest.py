"""Fixtures of the tests of the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from maskmill import samples


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A file with a reply of six rows in six forms; row 2 has no mask."""
    file = tmp_path / "mixed.txt"
    file.write_text(samples.mixed())
    return file
