"""Weights of PaliGemma's decoder, in PyTorch's layout, to what kernels read: tables of tokens, filters at points."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu.token_decoder.conv import Layer
from .._kernels.cpu.token_decoder.decoder import Decoder
from .._kernels.cpu.token_decoder.gemm import packed
from .._kernels.steps.polynomials import FIVE, SCALE_FIVE, SCALE_SIX, SIX

EMBEDDING: Final = "_vq_vae._embedding"
TOKENS: Final = 128

Numbers = NDArray[np.floating[Any]]
Weights = dict[str, NDArray[np.float64]]


def _layers() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {"decoder.0": (128, 512, 1, 1)}
    for block in ("decoder.2.net", "decoder.3.net"):
        shapes |= {f"{block}.{part}": (128, 128, side, side) for part, side in ((0, 3), (2, 3), (4, 1))}
    widths = 128, 128, 64, 32, 16
    shapes |= {f"decoder.{4 + 2 * i}": (widths[i], widths[i + 1], 4, 4) for i in range(4)}
    return shapes | {"decoder.12": (1, 16, 1, 1)}


def shapes() -> dict[str, tuple[int, ...]]:
    """Shapes of all arrays by name; of a transposed convolution inputs come first, of the others outputs.

    >>> shapes()["decoder.4.bias"], len(shapes())
    ((128,), 25)
    """
    found: dict[str, tuple[int, ...]] = {EMBEDDING: (TOKENS, 512)}
    for name, shape in _layers().items():
        outputs = shape[1] if name in _TRANSPOSED else shape[0]
        found |= {f"{name}.weight": shape, f"{name}.bias": (outputs,)}
    return found


_TRANSPOSED: Final = "decoder.4", "decoder.6", "decoder.8", "decoder.10"


def prepare(weights: Weights) -> Decoder:
    """Return the decoder of weights that are checked; its tables have a row more: the mean of all tokens."""
    embedding = weights[EMBEDDING]
    rows = np.concatenate([embedding, embedding.mean(axis=0, keepdims=True)])
    pixels = np.maximum(rows @ weights["decoder.0.weight"][:, :, 0, 0].T + weights["decoder.0.bias"], 0)
    taps = np.einsum("tc,ocyx->yxto", pixels, weights["decoder.2.net.0.weight"]).reshape(9, len(rows), -1)
    last = np.concatenate([weights["decoder.12.weight"].reshape(-1), weights["decoder.12.bias"]])
    return Decoder(
        _single(pixels),
        _single(taps),
        _single(weights["decoder.2.net.0.bias"]),
        (_three(weights, "decoder.2.net.2"), _one(weights, "decoder.2.net.4")),
        (_three(weights, "decoder.3.net.0"), _three(weights, "decoder.3.net.2"), _one(weights, "decoder.3.net.4")),
        (
            _wider(weights, "decoder.4"),
            _wider(weights, "decoder.6"),
            _wider(weights, "decoder.8"),
            _wider(weights, "decoder.10"),
        ),
        _single(last),
    )


def _three(weights: Weights, name: str) -> Layer:
    turned = weights[f"{name}.weight"][:, :, ::-1, ::-1].transpose(
        2, 3, 1, 0
    )  # a product of polynomials turns the taps
    return Layer(packed(_at_points(turned, _values(SIX, SCALE_SIX, 3))), _single(weights[f"{name}.bias"]))


def _one(weights: Weights, name: str) -> Layer:
    return Layer(packed(weights[f"{name}.weight"][None, :, :, 0, 0].swapaxes(1, 2)), _single(weights[f"{name}.bias"]))


def _wider(weights: Weights, name: str) -> Layer:
    taps = weights[f"{name}.weight"]  # inputs, outputs, 4, 4: tap 2d + phase
    inputs, outputs = taps.shape[:2]
    phases = taps.reshape(inputs, outputs, 2, 2, 2, 2).transpose(2, 4, 0, 3, 5, 1).reshape(2, 2, inputs, 4 * outputs)
    return Layer(packed(_at_points(phases, _values(FIVE, SCALE_FIVE, 2))), _single(weights[f"{name}.bias"]))


def _values(points: tuple[int, ...], scale: tuple[float, ...], taps: int) -> NDArray[np.float64]:
    """The matrix from taps to values at points and infinity."""
    powers: NDArray[np.float64] = np.vander(np.array(points, float), taps, increasing=True)
    values: NDArray[np.float64] = np.concatenate([powers, np.eye(taps)[-1:]]) * np.array(scale, float)[:, None]
    return values


def _at_points(taps: Numbers, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(taps, taps, inputs, outputs) to (points, inputs, outputs)."""
    found: NDArray[np.float64] = np.einsum("pi,qj,ijko->pqko", values, values, taps, optimize=True)
    return found.reshape(-1, *taps.shape[2:])


def _single(numbers: Numbers) -> NDArray[np.float32]:
    return np.ascontiguousarray(numbers, np.float32)
