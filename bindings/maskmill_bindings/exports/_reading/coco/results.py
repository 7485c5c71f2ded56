"""Read COCO results: the list of masks with scores of a model, grouped by image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from maskmill.errors import ArgumentError, expected

from ..options import ReadOptions
from ..parts.values import read_json
from .files import CocoFile, CocoImage, Entries, Id, image_size, is_id, same_id, to_record, to_unread
from .instances import read_annotation


def read_entries(path: Path, options: ReadOptions) -> Entries:
    """Yield one record per image that has results; then what names no image."""
    results = read_json(path)
    if not isinstance(results, list):
        raise expected("a list of results", results, str(path))
    file = CocoFile(path.name, path.parent)
    for image in _by_image(results, file).values():
        try:
            size = image_size(image, file, options)
        except ArgumentError as error:
            yield to_unread(image, error, file)
        else:
            rows = [read_annotation(result, size, file, at, options) for at, result in image.annotations]
            yield to_record(image, rows, size, file)
    yield from file.unread


def _by_image(results: list[Any], file: CocoFile) -> dict[Id, CocoImage]:
    """Return the images that the results name, in the order in which they come."""
    images: dict[Id, CocoImage] = {}
    for i, result in enumerate(results):
        number = result.get("image_id") if isinstance(result, dict) else None
        if not is_id(number):
            file.refuse(f"[{i}]", expected("a result with the id of its image", result, f"[{i}]"))
            continue
        image = images.setdefault(same_id(number), CocoImage({"id": number}, len(images) + 1))
        image.annotations.append((f"[{i}]", result))
    return images
