"""A slow reference of PaliGemma's token decoder, written from its table of layers; imports nothing from maskmill.

Weights are in PyTorch's layout, arithmetic is in double precision, convolutions go tap by tap over padded images.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Weights = dict[str, NDArray[np.float32]]

EMBEDDING = "_vq_vae._embedding"
WIDER = {"decoder.4": (128, 128), "decoder.6": (128, 64), "decoder.8": (64, 32), "decoder.10": (32, 16)}
LAYERS = {
    "decoder.0": (128, 512, 1, 1),
    **{
        f"decoder.{block}.net.{part}": (128, 128, side, side)
        for block in (2, 3)
        for part, side in ((0, 3), (2, 3), (4, 1))
    },
    **{name: (*channels, 4, 4) for name, channels in WIDER.items()},
    "decoder.12": (1, 16, 1, 1),
}


def random_weights(seed: int) -> Weights:
    """Return weights that keep numbers at one scale from layer to layer, with outputs beyond -1 and 1."""
    random = np.random.default_rng(seed)
    weights = {EMBEDDING: random.standard_normal((128, 512)).astype(np.float32)}
    for name, shape in LAYERS.items():
        taps = 4 * shape[0] if name in WIDER else np.prod(shape[1:])
        scale = np.sqrt(2 / taps) * (0.5 if ".net.4" in name else 1)
        outputs = shape[1] if name in WIDER else shape[0]
        weights[f"{name}.weight"] = (random.standard_normal(shape) * scale).astype(np.float32)
        weights[f"{name}.bias"] = (random.standard_normal(outputs) * 0.1).astype(np.float32)
    return weights


def every_token_everywhere() -> NDArray[np.int64]:
    """Return 128 rows in which every token occurs at every position."""
    rows = np.array([np.random.default_rng(7 + place).permutation(128) for place in range(16)]).T
    assert all(len(set(column)) == 128 for column in rows.T)
    return rows


def decode(weights: Weights, tokens: NDArray[np.int64]) -> Floats:
    """Return outputs (N, 64, 64) for rows of tokens (N, 16)."""
    return run(weights, np.asarray(weights[EMBEDDING], float)[tokens])


def run(weights: Weights, embedded: Floats) -> Floats:
    """Return outputs (N, 64, 64) for embedded tokens (N, 16, 512)."""
    image = embedded.reshape(-1, 4, 4, 512).transpose(0, 3, 1, 2)
    image = relu(convolve(weights, "decoder.0", image))
    for block in ("decoder.2.net", "decoder.3.net"):
        inner = relu(convolve(weights, f"{block}.0", image))
        inner = relu(convolve(weights, f"{block}.2", inner))
        image = image + convolve(weights, f"{block}.4", inner)
    for name in WIDER:
        image = relu(widen(weights, name, image))
    return convolve(weights, "decoder.12", image)[:, 0]


def relu(image: Floats) -> Floats:
    return np.maximum(image, 0)


def convolve(weights: Weights, name: str, image: Floats) -> Floats:
    """Sum the window around each output pixel, in an image padded with zeros."""
    taps, bias = weights[f"{name}.weight"].astype(float), weights[f"{name}.bias"].astype(float)
    side, reach = image.shape[2], taps.shape[2] // 2
    framed = np.pad(image, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    total = np.zeros((len(image), taps.shape[0], side, side))
    for y in range(taps.shape[2]):
        for x in range(taps.shape[3]):
            window = framed[:, :, y : y + side, x : x + side]
            total += np.einsum("nihw,oi->nohw", window, taps[:, :, y, x], optimize=True)
    return total + bias[:, None, None]


def widen(weights: Weights, name: str, image: Floats) -> Floats:
    """Add 4x4 taps per input pixel, at steps of two pixels; a margin of one pixel is cut off."""
    taps, bias = weights[f"{name}.weight"].astype(float), weights[f"{name}.bias"].astype(float)
    side = image.shape[2]
    total = np.zeros((len(image), taps.shape[1], 2 * side + 2, 2 * side + 2))
    for y in range(4):
        for x in range(4):
            stamp = np.einsum("nihw,io->nohw", image, taps[:, :, y, x], optimize=True)
            total[:, :, y : y + 2 * side : 2, x : x + 2 * side : 2] += stamp
    return total[:, :, 1:-1, 1:-1] + bias[:, None, None]
