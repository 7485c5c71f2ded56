"""Format a codebook as table cells and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from maskmill.codebooks import Codebook, Fitted

QUALITY: Final = ("IoU of held-out pairs", "mean", "5 %", "25 %", "median", "75 %", "95 %")
_NAMES: Final = {"fitted": "this codebook", "patches": "mean patch of each token", "box": "a filled box"}


def quality_rows(codebook: Fitted) -> list[list[str]]:
    """Return the rows of a table with the columns `QUALITY`."""
    return [[_NAMES[name], *(f"{value:.4f}" for value in spread)] for name, spread in codebook.scores._asdict().items()]


def describe_ranges(numbers: list[int]) -> str:
    """Write ascending numbers as ranges.

    >>> describe_ranges([0, 1, 2, 5, 7, 8])
    '0-2, 5, 7-8'
    """
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)


def codebook_values(codebook: Codebook) -> dict[str, Any]:
    """Return every fact about a codebook as JSON-safe values."""
    from maskmill.codebooks import Fitted

    shared = {name: getattr(codebook, name) for name in ("kind", "dialect", "vocabulary", "map_size")}
    if not isinstance(codebook, Fitted):
        return shared
    scores = {name: spread._asdict() for name, spread in codebook.scores._asdict().items()}
    counts = codebook.counts.tolist()
    return {**shared, "pairs": codebook.pairs, "scores": scores, "pairs_by_token": counts, "unseen": codebook.unseen}
