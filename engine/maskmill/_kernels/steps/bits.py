"""Words of 32 bits in 64-bit integers: never negative, and the same with the JIT off."""

from __future__ import annotations

from .._jit import step, trailing_zeros

WORD = 32
"""Bits of a word."""

ONES = (1 << WORD) - 1
"""A word with every bit set."""


@step
def lowest_bit(word: int) -> int:
    """Return the number of the lowest bit that is set; `word` is not 0."""
    return trailing_zeros(word)


@step
def shifted_down(word: int, next_word: int) -> int:
    """Return a word shifted down by one bit: bit i is bit i + 1, the highest is bit 0 of `next_word`."""
    return (word >> 1) | ((next_word & 1) << (WORD - 1))


@step
def low_bits(bits: int) -> int:
    """Return a word with its lowest `bits` bits set; below 0 is none, above `WORD` is all."""
    return (1 << min(max(bits, 0), WORD)) - 1


@step
def changed_bits(word: int, before: int) -> int:
    """Return which bits differ from the next lower one; the lowest is compared with bit 0 of `before`."""
    return word ^ (((word << 1) | (before & 1)) & ONES)
