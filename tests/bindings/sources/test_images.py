"""Sizes of images by their headers, against Pillow; where images are looked up, and where they never are."""

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

from maskmill.errors import ArgumentError
from maskmill_bindings._images.size import size_in, size_of
from maskmill_bindings._sources import SourceOptions, open_sources
from maskmill_bindings._sources.image_lookup import Images, is_inside

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


def picture(form: str, orientation: int | None = None, **options: Any) -> bytes:
    if orientation is not None:
        options["exif"] = Image.Exif()
        options["exif"][ORIENTATION] = orientation
    held = io.BytesIO()
    Image.new("RGB", (40, 24), (9, 90, 200)).save(held, form, **options)
    return held.getvalue()


def seen(data: bytes) -> tuple[int, int]:
    """The size of the image as Pillow shows it."""
    with Image.open(io.BytesIO(data)) as image:
        return ImageOps.exif_transpose(image).size


@pytest.mark.parametrize(("form", "options"), FORMATS, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
def test_sizes_are_those_of_pillow(form: str, options: dict[str, Any], orientation: int | None) -> None:
    data = picture(form, orientation, **options)
    assert seen(data) == ((24, 40) if (orientation or 1) > 4 else (40, 24))
    assert size_in(io.BytesIO(data)) == seen(data)


@pytest.mark.parametrize("form", ["GIF", "BMP", "PPM", "JPEG2000"])
def test_formats_without_an_orientation(form: str) -> None:
    assert size_in(io.BytesIO(picture(form))) == (40, 24)


def test_an_orientation_behind_the_pixels_of_a_png() -> None:
    data = picture("PNG", 6)
    start = data.index(b"eXIf") - 4
    stop = start + 12 + struct.unpack_from(">I", data, start)[0]
    ends = data.index(b"IEND") - 4
    moved = data[:start] + data[stop:ends] + data[start:stop] + data[ends:]
    assert seen(moved) == size_in(io.BytesIO(moved)) == (24, 40)


def test_an_orientation_in_the_other_byte_order() -> None:
    exif = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, 8, 0, 0)
    assert size_in(io.BytesIO(picture("PNG", None, exif=exif))) == (24, 40)


def test_an_avif_whose_exif_says_otherwise_is_turned_by_its_property_alone() -> None:
    data = picture("AVIF", 1)
    turned = data.replace(b"\x12\x01\x03\x00\x01\x00\x00\x00\x01", b"\x12\x01\x03\x00\x01\x00\x00\x00\x06")
    assert size_in(io.BytesIO(turned)) == seen(turned) == (40, 24)


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


@pytest.mark.parametrize("wide", [False, True])
def test_a_heic_that_is_cut_and_turned(wide: bool) -> None:
    """As libheif writes what the encoder padded; the thumbnail, item 1, has a size of its own."""
    sizes = box(b"ispe", struct.pack(">III", 0, 8, 8)) + box(b"ispe", struct.pack(">III", 0, 64, 64))
    cut = box(b"clap", struct.pack(">4I4i", 41, 1, 25, 1, -23, 2, -39, 2))
    properties = box(b"ipco", sizes + cut + box(b"irot", b"\1"))
    number = struct.Struct(">H" if wide else ">B")
    own = b"".join(map(number.pack, (2, 3, 4 | (0x8000 if wide else 0x80))))
    items = struct.pack(">HB", 1, 1) + number.pack(1) + struct.pack(">HB", 2, 3) + own
    owned = box(b"ipma", struct.pack(">II", int(wide), 2) + items)
    meta = struct.pack(">I", 0) + box(b"pitm", struct.pack(">IH", 0, 2)) + box(b"iprp", properties + owned)
    assert size_in(io.BytesIO(box(b"ftyp", b"heic" + bytes(4)) + box(b"meta", meta))) == (25, 41)


@given(st.sampled_from(FORMATS), st.integers(0, 400), st.integers(0, 400), st.binary(max_size=8))
def test_damaged_files_have_a_size_or_none(form: tuple[str, dict[str, Any]], at: int, cut: int, junk: bytes) -> None:
    data = picture(form[0], 6, **form[1])
    broken = (data[:at] + junk + data[at + len(junk) :])[: len(data) - cut]
    size = size_in(io.BytesIO(broken))
    assert size is None or (size[0] > 0 and size[1] > 0)


def test_what_is_no_file_has_no_size(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for name in ("pipe.png", "", "none.png", "a\0b", "\ud800", "x" * 9000):
        assert size_of(os.path.join(tmp_path, name)) is None


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(picture("JPEG", 6))
    (folder / "sub" / "b.PNG").write_bytes(picture("PNG"))
    (tmp_path / "secret.png").write_bytes(picture("PNG"))
    return folder


@pytest.mark.parametrize(
    ("key", "image", "name", "size"),
    [
        ("k", "a.jpg", "a.jpg", (24, 40)),
        ("k", "sub/b.PNG", "sub/b.PNG", (40, 24)),
        ("k", "/old/place/a.jpg", "/old/place/a.jpg", (24, 40)),
        ("k", "C:\\old\\a.jpg", "C:\\old\\a.jpg", (24, 40)),
        ("k", "https://host/a.jpg?x=1", "https://host/a.jpg?x=1", (24, 40)),
        ("a", "", "a.jpg", (24, 40)),
        ("a.jpg", "", "a.jpg", (24, 40)),
        ("sub/b", "", "b.PNG", (40, 24)),
        ("none", "", "", None),
        ("k", "none.jpg", "none.jpg", None),
        ("k", "../secret.png", "../secret.png", None),
        ("../secret", "", "", None),
        ("sub/../../secret", "", "", None),
        ("k", "..", "..", None),
    ],
)
def test_a_folder(photos: Path, key: str, image: str, name: str, size: tuple[int, int] | None) -> None:
    assert Images(str(photos), None, by_key=True).find(key, image) == (name, size)


@pytest.mark.parametrize(
    ("pattern", "key", "image", "size"),
    [
        ("{key}.jpg", "a", "", (24, 40)),
        ("{key}.jpg", "a", "..", (24, 40)),
        ("{stem}.jpg", "k", "elsewhere/a.png", (24, 40)),
        ("{image}", "k", "x/y/a.jpg", (24, 40)),
        ("{image}", "k", "", None),
        ("sub/{key}.PNG", "b", "", (40, 24)),
        ("{key}.png", "../secret", "", None),
        ("sub/{key}/b.PNG", ".", "", (40, 24)),
        ("{key}.png", "{image}", "a", None),
    ],
)
def test_a_pattern(photos: Path, pattern: str, key: str, image: str, size: tuple[int, int] | None) -> None:
    assert Images(f"{photos}/{pattern}", None, by_key=False).find(key, image)[1] == size


def test_an_absolute_key_is_not_a_path(photos: Path) -> None:
    secret = str(photos.parent / "secret")
    assert Images("{key}.png", None, by_key=True).find(secret, "") == ("", None)
    assert Images(str(photos), None, by_key=True).find(secret, "") == ("", None)


@pytest.mark.parametrize("where", ["none/", "{}", "{key.__class__}", "{key!r}", "{0}", "{key}{", "{other}", ""])
def test_a_place_that_is_none_is_refused(where: str) -> None:
    with pytest.raises(ArgumentError, match="a folder that exists, or a pattern"):
        Images(where, None, by_key=False)


@given(st.text("a./\\\0:", max_size=8))
def test_names_inside_stay_inside(name: str) -> None:
    if is_inside(name):
        assert os.path.normpath(os.path.join("/photos", name)).startswith("/photos")


def test_the_order_of_what_tells_the_size(photos: Path, read: Any) -> None:
    rows = [
        '{"reply": "[]", "image": "a.jpg", "width": 5, "height": 6}',
        '{"reply": "[]", "image": "a.jpg"}',
        '{"reply": "[]", "image": "b.jpg"}',
        '{"reply": "[]", "key": "a"}',
        '{"reply": "[]", "key": "a", "width": 5, "height": 6}',
    ]
    found = read("\n".join(rows).encode(), images=str(photos))
    assert [(e.image, e.size) for e in found] == [
        ("a.jpg", (5, 6)),
        ("a.jpg", (24, 40)),
        ("b.jpg", (64, 48)),
        ("a.jpg", (24, 40)),
        ("a.jpg", (5, 6)),
    ]


def test_images_beside_the_rows(photos: Path) -> None:
    (photos / "rows.jsonl").write_text('{"reply": "[]", "image": "a.jpg"}\n{"reply": "[]", "key": "a"}')
    [source] = open_sources([str(photos / "rows.jsonl")], SourceOptions())
    [first, second] = [e for c in source.chunks(None, 9, 999) for e in source.entries(c)]
    assert (first.size, first.failure) == ((24, 40), "")
    assert second.failure.startswith("no size")
