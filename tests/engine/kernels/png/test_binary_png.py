"""Base64 and the PNG that models send, against the standard library and the reader of all PNGs."""

from __future__ import annotations

import base64
import binascii
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from maskmill._forms import png_file
from maskmill._kernels.cpu.png.binary_png import MAX_SIDE, MAX_TRANSITIONS, new_png_scratch, read_base64, read_columns
from maskmill._kernels.cpu.run_lengths import as_kernel_input
from support import pngs
from support.tiers import cases

SCRATCH = new_png_scratch()
COLUMNS = np.zeros((MAX_SIDE + 1) * (MAX_SIDE // 32) + 1, np.uint32)


def read(png: bytes) -> NDArray[np.uint8] | None:
    """Return the map in a PNG with other bytes around it, or None."""
    data = as_kernel_input(np.frombuffer(b"\xff" + png + b"\xff", np.uint8), np.uint8)
    COLUMNS.fill(0xDEADBEEF)
    width, height = read_columns(data, 1, 1 + len(png), COLUMNS, SCRATCH)
    if width == 0:
        return None
    words = -(-height // 32)
    bits = np.unpackbits(COLUMNS[: width * words].reshape(width, words).view(np.uint8), axis=1, bitorder="little")
    assert not bits[:, height:].any()
    return np.ascontiguousarray(bits[:, :height].T) * np.uint8(255)


def binary(rng: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    y, x = np.mgrid[:height, :width] / np.array([height, width])[:, None, None]
    field = np.sin(rng.uniform(1, 9) * x) + np.cos(rng.uniform(1, 9) * y) > rng.uniform(-2, 2)
    return np.where(field, 255, 0).astype(np.uint8)


@pytest.mark.parametrize(
    "shape", [(1, 1), (1, 32), (32, 1), (31, 33), (33, 31), (64, 64), (256, 256), (7, 1024), (1024, 7)]
)
def test_maps_of_any_size(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    for pixels in (np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), *(binary(rng, *shape) for _ in range(3))):
        got = read(pngs.encode(pixels))
        assert got is not None
        assert np.array_equal(got, pixels)


def test_a_run_that_ends_with_its_row_and_one_that_starts_with_the_next() -> None:
    pixels = np.array([[0, 255, 255], [255, 0, 255], [0, 0, 255]], np.uint8)
    assert np.array_equal(read(pngs.encode(pixels)), pixels)


@pytest.mark.parametrize("side", [MAX_SIDE + 1, 2_000])
def test_larger_maps_are_left_to_the_full_reader(side: int) -> None:
    assert read(pngs.encode(np.zeros((1, side), np.uint8))) is None
    assert read(pngs.encode(np.zeros((side, 1), np.uint8))) is None


def test_more_transitions_than_fit() -> None:
    rng = np.random.default_rng(2)
    noise = (rng.integers(0, 2, (300, 300)) * 255).astype(np.uint8)
    assert np.count_nonzero(np.diff(noise)) > MAX_TRANSITIONS
    assert read(pngs.encode(noise)) is None


@pytest.mark.parametrize(("colour", "depth"), pngs.LEGAL)
def test_other_kinds_are_left_to_the_full_reader(colour: int, depth: int) -> None:
    ones = np.full((8, 8, pngs.CHANNELS[colour]), 2**depth - 1)
    assert (read(pngs.encode(ones, colour, depth)) is not None) == ((colour, depth) == (0, 8))


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_row_filters_are_left_to_the_full_reader(kind: int) -> None:
    pixels = binary(np.random.default_rng(3), 40, 40)
    assert read(pngs.encode(pixels, filters=(0, 0, kind))) is None


@pytest.mark.parametrize("place", [0, 9, 18])
def test_a_filter_of_255_is_no_pixel(place: int) -> None:
    raw = bytearray(pngs.scanlines(np.full((3, 8, 1), 255), 8))
    raw[place] = 255
    assert read(pngs.SIGNATURE + pngs.ihdr(8, 3) + pngs.idat(bytes(raw)) + pngs.IEND) is None


def test_interlaced_chunked_and_followed_by_junk() -> None:
    pixels = binary(np.random.default_rng(4), 40, 40)
    assert read(pngs.encode(pixels, interlaced=True)) is None
    assert read(pngs.encode(pixels, parts=2)) is None
    assert read(pngs.encode(pixels, extra=[pngs.chunk(b"tEXt", b"a\0b")])) is None
    assert read(pngs.encode(pixels) + b"\0") is None


def test_a_wrong_adler_is_refused_as_by_the_full_reader() -> None:
    raw = pngs.scanlines(binary(np.random.default_rng(5), 40, 40)[..., None], 8)
    stream = bytearray(zlib.compress(raw))
    for place in range(1, 5):
        changed = stream.copy()
        changed[-place] ^= 1
        png = pngs.SIGNATURE + pngs.ihdr(40, 40) + pngs.chunk(b"IDAT", bytes(changed)) + pngs.IEND
        assert read(png) is None
        assert isinstance(png_file.read(png, 2**24), png_file.PngFault)


def test_every_flipped_bit_is_refused() -> None:
    """A flipped bit fails one of the checksums, or breaks what they do not cover."""
    png = pngs.encode(binary(np.random.default_rng(6), 24, 40))
    for place in range(len(png)):
        for bit in range(0, 8, 1 + 7 * (cases(1000) < 1000)):
            changed = bytearray(png)
            changed[place] ^= 1 << bit
            assert read(bytes(changed)) is None, place


def test_every_truncation_is_refused() -> None:
    png = pngs.encode(binary(np.random.default_rng(7), 24, 40))
    assert all(read(png[:stop]) is None for stop in range(len(png)))


@settings(deadline=None, max_examples=cases(400))
@given(st.binary(max_size=60), st.integers(0, 3), st.sampled_from(["", '"', "=", "==", "a", "\n", "-_", "é", "%2B"]))
def test_base64_is_that_of_the_standard_library(data: bytes, cut: int, tail: str) -> None:
    text = (base64.b64encode(data).decode()[: -cut or None] + tail).encode()
    out = np.full(len(text) + 4, 7, np.uint8)
    stop, end = read_base64(as_kernel_input(np.frombuffer(b"," + text, np.uint8), np.uint8), 1, out, 0)
    read_text = text[: stop - 1]
    try:
        want: bytes | None = base64.b64decode(read_text, validate=True)
    except binascii.Error:
        want = None
    got = None if end < 0 else out[:end].tobytes()
    assert got == want or (got is None and want is not None and base64.b64encode(want) != read_text)
    if not cut and tail in ("", '"'):
        assert got == data


def test_base64_with_bits_that_no_byte_takes_is_refused() -> None:
    out = np.zeros(16, np.uint8)
    for text, good in ((b"QQ==", True), (b"QR==", False), (b"QUE=", True), (b"QUF=", False), (b"Q===", False)):
        assert (read_base64(as_kernel_input(np.frombuffer(text, np.uint8), np.uint8), 0, out, 0)[1] >= 0) == good
