"""Layers of the token decoder: 3x3 convolutions of 4x4 pixels, and transposed convolutions that double the side.

Format: float32 arrays, flat, channels last. The output of a transposed convolution (4x4 taps, stride 2, padding 1) has
a margin of one pixel on all sides, which the padding would cut off. Along each axis, pixel 2j + phase of it is sum j of
a convolution with two of the four taps. So all phases together are one convolution of 2x2 taps with four times the
channels, in the order row phase, column phase, channel. The ReLU that follows is left to the next layer.

State: `BlockBuffers` is the scratch memory for a batch of blocks; its rows are blocks, rounded up to whole tiles.

Invariant: blocks are processed row by row, so what a block shares with the one above or before it is already written.

Why it is fast: a panel of columns passes through product, sums and output while it is in the cache; see `gemm` and
`winograd`. Tried and slower: lists of the channels that a ReLU leaves, about half, each with its 4x4 taps (1.6 times as
long).
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from .gemm import LANES, ROWS, WIDTH, aligned_zeros, multiply_panel
from .winograd import BLOCK, transform_input_5x5, transform_input_6x6, transform_output_5x5, transform_output_6x6

Floats = NDArray[np.float32]

ZERO: Final = np.float32(0)
NO_FLOOR: Final = np.float32(-np.inf)


class BlockBuffers(NamedTuple):
    """Values of blocks at points, and their products with one panel of filters."""

    values: Floats
    products: Floats


def new_block_buffers(blocks: int, points: int, depth: int) -> BlockBuffers:
    """Allocate scratch memory for a batch of blocks.

    Parameters
    ----------
    blocks : int
        Blocks per batch.
    points : int
        Values per block and channel: 25 or 36.
    depth : int
        Input channels.
    """
    rows = -(-blocks // ROWS) * ROWS
    return BlockBuffers(aligned_zeros((rows, points, depth)), aligned_zeros((rows, points, WIDTH)))


class ConvLayer(NamedTuple):
    """Filters at points, as `gemm.pack_weights` returns them, and a bias per output channel."""

    filters: Floats
    bias: Floats


@kernel
def convolve_3x3(images: Floats, count: int, layer: ConvLayer, buffers: BlockBuffers, out: Floats) -> None:
    """Write the ReLU of 3x3 convolutions of images of 4x4 pixels.

    Parameters
    ----------
    images : NDArray[np.float32]
        The images end to end.
    count : int
        Number of images.
    layer : ConvLayer
        Filters at 6x6 points.
    buffers : BlockBuffers
        Scratch for `count` blocks of 36 points.
    out : NDArray[np.float32]
        The results end to end; may be `images`.
    """
    depth, outputs = buffers.values.shape[2], layer.bias.shape[0]
    values, products = buffers.values.reshape(-1), buffers.products.reshape(-1)
    for image in range(count):
        transform_input_6x6(images, image * 16 * depth, 4 * depth, depth, NO_FLOOR, values, image * 36 * depth)
    for panel in range(outputs // WIDTH):
        multiply_panel(buffers.values, layer.filters, panel, count, buffers.products)
        for image in range(count):
            for lane in range(0, WIDTH, LANES):
                channel = panel * WIDTH + lane
                target = image * 16 * outputs + channel
                transform_output_6x6(products, image * 36 * WIDTH + lane, layer.bias, channel, out, target, outputs)


@kernel
def convolve_1x1(images: Floats, pixels: int, layer: ConvLayer, products: Floats, out: Floats) -> None:
    """Add a 1x1 convolution of pixels to `out`.

    Parameters
    ----------
    images : NDArray[np.float32]
        The input pixels.
    pixels : int
        Number of pixels.
    layer : ConvLayer
        Filters at one point.
    products : NDArray[np.float32]
        Scratch for one panel of columns.
    out : NDArray[np.float32]
        Added to.
    """
    outputs, depth = layer.bias.shape[0], layer.filters.shape[2]
    left, columns = images.reshape(-1, 1, depth), products.reshape(-1)
    for panel in range(outputs // WIDTH):
        multiply_panel(left, layer.filters, panel, pixels, products)
        for pixel in range(pixels):
            at, channel = pixel * outputs + panel * WIDTH, panel * WIDTH
            for c in range(WIDTH):
                out[np.uint64(at + c)] += columns[np.uint64(pixel * WIDTH + c)] + layer.bias[np.uint64(channel + c)]


@kernel
def convolve_transposed(
    images: Floats, first: int, frame: tuple[int, int, int], layer: ConvLayer, buffers: BlockBuffers, out: Floats
) -> None:
    """Write transposed convolutions of some images, with their margin and without ReLU.

    Parameters
    ----------
    images : NDArray[np.float32]
        The images end to end.
    first : int
        Index of the first image to convolve.
    frame : tuple of int
        (count, side, margin): how many images, their side in pixels, and the margin around them, 0 or 1. Images with a
        margin are outputs of this function, whose ReLU is applied on reading.
    layer : ConvLayer
        Filters at 5x5 points, four phases.
    buffers : BlockBuffers
        Scratch for blocks of 25 points.
    out : NDArray[np.float32]
        The results end to end.
    """
    count, side, margin = frame
    depth, blocks = buffers.values.shape[2], side // BLOCK
    line, floor = (side + 2 * margin) * depth, ZERO if margin > 0 else NO_FLOOR
    values = buffers.values.reshape(-1)
    for block in range(count * blocks * blocks):
        image, row, column = block // (blocks * blocks), block // blocks % blocks, block % blocks
        corner = (first + image) * line * (side + 2 * margin)
        corner += (row * BLOCK + margin) * line + (column * BLOCK + margin) * depth
        transform_input_5x5(images, corner, line, depth, floor, values, block * 25 * depth)
    for panel in range(layer.filters.shape[1]):
        multiply_panel(buffers.values, layer.filters, panel, count * blocks * blocks, buffers.products)
        _write_panel(count, blocks, panel, layer.bias, buffers.products.reshape(-1), out)


@kernel
def _write_panel(count: int, blocks: int, panel: int, bias: Floats, products: Floats, out: Floats) -> None:
    """Write the sums of one panel to the output; a row of two pixels holds both column phases."""
    outputs, side = bias.shape[0], 2 * BLOCK * blocks + 2
    for block in range(count * blocks * blocks):
        image, row, column = block // (blocks * blocks), block // blocks % blocks, block % blocks
        corner = (image * side + 2 * BLOCK * row) * side + 2 * BLOCK * column
        for lane in range(0, WIDTH, LANES):
            place = panel * WIDTH + lane
            phase, inner = place // (2 * outputs), place % (2 * outputs)
            target = (corner + phase * side) * outputs + inner
            source, steps = block * 25 * WIDTH + lane, (2 * side * outputs, 2 * outputs)
            channel, is_below, is_after = inner % outputs, row > 0, column > 0
            transform_output_5x5(products, source, bias, channel, out, target, steps[0], steps[1], is_below, is_after)
