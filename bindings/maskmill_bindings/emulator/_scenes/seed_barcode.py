"""The seed of a picture as black and white cells along its lower edge.

Sixty-two cells in one row, over the whole width: four that tell where black and white are, 32 of the seed, 22 of a
check sum, four again. Their places are shares of the picture's sides, so the strip shrinks with it; a cell is read from
its middle, which neither a JPEG nor the blur of a resize reaches as long as a cell is some pixels broad.
"""

from __future__ import annotations

import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = (248, 100)
"""The smallest picture that has room for it."""

_TOP: Final = 0.95
"""Where it begins, as a share of the height."""

_START: Final = (1, 0, 1, 0)
_END: Final = (0, 1, 1, 0)
_SEED_BITS: Final = 32
_CHECK_BITS: Final = 22
_CELLS: Final = len(_START) + _SEED_BITS + _CHECK_BITS + len(_END)
_DARK: Final = 90
_LIGHT: Final = 165


def write(pixels: NDArray[np.uint8], seed: int) -> None:
    """Draw the strip over the lower edge."""
    height, width = pixels.shape[:2]
    edges = np.rint(np.linspace(0, width, _CELLS + 1)).astype(int)
    row = np.repeat(np.array(_cells(seed), np.uint8) * np.uint8(255), np.diff(edges))
    pixels[round(height * _TOP) :] = row[None, :, None]


def read(pixels: NDArray[Any]) -> int | None:
    """The seed; None where there is no strip or its check sum is wrong."""
    height, width = pixels.shape[:2]
    if height < LEAST[1] // 4 or width < _CELLS:
        return None
    values = _middles(pixels[_rows(height)].reshape(-1, width, *pixels.shape[2:]))
    if ((values > _DARK) & (values < _LIGHT)).any():
        return None
    bits = tuple(int(v) for v in values > 127)
    seed = int("".join(map(str, bits[len(_START) : len(_START) + _SEED_BITS])), 2)
    return seed if bits == _cells(seed) else None


def _rows(height: int) -> slice:
    """The middle third of its rows."""
    top, third = height * _TOP, height * (1 - _TOP) / 3
    return slice(int(top + third), max(int(top + 2 * third), int(top + third) + 1))


def _middles(rows: NDArray[Any]) -> NDArray[np.float64]:
    """The grey of the middle of each cell."""
    line = rows.reshape(rows.shape[0], rows.shape[1], -1).mean(axis=(0, 2))
    cell = len(line) / _CELLS
    starts = ((np.arange(_CELLS) + 0.35) * cell).astype(int)
    stops = np.maximum(((np.arange(_CELLS) + 0.65) * cell).astype(int), starts + 1)
    sums = np.concatenate(([0.0], np.cumsum(line)))
    middles: NDArray[np.float64] = (sums[stops] - sums[starts]) / (stops - starts)
    return middles


def _cells(seed: int) -> tuple[int, ...]:
    check = zlib.crc32(seed.to_bytes(4, "big")) >> (32 - _CHECK_BITS)
    text = f"{seed:0{_SEED_BITS}b}{check:0{_CHECK_BITS}b}"
    return (*_START, *map(int, text), *_END)
