"""PNG files of masks, read back by Pillow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import maskmill
from maskmill import samples
from maskmill_bindings._images.png_files import write_image
from maskmill_bindings.exports import png
from support.tiers import thorough

SIZE = (120, 80)
MASKS = maskmill.decode(samples.mixed(), SIZE)
SQUARE = [[100, 100], [900, 100], [900, 900], [100, 900]]


def labelled(*labels: str) -> maskmill.Masks:
    return maskmill.decode([{"mask": SQUARE, "label": label} for label in labels], SIZE)


def test_each_mask_becomes_a_png_of_0_and_255(tmp_path: Path) -> None:
    files = png.write(MASKS, tmp_path / "new" / "folder")
    found = MASKS[MASKS.areas > 0]
    assert [file.name[4:-4] for file in files[:-1]] == found.labels.tolist()
    for file, pixels in zip(files[:-1], found.dense(), strict=True):
        image = Image.open(file)
        assert (image.mode, image.size) == ("L", SIZE)
        np.testing.assert_array_equal(np.asarray(image), pixels * np.uint8(255))


def test_file_names_keep_the_numbers_of_the_rows(tmp_path: Path) -> None:
    names = [file.name for file in png.write(MASKS, tmp_path)]
    assert MASKS.status[2] == "tokens"
    assert names[:3] == ["000_orange.png", "001_star.png", "003_doughnut.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)


@pytest.mark.parametrize(("rows", "mode"), [(1, "L"), (255, "L"), (256, "I;16"), (1001, "I;16")])
def test_the_instance_map_has_as_many_bits_as_it_needs(tmp_path: Path, rows: int, mode: str) -> None:
    strips = [[[i, 0], [i + 1, 0], [i + 1, 1000], [i, 1000]] for i in range(rows)]
    masks = maskmill.decode([{"mask": strip} for strip in strips], (rows, 1))
    image = Image.open(png.write(masks, tmp_path)[-1])
    assert image.mode == mode
    np.testing.assert_array_equal(np.asarray(image), masks.instance_map())


@thorough
def test_more_rows_than_16_bits_can_number_are_the_callers_mistake(tmp_path: Path) -> None:
    masks = maskmill.decode([{"label": ""}] * 65_536, (1, 1))
    with pytest.raises(maskmill.errors.ArgumentError, match="at most 65535 rows"):
        png.write(masks, tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("", "000.png"),
        ("a cat", "000_a_cat.png"),
        ("../../etc/passwd", "000_etc_passwd.png"),
        ("C:\\con", "000_C_con.png"),
        ("日本語 ラベル", "000_日本語_ラベル.png"),
        ("a\x00b\n", "000_a_b.png"),
        ("🐱", "000.png"),
        ("\ud83d", "000.png"),
        (". .", "000.png"),
        ("𝔘" * 9000, f"000_{'U' * 40}.png"),
        ("-rf", "000_-rf.png"),
    ],
)
def test_file_names_are_safe(tmp_path: Path, label: str, name: str) -> None:
    assert [file.name for file in png.write(labelled(label), tmp_path)] == [name, "instances.png"]
    assert len(list(tmp_path.iterdir())) == 2


def test_file_names_of_equal_labels_differ() -> None:
    assert png.file_names(labelled("cat", "cat", "CAT")) == ["000_cat.png", "001_cat.png", "002_CAT.png"]


def test_file_names_have_one_width() -> None:
    names = png.file_names(labelled(*["cat"] * 1001))
    assert (names[7], names[1000]) == ("0007_cat.png", "1000_cat.png")


def test_colours_are_written_as_they_are(tmp_path: Path) -> None:
    pixels = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    np.testing.assert_array_equal(np.asarray(Image.open(write_image(pixels, tmp_path / "ü.png"))), pixels)


def test_no_rows_make_an_empty_instance_map(tmp_path: Path) -> None:
    [file] = png.write(maskmill.decode("[]", SIZE), tmp_path)
    assert not np.asarray(Image.open(file)).any()


def test_masks_of_other_replies_are_found_beside_the_new(tmp_path: Path) -> None:
    png.write(labelled("cat", "dog"), tmp_path)
    for name in ("notes.png", "12_cat.png", "000_cat.txt", "000cat.png"):
        (tmp_path / name).touch()
    files = png.write(labelled("cat"), tmp_path)
    assert [file.name for file in png.other_masks_in(tmp_path, files)] == ["001_dog.png"]
    assert png.other_masks_in(tmp_path, png.write(labelled("", "dog"), tmp_path)) == [tmp_path / "000_cat.png"]
