"""Reading data sets of other tools, down to COCO run lengths, against the tools' own loaders.

`python -m pytest benchmarks/test_readers.py` prints a table per data set, with ratios. Every contestant reads the file
and makes every mask: run lengths where it can, dense arrays where it makes those only. datumaro is an extra, `judges`.
"""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from maskmill_bindings.exports import coco, labelme, yolo

IMAGES = 100
PER_IMAGE = 7
SIZE = (640, 480)


def _outline(rng: np.random.Generator, vertices: int) -> np.ndarray:
    """Return a wavy outline (V, 2) of an object of about a tenth of the image."""
    angles = np.sort(rng.uniform(0, 2 * np.pi, vertices))
    radii = rng.uniform(50, 110) * (1 + 0.2 * np.sin(5 * angles + rng.uniform(0, 6)))
    centre = rng.uniform((120, 120), (520, 360))
    ring: np.ndarray = (centre + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)).round(2)
    return ring


def _outlines() -> list[list[np.ndarray]]:
    """Return the outlines of each image; as many vertices as COCO's annotations have, 25 on average."""
    rng = np.random.default_rng(7)
    return [[_outline(rng, int(rng.integers(8, 43))) for _ in range(PER_IMAGE)] for _ in range(IMAGES)]


@pytest.fixture(scope="module")
def coco_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a COCO file of polygons, with images of one colour beside it."""
    folder = tmp_path_factory.mktemp("coco")
    images, annotations = [], []
    for number, rings in enumerate(_outlines(), 1):
        images.append({"id": number, "file_name": f"{number:04}.png", "width": SIZE[0], "height": SIZE[1]})
        cv2.imwrite(str(folder / images[-1]["file_name"]), np.zeros(SIZE[::-1], np.uint8))
        for ring in rings:
            box = [*ring.min(0), *np.ptp(ring, 0)]
            annotation = {"id": len(annotations) + 1, "image_id": number, "category_id": 1, "iscrowd": 0, "bbox": box}
            annotations.append({**annotation, "area": 1.0, "segmentation": [ring.ravel().tolist()]})
    data = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "thing"}]}
    (folder / "instances.json").write_text(json.dumps(data))
    return folder / "instances.json"


@pytest.fixture(scope="module")
def yolo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a YOLO data set with its images."""
    folder = tmp_path_factory.mktemp("yolo")
    for name in ("images", "labels"):
        (folder / name).mkdir()
    for number, rings in enumerate(_outlines()):
        cv2.imwrite(str(folder / "images" / f"{number:04}.png"), np.zeros(SIZE[::-1], np.uint8))
        lines = ["0 " + " ".join(f"{share:.6f}" for share in (ring / SIZE).ravel()) for ring in rings]
        (folder / "labels" / f"{number:04}.txt").write_text("\n".join(lines))
    (folder / "data.yaml").write_text("names: [thing]\n")
    return folder


@pytest.fixture(scope="module")
def labelme_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of LabelMe's files."""
    folder = tmp_path_factory.mktemp("labelme")
    for number, rings in enumerate(_outlines()):
        shapes = [{"label": "thing", "points": ring.tolist(), "shape_type": "polygon"} for ring in rings]
        about = {"imagePath": f"{number}.jpg", "imageData": None, "imageWidth": SIZE[0], "imageHeight": SIZE[1]}
        (folder / f"{number:04}.json").write_text(json.dumps({"shapes": shapes, **about}))
    return folder


def _ours(module: Any, path: Path) -> list[bytes]:
    """Return the run lengths of a data set."""
    return [rle["counts"] for record in module.read(path) for rle in record.masks.coco()]


def _pycocotools(file: Path) -> list[bytes]:
    from pycocotools.coco import COCO

    with redirect_stdout(StringIO()):
        loaded = COCO(str(file))
    return [loaded.annToRLE(annotation)["counts"] for annotation in loaded.loadAnns(loaded.getAnnIds())]


def _pillow(folder: Path) -> list[np.ndarray]:
    """Return the masks (H, W) of LabelMe's files, drawn as LabelMe draws them: with Pillow."""
    from PIL import Image, ImageDraw

    masks = []
    for file in sorted(folder.glob("*.json")):
        data = json.loads(file.read_text())
        for shape in data["shapes"]:
            image = Image.new("L", (data["imageWidth"], data["imageHeight"]))
            ImageDraw.Draw(image).polygon([tuple(point) for point in shape["points"]], outline=1, fill=1)
            masks.append(np.array(image, bool))
    return masks


def _supervision_coco(file: Path) -> list[np.ndarray]:
    import supervision as sv

    loaded = sv.DetectionDataset.from_coco(str(file.parent), str(file), force_masks=True)
    return [mask for found in loaded.annotations.values() for mask in found.mask]


def _supervision_yolo(folder: Path) -> list[np.ndarray]:
    import supervision as sv

    images, labels = str(folder / "images"), str(folder / "labels")
    loaded = sv.DetectionDataset.from_yolo(images, labels, str(folder / "data.yaml"), force_masks=True)
    return [mask for found in loaded.annotations.values() for mask in found.mask]


def _datumaro(file: Path) -> list[Any]:
    """Return the masks of the polygons that datumaro imports."""
    datumaro = pytest.importorskip("datumaro", reason="datumaro is in the extra `judges`")
    from datumaro.util.mask_tools import rles_to_mask

    dataset = datumaro.Dataset.import_from(str(file), "coco_instances")
    return [rles_to_mask([shape.points], SIZE[0], SIZE[1]) for item in dataset for shape in item.annotations]


def test_coco_maskmill(benchmark: Any, coco_file: Path) -> None:
    benchmark.group = f"COCO: {IMAGES * PER_IMAGE} polygons to run lengths"
    assert benchmark(lambda: _ours(coco, coco_file)) == _pycocotools(coco_file)


@pytest.mark.parametrize("rival", [_pycocotools, _supervision_coco, _datumaro], ids=lambda rival: rival.__name__[1:])
def test_coco_of_others(benchmark: Any, coco_file: Path, rival: Any) -> None:
    benchmark.group = f"COCO: {IMAGES * PER_IMAGE} polygons to run lengths"
    assert len(benchmark(lambda: rival(coco_file))) == IMAGES * PER_IMAGE


def test_yolo_maskmill(benchmark: Any, yolo_folder: Path) -> None:
    benchmark.group = f"YOLO: {IMAGES * PER_IMAGE} polygons to masks"
    assert len(benchmark(lambda: _ours(yolo, yolo_folder))) == IMAGES * PER_IMAGE


def test_yolo_supervision(benchmark: Any, yolo_folder: Path) -> None:
    benchmark.group = f"YOLO: {IMAGES * PER_IMAGE} polygons to masks"
    assert len(benchmark(lambda: _supervision_yolo(yolo_folder))) == IMAGES * PER_IMAGE


def test_labelme_maskmill(benchmark: Any, labelme_folder: Path) -> None:
    benchmark.group = f"LabelMe: {IMAGES * PER_IMAGE} polygons to masks"
    benchmark(lambda: _ours(labelme, labelme_folder))
    drawn = [mask for record in labelme.read(labelme_folder) for mask in record.masks.dense()]
    assert np.array_equal(drawn, _pillow(labelme_folder))


def test_labelme_pillow(benchmark: Any, labelme_folder: Path) -> None:
    benchmark.group = f"LabelMe: {IMAGES * PER_IMAGE} polygons to masks"
    assert len(benchmark(lambda: _pillow(labelme_folder))) == IMAGES * PER_IMAGE
