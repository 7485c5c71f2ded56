"""Each kernel by itself, on masks like real ones: `python -m pytest benchmarks`."""

from __future__ import annotations

import random
import zlib
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco_mask

import maskmill
from benchmarks.workload import SIZE, blob, png, png_reply, ring_reply
from maskmill._kernels.cpu import composite, rle_string, run_lengths, trace
from maskmill._kernels.cpu.png import binary_png, inflate
from maskmill._kernels.cpu.rasterize.fifths import fill_fifths
from maskmill._kernels.cpu.rasterize.rasterize_polygons import rasterize_polygons
from maskmill._kernels.cpu.replies import scan_json
from maskmill._kernels.cpu.resize import resize_map
from maskmill._pipeline.fast_path import key_names

WIDTH, HEIGHT = SIZE
MAP = blob(random.Random(1))
PNG = np.frombuffer(png(MAP), np.uint8)
BOXES = {"small": (900, 500, 980, 560), "median": (500, 300, 1040, 600), "large": (0, 0, WIDTH, HEIGHT)}


@pytest.fixture(scope="module")
def masks() -> maskmill.Masks:
    return maskmill.decode(png_reply(), SIZE)


@pytest.fixture(scope="module")
def columns(masks: maskmill.Masks) -> tuple[Any, Any]:
    crops = [crop for _, _, crop in masks.crops()]
    counts = [
        run_lengths.encode(np.pad(crop, ((0, HEIGHT - crop.shape[0]), (0, WIDTH - crop.shape[1])))) for crop in crops
    ]
    return np.concatenate(counts), np.cumsum([0, *map(len, counts)])


def test_inflate(benchmark: Any) -> None:
    stream = PNG[41:-16].copy()
    transitions, tables, state = (
        np.empty(binary_png.MAX_TRANSITIONS, np.int32),
        inflate.new_inflate_tables(),
        np.empty(3, np.int64),
    )
    assert len(zlib.decompress(stream)) == 65_792
    assert benchmark(inflate.inflate_transitions, stream, 0, stream.size, transitions, 65_792, tables, state) > 0


def test_png_to_columns(benchmark: Any) -> None:
    scratch, out = binary_png.new_png_scratch(), np.empty(binary_png.MAX_SIDE * 40, np.uint32)
    assert benchmark(binary_png.read_columns, PNG, 0, PNG.size, out, scratch) == (256, 256)


@pytest.mark.parametrize("reply", [png_reply, ring_reply])
def test_scan(benchmark: Any, reply: Any) -> None:
    text = np.frombuffer(reply().strip("`json\n").encode(), np.uint8)
    assert benchmark(scan_json.scan_reply, text, key_names(), scan_json.new_scan_buffers(text.size)) == 15


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("kind", ["binary", "soft"])
def test_resize(benchmark: Any, kind: str, box: str) -> None:
    pixels = np.where(MAP, 255, 0).astype(np.uint8)
    if kind == "soft":
        counts = benchmark(
            resize_map.resize_map,
            (pixels >> 1) + (np.roll(pixels, 1) >> 1),
            BOXES[box],
            width=WIDTH,
            height=HEIGHT,
            threshold=127,
        )
    else:
        words = np.packbits(MAP, axis=0, bitorder="little").T.copy().view(np.uint32)
        counts = benchmark(
            resize_map.resize_binary_map, words, BOXES[box], map_height=256, width=WIDTH, height=HEIGHT, threshold=127
        )
    assert counts.sum() == WIDTH * HEIGHT


@pytest.mark.parametrize("vertices", [8, 24, 240])
def test_rasterize(benchmark: Any, vertices: int) -> None:
    angles = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    ring = np.round(np.stack([500 + 300 * np.cos(angles), 500 + 300 * np.sin(angles)], axis=1))
    one = np.array([vertices]), np.array([0]), np.array([False])
    assert benchmark(rasterize_polygons, ring, *one, width=WIDTH, height=HEIGHT).sum() == WIDTH * HEIGHT


@pytest.mark.parametrize("size", [(640, 480), (1920, 1080)], ids=str)
@pytest.mark.parametrize("vertices", [4, 40, 400])
@pytest.mark.benchmark(group="COCO's polygons")
class TestCocoPolygons:
    """One polygon of a COCO annotation to its COCO string, by our kernel and by pycocotools."""

    def test_fifths(self, benchmark: Any, vertices: int, size: tuple[int, int]) -> None:
        values = outline(vertices, size)
        assert benchmark(self.fill, values, size) == self.fill_reference(values, size)

    def test_pycocotools(self, benchmark: Any, vertices: int, size: tuple[int, int]) -> None:
        assert benchmark(self.fill_reference, outline(vertices, size), size)

    @staticmethod
    def fill(values: list[float], size: tuple[int, int]) -> bytes:
        ring = np.array(values).reshape(-1, 2)
        return rle_string.to_string(fill_fifths([ring], [0], [False], width=size[0], height=size[1]))

    @staticmethod
    def fill_reference(values: list[float], size: tuple[int, int]) -> bytes:
        text: bytes = coco_mask.frPyObjects([values], size[1], size[0])[0]["counts"]
        return text


def outline(vertices: int, size: tuple[int, int]) -> list[float]:
    """Return x, y, x, y, … of an outline with dents, as an annotator draws it."""
    angles = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    radius = 0.35 + 0.05 * np.sin(5 * angles)
    ring = np.stack([0.5 + radius * np.cos(angles), 0.5 + radius * np.sin(angles)], axis=1) * size
    values: list[float] = np.round(ring, 2).ravel().tolist()
    return values


def test_coco_strings(benchmark: Any, columns: Any) -> None:
    assert len(benchmark(rle_string.to_strings, *columns)) == 15


def test_dense(benchmark: Any, columns: Any) -> None:
    assert benchmark(composite.dense, *columns, height=HEIGHT, width=WIDTH).any()


def test_instance_map(benchmark: Any, masks: maskmill.Masks) -> None:
    assert benchmark(masks.instance_map).max() == 15


def test_crops(benchmark: Any, masks: maskmill.Masks) -> None:
    assert len(benchmark(masks.crops)) == 15


def test_encode(benchmark: Any, masks: maskmill.Masks) -> None:
    assert len(benchmark(run_lengths.encode, masks[0].dense())) > 1


def test_iou(benchmark: Any, masks: maskmill.Masks) -> None:
    assert np.allclose(benchmark(masks.iou, masks).diagonal(), 1)


def test_trace(benchmark: Any, columns: Any) -> None:
    counts, offsets = columns
    assert benchmark(trace.trace_polygons, counts[: offsets[1]], width=WIDTH, height=HEIGHT)
