"""Scenes: a seed survives changes of its image, and the true masks are those of the polygons."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from maskmill.errors import ArgumentError
from maskmill_bindings.emulator import VOCABULARY, draw_scene, scene, seed_in, write_images
from maskmill_bindings.emulator._scenes.scene_files import decode_grey, encode_picture
from support.oracle import ring_mask
from support.tiers import spread, thorough


@pytest.mark.parametrize("size", [(640, 480), (248, 100), (1600, 1100), (900, 1500)])
@pytest.mark.parametrize(
    "interpolation", spread([cv2.INTER_AREA, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], 1)
)
def test_the_seed_survives_shrinking_and_jpeg(size: tuple[int, int], interpolation: int) -> None:
    share = min(1.0, 1024 / max(size))
    for seed, suffix in ((0, "jpg"), (123_456_789, "webp"), (2**32 - 1, "jpg"), (77, "png")):
        small = cv2.resize(draw_scene(seed, size), None, fx=share, fy=share, interpolation=interpolation)
        pixels = decode_grey(encode_picture(small, suffix, quality=85))  # type: ignore[arg-type]
        assert pixels is not None
        assert seed_in(pixels) == seed, suffix


@thorough
def test_the_seed_survives_a_phone_s_picture() -> None:
    small = cv2.resize(draw_scene(7, (4000, 3000)), (1024, 768), interpolation=cv2.INTER_AREA)
    pixels = decode_grey(encode_picture(small, "jpg", quality=85))
    assert pixels is not None
    assert seed_in(pixels) == 7


def test_only_an_upright_picture_has_a_seed() -> None:
    pixels = draw_scene(5)
    assert [seed_in(turned) for turned in (pixels[::-1], pixels[:, ::-1], np.rot90(pixels))] == [None] * 3
    assert seed_in(np.zeros((480, 640, 3), np.uint8)) is None
    assert seed_in(np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)) is None
    assert seed_in(pixels[:2, :2]) is None


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_files_of_each_orientation_are_upright_for_who_heeds_it(suffix: str, tmp_path: Path) -> None:
    paths = write_images(tmp_path, 8, 100, (320, 240), suffix, range(1, 9))  # type: ignore[arg-type]
    for seed, path in enumerate(paths, 100):
        shown = cv2.imread(str(path), cv2.IMREAD_COLOR)
        assert shown is not None
        assert shown.shape == (240, 320, 3)
        assert seed_in(shown) == seed
        stored = decode_grey(path.read_bytes())
        assert stored is not None
        assert seed_in(stored) == (100 if seed == 100 else None)


def test_scenes_are_varied_and_within_bounds() -> None:
    every = [scene(seed) for seed in range(300)]
    shapes = [shape for one in every for shape in one]
    assert {len(one) for one in every} == {2, 3, 4, 5, 6}
    assert {shape.label for shape in shapes} == set(VOCABULARY)
    assert any(len({s.label for s in one}) < len(one) for one in every)
    assert any(shape.parts[0].holes for shape in shapes)
    assert any(len(shape.parts) == 2 for shape in shapes)
    assert sum(shape.is_one_ring for shape in shapes) > len(shapes) / 2
    for shape in shapes:
        y0, x0, y1, x1 = shape.box
        assert 0 <= x0 < x1 <= 1000
        assert 0 <= y0 < y1 <= 940


@pytest.mark.parametrize("seed", [0, 3, 9])
def test_their_truth_is_that_of_exact_arithmetic(seed: int) -> None:
    for shape in scene(seed):
        assert (shape.pixels((24, 18)) == ring_mask(shape.parts, 24, 18)).all()


def test_what_is_drawn_is_where_the_truth_is() -> None:
    for shape in scene(12):
        inside = cv2.erode(shape.pixels((640, 480)).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        outside = cv2.dilate(shape.pixels((640, 480)).astype(np.uint8), np.ones((3, 3), np.uint8)) == 0
        with_it, table = draw_scene(12).astype(int), np.median(draw_scene(12)[:440].reshape(-1, 3), axis=0)
        distance = np.abs(with_it - table).sum(axis=2)
        assert np.median(distance[inside]) > np.median(distance[:440][outside[:440]])


def test_wrong_seeds_and_sizes_are_refused() -> None:
    for call in (lambda: scene(-1), lambda: draw_scene(2**32), lambda: draw_scene(0, (100, 100))):
        with pytest.raises(ArgumentError, match="expected"):
            call()
    with pytest.raises(ArgumentError, match="orientations"):
        write_images("unused", 1, suffix="webp", orientations=[6])
