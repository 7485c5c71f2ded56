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


@step
def below(bits: int) -> int:
    """Return a word with its lowest `bits` bits set, of which there may be fewer than 0 or more than it has."""
    return (1 << min(max(bits, 0), WORD)) - 1


@step
def differing(word: int, before: int) -> int:
    """Return where each bit differs from the one below it; the lowest from bit 0 of `before`."""
    return word ^ (((word << 1) | (before & 1)) & ONES)
