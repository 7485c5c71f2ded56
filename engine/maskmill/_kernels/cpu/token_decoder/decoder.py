"""Rows of 16 tokens to maps of 64x64, with the decoder that PaliGemma's tokens were made for.

Format: tokens are int64 (rows, 16), each a row of the tables; maps are float32 (rows, 64, 64), without bounds.

State: `Decoder` is the decoder's arrays, `Rooms` the scratch of one thread. Layers later in the way have more pixels
and fewer channels, so they take fewer maps at a time: 48, 48, 12, 3 and 1, which is about 48 blocks in each.

Why it is fast: up to the first 3x3 convolution a pixel depends on its own token alone, so the first layer is a table,
and the second a sum of nine rows of one. Tried without effect: two and four times as many maps at a time. Not possible:
maps that share parts, since four 3x3 convolutions spread each token over the whole grid.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from .conv import ZERO, Layer, Room, convolve, mix, room_for, widen
from .gemm import WIDTH, aligned
from .last_layer import sum_up

Floats = NDArray[np.float32]
Tokens = NDArray[np.int64]

MAPS: Final = 48
_SECOND: Final = 12
_THIRD: Final = 3
DEPTH: Final = 128
SIDE: Final = 64
_WIDTHS: Final = 128, 64, 32, 16
"""Channels after each transposed convolution."""

_HALF: Final = np.float32(0.5)
_ONE: Final = np.float32(1)
_FULL: Final = np.float32(255)


class Decoder(NamedTuple):
    """What the decoder knows; see `codebooks.weights`."""

    pixels: Floats
    """(tokens, channels): the first layer."""

    taps: Floats
    """(9, tokens, channels): what a token adds to each of its neighbours in the second."""

    start: Floats
    """(channels,): its bias."""

    first: tuple[Layer, Layer]
    """The rest of the first residual block: 3x3, 1x1."""

    second: tuple[Layer, Layer, Layer]
    wider: tuple[Layer, Layer, Layer, Layer]
    last: Floats
    """(17,): the last layer, and its bias."""


class Rooms(NamedTuple):
    """Scratch: images between layers, and a room for each kind of layer."""

    images: tuple[Floats, Floats]
    mixed: Floats
    wide: tuple[Floats, Floats, Floats, Floats]
    three: Room
    two: tuple[Room, Room, Room, Room]


def new_rooms() -> Rooms:
    """Return scratch for one thread: 9 MB, of which a small batch touches little."""
    counts = MAPS, _SECOND, _THIRD, 1
    sides = 10, 18, 34, 66
    wide = tuple(aligned((n * s * s * c,)) for n, s, c in zip(counts, sides, _WIDTHS, strict=True))
    depths = DEPTH, *_WIDTHS[:-1]
    blocks = (n * (s // 8) ** 2 for n, s in zip(counts, sides, strict=True))
    two = tuple(room_for(n, 25, d) for n, d in zip(blocks, depths, strict=True))
    images = aligned((MAPS * 16 * DEPTH,)), aligned((MAPS * 16 * DEPTH,))
    return Rooms(images, aligned((MAPS * 16, 1, WIDTH)), wide, room_for(MAPS, 36, DEPTH), two)


@kernel
def decode(tokens: Tokens, decoder: Decoder, rooms: Rooms, maps: Floats) -> None:
    """Fill `maps`."""
    for first in range(0, tokens.shape[0], MAPS):
        count = min(MAPS, tokens.shape[0] - first)
        _blend(tokens[first : first + count], decoder, rooms)
        widen(rooms.images[0], 0, (count, 4, 0), decoder.wider[0], rooms.two[0], rooms.wide[0])
        for second in range(0, count, _SECOND):
            some = min(_SECOND, count - second)
            widen(rooms.wide[0], second, (some, 8, 1), decoder.wider[1], rooms.two[1], rooms.wide[1])
            _finish(some, decoder, rooms, maps[first + second : first + second + some])


@kernel
def _blend(tokens: Tokens, decoder: Decoder, rooms: Rooms) -> None:
    """Both residual blocks, on the grid of tokens."""
    image, other = rooms.images
    count = tokens.shape[0]
    for row in range(count):
        for cell in range(16):
            _begin(tokens, row, cell, decoder, image, other)
    convolve(other, count, decoder.first[0], rooms.three, other)
    mix(other, count * 16, decoder.first[1], rooms.mixed, image)
    convolve(image, count, decoder.second[0], rooms.three, other)
    convolve(other, count, decoder.second[1], rooms.three, other)
    mix(other, count * 16, decoder.second[2], rooms.mixed, image)


@kernel
def _begin(tokens: Tokens, row: int, cell: int, decoder: Decoder, image: Floats, other: Floats) -> None:
    """One pixel of the first two layers."""
    pixels, taps, start = decoder.pixels.reshape(-1), decoder.taps.reshape(-1), decoder.start
    at, source = (row * 16 + cell) * DEPTH, tokens[row, cell] * DEPTH
    for c in range(DEPTH):
        image[np.uint64(at + c)] = pixels[np.uint64(source + c)]
    for c in range(DEPTH):
        other[np.uint64(at + c)] = start[np.uint64(c)]
    for tap in range(9):
        y, x = (cell >> 2) + tap // 3 - 1, (cell & 3) + tap % 3 - 1
        if 0 <= y < 4 and 0 <= x < 4:
            source = (tap * decoder.taps.shape[1] + tokens[row, y * 4 + x]) * DEPTH
            for c in range(DEPTH):
                other[np.uint64(at + c)] += taps[np.uint64(source + c)]
    for c in range(DEPTH):
        value = other[np.uint64(at + c)]
        other[np.uint64(at + c)] = value if value > ZERO else ZERO


@kernel
def _finish(count: int, decoder: Decoder, rooms: Rooms, maps: Floats) -> None:
    """Two layers wider, and the last one."""
    for third in range(0, count, _THIRD):
        some = min(_THIRD, count - third)
        widen(rooms.wide[1], third, (some, 16, 1), decoder.wider[2], rooms.two[2], rooms.wide[2])
        for one in range(some):
            widen(rooms.wide[2], one, (1, 32, 1), decoder.wider[3], rooms.two[3], rooms.wide[3])
            pixels = maps[third + one].reshape(-1)
            for strip in range(0, SIDE * SIDE, 16):
                at = ((strip // SIDE + 1) * (SIDE + 2) + strip % SIDE + 1) * 16
                sum_up(rooms.wide[3], at, decoder.last, pixels, strip)


@kernel
def to_bytes(maps: Floats, out: NDArray[np.uint8]) -> None:
    """Write ``clip(x / 2 + 1/2, 0, 1) * 255`` of floats, the fraction cut off; NaN, of sums that overflow, is 0."""
    numbers, grey = maps.reshape(-1), out.reshape(-1)
    for i in range(numbers.size):
        value = numbers[i] * _HALF + _HALF
        value = value if value > ZERO else ZERO
        grey[i] = np.uint8((value if value < _ONE else _ONE) * _FULL)
