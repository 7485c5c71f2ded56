"""What is gathered of plain replies, as work: maps and rings as they are, tokens by way of a codebook."""

from __future__ import annotations

from typing import Final, TypeGuard

import numpy as np
from numpy.typing import NDArray

from .._device.kernel_jobs import MapWork, RingWork, Work
from .._image_size import Size
from .._kernels.cpu.replies.collect import HEIGHT, LEFT, OF_TOKENS, START, STOP, WIDTH, Gathered
from ..codebooks._codebook import COUNT, Codebook
from ..codebooks._decode_tokens import notes_on
from ..status import Note

_FIRST_PART: Final = np.zeros(1, np.int64)
_NO_HOLE: Final = np.zeros(1, np.bool_)

Row = list[int]
Notes = dict[int, list[Note]]
"""What is to be said of a row, by its number."""


def reads_plain_tokens(codebook: Codebook | None) -> TypeGuard[Codebook]:
    """Tell whether the tokens of plain replies, which are Gemini's, become bits by this codebook."""
    return codebook is not None and codebook.dialect == "gemini" and codebook.is_binary


def works_of(
    gathered: Gathered, sizes: list[Size], threshold: int, codebook: Codebook | None
) -> tuple[list[Work | None], Notes]:
    """Return the work of each row, None for tokens that no codebook knows; and what is to be said of it."""
    table = gathered.table[: len(sizes)]
    works = [_work(gathered, row, size, threshold) for row, size in zip(table.tolist(), sizes, strict=True)]
    of_tokens = np.flatnonzero(table[:, WIDTH] == OF_TOKENS)
    if not len(of_tokens) or not reads_plain_tokens(codebook):
        return works, {}
    tokens = gathered.words[table[of_tokens, START, None] + np.arange(COUNT)].astype(np.int64)
    known = codebook.known(tokens)
    rows, tokens = of_tokens[known].tolist(), tokens[known]
    for row, bits in zip(rows, codebook.columns(tokens), strict=True):
        works[row] = MapWork(bits, codebook.map_size[0], _box(table[row].tolist()), sizes[row], threshold)
    return works, {row: notes_on(trust) for row, trust in zip(rows, codebook.confidence(tokens).tolist(), strict=True)}


def _work(gathered: Gathered, row: Row, size: Size, threshold: int) -> Work | None:
    if row[WIDTH] == OF_TOKENS:
        return None
    return _map_work(gathered.words, row, size, threshold) if row[WIDTH] else _ring_work(gathered.points, row, size)


def _map_work(words: NDArray[np.uint32], row: Row, size: Size, threshold: int) -> MapWork:
    pixels = words[row[START] : row[STOP]].reshape(row[WIDTH], -1)
    return MapWork(pixels, row[HEIGHT], _box(row), size, threshold)


def _ring_work(points: NDArray[np.float64], row: Row, size: Size) -> RingWork:
    ring = points[row[START] : row[STOP]]
    return RingWork(ring, np.array([len(ring)], np.int64), _FIRST_PART, _NO_HOLE, size)


def _box(row: Row) -> tuple[int, int, int, int]:
    left, top, right, bottom = row[LEFT:]
    return left, top, right, bottom
