"""Read files and folders of replies in bulk: one `Entry` per row, in bounded memory.

``open_sources(paths, options)`` returns a `RowSource` for each file or folder. One thread reads its `chunks`, whose
bounds are the same on every run; any thread parses the `entries` of a chunk. Nothing is raised for the content of a
row: an entry that cannot be decoded says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chunk import Chunk, Position, RowSource
from .entry import Entry
from .source_options import SourceOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Chunk", "Entry", "Position", "RowSource", "SourceOptions", "open_sources"]


def open_sources(paths: Sequence[str], options: SourceOptions) -> list[RowSource]:
    """Open files and folders of replies; see `opening.open_paths`."""
    from .opening import open_paths

    return open_paths(paths, options)
