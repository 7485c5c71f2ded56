"""Words of 32 bits in 64-bit integers: no sign to mind, the same with the JIT off."""

from __future__ import annotations

from .._jit import step

WORD = 32
"""Bits of a word."""


@step
def lowest(word: int) -> int:
    """Return the number of the lowest bit that is set, by counting the bits below it; `word` is not 0."""
    below = (word & -word) - 1
    below -= (below >> 1) & 0x55555555
    below = (below & 0x33333333) + ((below >> 2) & 0x33333333)
    below = (below + (below >> 4)) & 0x0F0F0F0F
    return ((below * 0x01010101) >> 24) & 0xFF


@step
def shifted(word: int, next_word: int) -> int:
    """Return the words one bit down: bit i holds what was in bit i + 1."""
    return (word >> 1) | ((next_word & 1) << (WORD - 1))
