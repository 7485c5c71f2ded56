"""Where images are looked up, and where they never are."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from maskmill.errors import ArgumentError
from maskmill_bindings._images.image_lookup import ImageLookup, is_inside_folder
from maskmill_bindings._sources import SourceOptions, open_sources

ORIENTATION = 0x0112


def encode_image(form: str, orientation: int | None = None) -> bytes:
    exif = Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    buffer = io.BytesIO()
    Image.new("RGB", (40, 24), (9, 90, 200)).save(buffer, form, exif=exif)
    return buffer.getvalue()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(encode_image("JPEG", 6))
    (folder / "sub" / "b.PNG").write_bytes(encode_image("PNG"))
    (tmp_path / "secret.png").write_bytes(encode_image("PNG"))
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
    assert ImageLookup(str(photos), None, by_key=True).find(key, image) == (name, size)


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
    assert ImageLookup(f"{photos}/{pattern}", None, by_key=False).find(key, image)[1] == size


def test_an_absolute_key_is_not_a_path(photos: Path) -> None:
    secret = str(photos.parent / "secret")
    assert ImageLookup("{key}.png", None, by_key=True).find(secret, "") == ("", None)
    assert ImageLookup(str(photos), None, by_key=True).find(secret, "") == ("", None)


@pytest.mark.parametrize("where", ["none/", "{}", "{key.__class__}", "{key!r}", "{0}", "{key}{", "{other}", ""])
def test_invalid_locations_are_refused(where: str) -> None:
    with pytest.raises(ArgumentError, match="a folder that exists, or a pattern"):
        ImageLookup(where, None, by_key=False)


@given(st.text("a./\\\0:", max_size=8))
def test_names_inside_stay_inside(name: str) -> None:
    if is_inside_folder(name):
        assert os.path.normpath(os.path.join("/photos", name)).startswith("/photos")


def test_the_row_then_the_file_then_the_default_gives_the_size(photos: Path, read: Any) -> None:
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
