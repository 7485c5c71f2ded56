"""Replies in bulk: files and folders in, one `Entry` a row out, in bounded memory.

``open_sources(paths, options)`` gives a `Source` for each file or folder. One thread reads its `chunks`, which are cut
alike however often they are read; any thread makes the `entries` of a chunk. Nothing is raised for what a row holds: an
entry that cannot be decoded says why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chunk import Chunk, Position, Source
from .entry import Entry
from .source_options import SourceOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Chunk", "Entry", "Position", "Source", "SourceOptions", "open_sources"]


def open_sources(paths: Sequence[str], options: SourceOptions) -> list[Source]:
    """Open files and folders of replies; see `opening.open_sources`."""
    from .opening import open_sources as opened

    return opened(paths, options)
