"""Untrusted bytes to a map: Pillow and exact integers as oracles, and a test for each way to break a PNG."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import tracemalloc
import zlib
from base64 import b64decode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from maskmill._forms.png_file import MAX_SIDE, PngFault, PngMap, read
from support import pngs
from support.corpus import CORPUS, needs_corpus
from support.tiers import cases

LIMIT = 2**20
SIZES = [(1, 1), (1, 7), (7, 1), (3, 5), (8, 8), (17, 33)]
SMALL = np.array([[0, 255, 255], [0, 128, 7]])


def pixels_of(data: bytes) -> NDArray[np.uint8]:
    result = read(data, LIMIT)
    assert isinstance(result, PngMap), result
    return result.pixels


def fault_of(data: bytes) -> PngFault:
    result = read(data, LIMIT)
    assert isinstance(result, PngFault)
    return result


def random_samples(seed: int, size: tuple[int, int], colour: int, depth: int) -> NDArray[np.integer]:
    return np.random.default_rng(seed).integers(0, 1 << depth, (*size, pngs.CHANNELS[colour]))


def random_palette(seed: int, depth: int) -> bytes:
    return pngs.chunk(b"PLTE", np.random.default_rng(seed).bytes(3 << depth))


def pillow_grey(data: bytes) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"))


def high_byte_grey(samples: NDArray[np.integer]) -> list[list[int]]:
    """Return the luma of the high bytes, in integers."""
    rows = [[[int(v) // 256 for v in pixel] for pixel in row] for row in samples]
    return [[(19595 * p[0] + 38470 * p[-2 or 0] + 7471 * p[-1] + 32768) // 65536 for p in row] for row in rows]


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(("colour", "depth"), [pair for pair in pngs.LEGAL if pair[1] <= 8])
def test_every_legal_picture_is_what_pillow_reads(colour: int, depth: int, interlaced: bool) -> None:
    extra = [random_palette(1, depth)] if colour == 3 else []
    for seed, size in enumerate(SIZES):
        samples = random_samples(seed, size, colour, depth)
        for filters in ((0,), (1,), (2,), (3,), (4,), (3, 1, 4, 0, 2)):
            data = pngs.encode(samples, colour, depth, interlaced=interlaced, filters=filters, extra=extra)
            np.testing.assert_array_equal(pixels_of(data), pillow_grey(data))


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("colour", [0, 2, 4, 6])
def test_sixteen_bits_count_by_their_high_byte(colour: int, interlaced: bool) -> None:
    for seed, size in enumerate(SIZES):
        samples = random_samples(seed, size, colour, 16)
        data = pngs.encode(samples, colour, 16, interlaced=interlaced, filters=(4, 1, 3, 2, 0))
        colours = samples[..., :3] if colour in (2, 6) else samples[..., [0, 0, 0]]
        np.testing.assert_array_equal(pixels_of(data), high_byte_grey(colours))


@pytest.mark.parametrize("size", [(1, 5), (5, 1), (6, 4)])
@pytest.mark.parametrize("filters", [(0,), (2,)])
def test_pixels_are_contiguous_and_writable(size: tuple[int, int], filters: tuple[int, ...]) -> None:
    pixels = pixels_of(pngs.encode(random_samples(3, size, 0, 8), filters=filters))
    assert pixels.dtype == np.uint8
    assert pixels.flags.carray


@pytest.mark.parametrize("filters", [(0,), (1, 4)])
def test_rows_may_be_spread_over_many_chunks_some_of_them_empty(filters: tuple[int, ...]) -> None:
    for parts in (1, 2, 3, 200):
        np.testing.assert_array_equal(pixels_of(pngs.encode(SMALL, filters=filters, parts=parts)), SMALL)


def test_ancillary_and_animation_chunks_change_nothing() -> None:
    frame = struct.pack(">IIIIIHHBB", 0, 3, 2, 0, 0, 1, 10, 0, 0)
    other = pngs.scanlines(255 - SMALL[..., None], 8)
    extra = [
        pngs.chunk(b"gAMA", struct.pack(">I", 1)),
        pngs.chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0"),
        pngs.chunk(b"iCCP", b"junk"),
        pngs.chunk(b"tRNS", b"\0\xff"),
        pngs.chunk(b"tEXt", b"a\0b", crc=0),
        pngs.chunk(b"acTL", struct.pack(">II", 2, 0)),
        pngs.chunk(b"fcTL", frame),
        pngs.chunk(b"fdAT", b"\0\0\0\1" + zlib.compress(other)),
    ]
    for filters in ((0,), (4,)):
        np.testing.assert_array_equal(pixels_of(pngs.encode(SMALL, filters=filters, extra=extra)), SMALL)


@pytest.mark.parametrize("junk", [b"", b"g", b"\x67\x6d\xb7", pngs.encode([[1]]), bytes(70_000)])
def test_what_follows_iend_is_counted_and_ignored(junk: bytes) -> None:
    result = read(pngs.encode(SMALL) + junk, LIMIT)
    assert isinstance(result, PngMap)
    assert result.trailing_bytes == len(junk)
    np.testing.assert_array_equal(result.pixels, SMALL)


def test_bytes_after_the_zlib_stream_are_ignored() -> None:
    stream = zlib.compress(pngs.scanlines(SMALL[..., None], 8)) + b"more"
    data = pngs.SIGNATURE + pngs.ihdr(3, 2) + pngs.chunk(b"IDAT", stream) + pngs.IEND
    np.testing.assert_array_equal(pixels_of(data), SMALL)


@pytest.mark.parametrize("colour", [0, 3])
def test_every_cut_is_a_cut(colour: int) -> None:
    data = pngs.encode(SMALL, colour, filters=(1, 2), extra=[random_palette(5, 8)] if colour else [], parts=2)
    assert fault_of(b"").kind == "cut"
    for length in range(1, len(data)):
        assert fault_of(data[:length]).kind == "cut"
    assert isinstance(read(data, LIMIT), PngMap)


def test_every_changed_byte_is_a_fault_or_changes_nothing() -> None:
    extra = [random_palette(5, 8), pngs.chunk(b"tEXt", b"a\0b"), pngs.chunk(b"tRNS", b"\x80\x90")]
    for data in (
        pngs.encode(SMALL, filters=(1, 2), parts=2),
        pngs.encode(SMALL, 3, extra=extra),
        pngs.encode(random_samples(1, (2, 3), 6, 16), 6, 16, interlaced=True),
    ):
        whole = pixels_of(data)
        for at in range(len(data)):
            for change in (1, 2, 32, 128, 255):
                result = read(data[:at] + bytes([data[at] ^ change]) + data[at + 1 :], LIMIT)
                assert isinstance(result, PngFault) or np.array_equal(result.pixels, whole)


def test_a_fault_that_is_certain_comes_before_the_cut() -> None:
    bad = pngs.SIGNATURE + pngs.ihdr(3, 2) + pngs.chunk(b"IDAT", b"abc", crc=0)
    assert fault_of(bad).kind == "corrupt"
    assert fault_of(pngs.SIGNATURE + b"\0\0\0\0IDAT").kind == "corrupt"
    assert fault_of(pngs.SIGNATURE + pngs.ihdr(3, 2) + b"\0\0\0\1ID4T").kind == "corrupt"


def broken(*chunks: bytes) -> bytes:
    return pngs.SIGNATURE + b"".join(chunks)


ROWS = pngs.scanlines(SMALL[..., None], 8)
BODY = pngs.idat(ROWS)
HAZARDS = {
    "another signature": (b"\x89PNG\r\r\n\x1a" + pngs.encode(SMALL)[8:], "signature"),
    "IHDR missing": (broken(BODY, pngs.IEND), "IHDR"),
    "IHDR of 12 bytes": (broken(pngs.chunk(b"IHDR", bytes(12)), BODY, pngs.IEND), "IHDR of 13"),
    "IHDR with a bad CRC": (broken(pngs.chunk(b"IHDR", bytes(13), crc=0), BODY, pngs.IEND), "the CRC"),
    "IHDR twice": (broken(pngs.ihdr(3, 2), pngs.ihdr(3, 2), BODY, pngs.IEND), "critical"),
    "no width": (broken(pngs.ihdr(0, 2), BODY, pngs.IEND), "sides"),
    "no height": (broken(pngs.ihdr(3, 0), BODY, pngs.IEND), "sides"),
    "a side of 2**31": (broken(pngs.ihdr(1, 2**31), BODY, pngs.IEND), "sides"),
    "compression 1": (broken(pngs.ihdr(3, 2, tail=b"\1\0\0"), BODY, pngs.IEND), "compression"),
    "filter method 1": (broken(pngs.ihdr(3, 2, tail=b"\0\1\0"), BODY, pngs.IEND), "compression"),
    "interlace 2": (broken(pngs.ihdr(3, 2, tail=b"\0\0\2"), BODY, pngs.IEND), "compression"),
    "unknown critical chunk": (broken(pngs.ihdr(3, 2), pngs.chunk(b"IDOT"), BODY, pngs.IEND), "IDOT"),
    "chunk of 2**31 bytes": (broken(pngs.ihdr(3, 2), b"\x80\0\0\0IDAT", bytes(99)), "2**31"),
    "name with a digit": (broken(pngs.ihdr(3, 2), pngs.chunk(b"ID4T"), BODY, pngs.IEND), "four letters"),
    "IDAT missing": (broken(pngs.ihdr(3, 2), pngs.IEND), "IDAT"),
    "IDAT empty": (broken(pngs.ihdr(3, 2), pngs.chunk(b"IDAT"), pngs.IEND), "zlib stream of 8"),
    "no zlib stream": (broken(pngs.ihdr(3, 2), pngs.chunk(b"IDAT", ROWS), pngs.IEND), "zlib stream of 8"),
    "rows short of a byte": (broken(pngs.ihdr(3, 2), pngs.idat(ROWS[:-1]), pngs.IEND), "one of 7"),
    "rows over by a byte": (broken(pngs.ihdr(3, 2), pngs.idat(ROWS + b"x"), pngs.IEND), "holds more"),
    "bad Adler": (
        broken(pngs.ihdr(3, 2), pngs.chunk(b"IDAT", zlib.compress(ROWS)[:-1] + b"\0"), pngs.IEND),
        "broken",
    ),
    "row filter 5": (broken(pngs.ihdr(3, 2), pngs.idat(b"\5" + ROWS[1:]), pngs.IEND), "row filters"),
    "IEND with a body": (broken(pngs.ihdr(3, 2), BODY, pngs.chunk(b"IEND", b"x")), "IEND of 0"),
    "IEND with a bad CRC": (broken(pngs.ihdr(3, 2), BODY, pngs.chunk(b"IEND", crc=1)), "the CRC"),
    "PLTE missing": (pngs.encode(SMALL, 3), "PLTE"),
    "PLTE empty": (pngs.encode(SMALL, 3, extra=[pngs.chunk(b"PLTE")]), "PLTE"),
    "PLTE of 4 bytes": (pngs.encode(SMALL, 3, extra=[pngs.chunk(b"PLTE", bytes(4))]), "PLTE"),
    "PLTE with a bad CRC": (pngs.encode(SMALL, 3, extra=[pngs.chunk(b"PLTE", bytes(3), crc=0)]), "the CRC"),
}


@pytest.mark.parametrize("hazard", HAZARDS)
def test_broken_by(hazard: str) -> None:
    data, words = HAZARDS[hazard]
    fault = fault_of(data)
    assert fault.kind == ("not_png" if words == "signature" else "corrupt")
    assert words in fault.detail
    assert fault.detail.startswith("expected ")
    assert ", got " in fault.detail


@pytest.mark.parametrize("colour", range(8))
@pytest.mark.parametrize("depth", [*range(18), 32, 255])
def test_illegal_pairs_of_colour_type_and_depth(colour: int, depth: int) -> None:
    if (colour, depth) not in pngs.LEGAL:
        fault = fault_of(broken(pngs.ihdr(3, 2, depth, colour), BODY, pngs.IEND))
        assert fault == PngFault(
            "corrupt", f"expected a legal pair of colour type and depth, got {colour} and {depth} in IHDR"
        )


@pytest.mark.parametrize("number", range(15))
def test_row_filter_5_in_any_pass(number: int) -> None:
    rows = bytearray(b"".join(pngs.scanlines(part, 8) for part in pngs.passes(np.ones((8, 8, 1), int), True)))
    lengths = [2, 2, 3, 3, 3, 5, 5, 5, 5, 5, 5, 9, 9, 9, 9]
    assert len(rows) == sum(lengths)
    rows[sum(lengths[:number])] = 5
    fault = fault_of(broken(pngs.ihdr(8, 8, tail=b"\0\0\1"), pngs.idat(bytes(rows)), pngs.IEND))
    assert fault == PngFault("corrupt", "expected row filters of 0 to 4 in IDAT, got 5")


def test_header_bomb_is_refused_by_its_header() -> None:
    data = broken(pngs.ihdr(60_000, 60_000, 16, 6), BODY, pngs.IEND)
    want = PngFault("too_large", f"expected at most {LIMIT} pixels and 1000000 a side, got 60000x60000 in IHDR")
    assert fault_of(data) == want
    assert fault_of(data[:33]) == want
    assert fault_of(data[:32]).kind == "cut"


def test_the_limit_on_pixels_is_inclusive() -> None:
    assert isinstance(read(pngs.encode(SMALL), 6), PngMap)
    assert isinstance(read(pngs.encode(SMALL), 5), PngFault)


@pytest.mark.parametrize("filters", [b"\0", b"\1"])
def test_the_longest_side(filters: bytes) -> None:
    row = filters + bytes(MAX_SIDE)
    data = broken(pngs.ihdr(MAX_SIDE, 1), pngs.idat(row), pngs.IEND)
    assert pixels_of(data).shape == (1, MAX_SIDE)
    data = broken(pngs.ihdr(1, MAX_SIDE + 1), pngs.idat(row + filters), pngs.IEND)
    assert fault_of(data).kind == "too_large"


def test_zlib_bomb_does_not_expand() -> None:
    data = broken(pngs.ihdr(4, 4), pngs.idat(bytes(50_000_000)), pngs.IEND)
    tracemalloc.start()
    fault = fault_of(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert fault.kind == "corrupt"
    assert peak < 1_000_000


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_an_index_beyond_the_palette_is_black(depth: int) -> None:
    samples = np.arange(1 << min(depth, 4)).reshape(-1, 2)
    data = pngs.encode(samples, 3, depth, extra=[pngs.chunk(b"PLTE", b"\xff\xff\xff")])
    assert pixels_of(data).reshape(-1).tolist() == [255] + [0] * (samples.size - 1)


def test_a_palette_longer_than_the_depth_allows() -> None:
    data = pngs.encode([[0, 1]], 3, 1, extra=[pngs.chunk(b"PLTE", bytes([9] * 3 + [7] * 300))])
    assert pixels_of(data).tolist() == [[9, 7]]


def test_alpha_is_the_map_where_the_luma_says_nothing() -> None:
    alpha = SMALL[..., None]
    grey = np.concatenate([np.full_like(alpha, 200), alpha], 2)
    rgba = np.concatenate([np.full_like(alpha, 1)] * 3 + [alpha], 2)
    palette = [pngs.chunk(b"PLTE", bytes([5] * 768)), pngs.chunk(b"tRNS", bytes(range(200)))]
    for data, want in (
        (pngs.encode(grey, 4), SMALL),
        (pngs.encode(rgba, 6, interlaced=True), SMALL),
        (pngs.encode(rgba * 257, 6, 16), SMALL),
        (pngs.encode(SMALL, 3, extra=palette), [[0, 255, 255], [0, 128, 7]]),
    ):
        result = read(data, LIMIT)
        assert isinstance(result, PngMap)
        assert result.is_alpha
        assert result.pixels.flags.carray
        np.testing.assert_array_equal(result.pixels, want)


def test_a_transparent_colour_is_a_map_where_the_luma_says_nothing() -> None:
    samples = [[[10, 20, 30], [10, 20, 31], [10, 20, 30]]]
    data = pngs.encode(samples, 2, extra=[pngs.chunk(b"tRNS", struct.pack(">HHH", 10, 20, 30))])
    assert read(data, LIMIT).is_alpha  # type: ignore[union-attr]
    assert pixels_of(data).tolist() == [[0, 255, 0]]


def test_alpha_is_ignored_where_the_luma_varies_or_alpha_does_not() -> None:
    varied = np.stack([SMALL, SMALL.T.reshape(2, 3)], 2)
    plain = np.full((2, 3, 2), 7)
    for samples in (varied, plain):
        result = read(pngs.encode(samples, 4), LIMIT)
        assert isinstance(result, PngMap)
        assert not result.is_alpha
        np.testing.assert_array_equal(result.pixels, samples[..., 0])


@pytest.mark.parametrize(("colour", "body"), [(0, b"x"), (2, b"\0\1"), (3, bytes(300)), (3, b""), (4, b"\0\1")])
def test_a_wrong_trns_changes_nothing(colour: int, body: bytes) -> None:
    samples = random_samples(9, (5, 4), colour, 8)
    extra = [random_palette(2, 8)] if colour == 3 else []
    plain = pngs.encode(samples, colour, extra=extra)
    marked = pngs.encode(samples, colour, extra=[*extra, pngs.chunk(b"tRNS", body)])
    np.testing.assert_array_equal(pixels_of(marked), pixels_of(plain))


def test_rows_of_any_content_decode_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(11)
    for _ in range(cases(2_000)):
        colour, depth = pngs.LEGAL[rng.integers(len(pngs.LEGAL))]
        height, width = (int(v) for v in rng.integers(1, 20, 2))
        interlaced = bool(rng.integers(2))
        extra = [pngs.chunk(b"PLTE", rng.bytes(3 * int(rng.integers(1, 300))))] if rng.integers(5) else []
        extra += [pngs.chunk(b"tRNS", rng.bytes(int(rng.integers(0, 300))))] if rng.integers(2) else []
        samples = rng.integers(0, 1 << depth, (height, width, pngs.CHANNELS[colour]))
        filters = rng.integers(0, 5, height).tolist()
        data = pngs.encode(samples, colour, depth, interlaced=interlaced, filters=filters, extra=extra)
        if colour == 3 and b"PLTE" not in data:
            assert fault_of(data).kind == "corrupt"
        else:
            assert pixels_of(data).shape == (height, width)
    assert capfd.readouterr() == ("", "")


def test_a_refusal_by_opencv_is_a_fault() -> None:
    script = "import sys; from maskmill._forms.png_file import read; print(read(sys.stdin.buffer.read(), 99))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=pngs.encode(SMALL, interlaced=True),
        env={"OPENCV_IO_MAX_IMAGE_WIDTH": "2", "OPENCV_LOG_LEVEL": "SILENT"},
        capture_output=True,
        check=True,
    )
    assert b"PngFault(kind='corrupt'" in done.stdout


def test_importing_the_reader_and_the_plain_case_do_not_load_opencv() -> None:
    script = (
        "import sys; from maskmill._forms.png_file import read; "
        "read(sys.stdin.buffer.read(), 99).pixels; sys.exit('cv2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], input=pngs.encode(SMALL), check=False)
    assert done.returncode == 0


@given(st.binary(max_size=200), st.sampled_from([b"", pngs.SIGNATURE, pngs.SIGNATURE + pngs.ihdr(3, 2)]))
def test_random_bytes_never_raise(data: bytes, head: bytes) -> None:
    assert isinstance(read(head + data, LIMIT), PngFault)


KINDS = st.sampled_from([b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"tEXt", b"IDOT"])


@given(
    st.tuples(*[st.sampled_from([0, 1, 2, 3, 8, 2**31])] * 2, st.integers(0, 17), st.integers(0, 7)),
    st.lists(st.tuples(KINDS, st.binary(max_size=40), st.booleans()), max_size=6),
)
def test_random_chunks_never_raise(head: tuple[int, int, int, int], chunks: list[tuple[bytes, bytes, bool]]) -> None:
    bodies = [(kind, zlib.compress(body) if packed else body) for kind, body, packed in chunks]
    data = broken(pngs.ihdr(*head), *(pngs.chunk(kind, body) for kind, body in bodies), pngs.IEND)
    assert isinstance(read(data, LIMIT), PngFault | PngMap)


@needs_corpus
def test_real_masks_are_what_pillow_reads() -> None:
    masks = [item["mask"] for item in json.loads((CORPUS / "png_masks.json").read_text()) if item["closed"]]
    assert masks
    for mask in masks:
        data = b64decode(mask.partition(",")[2])
        np.testing.assert_array_equal(pixels_of(data), pillow_grey(data))
