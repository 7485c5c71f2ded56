"""Read run lengths as tools write them: in text encodings, as pairs, by rows, of a crop, or without a size."""

from __future__ import annotations

from .bare_lists import read_numbers, read_several
from .objects import is_run_lengths, names_run_lengths, read_bare, read_object, read_value

__all__ = [
    "is_run_lengths",
    "names_run_lengths",
    "read_bare",
    "read_numbers",
    "read_object",
    "read_several",
    "read_value",
]
