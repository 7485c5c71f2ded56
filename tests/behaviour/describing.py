"""Masks as values: everything that a caller can see of them."""

from __future__ import annotations

import pickle
import pickletools
from hashlib import sha256
from typing import Any

import numpy as np

import maskmill

from .writing import digest, short


def masks_of(masks: maskmill.Masks) -> dict[str, Any]:
    """The dictionary of masks, and how they and their rows and problems are printed."""
    return {
        "repr": repr(masks),
        "rows": short([repr(row) for row in masks]),
        "dict": short(masks.to_dict()),
        "problems": short([repr(problem) for problem in masks.problems]),
        "reply": [str(masks.reply_status), repr(masks.reply_status)],
        "status": masks.status.tolist()[:40],
        "areas": masks.areas.tolist()[:40],
    }


def pickles_of(masks: maskmill.Masks) -> dict[str, Any]:
    """Digests of pickles: as they are, and with the names of the package's modules left out."""
    first = list(masks)[:1]
    return {
        "masks": sha256(pickle.dumps(masks, 5)).hexdigest(),
        "mask": [sha256(pickle.dumps(row, 5)).hexdigest() for row in first],
        "unplaced": digest(unplaced(pickle.dumps(masks, 5))),
    }


def unplaced(data: bytes) -> list[str]:
    """The steps of a pickle without frames and without the names of the package's modules."""
    steps = []
    for code, argument, _ in pickletools.genops(data):
        text = "maskmill…" if isinstance(argument, str) and argument.startswith("maskmill") else repr(argument)
        steps += [] if code.name == "FRAME" else [f"{code.name} {text}"]
    return steps


def views_of(masks: maskmill.Masks) -> dict[str, Any]:
    """Every view of masks, by digest."""
    labels = sorted(set(masks.labels.tolist()))
    return {
        "columns": [_column(masks, n) for n in ("size", "labels", "status", "forms", "scores", "boxes", "filled")],
        "extents": masks.extents.tolist(),
        "items": short(list(masks.items)),
        "dense": digest(masks.dense()),
        "crops": [[y, x, digest(np.asarray(pixels))] for y, x, pixels in masks.crops()],
        "coco": short(masks.coco()),
        "polygons": digest([_parts(parts) for parts in masks.polygons()]),
        "instance_map": [digest(masks.instance_map(order)) for order in ("area", "score", "reply")],
        "class_map": [digest(masks.class_map(labels)), digest(masks.class_map(dict.fromkeys(labels[:2], 7)))],
        "union": short(masks.union()),
        "iou": digest(masks.iou(masks[::-1])),
        "overlay": [digest(masks.overlay()), digest(masks.overlay(_ground(masks.size)))],
        "again": _again(masks),
        "first": [_row(row) for row in list(masks)[:2]],
    }


def _column(masks: maskmill.Masks, name: str) -> list[Any]:
    value = getattr(masks, name)
    return [name, str(value.dtype), value.tolist()] if isinstance(value, np.ndarray) else [name, repr(value)]


def _ground(size: tuple[int, int]) -> np.ndarray:
    width, height = size
    return (np.add.outer(np.arange(height) * 3, np.arange(width) * 5) % 256).astype(np.uint8)


def _parts(parts: list[Any]) -> list[Any]:
    return [[np.asarray(outer).tolist(), [np.asarray(hole).tolist() for hole in holes]] for outer, holes in parts]


def _again(masks: maskmill.Masks) -> dict[str, Any]:
    """Masks made of what the views gave."""
    made = {
        "dict": maskmill.Masks.from_dict(masks.to_dict()),
        "coco": maskmill.Masks.from_coco(masks.coco(), size=masks.size, labels=masks.labels.tolist()),
        "polygons": maskmill.Masks.from_polygons(masks.polygons(), size=masks.size, scores=masks.scores),
        "dense": maskmill.Masks.from_dense(masks.dense(), boxes=masks.boxes),
        "map": maskmill.Masks.from_map(masks.instance_map(), {1: "one"}),
        "pickle": pickle.loads(pickle.dumps(masks)),
        "ok": masks[masks.status == "ok"],
        "even": masks[::2],
        "named": masks[list(range(len(masks)))[-1:]],
    }
    return {name: [repr(other), digest(other.to_dict())] for name, other in made.items()}


def _row(row: maskmill.Mask) -> dict[str, Any]:
    plain = ("size", "label", "status", "form", "score", "area", "filled", "problems")
    y, x, pixels = row.crop()
    return {
        **{name: repr(getattr(row, name)) for name in plain},
        "item": short(row.item),
        "box": row.box.tolist(),
        "dense": digest(row.dense()),
        "crop": [y, x, digest(np.asarray(pixels))],
        "coco": repr(row.coco())[:400],
        "polygons": digest(_parts(row.polygons())),
    }
