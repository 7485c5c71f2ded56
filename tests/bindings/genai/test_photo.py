"""Photos against Pillow: orientation, size, files that are sent unchanged, and files that are refused."""

from __future__ import annotations

import io
import os
import pickle
import struct
import warnings
import zlib
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from maskmill.errors import ArgumentError
from maskmill_bindings._images import shrink
from maskmill_bindings.genai._photos.photo import PhotoError, load_photo
from support.tiers import cases

ORIENTATION = 0x0112
rng = np.random.default_rng(7)
BLOCKS = np.kron(rng.integers(0, 256, (6, 10, 3), dtype=np.uint8), np.ones((40, 40, 1), np.uint8))
"""240 rows, 400 columns; no two of its corners are alike."""


def saved(pixels: Any, form: str, orientation: int = 1, mode: str | None = None, **options: Any) -> bytes:
    image = Image.fromarray(pixels)
    if orientation != 1:
        options["exif"] = Image.Exif()
        options["exif"][ORIENTATION] = orientation
    held = io.BytesIO()
    (image.convert(mode) if mode else image).save(held, form, **options)
    return held.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def seen(data: bytes) -> Image.Image:
    """The image as the user sees it, by Pillow."""
    return ImageOps.exif_transpose(opened(data))


def difference(one: Image.Image, other: Image.Image) -> float:
    a, b = (np.asarray(image.convert("RGB")).astype(int) for image in (one, other))
    return float(np.abs(a - b).mean())


def code_of(source: Path | bytes, **options: Any) -> str:
    with pytest.raises(PhotoError, match=r"^expected .+, got .+ - at `.+`$") as caught:
        load_photo(source, **options)
    return caught.value.code


# Turned and shrunk.


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
def test_the_picture_is_the_one_that_is_seen(form: str, orientation: int) -> None:
    data = saved(BLOCKS, form, orientation)
    wanted = seen(data)
    photo = load_photo(data, 200)
    sent = opened(photo.data)
    assert photo.size == wanted.size == ((240, 400) if orientation > 4 else (400, 240))
    assert photo.sent == sent.size == ((120, 200) if orientation > 4 else (200, 120))
    assert photo.mime == f"image/{sent.format.lower()}"
    assert sent.getexif().get(ORIENTATION, 1) == 1
    assert difference(sent, wanted.resize(sent.size, Image.Resampling.BOX)) < 6


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_small_one_is_turned_but_not_enlarged(form: str, orientation: int) -> None:
    data = saved(BLOCKS, form, orientation)
    photo = load_photo(data)
    assert photo.sent == photo.size == seen(data).size
    assert difference(opened(photo.data), seen(data)) < 4


@pytest.mark.parametrize("most", [400, 1024, 0])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_an_upright_one_that_is_small_enough_goes_as_it_is(form: str, most: int) -> None:
    data = saved(BLOCKS, form)
    photo = load_photo(data, most)
    assert (photo.data, photo.mime) == (data, f"image/{form.lower()}")
    assert photo.sent == photo.size == (400, 240)


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "PPM"])
def test_formats_that_no_model_takes_become_one_that_it_takes(form: str) -> None:
    data = saved(BLOCKS, form)
    photo = load_photo(data)
    assert (photo.mime, photo.size) == ("image/png", (400, 240))
    assert difference(opened(photo.data), opened(data)) == 0


@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([1, 7, 64, 1024]))
@settings(max_examples=cases(60), deadline=None)
def test_the_longer_side_is_what_was_asked_for(width: int, height: int, most: int) -> None:
    photo = load_photo(saved(np.zeros((height, width), np.uint8), "PNG"), most)
    assert opened(photo.data).size == photo.sent
    assert photo.size == (width, height)
    assert max(photo.sent) == min(most, max(width, height))
    if max(width, height) > most:
        shorter = min(width, height) * most / max(width, height)
        assert abs(min(photo.sent) - max(shorter, 1)) <= 0.5


@pytest.mark.parametrize("side", [255, 256, 257, 511, 512, 513, 1023, 1025, 2047, 2050])
def test_a_jpeg_read_at_a_part_of_its_size_keeps_its_place(side: int) -> None:
    """A gradient shows that reading at a half, a quarter or an eighth neither shifts nor crops the image."""
    ramp = np.broadcast_to(np.linspace(0, 255, side).astype(np.uint8), (side // 2, side))
    photo = load_photo(saved(np.ascontiguousarray(ramp), "JPEG", quality=95), 128)
    assert photo.sent == (128, round(side // 2 * 128 / side))
    row = np.asarray(opened(photo.data).convert("L")).astype(float).mean(axis=0)
    np.testing.assert_allclose(row, (np.arange(128) + 0.5) * 2 - 0.5, atol=2.5)


def test_the_file_and_its_bytes_give_the_same(tmp_path: Path) -> None:
    data = saved(BLOCKS, "JPEG", 6)
    (tmp_path / "bild ü.jpg").write_bytes(data)
    assert load_photo(tmp_path / "bild ü.jpg", 100) == load_photo(data, 100)


# Kinds of pixels.


def test_what_is_transparent_is_laid_over_white() -> None:
    pixels = np.dstack([BLOCKS, np.full(BLOCKS.shape[:2], 255, np.uint8)])
    pixels[:120, :, 3], pixels[120:160, :, 3] = 0, 51
    photo = load_photo(saved(pixels, "PNG"), 200)
    sent = np.asarray(opened(photo.data).convert("RGB")).astype(int)
    laid = Image.alpha_composite(Image.new("RGBA", (400, 240), "white"), Image.fromarray(pixels))
    assert (sent[:60] == 255).all()
    assert np.abs(sent - np.asarray(laid.convert("RGB").resize((200, 120), Image.Resampling.BOX))).max() <= 1


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA"])
def test_pngs_of_every_mode(mode: str) -> None:
    data = saved(BLOCKS, "PNG", mode=mode)
    wanted = opened(data).convert("RGB").resize((200, 120), Image.Resampling.BOX)
    assert difference(opened(load_photo(data, 200).data), wanted) < 8


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bits_are_scaled_to_8(form: str) -> None:
    deep = np.linspace(0, 65_535, 400).astype(np.uint16) * np.ones((240, 1), np.uint16)
    sent = np.asarray(opened(load_photo(saved(deep, form), 200).data).convert("L")).astype(float)
    np.testing.assert_allclose(sent.mean(axis=0), np.linspace(0, 255, 400).reshape(200, 2).mean(axis=1), atol=1.5)


def test_cmyk_and_grey_jpegs() -> None:
    for mode in ("CMYK", "L"):
        data = saved(BLOCKS, "JPEG", mode=mode)
        wanted = opened(data).convert("RGB").resize((200, 120), Image.Resampling.BOX)
        assert difference(opened(load_photo(data, 200).data), wanted) < 8


def test_samples_of_floating_point_are_refused() -> None:
    assert code_of(saved(np.zeros((8, 8), np.float32), "TIFF")) == "damaged"


def test_a_photograph_becomes_a_jpeg_and_a_drawing_stays_without_loss() -> None:
    noise = rng.integers(0, 256, (300, 300, 3), dtype=np.uint8)
    assert load_photo(saved(noise, "PNG"), 200).mime == "image/jpeg"
    assert load_photo(saved(BLOCKS, "PNG"), 200).mime == "image/png"
    assert load_photo(saved(BLOCKS, "JPEG"), 200).mime == "image/jpeg"


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def heic(brand: bytes, others: bytes = b"") -> bytes:
    """A header with a size and a quarter turn, without pixels."""
    properties = box(b"ipco", box(b"ispe", struct.pack(">III", 0, 4032, 3024)) + box(b"irot", b"\1"))
    owned = box(b"ipma", struct.pack(">IIHB", 0, 1, 1, 2) + b"\1\2")
    meta = struct.pack(">I", 0) + box(b"pitm", struct.pack(">IH", 0, 1)) + box(b"iprp", properties + owned)
    return box(b"ftyp", brand + bytes(4) + others) + box(b"meta", meta)


@pytest.mark.parametrize(
    ("brand", "others", "mime"),
    [(b"heic", b"mif1heic", "image/heic"), (b"mif1", b"mif1heic", "image/heic"), (b"mif1", b"mif1", "image/heif")],
)
def test_a_heic_goes_as_it_is_with_its_size_as_seen(brand: bytes, others: bytes, mime: str) -> None:
    data = heic(brand, others)
    photo = load_photo(data)
    assert (photo.data, photo.mime, photo.sent, photo.size) == (data, mime, (3024, 4032), (3024, 4032))


# What is refused.


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    assert code_of(tmp_path / "gone.jpg") == "missing"
    assert code_of(tmp_path) == "folder"
    assert code_of(tmp_path / "pipe.png") == "unreadable"
    assert code_of(Path("a\0b.jpg")) == "missing"
    assert code_of(Path("x" * 9000)) == "unreadable"
    (tmp_path / "empty.jpg").touch()
    assert code_of(tmp_path / "empty.jpg") == "empty"
    (tmp_path / "text.jpg").write_text("no picture but a thousand words " * 99)
    assert code_of(tmp_path / "text.jpg") == "not_an_image"
    with pytest.raises(PhotoError, match="got a PDF - at `image`"):
        load_photo(b"%PDF-1.7 and so on")


def test_errors_name_the_file_and_survive_a_process(tmp_path: Path) -> None:
    name = os.fsdecode(b"bad\xff.jpg")
    with pytest.raises(PhotoError) as caught:
        load_photo(tmp_path / name)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.code, str(again)) == ("missing", str(caught.value))
    assert str(again).encode().endswith(b"/bad?.jpg`")
    with pytest.raises(PhotoError, match="at `row 3`"):
        load_photo(b"", at="row 3")


@pytest.mark.parametrize("options", [{}, {"progressive": True}])
@pytest.mark.parametrize("part", [0.3, 0.5, 0.9, 0.999])
def test_a_jpeg_that_is_cut_off(part: float, options: dict[str, Any]) -> None:
    data = saved(rng.integers(0, 256, (200, 200, 3), dtype=np.uint8), "JPEG", **options)
    assert code_of(data[: int(len(data) * part)]) == "truncated"


def test_a_thumbnail_does_not_make_a_cut_jpeg_whole() -> None:
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0" + saved(BLOCKS[:40, :40], "JPEG")
    data = saved(BLOCKS, "JPEG", exif=exif)
    assert load_photo(data).data == data
    assert code_of(data[:-2]) == "truncated"


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
@pytest.mark.parametrize("lost", [1, 30, 200])
def test_other_files_that_are_cut_off(form: str, lost: int) -> None:
    assert code_of(saved(rng.integers(0, 256, (60, 60, 3), dtype=np.uint8), form)[:-lost]) in ("truncated", "damaged")


def test_animations_are_refused_and_a_single_frame_is_none() -> None:
    frames = [Image.fromarray(np.full((20, 30, 3), value, np.uint8)) for value in (0, 120, 250)]
    for form in ("GIF", "PNG", "WEBP"):
        held = io.BytesIO()
        frames[0].save(held, form, save_all=True, append_images=frames[1:], duration=50)
        assert code_of(held.getvalue()) == "animated"
        held = io.BytesIO()
        frames[0].save(held, form, save_all=True)
        assert load_photo(held.getvalue()).size == (30, 20)


def png_of(width: int, height: int) -> bytes:
    """A complete PNG of few bytes that claims a size."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


def test_a_bomb_is_refused_by_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maskmill_bindings.genai._photos.photo.shrink_image", lambda *_: pytest.fail("decoded"))
    assert code_of(png_of(60_000, 30_000)) == "too_large"
    assert code_of(png_of(70_000, 3)) == "too_large"
    assert code_of(png_of(2**31 - 1, 2**31 - 1)) == "too_large"
    assert code_of(png_of(2000, 2000), max_pixels=3_999_999) == "too_large"


def test_pixels_count_after_a_jpeg_was_reduced_unless_it_is_progressive() -> None:
    pixels = np.zeros((800, 1600), np.uint8)
    assert load_photo(saved(pixels, "JPEG"), 200, max_pixels=100 * 200).sent == (200, 100)
    assert code_of(saved(pixels, "JPEG"), max_side=200, max_pixels=100 * 200 - 1) == "too_large"
    assert code_of(saved(pixels, "JPEG", progressive=True), max_side=200, max_pixels=100 * 200) == "too_large"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"])
def test_every_beginning_of_a_file_is_refused(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenCV is not called: headers are read from files cut off at every byte."""
    monkeypatch.setattr("maskmill_bindings.genai._photos.photo.shrink_image", lambda *_: (b"", "jpeg", (0, 0)))
    data = saved(BLOCKS, form, 6)
    for stop in range(min(len(data) - 2, 1500)):
        assert code_of(data[:stop]) in ("empty", "not_an_image", "damaged", "truncated", "animated")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"])
@given(st.integers(0, 3000), st.binary(min_size=1, max_size=12), st.integers(0, 3000))
@settings(max_examples=cases(25), deadline=None)
def test_damaged_files_give_an_image_or_a_code(form: str, at: int, junk: bytes, stop: int) -> None:
    data = saved(BLOCKS[::4, ::4], form)
    broken = (data[: at % len(data)] + junk + data[at % len(data) + len(junk) :])[: max(1, len(data) - stop % 64)]
    try:
        photo = load_photo(broken, 50)
    except PhotoError as error:
        assert error.code  # noqa: PT017
    else:
        assert max(photo.sent) <= max(50, *photo.size)
        assert photo.data


@pytest.mark.parametrize("options", [{"max_side": -1}, {"max_side": True}, {"max_side": 10.0}, {"max_pixels": 0}])
def test_numbers_that_are_none(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="expected an integer from"):
        load_photo(b"", **options)


# pillow-simd.


@pytest.mark.parametrize(
    ("installed", "used", "warned"),
    [
        ((), False, False),
        (("pillow",), False, False),
        (("pillow-simd",), True, False),
        (("pillow", "pillow-simd"), False, True),
    ],
)
def test_pillow_simd_is_used_where_it_is_alone(
    installed: tuple[str, ...], used: bool, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(name: str) -> str:
        if name not in installed:
            raise metadata.PackageNotFoundError(name)
        return "1"

    monkeypatch.setattr(shrink.metadata, "version", version)
    shrink.has_pillow_simd.cache_clear()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert [shrink.has_pillow_simd(), shrink.has_pillow_simd()] == [used, used]
        assert ["overwritten each other" in str(warning.message) for warning in caught] == [True] * warned
    finally:
        shrink.has_pillow_simd.cache_clear()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_the_way_through_pillow_gives_the_same_picture(
    orientation: int, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pillow stands in for pillow-simd, whose interface it has."""
    data = saved(BLOCKS, "JPEG", orientation, mode=mode)
    by_opencv = load_photo(data, 90)
    monkeypatch.setattr(shrink, "has_pillow_simd", lambda: True)
    by_pillow = load_photo(data, 90)
    assert (by_pillow.sent, by_pillow.size, by_pillow.mime) == (by_opencv.sent, by_opencv.size, by_opencv.mime)
    assert difference(opened(by_pillow.data), opened(by_opencv.data)) < 6


@pytest.mark.parametrize("simd", [False, True])
def test_what_cannot_be_decoded_is_damaged(simd: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrink, "has_pillow_simd", lambda: simd)
    data = bytearray(saved(BLOCKS, "JPEG"))
    data[data.index(b"\xff\xc0") + 4] = 12  # bits a sample
    assert code_of(bytes(data), max_side=100) == "damaged"
