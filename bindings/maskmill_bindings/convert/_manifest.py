"""The manifest of a shard: what it holds, written beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Manifest:
    """What a shard holds.

    Attributes
    ----------
    number : int
        Number of the shard, from 0.
    source : int
        Number of the input that holds its last row.
    end : object, JSON-safe
        Position after that row in that input.
    digest : str
        SHA-256 of the digests of its chunks of the input, hexadecimal.
    files : dict of str
        SHA-256 of each of its files by kind.
    images : int
        Number of decoded rows of the input.
    tally : dict
        Counts, as `Tally.to_dict` returns them.
    """

    number: int
    source: int
    end: Any
    digest: str
    files: dict[str, str] = field(default_factory=dict)
    images: int = 0
    tally: dict[str, Any] = field(default_factory=dict)
