"""Each kernel by itself, on masks like real ones: `python -m pytest benchmarks`."""

from __future__ import annotations

import random
import zlib
from typing import Any

import numpy as np
import pytest

import maskmill
from benchmarks.workload import SIZE, blob, png, png_reply, ring_reply
from maskmill.kernels.cpu import binarypng, cocostring, composite, inflate, resize, runs, scan, trace
from maskmill.kernels.cpu.rasterize import rasterize
from maskmill.plain import names

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
    counts = [runs.encode(np.pad(crop, ((0, HEIGHT - crop.shape[0]), (0, WIDTH - crop.shape[1])))) for crop in crops]
    return np.concatenate(counts), np.cumsum([0, *map(len, counts)])


def test_inflate(benchmark: Any) -> None:
    stream = PNG[41:-16].copy()
    turns, tables, state = np.empty(binarypng.MOST_TURNS, np.int32), inflate.new_tables(), np.empty(3, np.int64)
    assert len(zlib.decompress(stream)) == 65_792
    assert benchmark(inflate.inflate_turns, stream, 0, stream.size, turns, 65_792, tables, state) > 0


def test_png_to_columns(benchmark: Any) -> None:
    scratch, out = binarypng.new_scratch(), np.empty(binarypng.MAX_SIDE * 40, np.uint32)
    assert benchmark(binarypng.read_columns, PNG, 0, PNG.size, out, scratch) == (256, 256)


@pytest.mark.parametrize("reply", [png_reply, ring_reply])
def test_scan(benchmark: Any, reply: Any) -> None:
    text = np.frombuffer(reply().strip("`json\n").encode(), np.uint8)
    assert benchmark(scan.scan, text, names(), scan.room_for(text.size)) == 15


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("kind", ["binary", "soft"])
def test_resize(benchmark: Any, kind: str, box: str) -> None:
    pixels = np.where(MAP, 255, 0).astype(np.uint8)
    if kind == "soft":
        counts = benchmark(resize.resize, (pixels >> 1) + (np.roll(pixels, 1) >> 1), BOXES[box], WIDTH, HEIGHT, 127)
    else:
        words = np.packbits(MAP, axis=0, bitorder="little").T.copy().view(np.uint32)
        counts = benchmark(resize.resize_bits, words, 256, BOXES[box], WIDTH, HEIGHT, 127)
    assert counts.sum() == WIDTH * HEIGHT


@pytest.mark.parametrize("vertices", [8, 24, 240])
def test_rasterize(benchmark: Any, vertices: int) -> None:
    angles = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    ring = np.round(np.stack([500 + 300 * np.cos(angles), 500 + 300 * np.sin(angles)], axis=1))
    one = np.array([vertices]), np.array([0]), np.array([False])
    assert benchmark(rasterize, ring, *one, WIDTH, HEIGHT).sum() == WIDTH * HEIGHT


def test_coco_strings(benchmark: Any, columns: Any) -> None:
    assert len(benchmark(cocostring.to_strings, *columns)) == 15


def test_dense(benchmark: Any, columns: Any) -> None:
    assert benchmark(composite.dense, *columns, HEIGHT, WIDTH).any()


def test_instance_map(benchmark: Any, masks: maskmill.Masks) -> None:
    assert benchmark(masks.instance_map).max() == 15


def test_crops(benchmark: Any, masks: maskmill.Masks) -> None:
    assert len(benchmark(masks.crops)) == 15


def test_encode(benchmark: Any, masks: maskmill.Masks) -> None:
    assert len(benchmark(runs.encode, masks[0].dense())) > 1


def test_iou(benchmark: Any, masks: maskmill.Masks) -> None:
    assert np.allclose(benchmark(masks.iou, masks).diagonal(), 1)


def test_trace(benchmark: Any, columns: Any) -> None:
    counts, offsets = columns
    assert benchmark(trace.trace, counts[: offsets[1]], WIDTH, HEIGHT)
