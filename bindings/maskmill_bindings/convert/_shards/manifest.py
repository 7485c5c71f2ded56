"""What a shard holds, as it is written beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Manifest:
    """What a shard holds.

    Attributes
    ----------
    number
        From 0.
    source, end
        Number of the input that its last row is from, and the position after it there.
    digest
        SHA-256 of the digests of the pieces of the input, hexadecimal.
    files
        SHA-256 of each of its files by kind.
    images
        How many rows of the input were decoded.
    tally
        What became of its rows.
    """

    number: int
    source: int
    end: Any
    digest: str
    files: dict[str, str] = field(default_factory=dict)
    images: int = 0
    tally: dict[str, Any] = field(default_factory=dict)
