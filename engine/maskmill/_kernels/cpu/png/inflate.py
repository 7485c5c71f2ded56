"""Inflate a zlib stream whose bytes are all 0 or 255 to its transitions: the positions where the value changes.

Format: RFC 1950 and 1951. ``transitions[0] < transitions[1] < …`` are the positions of bytes that differ from the byte
before them, which for the first is 0: the bytes from a transition of even number up to the next one are 255. The answer
is `UNSUPPORTED` to stored blocks, other bytes, codes of more than `MAX_CODE_BITS` bits, more transitions than fit, and
whatever is wrong with a stream; a library that reads everything then takes over. Nothing is accepted that zlib refuses.

State: `held` are the next `count` bits of the stream, at most 62 of them so that the sign is never set; past the end of
the stream it is filled with zeros and `count` falls below 0, which is checked once per symbol. An entry of a table is 0
where no code ends there, else the bits of the code, the number of extra bits << 4, the kind << 8 and the value << 10.

Why it is fast: a real mask is 65,792 bytes behind 430 symbols, so the work of any inflater lies in writing 64 kB, and
that of its caller in reading them. Of those bytes 800 are transitions. A match copies the transitions in its source,
usually one or two, and a run of one value, whatever its length, costs nothing. Tried and slower: one bit per byte
(11 microseconds where this takes 6, before anything is read back).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel

UNSUPPORTED = -1
"""Answer to a stream that this module does not read."""

MAX_CODE_BITS = 12
"""Maximum bits of a code; real masks have 9."""

Bytes = NDArray[np.uint8]
Transitions = NDArray[np.int32]
Tables = NDArray[np.int32]
_Integers = NDArray[np.int64]

LITERALS, DISTANCES, LENGTHS, CODE_LENGTHS, CODE_COUNTS = range(5)  # rows of `tables`
_LITERAL, _MATCH, _END = range(3)
_BITS, _COUNT, _AT = range(3)  # of `state`

_MAX_PER_SYMBOL = 259  # transitions that one symbol can add
_MAX_STEPS_BACK = 16

_CODE_LENGTH_ORDER = np.array([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])
_FIXED = np.repeat(np.array([8, 9, 7, 8]), np.array([144, 112, 24, 8])).astype(np.int32)
_LENGTH_EXTRA = np.array([0] * 8 + [i // 4 for i in range(4, 24)] + [0])
_LENGTH_BASE = np.append(3 + np.append(0, np.cumsum(1 << _LENGTH_EXTRA[:27])), 258)
_DISTANCE_EXTRA = np.array([0, 0] + [i // 2 for i in range(28)])
_DISTANCE_BASE = 1 + np.append(0, np.cumsum(1 << _DISTANCE_EXTRA[:29]))


def new_inflate_tables() -> Tables:
    """Return scratch for one call of `inflate_transitions` at a time."""
    return np.zeros((5, 1 << MAX_CODE_BITS), np.int32)


@kernel
def inflate_transitions(
    source: Bytes, start: int, stop: int, transitions: Transitions, size: int, tables: Tables, state: _Integers
) -> int:
    """Inflate ``source[start:stop]``, a complete zlib stream; return the number of transitions, or `UNSUPPORTED`.

    The Adler-32 that ends the stream is not compared.

    Parameters
    ----------
    source : NDArray[np.uint8]
        The stream, with other bytes around it.
    start, stop : int
        Where the stream lies in `source`.
    transitions : NDArray[np.int32]
        Receives the transitions; up to 259 fewer than it holds are read.
    size : int
        The number of bytes that the stream must have.
    tables : NDArray[np.int32]
        Scratch: see `new_inflate_tables`.
    state : NDArray[np.int64]
        Scratch, (3,).
    """
    if stop - start < 8 or not _is_zlib(np.int64(source[start]), np.int64(source[start + 1])):
        return UNSUPPORTED
    state[_BITS], state[_COUNT], state[_AT] = 0, 0, start + 2
    end, at, n = stop - 4, 0, 0
    is_last = False
    while not is_last:
        _refill(source, end, state)
        is_last = _take_bits(state, 1) == 1
        kind = _take_bits(state, 2)
        if kind == 1:
            is_valid = _build_fixed_tables(tables)
        elif kind == 2:
            is_valid = _read_tables(source, end, state, tables)
        else:
            is_valid = False
        if not is_valid:
            return UNSUPPORTED
        at, n = _inflate_block(source, end, state, transitions, (at, n, size), tables)
        if at < 0:
            return UNSUPPORTED
    unread = end - state[_AT] + (state[_COUNT] >> 3)
    return n if at == size and unread == 0 and state[_COUNT] >= 0 else UNSUPPORTED


@kernel
def _is_zlib(method: int, flags: int) -> bool:
    """Tell whether the first two bytes are a zlib header without a dictionary."""
    return method & 15 == 8 and method >> 4 <= 7 and flags & 32 == 0 and ((method << 8) | flags) % 31 == 0


@kernel
def _refill(source: Bytes, end: int, state: _Integers) -> None:
    """Hold at least 55 bits, if the stream has as many."""
    held, count, at = state[_BITS], state[_COUNT], state[_AT]
    while count <= 54 and at < end:
        held |= np.int64(source[at]) << count
        at += 1
        count += 8
    state[_BITS], state[_COUNT], state[_AT] = held, count, at


@kernel
def _take_bits(state: _Integers, bits: int) -> int:
    """Remove bits from `state`, and return them."""
    value = state[_BITS] & ((1 << bits) - 1)
    state[_BITS] >>= bits
    state[_COUNT] -= bits
    return int(value)


@kernel
def _build_fixed_tables(tables: Tables) -> bool:
    """Build the tables of RFC 1951's fixed codes."""
    lengths = tables[LENGTHS]
    for symbol in range(288):
        lengths[symbol] = _FIXED[symbol]
    is_valid = _build_table(tables, LITERALS, 0, 288) > 0
    for symbol in range(32):
        lengths[symbol] = 5
    return is_valid and _build_table(tables, DISTANCES, 0, 32) > 0


@kernel
def _read_tables(source: Bytes, end: int, state: _Integers, tables: Tables) -> bool:
    """Read the codes of a block; return False where they are invalid, or longer than `MAX_CODE_BITS`."""
    literals, distances, coded = _take_bits(state, 5) + 257, _take_bits(state, 5) + 1, _take_bits(state, 4) + 4
    lengths = tables[LENGTHS]
    if literals > 286 or distances > 30:
        return False
    for symbol in range(19):
        lengths[symbol] = 0
    for i in range(coded):
        _refill(source, end, state)
        lengths[_CODE_LENGTH_ORDER[i]] = _take_bits(state, 3)
    if _build_table(tables, CODE_LENGTHS, 0, 19) <= 0:
        return False
    if not _read_lengths(source, end, state, tables, literals + distances):
        return False
    if lengths[256] == 0 or _build_table(tables, LITERALS, 0, literals) <= 0:
        return False
    return _build_table(tables, DISTANCES, literals, literals + distances) > 0


@kernel
def _read_lengths(source: Bytes, end: int, state: _Integers, tables: Tables, total: int) -> bool:
    """Read the code lengths of a block; return False where they are invalid."""
    lengths, codes = tables[LENGTHS], tables[CODE_LENGTHS]
    mask = (1 << np.int64(tables[CODE_COUNTS, CODE_LENGTHS])) - 1
    i = 0
    while i < total:
        _refill(source, end, state)
        entry = np.int64(codes[state[_BITS] & mask])
        if entry == 0 or state[_COUNT] < 0:
            return False
        _take_bits(state, entry & 15)
        symbol = entry >> 10
        value, repeats = symbol, 1
        if symbol == 16:
            if i == 0:
                return False
            value, repeats = np.int64(lengths[i - 1]), 3 + _take_bits(state, 2)
        elif symbol == 17:
            value, repeats = 0, 3 + _take_bits(state, 3)
        elif symbol == 18:
            value, repeats = 0, 11 + _take_bits(state, 7)
        if i + repeats > total:
            return False
        for j in range(i, i + repeats):
            lengths[j] = value
        i += repeats
    return True


@kernel
def _build_table(tables: Tables, which: int, first: int, last: int) -> int:
    """Build a table from the lengths first..last; return the bits of its longest code, 0 where they are not a code.

    A code must be complete; as in zlib, that of the distances may be one code of one bit, or none. The bits of each
    table are kept in the row `CODE_COUNTS`.
    """
    lengths, code_counts, table = tables[LENGTHS], tables[CODE_COUNTS, 16:48], tables[which]
    for bits in range(16):
        code_counts[bits] = 0
    for i in range(first, last):
        code_counts[lengths[i]] += 1
    used = last - first - np.int64(code_counts[0])
    code, longest, unused_codes = 0, 0, 1
    code_counts[0] = 0
    for bits in range(1, 16):
        code = (code + np.int64(code_counts[bits - 1])) << 1
        code_counts[16 + bits] = code
        unused_codes = 2 * unused_codes - np.int64(code_counts[bits])
        if code_counts[bits] > 0:
            longest = bits
        if unused_codes < 0:
            return 0
    if longest > MAX_CODE_BITS or (unused_codes > 0 and not (which == DISTANCES and longest <= 1 and used <= 1)):
        return 0
    longest = max(longest, 1)
    for i in range(1 << longest):
        table[i] = 0
    for i in range(first, last):
        bits = np.int64(lengths[i])
        if bits > 0:
            entry = _table_entry(which, i - first, bits)
            place = _reversed_code(np.int64(code_counts[16 + bits]), bits)
            code_counts[16 + bits] += 1
            for j in range(place, 1 << longest, 1 << bits):
                table[j] = entry
    tables[CODE_COUNTS, which] = longest
    return longest


@kernel
def _reversed_code(code: int, bits: int) -> int:
    """Return a code with its bits in reverse order, as streams hold it."""
    place = 0
    for _ in range(bits):
        place = (place << 1) | (code & 1)
        code >>= 1
    return place


@kernel
def _table_entry(which: int, symbol: int, bits: int) -> int:
    """Return the entry of a symbol; 0 for symbols that RFC 1951 leaves undefined."""
    if which == DISTANCES:
        return bits | (_DISTANCE_EXTRA[symbol] << 4) | (_DISTANCE_BASE[symbol] << 10) if symbol < 30 else 0
    if which == CODE_LENGTHS or symbol < 256:
        return bits | (symbol << 10)
    if symbol == 256:
        return bits | (_END << 8)
    if symbol >= 286:
        return 0
    return bits | (_LENGTH_EXTRA[symbol - 257] << 4) | (_MATCH << 8) | (_LENGTH_BASE[symbol - 257] << 10)


@kernel
def _inflate_block(
    source: Bytes, end: int, state: _Integers, transitions: Transitions, reached: tuple[int, int, int], tables: Tables
) -> tuple[int, int]:
    """Inflate up to the end of a block; return the bytes so far, or `UNSUPPORTED`, and their transitions."""
    at, n, size = reached
    literals, distances = tables[LITERALS], tables[DISTANCES]
    literal_mask = (1 << np.int64(tables[CODE_COUNTS, LITERALS])) - 1
    distance_mask = (1 << np.int64(tables[CODE_COUNTS, DISTANCES])) - 1
    held, count, place = state[_BITS], state[_COUNT], state[_AT]
    max_transitions = transitions.size - _MAX_PER_SYMBOL
    while True:
        while count <= 54 and place < end:
            held |= np.int64(source[place]) << count
            place += 1
            count += 8
        entry = np.int64(literals[held & literal_mask])
        if entry == 0 or count < 0 or n > max_transitions:
            return UNSUPPORTED, 0
        held >>= entry & 15
        count -= entry & 15
        value, kind = entry >> 10, (entry >> 8) & 3
        if kind == _LITERAL:
            if at >= size or (value != 0 and value != 255):
                return UNSUPPORTED, 0
            if (value & 1) != (n & 1):
                transitions[n] = at
                n += 1
            at += 1
        elif kind == _MATCH:
            extra = (entry >> 4) & 15
            length = value + (held & ((1 << extra) - 1))
            held >>= extra
            entry = np.int64(distances[held & distance_mask])
            if entry == 0:
                return UNSUPPORTED, 0
            held >>= entry & 15
            distance_extra = (entry >> 4) & 15
            distance = (entry >> 10) + (held & ((1 << distance_extra) - 1))
            held >>= distance_extra
            count -= extra + (entry & 15) + distance_extra
            if distance > at or at + length > size:
                return UNSUPPORTED, 0
            if distance > 1:
                n = _copy_transitions(transitions, n, at, length, distance)
            at += length
        else:
            state[_BITS], state[_COUNT], state[_AT] = held, count, place
            return at, n


@kernel
def _copy_transitions(transitions: Transitions, n: int, at: int, length: int, distance: int) -> int:
    """Repeat the transitions of `length` bytes from `distance` before `at`; return the new number of transitions.

    A source that overlaps its target reads transitions that were just written, as an inflater of bytes would.
    """
    k = _count_up_to(transitions, n, at - distance)
    if (k & 1) != (n & 1):
        transitions[n] = at
        n += 1
    last = at - distance + length
    while k < n and transitions[k] < last:
        transitions[n] = transitions[k] + distance
        n += 1
        k += 1
    return n


@kernel
def _count_up_to(transitions: Transitions, n: int, byte: int) -> int:
    """Return the number of transitions at or before `byte`: linear from the end, then binary search."""
    low = max(n - _MAX_STEPS_BACK, 0)
    if low == 0 or transitions[low - 1] <= byte:
        while n > low and transitions[n - 1] > byte:
            n -= 1
        return n
    high, low = low - 1, 0
    while low < high:
        middle = (low + high) >> 1
        if transitions[middle] <= byte:
            low = middle + 1
        else:
            high = middle
    return low
