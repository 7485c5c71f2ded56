"""label-studio-sdk's converter reads and writes brush masks: the same pixels, and the same bytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given, settings

from maskmill import Masks
from maskmill_bindings.exports import Settings, labelstudio
from maskmill_bindings.exports._geometry.foreign_shapes import from_ranges, to_ranges
from maskmill_bindings.exports._shared import labelstudio_rle
from maskmill_bindings.record import Record
from support.datasets.export_records import Pixels, any_pixels, record_of_several_parts, records_of_one_part
from support.tiers import cases

sdk = pytest.importorskip("label_studio_sdk.converter.brush")

RECORDS = [*records_of_one_part(), record_of_several_parts()]


def results_of(file: Path) -> list[list[dict[str, object]]]:
    return [task["predictions"][0]["result"] for task in orjson.loads(file.read_bytes())]


def test_the_converter_decodes_the_same_masks(tmp_path: Path) -> None:
    [file] = labelstudio.write(RECORDS, tmp_path / "tasks.json")
    for regions, record in zip(results_of(file), RECORDS, strict=True):
        for region, wanted in zip(regions, record.masks, strict=True):
            width, height = record.masks.size
            pixels = sdk.decode_rle(region["value"]["rle"]).reshape(height, width, 4)
            np.testing.assert_array_equal(pixels, wanted.dense()[..., None].repeat(4, 2) * 255)


def test_the_converter_takes_the_regions_for_layers(tmp_path: Path) -> None:
    [file] = labelstudio.write(RECORDS[1], tmp_path / "tasks.json")
    [regions] = results_of(file)
    results = [{**r["value"], **{k: r[k] for k in ("type", "original_width", "original_height")}} for r in regions]
    layers = sdk.decode_from_annotation("label", results)
    assert list(layers) == ["label-cat-0", "label-cat-1"]
    np.testing.assert_array_equal(np.array(list(layers.values())) > 0, RECORDS[1].masks.dense())


@settings(max_examples=cases(200), deadline=None)
@given(mask=any_pixels())
def test_the_bytes_are_those_of_mask2rle(mask: Pixels) -> None:
    packed = labelstudio_rle.pack_brush(to_ranges(mask, 0, 0, mask.shape[::-1]), mask.size)
    assert packed.tolist() == sdk.mask2rle(mask.astype(np.uint8) * 255)


@settings(max_examples=cases(200), deadline=None)
@given(mask=any_pixels())
def test_what_mask2rle_writes_is_read(mask: Pixels) -> None:
    ranges = labelstudio_rle.unpack_brush(bytes(sdk.mask2rle(mask.astype(np.uint8))), mask.size)
    size = mask.shape[::-1]
    np.testing.assert_array_equal(Masks.from_coco([from_ranges(ranges, size)], size).dense()[0], mask)


def test_colours_that_encode_rle_writes_are_read() -> None:
    """Pixels whose four bytes differ: runs of one word, and single words."""
    colours = np.array([[0, 0, 0, 0], [200, 10, 10, 255], [200, 10, 10, 255], [0, 0, 0, 0], [9, 9, 9, 9]], np.uint8)
    data = bytes(sdk.encode_rle(colours.ravel()))
    assert labelstudio_rle.unpack_brush(data, 5).tolist() == [[1, 2], [2, 3], [4, 5]]


def test_a_run_longer_than_a_token() -> None:
    mask = np.zeros((300, 400), np.uint8)
    mask[100:250] = 255
    packed = labelstudio_rle.pack_brush(to_ranges(mask > 0, 0, 0, (400, 300)), mask.size)
    assert packed.tolist() == sdk.mask2rle(mask)


def test_polygons_are_the_percents_that_the_converter_scales(tmp_path: Path) -> None:
    """The converter scales as ``convert_to_coco`` does, ``x / 100 * width``; COCO's rule then fills the polygon."""
    record = Record("x", RECORDS[1].masks)
    [file] = labelstudio.write(record, tmp_path / "tasks.json", Settings(polygons=True))
    width, height = record.masks.size
    rings = [
        [[(x / 100 * width, y / 100 * height) for x, y in region["value"]["points"]]] for region in results_of(file)[0]
    ]
    assert Masks.from_polygons(rings, record.masks.size).coco() == record.masks.coco()
