"""The built-in scene: its pixels against the oracle, its replies against Pillow and pycocotools, and the warm-up."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from numba import config
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco

import maskmill
from maskmill import samples
from maskmill.samples import FORMS, SHAPES, SIZE, Sample, Shape, _replies, _shapes
from support import oracle
from support.tiers import spread

SAMPLES = {sample.name: sample for sample in samples.samples()}
EXACT = [name for name, form in FORMS.items() if form.is_exact]
PNGS = ["png", "png_bare", "png_url_safe", "png_junk", "reference"]
WITHOUT = {
    "tokens": "tokens",
    "tokens_incomplete": "tokens_incomplete",
    "tokens_none": "nothing",
    "placeholder": "placeholder",
    "garbage_png": "garbage",
    "garbage_text": "garbage",
    "null": "nothing",
}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.label)
def test_pixels_are_those_of_the_oracle(shape: Shape) -> None:
    expected = oracle.ring_mask([(part.outer, part.holes) for part in shape.parts], 60, 40)
    np.testing.assert_array_equal(shape.pixels((60, 40)), expected)


@pytest.mark.parametrize("corner", range(4))
def test_pixels_with_centres_on_edges_are_those_of_the_oracle(corner: int) -> None:
    """Vertices on pixel centres, and edges through them, in all four directions."""
    diamond = [(50, 250), (450, 50), (850, 450), (450, 850)]
    ring = tuple(diamond[corner:] + diamond[:corner])
    for order in (ring, ring[::-1]):
        shape = Shape("", (_shapes.ScenePart(order),))
        np.testing.assert_array_equal(shape.pixels((10, 10)), oracle.ring_mask([(order, ())], 10, 10))


@pytest.mark.parametrize("name", EXACT)
def test_exact_forms_decode_to_the_pixels(name: str) -> None:
    masks = _decode(SAMPLES[name])
    assert masks.status.tolist() == ["ok"] * len(masks)
    for row, shape in zip(masks, SAMPLES[name].shapes, strict=True):
        np.testing.assert_array_equal(row.dense(), shape.pixels())


@pytest.mark.parametrize("name", PNGS)
def test_pngs_are_resized_as_pillow_does(name: str) -> None:
    masks = _decode(SAMPLES[name])
    assert masks.status.tolist() == ["ok"] * len(SHAPES)
    for row, shape in zip(masks, SHAPES, strict=True):
        np.testing.assert_array_equal(row.dense(), _by_pillow(shape))


@pytest.mark.parametrize("name", WITHOUT)
def test_forms_without_a_mask_have_their_status(name: str) -> None:
    masks = _decode(SAMPLES[name])
    assert masks.status.tolist() == [WITHOUT[name]] * len(SHAPES)
    assert not masks.areas.any()


def test_every_form_is_tested() -> None:
    assert {*EXACT, *PNGS, *WITHOUT, "truncated"} == set(SAMPLES)


def test_a_truncated_reply_keeps_its_complete_items() -> None:
    masks = _decode(SAMPLES["truncated"])
    assert masks.status.tolist() == ["ok"] * (len(masks) - 1) + ["truncated"]
    assert masks.reply_status == "truncated"


def test_the_mixed_reply_has_one_row_without_a_mask() -> None:
    masks = maskmill.decode(samples.mixed(), SIZE)
    assert masks.labels.tolist() == [shape.label for shape in SHAPES]
    assert sorted(masks.status) == ["ok"] * (len(SHAPES) - 1) + ["tokens"]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.label)
def test_pillow_reads_the_pngs(shape: Shape) -> None:
    pixels = shape.pixels((31, 17))
    read = np.asarray(Image.open(io.BytesIO(_replies.encode_png(pixels))))
    np.testing.assert_array_equal(read, pixels * np.uint8(255))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.label)
def test_run_lengths_are_those_of_pycocotools(shape: Shape) -> None:
    value = FORMS["rle"].value(shape)
    assert value["counts"].encode() == coco.encode(np.asfortranarray(shape.pixels().astype(np.uint8)))["counts"]


def test_the_picture_shows_every_object() -> None:
    picture = samples.picture()
    assert (picture.shape, picture.dtype) == ((SIZE[1], SIZE[0], 3), np.uint8)
    table = picture[~np.any([shape.pixels() for shape in SHAPES], axis=0)].mean(axis=0)
    for shape in SHAPES:
        assert np.abs(picture[shape.pixels()].mean(axis=0) - table).max() > 20


def test_samples_load_neither_numba_nor_cv2() -> None:
    code = "import sys, maskmill.samples; sys.exit(any(name in sys.modules for name in ('numba', 'cv2')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.skipif(config.DISABLE_JIT, reason="nothing is compiled with the JIT off")
@pytest.mark.parametrize("use", spread(["samples", "odd_maps", "odd_rings", "selections"], 1))
def test_the_warm_up_compiles_everything(use: str) -> None:
    code = _SIGNATURES.replace("USE", use)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == ""


_SIGNATURES = """
import importlib, pkgutil
import maskmill, maskmill._kernels.cpu as cpu

modules = [importlib.import_module(m.name) for m in pkgutil.walk_packages(cpu.__path__, cpu.__name__ + ".")]

def signatures():
    named = ((m.__name__, name, value) for m in modules for name, value in vars(m).items())
    return {(m, name): len(value.signatures) for m, name, value in named if hasattr(value, "signatures")}

def views(masks):
    masks.dense(), masks.crops(), masks.coco(), masks.polygons(), masks.union(), masks.iou(masks[:1]), masks.areas
    masks.instance_map("score"), masks.class_map({"fish": 3}, "reply"), masks.overlay()

def samples():
    from maskmill.samples import SIZE, samples
    for sample in samples():
        for size in ((1, 1), (7, 5), SIZE):
            views(maskmill.decode(sample.text, size, fallback="box"))

def odd_maps():
    import base64, numpy
    from maskmill.samples._replies import encode_png
    for shape in ((300, 2), (2, 300), (1, 1), (600, 1)):
        text = base64.b64encode(encode_png(numpy.ones(shape, bool))).decode()
        for box in ([0, 0, 1000, 1000], [-500, -500, 200, 200], [100, 100, 110, 900]):
            views(maskmill.decode([{"box_2d": box, "mask": text}], (40, 30)))

def odd_rings():
    zigzag = [[i % 7 * 100, i * 13 % 1000] for i in range(3000)]
    for ring in (zigzag, [[1e-9, 0], [1e3, 1e-7], [500, 1e4]], [[0.1, 0.2], [0.3, 0.9], [0.5, 0.5]]):
        views(maskmill.decode([{"mask": ring}, {"mask": [ring, ring]}], (64, 48)))

def selections():
    import pickle
    from maskmill.samples import mixed
    masks = maskmill.decode(mixed(), (24, 16))
    for part in (masks[::-1], masks[[]], masks[masks.areas > 0], pickle.loads(pickle.dumps(masks)), masks[3:4]):
        views(part)

maskmill.warmup()
before = signatures()
USE()
for name, count in signatures().items():
    if count != before[name]:
        print(name, before[name], count)
"""


def _decode(sample: Sample) -> maskmill.Masks:
    return maskmill.decode(sample.text, SIZE)


def _by_pillow(shape: Shape) -> NDArray[np.bool_]:
    """Apply the rule for maps: the box by ``int``, Pillow's resize, and more than 127."""
    width, height = SIZE
    y0, x0, y1, x1 = (int(v * size / 1000) for v, size in zip(shape.box, (height, width) * 2, strict=True))
    small = Image.fromarray(shape.pixels((256, 256), shape.box) * np.uint8(255))
    mask = np.zeros((height, width), bool)
    mask[y0:y1, x0:x1] = np.asarray(small.resize((x1 - x0, y1 - y0), Image.Resampling.BILINEAR)) > 127
    return mask
