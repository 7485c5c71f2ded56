"""Folders of pictures: panoptic, label maps and PNG masks of many images, by Pillow and by their own readers."""

from __future__ import annotations

import re
import shutil
import struct
import warnings
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from PIL import Image

from maskmill import Masks
from maskmill.errors import ArgumentError
from maskmill_bindings._images.png_files import decode_image
from maskmill_bindings.exports import LossWarning, Settings, maps, panoptic, png
from maskmill_bindings.record import Record
from support.datasets.annotated_records import block, disjoint, overlapping
from support.datasets.masks_equality import assert_same_masks
from support.datasets.read_everything import read_everything

FORMATS = [panoptic, maps, png]


def files_under(folder: Path) -> dict[str, bytes]:
    found = (file for file in sorted(folder.rglob("*")) if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


def pixels(file: Path, mode: str) -> Any:
    with Image.open(file) as image:
        assert image.mode == mode
        return np.asarray(image)


@pytest.fixture
def quiet() -> Any:
    """Ignore the loss warnings that another test checks."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LossWarning)
        yield


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("module", FORMATS)
def test_masks_that_lie_apart_are_read_back(tmp_path: Path, module: Any) -> None:
    module.write(iter(disjoint()), tmp_path)
    for record, wanted in zip(module.read(tmp_path), disjoint(), strict=True):
        assert (record.key, record.image) == (wanted.key, wanted.image)
        assert_same_masks(record.masks, wanted.masks, has_scores=module is not maps)


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("module", FORMATS)
def test_the_returned_files_are_those_written_and_always_the_same(tmp_path: Path, module: Any) -> None:
    returned = [file.relative_to(tmp_path / "a").as_posix() for file in module.write(overlapping(), tmp_path / "a")]
    module.write(overlapping(), tmp_path / "b")
    assert sorted(returned) == sorted(files_under(tmp_path / "a"))
    assert files_under(tmp_path / "a") == files_under(tmp_path / "b")


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("module", FORMATS)
def test_no_record_makes_a_valid_folder(tmp_path: Path, module: Any) -> None:
    module.write([], tmp_path)
    assert list(module.read(tmp_path)) == []


@pytest.mark.parametrize("module", [panoptic, maps])
def test_masks_that_overlap_are_cut_and_a_warning_says_so(tmp_path: Path, module: Any) -> None:
    with pytest.warns(LossWarning) as caught:
        module.write(overlapping(), tmp_path)
    assert sum("overlap" in str(warning.message) for warning in caught) == 1
    for record, wanted in zip(module.read(tmp_path), overlapping(), strict=True):
        flat = wanted.masks.instance_map()
        numbers = [n for n in range(1, len(wanted.masks) + 1) if (flat == n).any()]
        assert record.masks.size == wanted.masks.size
        np.testing.assert_array_equal(record.masks.dense(), [flat == n for n in numbers] or record.masks.dense())
        assert record.masks.labels.tolist() == [wanted.masks.labels[n - 1] for n in numbers]


@pytest.mark.parametrize("module", [panoptic, maps])
def test_masks_that_lie_apart_are_not_warned_of(tmp_path: Path, module: Any) -> None:
    masks = Masks.from_dense(np.stack([block(5, 6, 0, 0, 2, 6), block(5, 6, 2, 0, 5, 6)]), labels=["a", "b"])
    module.write(masks, tmp_path)
    [record] = module.read(tmp_path)
    assert_same_masks(record.masks, masks)


@pytest.mark.parametrize("module", [panoptic, maps])
def test_a_label_that_is_no_class_is_the_callers_mistake(tmp_path: Path, module: Any) -> None:
    with pytest.raises(ArgumentError, match="expected a label among the classes, got"):
        module.write(disjoint(), tmp_path, Settings(classes=("other",)))


# Panoptic.


def test_colours_are_the_numbers_of_rows(tmp_path: Path) -> None:
    wide = np.zeros((70_000, 1, 300), bool)
    for row in (0, 255, 256, 65_535, 69_999):
        wide[row, 0, row % 300] = True
    rows = np.flatnonzero(wide.any((1, 2)))
    everything = Masks.from_coco(
        [
            {"counts": [300]} if row not in rows else Masks.from_dense(wide[row][None]).coco()[0]
            for row in range(70_000)
        ],
        (300, 1),
    )
    panoptic.write(everything, tmp_path / "all", Settings(classes=("",)))
    [picture] = (tmp_path / "all" / "panoptic").iterdir()
    colours = pixels(picture, "RGB").astype(int)
    np.testing.assert_array_equal(colours @ [1, 256, 65_536], everything.instance_map())
    [record] = panoptic.read(tmp_path / "all")
    assert_same_masks(record.masks, everything[rows])


def test_segments_say_what_the_picture_shows(tmp_path: Path) -> None:
    classes = ("noise", "block", "frame", "日本語 \"'&<")
    with pytest.warns(LossWarning, match="overlap"):
        panoptic.write(overlapping(), tmp_path, Settings(classes=classes, first_image=3))
    data = orjson.loads((tmp_path / "panoptic.json").read_bytes())
    assert [image["id"] for image in data["images"]] == [3, 4, 5, 6]
    assert [a["file_name"] for a in data["annotations"]] == ["photo.v2.png", "none.png", "photo.v2-2.png", "4.png"]
    assert all(category["isthing"] == 1 for category in data["categories"])
    first = data["annotations"][0]["segments_info"]
    flat = overlapping()[0].masks.instance_map()
    assert [segment["id"] for segment in first] == [n for n in range(1, 7) if (flat == n).any()] == [1, 2, 5, 6]
    for segment in first:
        y, x = (flat == segment["id"]).nonzero()
        assert segment["area"] == len(y)
        assert segment["bbox"] == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
        assert segment["iscrowd"] == 0
    assert [segment.get("score") for segment in first] == [0.5, None, 0.75, 0.125]


@pytest.mark.parametrize("turn", ["no file", "no picture", "other size", "other segment", "two"])
def test_faults_of_a_panoptic_folder_are_reported(tmp_path: Path, turn: str) -> None:
    panoptic.write(disjoint(), tmp_path)
    picture, file = tmp_path / "panoptic" / "one.png", tmp_path / "panoptic.json"
    data = orjson.loads(file.read_bytes())
    if turn == "no file":
        picture.unlink()
    elif turn == "no picture":
        picture.write_bytes(b"")
    elif turn == "other size":
        Image.open(picture).crop((0, 0, 29, 20)).save(picture)
    elif turn == "other segment":
        data["annotations"][0]["segments_info"][0]["id"] = 9
    else:
        data["annotations"] *= 2
    file.write_bytes(orjson.dumps(data))
    records, [unread, *_] = read_everything(panoptic, tmp_path)
    assert [record.key for record in records] == (["one.jpg"] if turn == "other segment" else []) + (
        ["two.jpg"] if turn != "two" else []
    )
    assert (unread.key, unread.source) == ("one.jpg", "panoptic.json")
    assert unread.reason.startswith("expected ")
    if turn == "other segment":
        assert records[0].masks.status.tolist()[0] == "empty"
        assert "got the colour of 1 in one.png, which it does not list" in unread.reason


@pytest.mark.parametrize("mode", ["RGBA", "L", "LA"])
def test_panoptic_pictures_of_other_channels(tmp_path: Path, mode: str) -> None:
    panoptic.write(disjoint(), tmp_path)
    picture = tmp_path / "panoptic" / "one.png"
    rgb = Image.open(picture)
    if mode == "RGBA":
        rgb.convert("RGBA").save(picture)
    else:
        grey = rgb.getchannel("R")
        (grey if mode == "L" else Image.merge("LA", (grey, Image.new("L", grey.size, 255)))).save(picture)
    for record, wanted in zip(panoptic.read(tmp_path), disjoint(), strict=True):
        assert_same_masks(record.masks, wanted.masks)


def test_a_panoptic_file_may_have_another_name(tmp_path: Path) -> None:
    panoptic.write(disjoint(), tmp_path)
    shutil.move(tmp_path / "panoptic.json", tmp_path / "panoptic_train.json")
    shutil.move(tmp_path / "panoptic", tmp_path / "panoptic_train")
    assert [record.key for record in panoptic.read(tmp_path / "panoptic_train.json")] == ["one.jpg", "two.jpg"]


# Label maps.


def test_maps_of_classes_and_instances(tmp_path: Path) -> None:
    with pytest.warns(LossWarning, match="scores"):
        maps.write(disjoint(), tmp_path, Settings(classes=("right", "left")))
    masks = disjoint()[0].masks
    np.testing.assert_array_equal(pixels(tmp_path / "instances" / "one.png", "L"), masks.instance_map())
    np.testing.assert_array_equal(pixels(tmp_path / "classes" / "one.png", "L"), masks.class_map(["right", "left"]))
    assert orjson.loads((tmp_path / "classes.json").read_bytes()) == {"1": "right", "2": "left"}


@pytest.mark.parametrize(("classes", "mode"), [(255, "L"), (256, "I;16"), (65_535, "I;16")])
def test_a_map_has_as_many_bits_as_there_are_classes(tmp_path: Path, classes: int, mode: str) -> None:
    names = tuple(map(str, range(classes)))
    masks = Masks.from_dense(np.ones((1, 2, 2), bool), labels=[names[-1]])
    kinds, *_ = maps.write(masks, tmp_path, Settings(classes=names))
    assert pixels(kinds, mode).ravel().tolist() == [classes] * 4
    [record] = maps.read(tmp_path)
    assert record.masks.labels.tolist() == [names[-1]]


def test_more_classes_than_16_bits_can_number_are_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="at most 65535 classes"):
        maps.write([], tmp_path / "new", Settings(classes=tuple(map(str, range(65_536)))))
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("turn", ["no index", "index", "no map", "size", "class"])
def test_faults_of_maps_are_reported(tmp_path: Path, turn: str) -> None:
    with pytest.warns(LossWarning, match="scores"):
        maps.write(disjoint(), tmp_path)
    picture, index = tmp_path / "classes" / "one.png", tmp_path / "index.jsonl"
    if turn == "no index":
        index.unlink()
    elif turn == "index":
        index.write_text("{}\n")
    elif turn == "no map":
        picture.write_text("?")
    elif turn == "size":
        Image.open(picture).crop((0, 0, 29, 20)).save(picture)
    else:
        (tmp_path / "classes.json").write_text('{"1": "cat"}')
    if turn == "no index":
        with pytest.raises(ArgumentError, match=r"index\.jsonl"):
            list(maps.read(tmp_path))
        return
    _, [unread, *_] = read_everything(maps, tmp_path)
    assert (unread.key, unread.source, unread.line) == ("line 1", "index.jsonl", 1)
    assert unread.reason.startswith("expected ")


# PNG masks.


def test_everything_but_problems_is_read_back(tmp_path: Path) -> None:
    png.write(overlapping(), tmp_path)
    for record, wanted in zip(png.read(tmp_path), overlapping(), strict=True):
        assert (record.key, record.image, record.model) == (wanted.key, wanted.image, wanted.model)
        assert_same_masks(record.masks, wanted.masks)
        for column in ("status", "forms", "scores", "boxes", "filled"):
            np.testing.assert_array_equal(getattr(record.masks, column), getattr(wanted.masks, column))


def test_each_image_has_a_folder_like_that_of_one_image(tmp_path: Path) -> None:
    png.write(overlapping(), tmp_path / "many")
    folders = ["photo.v2", "none", "photo.v2-2", "4"]
    for folder, record in zip(folders, overlapping(), strict=True):
        png.write(record.masks, tmp_path / "one" / folder)
    many = files_under(tmp_path / "many")
    del many["index.jsonl"]
    assert many == files_under(tmp_path / "one")


def test_an_image_called_as_the_index_gets_another_folder(tmp_path: Path) -> None:
    masks = Masks.from_dense(np.ones((1, 2, 2), bool))
    png.write([Record("INDEX.jsonl.png", masks)], tmp_path)
    [record] = png.read(tmp_path)
    assert_same_masks(record.masks, masks)


def test_a_folder_without_an_index_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"expected a folder with index\.jsonl, got one without"):
        list(png.read(tmp_path))


@pytest.mark.parametrize(
    "line", ["", "{}", "5", '{"key":"","image":"","model":"","name":"x","size":[2],"rows":[{}]}', '{"key":1,"rows":']
)
def test_a_damaged_index_is_reported_with_its_line(tmp_path: Path, line: str) -> None:
    png.write([], tmp_path)
    (tmp_path / "index.jsonl").write_text(line + "\n")
    records, [unread] = read_everything(png, tmp_path)
    assert not records
    assert re.match(r"expected .* - at `line 1 of index\.jsonl`", unread.reason)


def test_a_picture_of_another_size_is_reported(tmp_path: Path) -> None:
    png.write(disjoint(), tmp_path)
    picture = tmp_path / "one" / "000_left.png"
    Image.open(picture).crop((0, 0, 29, 20)).save(picture)
    records, [unread] = read_everything(png, tmp_path)
    assert [record.key for record in records] == ["two.jpg"]
    assert re.match(r"expected a picture of 30x20, .*000_left\.png.*, line 1 of", unread.reason)


def test_missing_pictures_and_names_that_lead_out_of_the_folder_are_listed(tmp_path: Path) -> None:
    png.write(disjoint(), tmp_path)
    missing = next((tmp_path / "one").glob("000*.png"))
    missing.unlink()
    lines = (tmp_path / "index.jsonl").read_text().splitlines()
    (tmp_path / "index.jsonl").write_text("\n".join([lines[0], lines[1].replace('"two"', '"../two"')]))
    records, unread = read_everything(png, tmp_path)
    assert not records
    assert unread[0].reason == f"expected the file {missing.name!r}, got none that can be read"
    assert "expected a name in the folder, got '../two'" in unread[1].reason


# Damaged PNGs.


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(packed: bytes, width: int = 4, height: int = 2) -> bytes:
    """Return an 8-bit grey PNG of packed rows, with valid checksums of its chunks."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


ROWS = zlib.compress((b"\0" + bytes(range(4))) * 2)


def test_a_valid_png_is_read() -> None:
    assert decode_image(png_of(ROWS), "x").tolist() == [[0, 1, 2, 3]] * 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "an empty file"),
        (b"GIF89a", "something else"),
        (png_of(ROWS[:-1] + bytes([ROWS[-1] ^ 1])), "a wrong checksum of the pixels"),
        (png_of(ROWS[:-4]), "more or fewer"),
        (png_of(zlib.compress(bytes(9))), "more or fewer"),
        (png_of(zlib.compress(bytes(11))), "more or fewer"),
        (png_of(ROWS, 65_535, 65_535), "65535x65535 in"),
        (png_of(ROWS, 0, 2), "0x2 in"),
        (png_of(ROWS)[:-5], "one that breaks off"),
        (png_of(ROWS).replace(b"IDAT", b"IDAS"), "a wrong one in b'IDAS'"),
    ],
)
def test_damaged_pngs_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(ArgumentError, match=f"{message}.*`x`"):
        decode_image(data, "x")
