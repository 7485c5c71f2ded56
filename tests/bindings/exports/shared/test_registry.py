"""The registry of export formats: each of its facts is compared with what the format does."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio
from affine import Affine

import maskmill_bindings
from maskmill import Masks
from maskmill_bindings import exports
from maskmill_bindings._cli.convert import convert_command
from maskmill_bindings._detection import detect_file, survey_folder
from maskmill_bindings.exports import FORMATS, Settings
from maskmill_bindings.record import Record

ROOT = Path(__file__).parents[4]
JUDGED_ELSEWHERE = ("png", "png-maps", "npz")
"""Formats that tests in this folder read with Pillow and numpy."""

pytestmark = [
    pytest.mark.filterwarnings("ignore::maskmill_bindings.exports.LossWarning"),
    pytest.mark.parametrize("name", FORMATS),
]


def record(*rows: str, labels: tuple[str, ...]) -> Record:
    pixels = np.array([[[mark == "#" for mark in line] for line in row.split()] for row in rows])
    return Record("a.tif", Masks.from_dense(pixels, labels=labels), "a.tif")


APART = record("##.. ##.. ....", ".... ..## ..##", labels=("a", "b"))
OVERLAPPING = record("###. ###. ....", ".### .### ....", labels=("a", "b"))
STEPPED = record("#.## #### ##.#", "..## ...# ....", labels=("a", "b"))
IN_PARTS = record("##.. .... ..##", labels=("a",))


def write(name: str, folder: Path, settings: Settings | None = None, written: Record = APART) -> Path:
    known = FORMATS[name]
    folder.mkdir()
    output = folder / (name if known.is_folder else f"out{known.file_suffixes[0]}")
    exports.module_of(name).write([written], output, settings)
    return output


def contents(output: Path) -> dict[str, bytes]:
    files = [output] if output.is_file() else [file for file in output.rglob("*") if file.is_file()]
    return {file.name: file.read_bytes() for file in files}


def test_every_module_has_the_same_two_functions(name: str) -> None:
    module, coco = exports.module_of(name), exports.coco
    assert inspect.signature(module.write) == inspect.signature(coco.write)
    assert inspect.signature(module.read) == inspect.signature(coco.read)


def test_settings_that_change_the_files(tmp_path: Path, name: str) -> None:
    image = tmp_path / "a.tif"
    profile: dict[str, Any] = {"driver": "GTiff", "width": 4, "height": 3, "count": 1, "dtype": "uint8"}
    with rasterio.open(image, "w", transform=Affine(10, 0, 5e5, 0, -10, 5e6), crs="EPSG:32633", **profile):
        pass
    changes: dict[str, Any] = {"classes": ("b", "a"), "polygons": True, "first_image": 5, "first_mask": 7}
    changes |= {"images": tmp_path, "simplify": 2.5, "split": 0.5, "seed": 4, "place_images": "copy"}
    # What some settings need, to change anything.
    basis = {"seed": {"split": 0.5}, "place_images": {"split": 0.5, "images": tmp_path}, "simplify": {"polygons": True}}
    changing = set()
    for field, value in changes.items():
        settings = Settings(**{"classes": ("a", "b"), **basis.get(field, {})})
        before = contents(write(name, tmp_path / f"{field} before", settings, written=STEPPED))
        after = contents(write(name, tmp_path / field, replace(settings, **{field: value}), written=STEPPED))
        changing |= {field} if before != after else set()
    assert changing == set(FORMATS[name].settings) - ({"images"} if name in ("coco", "yolo") else set())


def test_what_is_written_is_recognised_whatever_its_suffix(tmp_path: Path, name: str) -> None:
    output = write(name, tmp_path / "out")
    if output.is_dir():
        content = survey_folder(output)
        assert (content.whole.format if content.whole else [*content.files]) in (name, [name])
    else:
        other = output.rename(tmp_path / "data.bin")
        assert detect_file(other).format == name


def test_what_is_kept(tmp_path: Path, name: str) -> None:
    known, read = FORMATS[name], exports.module_of(name).read
    [parts] = read(write(name, tmp_path / "parts", written=IN_PARTS))
    [overlaps] = read(write(name, tmp_path / "overlaps", written=OVERLAPPING))
    assert (len(parts.masks) == 1) == known.keeps_parts
    assert (overlaps.masks.areas.tolist() == [6, 6]) == known.keeps_overlaps
    assert (overlaps.masks.labels.tolist() == ["a", "b"]) == known.keeps_labels


def test_another_tool_reads_its_files(name: str) -> None:
    module = FORMATS[name].module
    tests = [file.read_text() for file in (ROOT / "tests/interop").rglob("test_*.py")]
    has_test = any(re.search(rf"exports import .*\b{module}\b", text) for text in tests)
    assert has_test != (name in JUDGED_ELSEWHERE)


def test_the_help_of_convert_lists_it(name: str) -> None:
    text = " ".join((convert_command.__doc__ or "").split())
    assert re.search(rf"Formats: [^.]*\b{name}[,.]", text)
    assert ("polygons" in FORMATS[name].settings) == bool(re.search(rf"\([^)]*\b{name}\b[^)]*\)\. simplify", text))


def test_it_is_an_attribute_of_the_package(name: str) -> None:
    module = FORMATS[name].module
    assert module in dir(exports)
    assert getattr(maskmill_bindings.exports, module) is exports.module_of(name)
