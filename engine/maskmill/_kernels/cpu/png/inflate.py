"""A zlib stream whose bytes are all 0 or 255, inflated to the places where the one turns into the other.

Format: RFC 1950 and 1951. ``turns[0] < turns[1] < …`` are the bytes that differ from the byte before them, which for
the first is 0: the bytes from an even turn up to the next odd one are 255. What this module does not read, and leaves
to a library that reads everything, it answers with `OTHER`: stored blocks, other bytes, codes of more than `ROOT`
bits, more turns than there is room for, and whatever is wrong with a stream. It accepts nothing that zlib refuses.

State: `held` are the next `count` bits of the stream, at most 62 of them so that no sign is met; past the end of the
stream it is filled with zeros and `count` falls below 0, which is looked at once a symbol. An entry of a table is 0
where no code ends there, else the bits of the code, the number of extra bits << 4, the kind << 8 and the value << 10.

Why it is fast: a real mask is 65,792 bytes behind 430 symbols, so the work of any inflater lies in writing 64 kB, and
that of whoever comes next in reading them. Of those bytes 800 are turns. A match copies the turns in its source, one
or two of them as a rule, and a run of one colour, whatever its length, is nothing at all. Tried and slower: one bit a
byte (11 microseconds where this takes 6, before anything is read back).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel

OTHER = -1
"""Answer to a stream that this module does not read."""

ROOT = 12
"""Most bits of a code; real masks have 9."""

Bytes = NDArray[np.uint8]
Turns = NDArray[np.int32]
Tables = NDArray[np.int32]
_Integers = NDArray[np.int64]

LITERALS, DISTANCES, LENGTHS, CODE_LENGTHS, TALLY = range(5)  # rows of `tables`
_LITERAL, _MATCH, _END = range(3)
_HELD, _COUNT, _AT = range(3)  # of `state`

_LONGEST = 259  # turns that one symbol can add
_STEPS = 16

_ORDER = np.array([16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15])
_FIXED = np.repeat(np.array([8, 9, 7, 8]), np.array([144, 112, 24, 8])).astype(np.int32)
_LENGTH_EXTRA = np.array([0] * 8 + [i // 4 for i in range(4, 24)] + [0])
_LENGTH_BASE = np.append(3 + np.append(0, np.cumsum(1 << _LENGTH_EXTRA[:27])), 258)
_DISTANCE_EXTRA = np.array([0, 0] + [i // 2 for i in range(28)])
_DISTANCE_BASE = 1 + np.append(0, np.cumsum(1 << _DISTANCE_EXTRA[:29]))


def new_tables() -> Tables:
    """Scratch for one call of `inflate_turns` at a time."""
    return np.zeros((5, 1 << ROOT), np.int32)


@kernel
def inflate_turns(
    source: Bytes, start: int, stop: int, turns: Turns, size: int, tables: Tables, state: _Integers
) -> int:
    """Inflate ``source[start:stop]``, a whole zlib stream of `size` bytes; return the number of turns, or `OTHER`.

    The Adler-32 that ends the stream is not looked at.
    """
    if stop - start < 8 or not _is_zlib(np.int64(source[start]), np.int64(source[start + 1])):
        return OTHER
    state[_HELD], state[_COUNT], state[_AT] = 0, 0, start + 2
    end, at, n = stop - 4, 0, 0
    is_last = False
    while not is_last:
        _fill(source, end, state)
        is_last = _take(state, 1) == 1
        kind = _take(state, 2)
        if kind == 1:
            good = _fixed_tables(tables)
        elif kind == 2:
            good = _read_tables(source, end, state, tables)
        else:
            good = False
        if not good:
            return OTHER
        at, n = _inflate_block(source, end, state, turns, (at, n, size), tables)
        if at < 0:
            return OTHER
    unread = end - state[_AT] + (state[_COUNT] >> 3)
    return n if at == size and unread == 0 and state[_COUNT] >= 0 else OTHER


@kernel
def _is_zlib(method: int, flags: int) -> bool:
    return method & 15 == 8 and method >> 4 <= 7 and flags & 32 == 0 and ((method << 8) | flags) % 31 == 0


@kernel
def _fill(source: Bytes, end: int, state: _Integers) -> None:
    """Hold at least 55 bits, if the stream has as many."""
    held, count, at = state[_HELD], state[_COUNT], state[_AT]
    while count <= 54 and at < end:
        held |= np.int64(source[at]) << count
        at += 1
        count += 8
    state[_HELD], state[_COUNT], state[_AT] = held, count, at


@kernel
def _take(state: _Integers, bits: int) -> int:
    value = state[_HELD] & ((1 << bits) - 1)
    state[_HELD] >>= bits
    state[_COUNT] -= bits
    return int(value)


@kernel
def _fixed_tables(tables: Tables) -> bool:
    lengths = tables[LENGTHS]
    for symbol in range(288):
        lengths[symbol] = _FIXED[symbol]
    good = _build(tables, LITERALS, 0, 288) > 0
    for symbol in range(32):
        lengths[symbol] = 5
    return good and _build(tables, DISTANCES, 0, 32) > 0


@kernel
def _read_tables(source: Bytes, end: int, state: _Integers, tables: Tables) -> bool:
    """Read the codes of a block; False where they are wrong, or longer than `ROOT`."""
    literals, distances, coded = _take(state, 5) + 257, _take(state, 5) + 1, _take(state, 4) + 4
    lengths = tables[LENGTHS]
    if literals > 286 or distances > 30:
        return False
    for symbol in range(19):
        lengths[symbol] = 0
    for i in range(coded):
        _fill(source, end, state)
        lengths[_ORDER[i]] = _take(state, 3)
    if _build(tables, CODE_LENGTHS, 0, 19) <= 0:
        return False
    if not _read_lengths(source, end, state, tables, literals + distances):
        return False
    if lengths[256] == 0 or _build(tables, LITERALS, 0, literals) <= 0:
        return False
    return _build(tables, DISTANCES, literals, literals + distances) > 0


@kernel
def _read_lengths(source: Bytes, end: int, state: _Integers, tables: Tables, total: int) -> bool:
    lengths, codes = tables[LENGTHS], tables[CODE_LENGTHS]
    mask = (1 << np.int64(tables[TALLY, CODE_LENGTHS])) - 1
    i = 0
    while i < total:
        _fill(source, end, state)
        entry = np.int64(codes[state[_HELD] & mask])
        if entry == 0 or state[_COUNT] < 0:
            return False
        _take(state, entry & 15)
        symbol = entry >> 10
        value, repeats = symbol, 1
        if symbol == 16:
            if i == 0:
                return False
            value, repeats = np.int64(lengths[i - 1]), 3 + _take(state, 2)
        elif symbol == 17:
            value, repeats = 0, 3 + _take(state, 3)
        elif symbol == 18:
            value, repeats = 0, 11 + _take(state, 7)
        if i + repeats > total:
            return False
        for j in range(i, i + repeats):
            lengths[j] = value
        i += repeats
    return True


@kernel
def _build(tables: Tables, which: int, first: int, last: int) -> int:
    """Build a table from the lengths first..last; return the bits of its longest code, 0 where they are no code.

    A code must be complete; as in zlib, that of the distances may be one code of one bit, or none. The bits of each
    table are kept in the row `TALLY`.
    """
    lengths, tally, table = tables[LENGTHS], tables[TALLY, 16:48], tables[which]
    for bits in range(16):
        tally[bits] = 0
    for i in range(first, last):
        tally[lengths[i]] += 1
    used = last - first - np.int64(tally[0])
    code, longest, left = 0, 0, 1
    tally[0] = 0
    for bits in range(1, 16):
        code = (code + np.int64(tally[bits - 1])) << 1
        tally[16 + bits] = code
        left = 2 * left - np.int64(tally[bits])
        if tally[bits] > 0:
            longest = bits
        if left < 0:
            return 0
    if longest > ROOT or (left > 0 and not (which == DISTANCES and longest <= 1 and used <= 1)):
        return 0
    longest = max(longest, 1)
    for i in range(1 << longest):
        table[i] = 0
    for i in range(first, last):
        bits = np.int64(lengths[i])
        if bits > 0:
            entry = _entry(which, i - first, bits)
            place = _reversed(np.int64(tally[16 + bits]), bits)
            tally[16 + bits] += 1
            for j in range(place, 1 << longest, 1 << bits):
                table[j] = entry
    tables[TALLY, which] = longest
    return longest


@kernel
def _reversed(code: int, bits: int) -> int:
    place = 0
    for _ in range(bits):
        place = (place << 1) | (code & 1)
        code >>= 1
    return place


@kernel
def _entry(which: int, symbol: int, bits: int) -> int:
    """Entry of a symbol; symbols that RFC 1951 leaves without a meaning get none."""
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
    source: Bytes, end: int, state: _Integers, turns: Turns, reached: tuple[int, int, int], tables: Tables
) -> tuple[int, int]:
    """Inflate up to the end of a block; return the bytes so far, or `OTHER`, and the turns among them."""
    at, n, size = reached
    literals, distances = tables[LITERALS], tables[DISTANCES]
    literal_mask = (1 << np.int64(tables[TALLY, LITERALS])) - 1
    distance_mask = (1 << np.int64(tables[TALLY, DISTANCES])) - 1
    held, count, place = state[_HELD], state[_COUNT], state[_AT]
    room = turns.size - _LONGEST
    while True:
        while count <= 54 and place < end:
            held |= np.int64(source[place]) << count
            place += 1
            count += 8
        entry = np.int64(literals[held & literal_mask])
        if entry == 0 or count < 0 or n > room:
            return OTHER, 0
        held >>= entry & 15
        count -= entry & 15
        value, kind = entry >> 10, (entry >> 8) & 3
        if kind == _LITERAL:
            if at >= size or (value != 0 and value != 255):
                return OTHER, 0
            if (value & 1) != (n & 1):
                turns[n] = at
                n += 1
            at += 1
        elif kind == _MATCH:
            extra = (entry >> 4) & 15
            length = value + (held & ((1 << extra) - 1))
            held >>= extra
            entry = np.int64(distances[held & distance_mask])
            if entry == 0:
                return OTHER, 0
            held >>= entry & 15
            far = (entry >> 4) & 15
            distance = (entry >> 10) + (held & ((1 << far) - 1))
            held >>= far
            count -= extra + (entry & 15) + far
            if distance > at or at + length > size:
                return OTHER, 0
            if distance > 1:
                n = _copy(turns, n, at, length, distance)
            at += length
        else:
            state[_HELD], state[_COUNT], state[_AT] = held, count, place
            return at, n


@kernel
def _copy(turns: Turns, n: int, at: int, length: int, distance: int) -> int:
    """Repeat the turns of `length` bytes from `distance` before `at`; return the new number of turns.

    A source that reaches past `at` reads turns that were just written, as bytes would be read.
    """
    k = _after(turns, n, at - distance)
    if (k & 1) != (n & 1):
        turns[n] = at
        n += 1
    last = at - distance + length
    while k < n and turns[k] < last:
        turns[n] = turns[k] + distance
        n += 1
        k += 1
    return n


@kernel
def _after(turns: Turns, n: int, byte: int) -> int:
    """Return the number of turns at or before `byte`: a few steps back from the last one, then by halves."""
    low = max(n - _STEPS, 0)
    if low == 0 or turns[low - 1] <= byte:
        while n > low and turns[n - 1] > byte:
            n -= 1
        return n
    high, low = low - 1, 0
    while low < high:
        middle = (low + high) >> 1
        if turns[middle] <= byte:
            low = middle + 1
        else:
            high = middle
    return low
