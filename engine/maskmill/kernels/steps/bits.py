"""Words of 32 bits in 64-bit integers: no sign to mind, the same with the JIT off."""

from __future__ import annotations

from .._jit import step, trailing_zeros

WORD = 32
"""Bits of a word."""

ONES = (1 << WORD) - 1
"""A word with every bit set."""


@step
def lowest(word: int) -> int:
    """Return the number of the lowest bit that is set; `word` is not 0."""
    return trailing_zeros(word)


@step
def shifted(word: int, next_word: int) -> int:
    """Return the words one bit down: bit i holds what was in bit i + 1."""
    return (word >> 1) | ((next_word & 1) << (WORD - 1))
