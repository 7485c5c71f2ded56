"""What every format writes for fixed records, what it warns of, and what it gives back."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

import maskmill
from maskmill import samples
from maskmill_bindings.exports import FORMATS, Settings
from maskmill_bindings.record import Record

from .run import normal
from .writing import LONG, digest, tried, write_lines

_TEXTS = (".json", ".jsonl", ".txt", ".yaml", ".xml", ".svg", ".geojson", ".csv")


def record(out: Path, chosen: argparse.Namespace) -> None:
    """Write a file of lines for each format."""
    for name in FORMATS:
        write_lines(out / "exports" / f"{name}.jsonl", _of_format(name))


def module(name: str) -> Any:
    """The module of a format."""
    return import_module(f"maskmill_bindings.exports.{FORMATS[name].module}")


def lists() -> dict[str, Any]:
    """Fixed lists of records, and one batch of masks without a record."""
    mixed = maskmill.decode(samples.mixed(), samples.SIZE)
    holes = maskmill.decode(samples.reply("ring_holes"), (240, 160))
    filled = maskmill.decode(samples.reply("tokens"), (320, 200), fallback="box")
    none = maskmill.decode("[]", (64, 48))
    first = Record("scene", mixed, "photos/image.png", "replies.jsonl", 1, "gemini-2.5-flash")
    return {
        "samples": [
            first,
            Record("holes", holes, "holes.jpg"),
            Record("rle", maskmill.decode(samples.reply("rle"), samples.SIZE)),
        ],
        "overlapping": [Record("over", _overlapping(), "over.jpg"), Record("none", none, "none.jpg")],
        "odd": [Record("filled é", filled, "filled é.jpg"), Record("a/b", _overlapping()[:2]), Record("…", _named())],
        "nothing": [Record("none", none), Record("unread", maskmill.decode("no masks", (64, 48)), "unread.png")],
        "no records": [],
        "rows": [Record("part", mixed[[1, 3]], "part.png", rows=(1, 3))],
        "masks": mixed,
        "one": first,
    }


def _overlapping() -> maskmill.Masks:
    """Masks one over another, of two parts, with a hole, of one pixel, of none; with scores."""
    pixels = np.zeros((6, 48, 64), np.uint8)
    pixels[0, 4:30, 4:40] = 1
    pixels[1, 10:40, 20:60] = 1
    pixels[1, 20:25, 30:35] = 0
    pixels[2, 2:6, 2:6] = pixels[2, 40:44, 50:60] = 1
    pixels[3, 12, 12] = 1
    pixels[4, 30:40, 30:40] = np.eye(10)
    labels = ["cup", "plate", "cup", "crumb", "crack", "ghost"]
    return maskmill.Masks.from_dense(pixels, labels=labels, scores=[0.9, 0.25, 1.0, 0.5, float("nan"), 0.1])


def _named() -> maskmill.Masks:
    """Masks with labels that file formats may stumble over."""
    labels = ["杯 <&>", 'quo"te', "a/b\\c", "", "line\nbreak", "👍🏽", "a, b", "- yaml: [x]"]
    rings = [[[[i, i], [i + 9, i], [i + 9, i + 7], [i, i + 7]]] for i in range(8)]
    return maskmill.Masks.from_polygons(rings, (32, 24), labels=labels)


def _settings(name: str) -> dict[str, Settings | None]:
    classes = ("cup", "plate", "crumb", "crack", "ghost", *sorted({shape.label for shape in samples.SHAPES}))
    more = {"polygons": Settings(polygons=True)} if name in ("coco", "labelstudio", "labelme") else {}
    numbers = {"numbers": Settings(first_image=7, first_mask=70)} if name in ("coco", "coco-results") else {}
    return {"default": None, "classes": Settings(classes=classes), **more, **numbers}


def _of_format(name: str) -> Iterator[dict[str, Any]]:
    for title, given in lists().items():
        for chosen, settings in _settings(name).items():
            yield {
                "records": title,
                "settings": chosen,
                **_plain(tried(lambda g=given, s=settings: _written(name, g, s))),
            }


def _written(name: str, given: Any, settings: Settings | None) -> dict[str, Any]:
    with TemporaryDirectory(prefix="maskmill-behaviour-") as temporary:
        folder = Path(temporary)
        path = folder / f"out{'' if FORMATS[name].is_folder else (*FORMATS[name].suffixes, '.json')[0]}"
        writer = module(name).write
        files = writer(given, path) if settings is None else writer(given, path, settings)
        return {
            "files": [Path(file).relative_to(folder).as_posix() for file in files],
            "found": {p.relative_to(folder).as_posix(): content(p) for p in sorted(folder.rglob("*")) if p.is_file()},
            "again": _plain(tried(lambda: [_read(row) for row in module(name).read(path)])),
        }


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """What was raised, without the temporary folder in it."""
    import json

    return json.loads(normal(json.dumps(value, default=repr))) if "raises" in value else value


def content(path: Path) -> list[Any]:
    """Size and digest of a file, and its text where it is a short one."""
    data = path.read_bytes()
    text = [normal(data)] if path.suffix in _TEXTS and len(data) <= LONG else []
    return [len(data), digest(data), *text]


def _read(row: Record) -> list[Any]:
    named = [row.key, row.name, row.stem, row.image, row.model, list(row.rows), row.line]
    return [*named, repr(row.masks), row.masks.labels.tolist(), digest(row.masks.to_dict())]
