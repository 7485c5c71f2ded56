"""Fixtures for the tests of sources."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from maskmill_bindings._sources import Entry, SourceOptions, open_sources

Read = Callable[..., list[Entry]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Entries of a file with some content, or of a path."""

    def entries(content: bytes | Path, name: str = "rows.jsonl", **options: Any) -> list[Entry]:
        path = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        sources = open_sources([str(path)], SourceOptions(**{"size": (64, 48), **options}))
        return [
            entry for source in sources for chunk in source.chunks(None, 3, 1000) for entry in source.entries(chunk)
        ]

    return entries
