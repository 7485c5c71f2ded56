"""Layers of a decoder of tokens, on batches: 3x3 convolutions of 4x4 pixels, and transposed ones that double the side.

Format: float32 arrays, flat, channels last. What a transposed convolution of 4x4 taps, stride 2 and padding 1 writes
has a margin of one pixel all round, which the padding cuts off: pixel 2j + phase of it, along each axis, is sum j of
the convolution with two of the four taps. So its phases are one convolution of 2x2 taps with four times the channels,
in the order phase down, phase across, channel. The ReLU behind it is left to who reads the image.

State: `Room` is the scratch of one batch of blocks; its rows are blocks, rounded up to whole tiles.

Invariant: blocks come row by row, so what a block shares with the one above or before it is there already.

Why it is fast: a panel of columns passes through product, sums and output while it is in the cache; see `products` and
`toomcook`. Tried and slower: lists of the channels that a ReLU leaves, half of them, each with its 4x4 taps (1.6 times
as long).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from .gemm import LANES, ROWS, WIDTH, aligned, multiply
from .winograd import BLOCK, give_five, give_six, take_five, take_six

Floats = NDArray[np.float32]

ZERO: Final = np.float32(0)
LEAST: Final = np.float32(-np.inf)


class Room(NamedTuple):
    """Values of blocks at points, and products with one panel of filters."""

    values: Floats
    products: Floats


def room_for(blocks: int, points: int, depth: int) -> Room:
    """Return scratch for as many blocks at a time."""
    rows = -(-blocks // ROWS) * ROWS
    return Room(aligned((rows, points, depth)), aligned((rows, points, WIDTH)))


class Layer(NamedTuple):
    """Filters at points, as `products.packed` makes them, and a bias for each output."""

    filters: Floats
    bias: Floats


@kernel
def convolve(images: Floats, count: int, layer: Layer, room: Room, out: Floats) -> None:
    """Write ReLU of 3x3 convolutions of `count` images of 4x4 pixels; `out` may be `images`."""
    depth, outputs = room.values.shape[2], layer.bias.shape[0]
    values, products = room.values.reshape(-1), room.products.reshape(-1)
    for image in range(count):
        take_six(images, image * 16 * depth, 4 * depth, depth, LEAST, values, image * 36 * depth)
    for panel in range(outputs // WIDTH):
        multiply(room.values, layer.filters, panel, count, room.products)
        for image in range(count):
            for lane in range(0, WIDTH, LANES):
                channel = panel * WIDTH + lane
                to = image * 16 * outputs + channel
                give_six(products, image * 36 * WIDTH + lane, layer.bias, channel, out, to, outputs)


@kernel
def mix(images: Floats, pixels: int, layer: Layer, sums: Floats, out: Floats) -> None:
    """Add a 1x1 convolution of `pixels` pixels to what is in `out`."""
    outputs, depth = layer.bias.shape[0], layer.filters.shape[2]
    left, columns = images.reshape(-1, 1, depth), sums.reshape(-1)
    for panel in range(outputs // WIDTH):
        multiply(left, layer.filters, panel, pixels, sums)
        for pixel in range(pixels):
            at, channel = pixel * outputs + panel * WIDTH, panel * WIDTH
            for c in range(WIDTH):
                out[np.uint64(at + c)] += columns[np.uint64(pixel * WIDTH + c)] + layer.bias[np.uint64(channel + c)]


@kernel
def widen(images: Floats, first: int, frame: tuple[int, int, int], layer: Layer, room: Room, out: Floats) -> None:
    """Write transposed convolutions of the images from number `first` on, with their margin, without ReLU.

    `frame`: how many images, pixels a side, of a margin around them; with a margin, their own ReLU is still to come.
    """
    count, side, margin = frame
    depth, blocks = room.values.shape[2], side // BLOCK
    line, least = (side + 2 * margin) * depth, ZERO if margin > 0 else LEAST
    values = room.values.reshape(-1)
    for block in range(count * blocks * blocks):
        image, down, across = block // (blocks * blocks), block // blocks % blocks, block % blocks
        corner = (first + image) * line * (side + 2 * margin)
        corner += (down * BLOCK + margin) * line + (across * BLOCK + margin) * depth
        take_five(images, corner, line, depth, least, values, block * 25 * depth)
    for panel in range(layer.filters.shape[1]):
        multiply(room.values, layer.filters, panel, count * blocks * blocks, room.products)
        _give(count, blocks, panel, layer.bias, room.products.reshape(-1), out)


@kernel
def _give(count: int, blocks: int, panel: int, bias: Floats, products: Floats, out: Floats) -> None:
    """Put a panel's sums where they belong; a row of two pixels holds both phases across."""
    outputs, side = bias.shape[0], 2 * BLOCK * blocks + 2
    for block in range(count * blocks * blocks):
        image, down, across = block // (blocks * blocks), block // blocks % blocks, block % blocks
        corner = (image * side + 2 * BLOCK * down) * side + 2 * BLOCK * across
        for lane in range(0, WIDTH, LANES):
            column = panel * WIDTH + lane
            phase, inner = column // (2 * outputs), column % (2 * outputs)
            to = (corner + phase * side) * outputs + inner
            source, steps = block * 25 * WIDTH + lane, (2 * side * outputs, 2 * outputs)
            give_five(products, source, bias, inner % outputs, out, to, steps[0], steps[1], down > 0, across > 0)
