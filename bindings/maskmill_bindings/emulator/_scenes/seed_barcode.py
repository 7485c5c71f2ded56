"""The seed of a picture as a barcode along its lower edge.

Sixty-two black or white cells in one row over the whole width: a start mark of four, 32 bits of the seed, 22 bits of a
checksum, and an end mark of four. Positions are shares of the picture's sides, so the barcode shrinks with it. A cell
is read from its middle, which JPEG artefacts and the blur of a resize do not reach if a cell is some pixels wide.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MIN_SIZE: Final = (248, 100)
"""(width, height) of the smallest picture that can hold the barcode."""

_TOP: Final = 0.95
"""Its upper edge as a share of the height."""

_START: Final = (1, 0, 1, 0)
_END: Final = (0, 1, 1, 0)
_SEED_BITS: Final = 32
_CHECK_BITS: Final = 22
_CELL_COUNT: Final = len(_START) + _SEED_BITS + _CHECK_BITS + len(_END)
_DARK: Final = 90
_LIGHT: Final = 165


def write_barcode(pixels: NDArray[np.uint8], seed: int) -> None:
    """Draw the barcode over the lower edge of a picture."""
    height, width = pixels.shape[:2]
    edges = np.rint(np.linspace(0, width, _CELL_COUNT + 1)).astype(int)
    row = np.repeat(np.array(_cell_values(seed), np.uint8) * np.uint8(255), np.diff(edges))
    pixels[round(height * _TOP) :] = row[None, :, None]


def read_barcode(pixels: NDArray[Any]) -> int | None:
    """Return the seed in a picture; None if there is no barcode or its checksum is wrong."""
    height, width = pixels.shape[:2]
    if height < MIN_SIZE[1] // 4 or width < _CELL_COUNT:
        return None
    values = _cell_means(pixels[_middle_rows(height)].reshape(-1, width, *pixels.shape[2:]))
    if ((values > _DARK) & (values < _LIGHT)).any():
        return None
    bits = tuple(int(v) for v in values > 127)
    seed = int("".join(map(str, bits[len(_START) : len(_START) + _SEED_BITS])), 2)
    return seed if bits == _cell_values(seed) else None


def _middle_rows(height: int) -> slice:
    """Return the middle third of the barcode's pixel rows."""
    top, third = height * _TOP, height * (1 - _TOP) / 3
    return slice(int(top + third), max(int(top + 2 * third), int(top + third) + 1))


def _cell_means(rows: NDArray[Any]) -> NDArray[np.float64]:
    """Return the mean grey of the middle of each cell."""
    line = rows.reshape(rows.shape[0], rows.shape[1], -1).mean(axis=(0, 2))
    cell = len(line) / _CELL_COUNT
    starts = ((np.arange(_CELL_COUNT) + 0.35) * cell).astype(int)
    stops = np.maximum(((np.arange(_CELL_COUNT) + 0.65) * cell).astype(int), starts + 1)
    sums = np.concatenate(([0.0], np.cumsum(line)))
    middles: NDArray[np.float64] = (sums[stops] - sums[starts]) / (stops - starts)
    return middles


def _cell_values(seed: int) -> tuple[int, ...]:
    check = zlib.crc32(seed.to_bytes(4, "big")) >> (32 - _CHECK_BITS)
    text = f"{seed:0{_SEED_BITS}b}{check:0{_CHECK_BITS}b}"
    return (*_START, *map(int, text), *_END)
