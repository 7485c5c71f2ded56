"""PaliGemma's mask decoder: rows of 16 tokens to maps of 64x64 pixels.

Format: tokens are int64 (rows, 16), each an index into the tables of the first layers; maps are float32 (rows, 64, 64),
unbounded.

State: `DecoderWeights` holds the arrays of the decoder, `DecoderBuffers` the scratch memory of one thread. Later layers
have more pixels and fewer channels, so they process fewer maps at a time: 48, 48, 12, 3 and 1, about 48 blocks each.

Why it is fast: up to the first 3x3 convolution a pixel depends on its own token only, so the first layer is a table,
and the second a sum of nine table rows. Tried without effect: two and four times as many maps at a time. Not possible:
maps that share parts, since four 3x3 convolutions spread each token over the whole grid.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..._jit import kernel
from .conv import ZERO, BlockBuffers, ConvLayer, convolve_1x1, convolve_3x3, convolve_transposed, new_block_buffers
from .gemm import WIDTH, aligned_zeros
from .last_layer import apply_last_layer

Floats = NDArray[np.float32]
Tokens = NDArray[np.int64]

BATCH: Final = 48
"""Maps per batch of the first layers."""

_BATCH_16: Final = 12
_BATCH_32: Final = 3
DEPTH: Final = 128
SIDE: Final = 64
_CHANNELS: Final = 128, 64, 32, 16
"""Channels after each transposed convolution."""

_HALF: Final = np.float32(0.5)
_ONE: Final = np.float32(1)
_FULL: Final = np.float32(255)


class DecoderWeights(NamedTuple):
    """Weights prepared by `codebooks._paligemma_weights`.

    Attributes
    ----------
    token_pixels
        (tokens, channels): output of the first layer per token.
    token_taps
        (9, tokens, channels): what a token adds to each of its neighbours in the second layer.
    bias
        (channels,): of the second layer.
    first_block
        The rest of the first residual block: 3x3, 1x1.
    second_block
        The second residual block: 3x3, 3x3, 1x1.
    transposed
        The transposed convolutions.
    last_layer
        (17,): weights of the last layer and its bias.
    """

    token_pixels: Floats
    token_taps: Floats
    bias: Floats
    first_block: tuple[ConvLayer, ConvLayer]
    second_block: tuple[ConvLayer, ConvLayer, ConvLayer]
    transposed: tuple[ConvLayer, ConvLayer, ConvLayer, ConvLayer]
    last_layer: Floats


class DecoderBuffers(NamedTuple):
    """Scratch memory of one thread.

    Attributes
    ----------
    images
        Images between the layers of the residual blocks.
    products
        Of 1x1 convolutions.
    outputs
        Of each transposed convolution.
    blocks_3x3, blocks_transposed
        Block buffers of the 3x3 and of each transposed convolution.
    """

    images: tuple[Floats, Floats]
    products: Floats
    outputs: tuple[Floats, Floats, Floats, Floats]
    blocks_3x3: BlockBuffers
    blocks_transposed: tuple[BlockBuffers, BlockBuffers, BlockBuffers, BlockBuffers]


def new_decoder_buffers() -> DecoderBuffers:
    """Allocate scratch memory for one thread: 9 MB, of which small batches touch little."""
    counts = BATCH, _BATCH_16, _BATCH_32, 1
    sides = 10, 18, 34, 66
    outputs = tuple(aligned_zeros((n * s * s * c,)) for n, s, c in zip(counts, sides, _CHANNELS, strict=True))
    depths = DEPTH, *_CHANNELS[:-1]
    blocks = (n * (s // 8) ** 2 for n, s in zip(counts, sides, strict=True))
    transposed = tuple(new_block_buffers(n, 25, d) for n, d in zip(blocks, depths, strict=True))
    images = aligned_zeros((BATCH * 16 * DEPTH,)), aligned_zeros((BATCH * 16 * DEPTH,))
    products = aligned_zeros((BATCH * 16, 1, WIDTH))
    return DecoderBuffers(images, products, outputs, new_block_buffers(BATCH, 36, DEPTH), transposed)


@kernel
def decode_maps(tokens: Tokens, weights: DecoderWeights, buffers: DecoderBuffers, maps: Floats) -> None:
    """Decode rows of tokens to maps.

    Parameters
    ----------
    tokens : NDArray[np.int64]
        (rows, 16).
    weights : DecoderWeights
        The decoder.
    buffers : DecoderBuffers
        Scratch memory of this thread.
    maps : NDArray[np.float32]
        (rows, 64, 64); overwritten.
    """
    for first in range(0, tokens.shape[0], BATCH):
        count = min(BATCH, tokens.shape[0] - first)
        _run_residual_blocks(tokens[first : first + count], weights, buffers)
        blocks = buffers.blocks_transposed
        convolve_transposed(buffers.images[0], 0, (count, 4, 0), weights.transposed[0], blocks[0], buffers.outputs[0])
        for second in range(0, count, _BATCH_16):
            part = min(_BATCH_16, count - second)
            images, out = buffers.outputs[0], buffers.outputs[1]
            convolve_transposed(images, second, (part, 8, 1), weights.transposed[1], blocks[1], out)
            _run_last_layers(part, weights, buffers, maps[first + second : first + second + part])


@kernel
def _run_residual_blocks(tokens: Tokens, weights: DecoderWeights, buffers: DecoderBuffers) -> None:
    """Run both residual blocks on the grid of tokens."""
    image, other = buffers.images
    count = tokens.shape[0]
    for row in range(count):
        for cell in range(16):
            _write_first_layers(tokens, row, cell, weights, image, other)
    convolve_3x3(other, count, weights.first_block[0], buffers.blocks_3x3, other)
    convolve_1x1(other, count * 16, weights.first_block[1], buffers.products, image)
    convolve_3x3(image, count, weights.second_block[0], buffers.blocks_3x3, other)
    convolve_3x3(other, count, weights.second_block[1], buffers.blocks_3x3, other)
    convolve_1x1(other, count * 16, weights.second_block[2], buffers.products, image)


@kernel
def _write_first_layers(
    tokens: Tokens, row: int, cell: int, weights: DecoderWeights, image: Floats, other: Floats
) -> None:
    """Write one pixel of the first layer to `image`, and of the second to `other`."""
    pixels, taps, bias = weights.token_pixels.reshape(-1), weights.token_taps.reshape(-1), weights.bias
    at, source = (row * 16 + cell) * DEPTH, tokens[row, cell] * DEPTH
    for c in range(DEPTH):
        image[np.uint64(at + c)] = pixels[np.uint64(source + c)]
    for c in range(DEPTH):
        other[np.uint64(at + c)] = bias[np.uint64(c)]
    for tap in range(9):
        y, x = (cell >> 2) + tap // 3 - 1, (cell & 3) + tap % 3 - 1
        if 0 <= y < 4 and 0 <= x < 4:
            source = (tap * weights.token_taps.shape[1] + tokens[row, y * 4 + x]) * DEPTH
            for c in range(DEPTH):
                other[np.uint64(at + c)] += taps[np.uint64(source + c)]
    for c in range(DEPTH):
        value = other[np.uint64(at + c)]
        other[np.uint64(at + c)] = value if value > ZERO else ZERO


@kernel
def _run_last_layers(count: int, weights: DecoderWeights, buffers: DecoderBuffers, maps: Floats) -> None:
    """Run the last two transposed convolutions and the last layer."""
    blocks, outputs = buffers.blocks_transposed, buffers.outputs
    for third in range(0, count, _BATCH_32):
        part = min(_BATCH_32, count - third)
        convolve_transposed(outputs[1], third, (part, 16, 1), weights.transposed[2], blocks[2], outputs[2])
        for one in range(part):
            convolve_transposed(outputs[2], one, (1, 32, 1), weights.transposed[3], blocks[3], outputs[3])
            pixels = maps[third + one].reshape(-1)
            for strip in range(0, SIDE * SIDE, 16):
                at = ((strip // SIDE + 1) * (SIDE + 2) + strip % SIDE + 1) * 16
                apply_last_layer(outputs[3], at, weights.last_layer, pixels, strip)


@kernel
def maps_to_bytes(maps: Floats, out: NDArray[np.uint8]) -> None:
    """Write ``clip(x / 2 + 1/2, 0, 1) * 255``, truncated; NaN, from sums that overflow, becomes 0."""
    numbers, grey = maps.reshape(-1), out.reshape(-1)
    for i in range(numbers.size):
        value = numbers[i] * _HALF + _HALF
        value = value if value > ZERO else ZERO
        grey[i] = np.uint8((value if value < _ONE else _ONE) * _FULL)
