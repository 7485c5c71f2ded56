"""PaliGemma's decoder of tokens, as its table of layers says it, slowly: nothing of ours is imported.

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
    """Weights that keep numbers about as large from layer to layer, with outputs past -1 and 1."""
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
    """128 rows in which each position sees each token."""
    rows = np.array([np.random.default_rng(7 + place).permutation(128) for place in range(16)]).T
    assert all(len(set(column)) == 128 for column in rows.T)
    return rows


def decode(weights: Weights, tokens: NDArray[np.int64]) -> Floats:
    """Outputs (N, 64, 64) of rows of tokens (N, 16)."""
    return run(weights, np.asarray(weights[EMBEDDING], float)[tokens])


def run(weights: Weights, embedded: Floats) -> Floats:
    """The same from what tokens stand for, (N, 16, 512)."""
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
    """Each output pixel sums the window around it, over an image with a frame of zeros."""
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
    """Each input pixel stamps its 4x4 taps, two pixels on for each; a frame of one pixel is cut off."""
    taps, bias = weights[f"{name}.weight"].astype(float), weights[f"{name}.bias"].astype(float)
    side = image.shape[2]
    total = np.zeros((len(image), taps.shape[1], 2 * side + 2, 2 * side + 2))
    for y in range(4):
        for x in range(4):
            stamp = np.einsum("nihw,io->nohw", image, taps[:, :, y, x], optimize=True)
            total[:, :, y : y + 2 * side : 2, x : x + 2 * side : 2] += stamp
    return total[:, :, 1:-1, 1:-1] + bias[:, None, None]
