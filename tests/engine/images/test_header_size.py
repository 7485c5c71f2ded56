"""Sizes of images by their headers, against Pillow."""

from __future__ import annotations

import io
import os
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from maskmill._images.header_size import image_file_size, image_size

ORIENTATION = 0x0112
FORMATS: list[tuple[str, dict[str, Any]]] = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True, "icc_profile": b"p" * 200_000}),
    ("PNG", {}),
    ("WEBP", {}),
    ("WEBP", {"lossless": True}),
    ("TIFF", {}),
    ("AVIF", {}),
    ("MPO", {}),
]


def encode_image(form: str, orientation: int | None = None, **options: Any) -> bytes:
    if orientation is not None:
        options["exif"] = Image.Exif()
        options["exif"][ORIENTATION] = orientation
    held = io.BytesIO()
    Image.new("RGB", (40, 24), (9, 90, 200)).save(held, form, **options)
    return held.getvalue()


def size_in_pillow(data: bytes) -> tuple[int, int]:
    """The size of the image as Pillow shows it."""
    with Image.open(io.BytesIO(data)) as image:
        return ImageOps.exif_transpose(image).size


@pytest.mark.parametrize(("form", "options"), FORMATS, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
def test_sizes_equal_those_of_pillow(form: str, options: dict[str, Any], orientation: int | None) -> None:
    data = encode_image(form, orientation, **options)
    assert size_in_pillow(data) == ((24, 40) if (orientation or 1) > 4 else (40, 24))
    assert image_size(io.BytesIO(data)) == size_in_pillow(data)


@pytest.mark.parametrize("form", ["GIF", "BMP", "PPM", "JPEG2000"])
def test_formats_without_an_orientation(form: str) -> None:
    assert image_size(io.BytesIO(encode_image(form))) == (40, 24)


def test_an_orientation_after_the_pixels_of_a_png() -> None:
    data = encode_image("PNG", 6)
    start = data.index(b"eXIf") - 4
    stop = start + 12 + struct.unpack_from(">I", data, start)[0]
    ends = data.index(b"IEND") - 4
    moved = data[:start] + data[stop:ends] + data[start:stop] + data[ends:]
    assert size_in_pillow(moved) == image_size(io.BytesIO(moved)) == (24, 40)


def test_an_orientation_in_the_other_byte_order() -> None:
    exif = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, 8, 0, 0)
    assert image_size(io.BytesIO(encode_image("PNG", None, exif=exif))) == (24, 40)


def test_an_avif_is_rotated_by_its_property_not_its_exif() -> None:
    data = encode_image("AVIF", 1)
    turned = data.replace(b"\x12\x01\x03\x00\x01\x00\x00\x00\x01", b"\x12\x01\x03\x00\x01\x00\x00\x00\x06")
    assert image_size(io.BytesIO(turned)) == size_in_pillow(turned) == (40, 24)


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


@pytest.mark.parametrize("wide", [False, True])
def test_a_heic_that_is_cropped_and_rotated(wide: bool) -> None:
    """As libheif writes an image that the encoder padded; item 1, the thumbnail, has another size."""
    sizes = box(b"ispe", struct.pack(">III", 0, 8, 8)) + box(b"ispe", struct.pack(">III", 0, 64, 64))
    cut = box(b"clap", struct.pack(">4I4i", 41, 1, 25, 1, -23, 2, -39, 2))
    properties = box(b"ipco", sizes + cut + box(b"irot", b"\1"))
    number = struct.Struct(">H" if wide else ">B")
    own = b"".join(map(number.pack, (2, 3, 4 | (0x8000 if wide else 0x80))))
    items = struct.pack(">HB", 1, 1) + number.pack(1) + struct.pack(">HB", 2, 3) + own
    owned = box(b"ipma", struct.pack(">II", int(wide), 2) + items)
    meta = struct.pack(">I", 0) + box(b"pitm", struct.pack(">IH", 0, 2)) + box(b"iprp", properties + owned)
    assert image_size(io.BytesIO(box(b"ftyp", b"heic" + bytes(4)) + box(b"meta", meta))) == (25, 41)


@given(st.sampled_from(FORMATS), st.integers(0, 400), st.integers(0, 400), st.binary(max_size=8))
def test_damaged_files_have_a_size_or_none(form: tuple[str, dict[str, Any]], at: int, cut: int, junk: bytes) -> None:
    data = encode_image(form[0], 6, **form[1])
    broken = (data[:at] + junk + data[at + len(junk) :])[: len(data) - cut]
    size = image_size(io.BytesIO(broken))
    assert size is None or (size[0] > 0 and size[1] > 0)


def test_paths_that_are_no_files_have_no_size(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("pipe.png", "", "none.png", "a\0b", "\ud800", "x" * 9000):
        assert image_file_size(os.path.join(tmp_path, name)) is None
