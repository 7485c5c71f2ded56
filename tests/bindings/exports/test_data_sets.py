"""Data sets to train on: splits, images beside labels, and polygons with fewer vertices within a bound."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import shapely
import supervision as sv
import yaml
from hypothesis import given
from hypothesis import strategies as st

from maskmill import Masks
from maskmill._kernels.cpu.outlines import simplify_ring
from maskmill.errors import ArgumentError
from maskmill_bindings.convert import ConvertOptions, convert
from maskmill_bindings.exports import LossWarning, Settings, coco, geojson, labelme, svg, yolo
from maskmill_bindings.exports._geometry.simplified import join_any_holes, simplify_rings
from maskmill_bindings.record import Record
from support.command import run
from support.tiers import cases

KEYS = [f"photos/{i:03}.png" for i in range(60)]
SIZE = (64, 48)


def blob(seed: int, threshold: float = 0.0) -> np.ndarray:
    """Return a smooth random mask (H, W), mostly of several parts with holes."""
    noise = np.random.default_rng(seed).normal(size=SIZE[::-1])
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 3) > threshold * 0.1)


def records() -> list[Record]:
    square = np.zeros((2, *SIZE[::-1]), bool)
    square[0, 4:20, 5:30] = square[1, 30:44, 20:60] = True
    return [Record(key, Masks.from_dense(square, labels=["cat", "dog"]), key) for key in KEYS]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for i, key in enumerate(KEYS):
        file = tmp_path / "in" / key
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), np.full((*SIZE[::-1], 3), i, np.uint8))
    return tmp_path / "in"


# Splits.


def test_a_split_is_disjoint_complete_and_the_same_in_every_order(tmp_path: Path) -> None:
    settings = Settings(classes=("cat", "dog"), split=0.8, seed=5)
    yolo.write(records(), tmp_path / "a", settings)
    yolo.write(reversed(records()), tmp_path / "b", settings)
    sides = [{side: names(tmp_path / x / "labels" / side) for side in ("train", "val")} for x in "ab"]
    assert sides[0] == sides[1]
    assert sides[0]["train"] | sides[0]["val"] == {Path(key).stem for key in KEYS}
    assert not sides[0]["train"] & sides[0]["val"]
    assert 36 < len(sides[0]["train"]) < 58
    yolo.write(records(), tmp_path / "c", Settings(classes=("cat", "dog"), split=0.8, seed=6))
    assert names(tmp_path / "c" / "labels" / "train") != sides[0]["train"]
    coco.write(records(), tmp_path / "d", settings)
    train, val = (json.loads((tmp_path / "d" / f"{side}.json").read_bytes()) for side in ("train", "val"))
    assert {Path(image["file_name"]).stem for image in train["images"]} == sides[0]["train"]
    assert {Path(image["file_name"]).stem for image in val["images"]} == sides[0]["val"]
    for field in ("images", "annotations"):
        ids = [entry["id"] for data in (train, val) for entry in data[field]]
        assert len(set(ids)) == len(ids)
    assert train["categories"] == val["categories"]
    assert {entry["image_id"] for entry in val["annotations"]} == {image["id"] for image in val["images"]}


def names(folder: Path) -> set[str]:
    return {file.stem for file in folder.iterdir()}


def test_what_is_split_is_read_back(tmp_path: Path) -> None:
    yolo.write(records(), tmp_path / "a", Settings(split=0.5))
    coco.write(records(), tmp_path / "b", Settings(split=0.5))
    found = {record.key: record.masks.areas.tolist() for record in yolo.read(tmp_path / "a")}
    assert found == {key: [400, 560] for key in KEYS}
    assert {r.key for side in ("train", "val") for r in coco.read(tmp_path / "b" / f"{side}.json")} == set(KEYS)


def test_ultralytics_layout_is_what_supervision_loads(tmp_path: Path, photos: Path) -> None:
    settings = Settings(classes=("cat", "dog"), split=0.7, images=photos, place_images="copy")
    yolo.write(records(), tmp_path / "out", settings)
    described = yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())
    assert described == {"train": "images/train", "val": "images/val", "names": {0: "cat", 1: "dog"}}
    wanted = records()[0].masks.dense()
    count = 0
    for side in ("train", "val"):
        images, labels = (str(tmp_path / "out" / described[side]), str(tmp_path / "out" / "labels" / side))
        loaded = sv.DetectionDataset.from_yolo(images, labels, str(tmp_path / "out" / "data.yaml"), force_masks=True)
        for _, image, found in loaded:
            assert image.shape == (48, 64, 3)
            np.testing.assert_array_equal(found.mask, wanted)
            count += 1
    assert count == len(KEYS)


# Images.


@pytest.mark.parametrize("place", ["copy", "link"])
def test_images_are_put_beside_their_labels(tmp_path: Path, photos: Path, place: str) -> None:
    (photos / KEYS[7]).unlink()
    settings = Settings(images=photos, place_images=place)  # type: ignore[arg-type]
    with pytest.warns(LossWarning, match=f"1 image not found in .*, such as {KEYS[7]}"):
        yolo.write(records(), tmp_path / "out", settings)
    placed = sorted((tmp_path / "out" / "images").iterdir())
    assert {file.stem for file in placed} == {Path(key).stem for key in KEYS if key != KEYS[7]}
    assert all(file.is_symlink() == (place == "link") for file in placed)
    assert cv2.imread(str(placed[3]))[0, 0, 0] == 3
    moved = (tmp_path / "out").rename(tmp_path / "moved")
    assert cv2.imread(str(moved / "images" / placed[3].name))[0, 0, 0] == 3


def test_images_of_one_name_stay_apart(tmp_path: Path, photos: Path) -> None:
    masks = records()[0].masks
    (photos / "b").mkdir()
    cv2.imwrite(str(photos / "b" / "000.png"), np.full((48, 64, 3), 99, np.uint8))
    two = [Record(name, masks, name) for name in ("photos/000.png", "b/000.png")]
    yolo.write(two, tmp_path / "out", Settings(images=photos, place_images="copy"))
    assert [int(cv2.imread(str(tmp_path / "out/images" / name))[0, 0, 0]) for name in ("000.png", "000-2.png")] == [
        0,
        99,
    ]


def test_convert_places_images_and_splits(tmp_path: Path, photos: Path) -> None:
    rows = [
        {"key": key, "image": key, "reply": '[{"mask": [[0, 0], [500, 0], [500, 500]], "label": "cat"}]'}
        for key in KEYS
    ]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = [tmp_path / "r.jsonl", "--images", photos, "-o", f"yolo={tmp_path / 'y'}", "-o", f"coco={tmp_path / 'c'}"]
    done = run("convert", *words, "--split", "0.75", "--link-images", "-o", tmp_path / "a.parquet")
    assert done.returncode == 0, done.stderr
    assert names(tmp_path / "y" / "images" / "train") == names(tmp_path / "y" / "labels" / "train")
    assert names(tmp_path / "y" / "images" / "val") == names(tmp_path / "y" / "labels" / "val")
    assert (tmp_path / "c" / "train" / KEYS[0]).exists() != (tmp_path / "c" / "val" / KEYS[0]).exists()
    assert convert([tmp_path / "y"], tmp_path / "again.parquet").tally.drawn == len(KEYS)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "yolo=y", "--split", "1"], "a share above 0 and below 1"),
        (["-o", "yolo=y", "--split", "0"], "a share above 0 and below 1"),
        (["-o", "yolo=y", "--split", "nan"], "a share above 0 and below 1"),
        (["-o", "yolo=y", "--simplify", "-1"], "a number of pixels, 0 or more"),
        (["-o", "yolo=y", "--simplify", "inf"], "a number of pixels, 0 or more"),
        (["-o", "yolo=y", "--copy-images"], "a folder with the images"),
        (["-o", "yolo=y", "--copy-images", "--link-images", "--images", "."], "one of --copy-images and --link-images"),
        (["-o", "a.parquet", "--split", "0.5"], "an output in coco, yolo"),
        (["-o", "a.parquet", "--simplify", "2"], "an output in coco, yolo, labelstudio, labelme, geojson, svg"),
        (["-o", "coco=c.json", "--simplify", "2"], "with --polygons"),
        (["-o", "c.json", "--split", "0.5"], "a folder for the two files of a split"),
    ],
)
def test_options_that_no_output_has_are_refused(tmp_path: Path, words: list[str], message: str) -> None:
    (tmp_path / "r.jsonl").write_text('{"key": "a", "reply": []}\n')
    words = [word.replace("yolo=y", f"yolo={tmp_path}/y").replace("c.json", f"{tmp_path}/c.json") for word in words]
    done = run("convert", tmp_path / "r.jsonl", "--size", "8x8", *words)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert message in done.stderr


# Fewer vertices.


def polygons_of(seed: int) -> Iterator[Any]:
    yield from Masks.from_dense(blob(seed)[None]).polygons()[0]


@given(seed=st.integers(0, 10**6), tolerance=st.sampled_from([0.5, 1.0, 1.5, 2.0, 4.0, 9.0]))
def test_outlines_stay_within_the_tolerance_and_keep_their_holes(seed: int, tolerance: float) -> None:
    before = after = 0
    for part in polygons_of(seed):
        rings = [part.outer, *part.holes]
        simple = simplify_rings(rings, tolerance)
        assert len(simple) == len(rings)
        for old, new in zip(rings, simple, strict=True):
            assert len(new) >= 3
            assert shapely.LinearRing(new).is_simple
            assert shapely.hausdorff_distance(*map(shapely.LinearRing, (old, new)), densify=0.01) <= tolerance + 1e-9
            before, after = before + len(old), after + len(new)
    assert after <= before
    if tolerance >= 2:
        assert after < 0.6 * before


@given(seed=st.integers(0, 10**6))
def test_joined_holes_fill_to_the_same_area(seed: int) -> None:
    for part in polygons_of(seed):
        rings = simplify_rings([part.outer, *part.holes], 1.5)
        ring = join_any_holes(rings)
        x, y = ring.T
        area = 0.5 * float(x @ np.roll(y, -1) - y @ np.roll(x, -1))
        wanted = shapely.Polygon(rings[0]).area - sum(shapely.Polygon(hole).area for hole in rings[1:])
        assert area == pytest.approx(wanted)


def test_a_ring_keeps_three_vertices() -> None:
    ring = np.array([[0, 0], [5, 0], [5, 1], [0, 1]], np.int32)
    assert simplify_ring(ring, 100.0).sum() == 3
    line = np.array([[0, 0], [5, 0], [9, 0]], np.int32)
    assert simplify_ring(line, 1.0).sum() == 3


@pytest.mark.parametrize(
    "module", [yolo, coco, labelme, geojson, svg], ids=lambda module: module.__name__.split(".")[-1]
)
def test_every_format_of_polygons_has_fewer_vertices(tmp_path: Path, module: Any) -> None:
    made = [Record(f"{i}.png", Masks.from_dense(blob(i)[None], labels=["a"]), f"{i}.png") for i in range(cases(4))]
    sizes, areas = [], []
    for tolerance in (0.0, 1.0, 3.0):
        path = tmp_path / f"{tolerance}{'.json' if module in (coco, geojson) else ''}"
        with pytest.warns(LossWarning) if module is yolo else nothing():
            module.write(made, path, Settings(classes=("a",), polygons=True, simplify=tolerance))
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        sizes.append(sum(file.stat().st_size for file in files))
        areas.append(sum(int(record.masks.areas.sum()) for record in module.read(path)))
    assert sizes[0] > sizes[1] > sizes[2]
    assert areas[1:] == pytest.approx([areas[0]] * 2, rel=0.15)


class nothing:  # noqa: N801 - reads as a word
    """A context that does nothing."""

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def test_settings_are_checked() -> None:
    for bad in ({"split": 1.5}, {"split": True}, {"simplify": -1}, {"seed": 1.5}, {"place_images": "move"}):
        with pytest.raises(ArgumentError):
            Settings(**bad)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="a folder with the images that are placed"):
        Settings(place_images="copy")
    with pytest.raises(ArgumentError):
        ConvertOptions(split=2)
