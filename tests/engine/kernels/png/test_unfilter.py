"""Row filters against an encoder of them, and against Pillow."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from PIL import Image

from maskmill._kernels.cpu.png.unfilter import unfilter
from support import pngs
from support.tiers import cases

Bytes = NDArray[np.uint8]


def filtered(samples: Bytes, filters: list[int]) -> Bytes:
    raw = pngs.scanlines(samples[..., None], 8, filters)
    return np.frombuffer(raw, np.uint8).reshape(samples.shape[0], samples.shape[1] + 1)


@settings(deadline=None, max_examples=cases(500))
@given(
    arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=9)),
    st.lists(st.integers(0, 4), min_size=1, max_size=6),
)
def test_any_samples_and_filters(samples: Bytes, filters: list[int]) -> None:
    assert np.array_equal(unfilter(filtered(samples, filters)), samples)


@pytest.mark.parametrize("kind", range(5))
def test_an_image_equals_pillows(kind: int) -> None:
    samples = np.random.default_rng(kind).integers(0, 256, (cases(60), 70), np.uint8)
    png = pngs.encode(samples, filters=(kind,))
    assert np.array_equal(unfilter(filtered(samples, [kind])), np.asarray(Image.open(io.BytesIO(png))))


def test_rows_of_any_layout_are_read_and_unchanged() -> None:
    rows = filtered(np.arange(24, dtype=np.uint8).reshape(4, 6), [4, 3, 2, 1])
    want = unfilter(rows).tolist()
    assert unfilter(np.asfortranarray(rows)).tolist() == want
    assert unfilter(np.repeat(rows, 2, axis=1)[:, ::2]).tolist() == want
