"""Turn rows that the kernel collected into kernel jobs, for the GPU or, with a codebook, for the CPU too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeGuard

import numpy as np
from numpy.typing import NDArray

from .._device.kernel_jobs import Counts, KernelJob, MapJob, PolygonJob
from .._images.size import Size
from .._kernels.cpu.replies.collect_reply import HEIGHT, LEFT, START, STOP, TOKENS_WIDTH, WIDTH, CollectedJobs
from .._options import Options
from ..codebooks._codebook import TOKENS_PER_ROW, Codebook
from ..codebooks._decode_tokens import confidence_notes
from ..status import Note

JobRunner = Callable[[list[KernelJob]], list[Counts]]
"""Returns the run lengths of every job."""

RowNotes = dict[int, list[Note]]
"""Notes by the number of their row."""

_TOKEN: Final = "<seg_"
_FIRST_PART: Final = np.zeros(1, np.int64)
_NO_HOLE: Final = np.zeros(1, np.bool_)


def needs_codebook(texts: list[tuple[str, Size]], options: Options) -> bool:
    """Tell whether a well-formed reply may hold mask tokens that the codebook decodes."""
    return _decodes_to_bits(options._loaded_codebook) and any(_TOKEN in text for text, _ in texts)


def jobs_of(collected: CollectedJobs, sizes: list[Size], options: Options) -> tuple[list[KernelJob | None], RowNotes]:
    """Return the job of each row, None for tokens that the codebook does not know, and notes on the others.

    Parameters
    ----------
    collected : CollectedJobs
        What the kernel collected.
    sizes : list[tuple[int, int]]
        (width, height) of the image, per row.
    options : Options
        The threshold and the codebook are read.
    """
    table = collected.table[: len(sizes)]
    threshold, codebook = options.threshold, options._loaded_codebook
    jobs = [_job(collected, row, size, threshold) for row, size in zip(table.tolist(), sizes, strict=True)]
    token_rows = np.flatnonzero(table[:, WIDTH] == TOKENS_WIDTH)
    if not len(token_rows) or not _decodes_to_bits(codebook):
        return jobs, {}
    tokens = collected.words[table[token_rows, START, None] + np.arange(TOKENS_PER_ROW)].astype(np.int64)
    is_known = codebook.known(tokens)
    rows, tokens = token_rows[is_known].tolist(), tokens[is_known]
    for row, bits in zip(rows, codebook.columns(tokens), strict=True):
        jobs[row] = MapJob(bits, codebook.map_size[0], _box(table[row].tolist()), sizes[row], threshold)
    confidences = codebook.confidence(tokens).tolist()
    return jobs, {row: confidence_notes(confidence) for row, confidence in zip(rows, confidences, strict=True)}


def _decodes_to_bits(codebook: Codebook | None) -> TypeGuard[Codebook]:
    """Tell whether a codebook decodes Gemini's tokens, the only ones of a well-formed reply, to bits."""
    return codebook is not None and codebook.dialect == "gemini" and codebook.is_binary


def _job(collected: CollectedJobs, row: list[int], size: Size, threshold: int) -> KernelJob | None:
    if row[WIDTH] == TOKENS_WIDTH:
        return None
    return _map_job(collected.words, row, size, threshold) if row[WIDTH] else _polygon_job(collected.points, row, size)


def _map_job(words: NDArray[np.uint32], row: list[int], size: Size, threshold: int) -> MapJob:
    columns = words[row[START] : row[STOP]].reshape(row[WIDTH], -1)
    return MapJob(columns, row[HEIGHT], _box(row), size, threshold)


def _polygon_job(points: NDArray[np.float64], row: list[int], size: Size) -> PolygonJob:
    ring = points[row[START] : row[STOP]]
    return PolygonJob(ring, np.array([len(ring)], np.int64), _FIRST_PART, _NO_HOLE, size)


def _box(row: list[int]) -> tuple[int, int, int, int]:
    left, top, right, bottom = row[LEFT:]
    return left, top, right, bottom
