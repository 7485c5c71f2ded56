"""Seeds: the files of every format, as we write them and as other tools do."""

from __future__ import annotations

import base64
import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from maskmill import Masks
from maskmill_bindings import exports
from maskmill_bindings.record import Record

SQUARE = [[1, 1], [6.5, 1], [6, 5], [1, 4.5]]
FLAT = [value for point in SQUARE for value in point]


def write_seeds(name: str, folder: Path) -> list[Path]:
    """Write the seeds of a format, each a file or a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    seeds = [*_ours(name, folder), *_of_others(name, folder)]
    assert seeds
    return seeds


def _ours(name: str, folder: Path) -> list[Path]:
    known = exports.FORMATS[name]
    rng = np.random.default_rng(3)
    records = []
    for i in range(2):
        pixels = rng.random((2, 6, 8)) < 0.4
        records.append(
            Record(f"a{i}.png", Masks.from_dense(pixels, labels=["cat", "dog"], scores=[0.5, 0.25]), f"a{i}.png")
        )
    seeds = []
    for polygons in (False, True) if "polygons" in known.settings else (False,):
        path = folder / f"ours{polygons:d}{'' if known.is_folder else known.file_suffixes[0]}"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exports.module_of(name).write(records, path, exports.Settings(polygons=polygons))
        seeds.append(path)
    return seeds


def _png(pixels: Any) -> bytes:
    data = io.BytesIO()
    Image.fromarray(np.asarray(pixels, np.uint8)).save(data, "PNG")
    return data.getvalue()


def _of_others(name: str, folder: Path) -> list[Path]:
    """Write what another tool would."""
    make = _MAKERS.get(name)
    return make(folder) if make else []


def _json(file: Path, value: Any) -> list[Path]:
    file.write_text(json.dumps(value, indent=1))
    return [file]


def _coco(folder: Path) -> list[Path]:
    rle = {"size": [6, 8], "counts": [0, 5, 43]}
    shapes = [[FLAT], rle, {"size": [6, 8], "counts": "05[1"}, FLAT, [FLAT, [1, 1, 2, 2, 3, 3]], None]
    data = {
        "images": [{"id": 1, "file_name": "a.png", "width": 8, "height": 6}, {"id": 2, "width": None, "height": 6.0}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": [
            {"id": i, "image_id": 1, "category_id": 1, "segmentation": shape, "bbox": [1, 1, 5, 4], "score": 0.5}
            for i, shape in enumerate(shapes)
        ],
    }
    single = {"image": {"image_id": 1, "width": 8, "height": 6}, "annotations": [{"segmentation": rle}]}
    return _json(folder / "coco.json", data) + _json(folder / "sa1b.json", single)


def _results(folder: Path) -> list[Path]:
    rle = {"size": [6, 8], "counts": [0, 5, 43]}
    return _json(folder / "r.json", [{"image_id": 1, "category_id": 2, "segmentation": rle, "score": 0.5}])


def _labelme(folder: Path) -> list[Path]:
    kinds = [("polygon", SQUARE), ("rectangle", SQUARE[:2]), ("circle", SQUARE[:2]), ("oriented_rectangle", SQUARE)]
    shapes: list[dict[str, Any]] = [{"label": "cat", "points": p, "shape_type": k, "group_id": 1} for k, p in kinds]
    mask = base64.b64encode(_png(np.ones((2, 3)))).decode()
    shapes.append({"label": "dog", "points": [[1, 1], [3, 2]], "shape_type": "mask", "mask": mask, "group_id": None})
    data = {
        "version": "5",
        "shapes": shapes,
        "imagePath": "a.jpg",
        "imageData": mask,
        "imageHeight": 6,
        "imageWidth": 8,
    }
    return _json(folder / "labelme.json", data)


def _labelstudio(folder: Path) -> list[Path]:
    sides = {"original_width": 8, "original_height": 6, "image_rotation": 0}
    url = "data:image/png;base64," + base64.b64encode(_png(np.ones((6, 8)))).decode()
    values: list[dict[str, Any]] = [
        {"points": [[10, 10], [60, 10], [60, 70]], "polygonlabels": ["cat"]},
        {"x": 10, "y": 10, "width": 30, "height": 40, "rotation": 20, "rectanglelabels": ["cat"]},
        {"x": 50, "y": 50, "radiusX": 20, "radiusY": 30, "rotation": 5, "ellipselabels": ["cat"]},
        {"imageDataURL": url, "bitmasklabels": ["dog"]},
    ]
    regions = [{"id": str(i), "type": "x", **sides, "value": value} for i, value in enumerate(values)]
    task = {"id": 1, "data": {"image": "a.png"}, "annotations": [{"id": 1, "completed_by": 3, "result": regions}]}
    small = {"image": "a.png", "label": [{**value, **sides} for value in values], "annotator": 2}
    return _json(folder / "tasks.json", [task, task]) + _json(folder / "min.json", [small])


def _cvat(folder: Path) -> list[Path]:
    file = folder / "cvat.xml"
    file.write_text(
        '<?xml version="1.0"?><annotations><image id="0" name="a.png" width="8" height="6">'
        '<polygon label="cat" points="1.0,1.0;6.5,1.0;6.0,5.0"/>'
        '<box label="cat" xtl="1" ytl="1" xbr="5" ybr="4" rotation="30"/>'
        '<mask label="dog" rle="0, 4, 2" left="1" top="1" width="3" height="2"/><points label="cat" points="1,1"/>'
        '<ellipse label="cat" cx="4" cy="3" rx="2" ry="1.5" rotation="10"/>'
        '</image><track id="1" label="a"/></annotations>'
    )
    return [file]


def _yolo(folder: Path) -> list[Path]:
    root = folder / "yolo"
    for name in ("train/images", "train/labels"):
        (root / name).mkdir(parents=True)
    (root / "train/images/a.png").write_bytes(_png(np.zeros((6, 8))))
    (root / "train/labels/a.txt").write_text(
        "0 0.1 0.1 0.9 0.1 0.9 0.9\n1 0.5 0.5 0.2 0.2\n0 0.1 0.1 0.5 0.1 0.5 0.5 0.75\n"
    )
    (root / "data.yaml").write_text("names: [cat, dog]\ntrain: ../train/images\n")
    return [root]


def _panoptic(folder: Path) -> list[Path]:
    root = folder / "panoptic"
    (root / "panoptic_val").mkdir(parents=True)
    pixels = np.zeros((6, 8, 3))
    pixels[1:4, 2:5] = (44, 1, 0)
    (root / "panoptic_val" / "a.png").write_bytes(_png(pixels))
    data = {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 8, "height": 6}],
        "categories": [{"id": 1, "name": "cat", "isthing": 1}],
        "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 300, "category_id": 1}]}],
    }
    _json(root / "panoptic_val.json", data)
    return [root]


def _geojson(folder: Path) -> list[Path]:
    ring = [*SQUARE, SQUARE[0]]
    geometries = [
        {"type": "Polygon", "coordinates": [ring]},
        {"type": "MultiPolygon", "coordinates": [[ring, ring[:3]]]},
    ]
    features = [
        {"type": "Feature", "geometry": one, "properties": {"classification": {"name": "Tumor"}, "size": [8, 6]}}
        for one in geometries
    ]
    placed = {"frame": "EPSG:3857", "transform": [1, 0, 0, 0, -1, 6], "size": [8, 6], "key": "a"}
    features.append({"type": "Feature", "geometry": geometries[0], "properties": placed})
    return _json(folder / "q.geojson", {"type": "FeatureCollection", "features": features})


def _svg(folder: Path) -> list[Path]:
    file = folder / "others.svg"
    file.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 6">'
        '<g fill-rule="evenodd" transform="translate(1 1) scale(.5)">'
        '<path id="a" d="M1 1h6v4H1zM2 2c1 0 1 1 2 1a2 1 0 0 1 1 1z"><title>cat</title></path></g>'
        '<rect x="1" y="1" width="3" height="2" rx="1"/><circle cx="4" cy="3" r="2"/>'
        '<polygon points="1,1 5,1 5,4"/></svg>'
    )
    return [file]


_MAKERS = {
    "coco": _coco,
    "coco-results": _results,
    "labelme": _labelme,
    "labelstudio": _labelstudio,
    "cvat": _cvat,
    "yolo": _yolo,
    "coco-panoptic": _panoptic,
    "geojson": _geojson,
    "svg": _svg,
}
