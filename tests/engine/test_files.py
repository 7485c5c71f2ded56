"""Files as arguments: the size of an image from its file, a reply from a path; and what a text is taken for."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import maskmill
from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill.samples import mixed

SIZE = (64, 48)


def jpeg(orientation: int = 1) -> bytes:
    stored = (48, 64) if orientation > 4 else SIZE
    image, file = Image.new("RGB", stored, (9, 99, 200)), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(file, "JPEG", exif=exif)
    return file.getvalue()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_an_image_file_gives_the_size_as_seen(tmp_path: Path, orientation: int) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg(orientation))
    for size in (path, str(path), jpeg(orientation)):
        assert maskmill.decode("[]", size).size == SIZE
        assert [masks.size for masks in maskmill.decode_many(["[]", "{}"], size)] == [SIZE] * 2
        assert Masks.from_polygons([], size).size == SIZE
        assert maskmill.inspect("[]", size).masks.size == SIZE


def test_each_reply_may_have_its_own_file(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())
    sizes: list[Any] = [path, str(path), (3, 2), np.zeros((5, 7))]
    assert [masks.size for masks in maskmill.decode_many(["[]"] * 4, sizes)] == [SIZE, SIZE, (3, 2), (7, 5)]


def test_an_overlay_takes_the_file_of_its_image(tmp_path: Path) -> None:
    path = tmp_path / "photo.png"
    pixels = np.arange(64 * 48 * 3, dtype=np.uint8).reshape(48, 64, 3)
    Image.fromarray(pixels).save(path)
    masks = Masks.from_polygons([[[(0, 0), (9, 0), (9, 9)]]], SIZE)
    for image in (path, str(path), path.read_bytes()):
        assert np.array_equal(masks.overlay(image), masks.overlay(pixels))


@pytest.mark.parametrize(
    ("size", "got"),
    [
        ("no such photo.jpg", r"'no such photo.jpg': No such file or directory"),
        ("64x48", r"'64x48': No such file or directory"),
        (Path("no/such"), r"'no/such': No such file or directory"),
        (Path("."), r"'.': Is a directory"),
        ("a\0b", r"'a\\x00b': embedded null byte"),
        (__file__, f"'{__file__}'"),
        (b"", "the content of a file"),
        (b"no image", "the content of a file"),
    ],
)
def test_a_file_without_a_size(size: Any, got: str) -> None:
    for call in (
        lambda: maskmill.decode("[]", size),
        lambda: maskmill.inspect("[]", size),
        lambda: Masks.from_coco([], size),
    ):
        with pytest.raises(ArgumentError, match=rf"^expected .*image.*, got {got} - at `size`$"):
            call()


def test_a_size_in_json_names_no_file(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())
    with pytest.raises(ArgumentError, match=r"- at `data\['size'\]`$"):
        Masks.from_dict({**maskmill.decode("[]", SIZE).to_dict(), "size": str(path)})


def test_a_path_is_the_file_of_a_reply(tmp_path: Path) -> None:
    path = tmp_path / "reply.txt"
    for content in (mixed().encode(), mixed().encode("utf-16"), b"\xef\xbb\xbf" + mixed().encode()):
        path.write_bytes(content)
        assert maskmill.decode(path, SIZE) == maskmill.decode(mixed(), SIZE)
        assert list(maskmill.decode_many([path, path], SIZE)) == [maskmill.decode(mixed(), SIZE)] * 2
        assert list(maskmill.decode_many(path, SIZE)) == [maskmill.decode(mixed(), SIZE)]


def test_the_file_of_an_image_is_no_reply(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(jpeg())
    assert maskmill.decode(path, SIZE).problems[0].message == "expected the text of a reply, got a JPEG image"


@pytest.mark.parametrize("path", [Path("no/such.txt"), Path("."), Path("a\0b")])
def test_a_reply_file_that_cannot_be_read(path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"^expected a file that can be read, got .+ - at `reply`$"):
        maskmill.decode(path, SIZE)


@pytest.mark.parametrize("name", ["reply.txt", "/data/Replies.JSON", "C:\\a\\photo.jpeg", " out/reply.md\n"])
def test_a_text_that_names_a_file_says_what_to_pass(name: str) -> None:
    masks = maskmill.decode(name, SIZE)
    assert masks.reply_status == "no_json"
    assert masks.problems[0].message == "expected the text of a reply, got the name of a file; pass a pathlib.Path"


@pytest.mark.parametrize("text", ["no cat here.", "see photo.jpg", "a.b.c", "photo.jpg\nthere is none"])
def test_other_words_name_no_file(text: str) -> None:
    assert not any("pathlib" in problem.message for problem in maskmill.decode(text, SIZE).problems)
