"""Convert the weights of PaliGemma's decoder from PyTorch's layout to what the kernels read."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .._kernels.cpu.token_decoder.conv import ConvLayer
from .._kernels.cpu.token_decoder.decoder import DecoderWeights
from .._kernels.cpu.token_decoder.gemm import pack_weights
from .._kernels.steps.polynomials import FIVE, SCALE_FIVE, SCALE_SIX, SIX

EMBEDDING: Final = "_vq_vae._embedding"
VOCABULARY: Final = 128

Numbers = NDArray[np.floating[Any]]
Weights = dict[str, NDArray[np.float64]]


def _weight_shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {"decoder.0": (128, 512, 1, 1)}
    for block in ("decoder.2.net", "decoder.3.net"):
        shapes |= {f"{block}.{part}": (128, 128, side, side) for part, side in ((0, 3), (2, 3), (4, 1))}
    widths = 128, 128, 64, 32, 16
    shapes |= {f"decoder.{4 + 2 * i}": (widths[i], widths[i + 1], 4, 4) for i in range(4)}
    return shapes | {"decoder.12": (1, 16, 1, 1)}


def array_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shapes of all arrays by name; outputs first, but inputs first for transposed convolutions.

    >>> array_shapes()["decoder.4.bias"], len(array_shapes())
    ((128,), 25)
    """
    found: dict[str, tuple[int, ...]] = {EMBEDDING: (VOCABULARY, 512)}
    for name, shape in _weight_shapes().items():
        outputs = shape[1] if name in _TRANSPOSED else shape[0]
        found |= {f"{name}.weight": shape, f"{name}.bias": (outputs,)}
    return found


_TRANSPOSED: Final = "decoder.4", "decoder.6", "decoder.8", "decoder.10"


def build_decoder(weights: Weights) -> DecoderWeights:
    """Return the decoder of checked weights; the last row of its tables is the mean of all tokens."""
    embedding = weights[EMBEDDING]
    rows = np.concatenate([embedding, embedding.mean(axis=0, keepdims=True)])
    pixels = np.maximum(rows @ weights["decoder.0.weight"][:, :, 0, 0].T + weights["decoder.0.bias"], 0)
    taps = np.einsum("tc,ocyx->yxto", pixels, weights["decoder.2.net.0.weight"]).reshape(9, len(rows), -1)
    last = np.concatenate([weights["decoder.12.weight"].reshape(-1), weights["decoder.12.bias"]])
    return DecoderWeights(
        _to_float32(pixels),
        _to_float32(taps),
        _to_float32(weights["decoder.2.net.0.bias"]),
        (_pack_conv3x3(weights, "decoder.2.net.2"), _pack_conv1x1(weights, "decoder.2.net.4")),
        (
            _pack_conv3x3(weights, "decoder.3.net.0"),
            _pack_conv3x3(weights, "decoder.3.net.2"),
            _pack_conv1x1(weights, "decoder.3.net.4"),
        ),
        (
            _pack_transposed_conv(weights, "decoder.4"),
            _pack_transposed_conv(weights, "decoder.6"),
            _pack_transposed_conv(weights, "decoder.8"),
            _pack_transposed_conv(weights, "decoder.10"),
        ),
        _to_float32(last),
    )


def _pack_conv3x3(weights: Weights, name: str) -> ConvLayer:
    turned = weights[f"{name}.weight"][:, :, ::-1, ::-1].transpose(
        2, 3, 1, 0
    )  # a product of polynomials turns the taps
    return ConvLayer(
        pack_weights(_transform_taps(turned, _evaluation_matrix(SIX, SCALE_SIX, 3))),
        _to_float32(weights[f"{name}.bias"]),
    )


def _pack_conv1x1(weights: Weights, name: str) -> ConvLayer:
    return ConvLayer(
        pack_weights(weights[f"{name}.weight"][None, :, :, 0, 0].swapaxes(1, 2)), _to_float32(weights[f"{name}.bias"])
    )


def _pack_transposed_conv(weights: Weights, name: str) -> ConvLayer:
    taps = weights[f"{name}.weight"]  # inputs, outputs, 4, 4: tap 2d + phase
    inputs, outputs = taps.shape[:2]
    phases = taps.reshape(inputs, outputs, 2, 2, 2, 2).transpose(2, 4, 0, 3, 5, 1).reshape(2, 2, inputs, 4 * outputs)
    return ConvLayer(
        pack_weights(_transform_taps(phases, _evaluation_matrix(FIVE, SCALE_FIVE, 2))),
        _to_float32(weights[f"{name}.bias"]),
    )


def _evaluation_matrix(points: tuple[int, ...], scale: tuple[float, ...], taps: int) -> NDArray[np.float64]:
    """Return the matrix from the taps of a filter to its values at points and at infinity."""
    powers: NDArray[np.float64] = np.vander(np.array(points, float), taps, increasing=True)
    values: NDArray[np.float64] = np.concatenate([powers, np.eye(taps)[-1:]]) * np.array(scale, float)[:, None]
    return values


def _transform_taps(taps: Numbers, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return filters (taps, taps, inputs, outputs) as their values at points, (points, inputs, outputs)."""
    found: NDArray[np.float64] = np.einsum("pi,qj,ijko->pqko", values, values, taps, optimize=True)
    return found.reshape(-1, *taps.shape[2:])


def _to_float32(numbers: Numbers) -> NDArray[np.float32]:
    return np.ascontiguousarray(numbers, np.float32)
