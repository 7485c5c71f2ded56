"""Layers of a decoder of tokens, on batches: 3x3 convolutions of 4x4 pixels, and transposed ones that double the side.

Format: float32 arrays, flat, channels last. What a transposed convolution of 4x4 taps, stride 2 and padding 1 writes
has a margin of one pixel all round, which the padding cuts off: pixel 2j + phase of it, along each axis, is sum j of
the convolution with two of the four taps, so that its four phases are one convolution of 2x2 taps with four times the
channels. `codebooks.weights` has them in the order phase down, phase across, channel.

State: `Room` is the scratch of one batch of blocks; `rows` of its arrays counts blocks, rounded up to whole tiles.

Why it is fast: a panel of columns passes through product, sums and output while it is in the cache; see `products`
and `toomcook`.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._jit import kernel
from .products import ROWS, WIDTH, aligned, multiply
from .toomcook import LANES, of_five, of_six, to_five, to_six

Floats = NDArray[np.float32]

BLOCK: Final = 4
ZERO: Final = np.float32(0)


class Room(NamedTuple):
    """Values of blocks at points, products of one panel, and scratch of one block."""

    values: Floats
    products: Floats
    block: Floats
    at_points: Floats
    half: Floats
    sums: Floats


def room_for(blocks: int, points: int, depth: int) -> Room:
    """Return scratch for as many blocks at a time."""
    rows = -(-blocks // ROWS) * ROWS
    wide = max(LANES, WIDTH)
    scratch = (aligned((count * wide,)) for count in (16, points, 30, 25))
    return Room(aligned((rows, points, depth)), aligned((rows, points, WIDTH)), *scratch)


class Layer(NamedTuple):
    """Filters at points, as `products.packed` makes them, and a bias for each output."""

    filters: Floats
    bias: Floats


@kernel
def convolve(images: Floats, count: int, layer: Layer, room: Room, out: Floats) -> None:
    """Write ReLU of 3x3 convolutions of `count` images of 4x4 pixels."""
    depth, outputs = room.values.shape[2], layer.bias.shape[0]
    for image in range(count):
        for first in range(0, depth, LANES):
            _take(images, image * 16 * depth + first, 4 * depth, depth, -np.float32(np.inf), room.block)
            to_six(room.block, room.at_points, room.half)
            _keep(room.at_points, room.values, image * 36 * depth + first, 36, depth)
    products = room.products.reshape(-1)
    for panel in range(outputs // WIDTH):
        multiply(room.values, layer.filters, panel, count, room.products)
        for image in range(count):
            of_six(products[image * 36 * WIDTH : (image + 1) * 36 * WIDTH], room.sums, room.half)
            _write(room.sums, layer.bias, panel * WIDTH, out, image * 16 * outputs)


@kernel
def mix(images: Floats, pixels: int, layer: Layer, sums: Floats, out: Floats) -> None:
    """Add a 1x1 convolution of `pixels` pixels to what is in `out`."""
    outputs, depth = layer.bias.shape[0], layer.filters.shape[2]
    left, columns = images.reshape(-1, 1, depth), sums.reshape(-1)
    for panel in range(outputs // WIDTH):
        multiply(left, layer.filters, panel, pixels, sums)
        for pixel in range(pixels):
            at = pixel * outputs + panel * WIDTH
            for c in range(WIDTH):
                out[np.uint64(at + c)] += columns[np.uint64(pixel * WIDTH + c)] + layer.bias[np.uint64(panel * WIDTH + c)]


@kernel
def widen(images: Floats, at: int, frame: tuple[int, int, int, float], layer: Layer, room: Room, out: Floats) -> None:
    """Write transposed convolutions of images, with their margin, without ReLU.

    `at` is the first pixel of the first image. `frame`: how many images, pixels a side, of a margin around them, and
    the least value that is taken: 0 where a ReLU comes first.
    """
    count, side, margin, least = frame
    depth, outputs, blocks = room.values.shape[2], layer.bias.shape[0], side // BLOCK
    line = (side + 2 * margin) * depth
    row = 0
    for image in range(count):
        for block in range(blocks * blocks):
            corner = at + image * line * (side + 2 * margin)
            corner += (block // blocks * BLOCK + margin) * line + (block % blocks * BLOCK + margin) * depth
            for first in range(0, depth, LANES):
                _take(images, corner + first, line, depth, least, room.block)
                to_five(room.block, room.at_points, room.half)
                _keep(room.at_points, room.values, row * 25 * depth + first, 25, depth)
            row += 1
    _fill(out, layer.bias, count * (2 * side + 2) * (2 * side + 2))
    products = room.products.reshape(-1)
    for panel in range(4 * outputs // WIDTH):
        multiply(room.values, layer.filters, panel, row, room.products)
        for block in range(row):
            of_five(products[block * 25 * WIDTH : (block + 1) * 25 * WIDTH], room.sums, room.half)
            _add(room.sums, block, blocks, panel, outputs, out)


@kernel
def _take(images: Floats, corner: int, line: int, depth: int, least: float, block: Floats) -> None:
    for pixel in range(16):
        at = corner + (pixel >> 2) * line + (pixel & 3) * depth
        for c in range(LANES):
            value = images[np.uint64(at + c)]
            block[np.uint64(pixel * LANES + c)] = value if value > least else least


@kernel
def _keep(at_points: Floats, values: Floats, at: int, points: int, depth: int) -> None:
    flat = values.reshape(-1)
    for point in range(points):
        for c in range(LANES):
            flat[np.uint64(at + point * depth + c)] = at_points[np.uint64(point * LANES + c)]


@kernel
def _write(sums: Floats, bias: Floats, column: int, out: Floats, at: int) -> None:
    for pixel in range(16):
        place = at + pixel * bias.shape[0] + column
        for c in range(WIDTH):
            value = sums[np.uint64(pixel * WIDTH + c)] + bias[np.uint64(column + c)]
            out[np.uint64(place + c)] = value if value > ZERO else ZERO


@kernel
def _fill(out: Floats, bias: Floats, pixels: int) -> None:
    channels = bias.shape[0]
    for pixel in range(pixels):
        for c in range(channels):
            out[np.uint64(pixel * channels + c)] = bias[np.uint64(c)]


@kernel
def _add(sums: Floats, block: int, blocks: int, panel: int, outputs: int, out: Floats) -> None:
    """Add 5x5 sums where they belong: a panel holds one channel or more of one phase or more."""
    side = 2 * BLOCK * blocks + 2
    image, down, across = block // (blocks * blocks), block // blocks % blocks * BLOCK, block % blocks * BLOCK
    length = min(WIDTH, 2 * outputs)  # phases across lie side by side in a row of the image
    for piece in range(0, WIDTH, length):
        column = panel * WIDTH + piece
        corner = (image * side + 2 * down + column // (2 * outputs)) * side + 2 * across
        for k in range(25):
            at = (corner + k // 5 * 2 * side + k % 5 * 2) * outputs + column % (2 * outputs)
            for c in range(length):
                out[np.uint64(at + c)] += sums[np.uint64(k * WIDTH + piece + c)]
