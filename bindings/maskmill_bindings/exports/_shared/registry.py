"""The registry of export formats: one record per format, with every fact about it that other modules need.

To add a format, write its module with `write` and `read` beside the others, add its record here, and add a test in
``tests/interop`` that reads its files with another tool. `convert`, the command line and the tests read the record;
`docs/reference/formats.md` is written from it.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from maskmill.errors import expected


class Format(NamedTuple):
    """All facts about one export format.

    Attributes
    ----------
    module : str
        Name of its module in `maskmill_bindings.exports`.
    holds, lacks : str
        What its files hold, and what they lose, in Markdown.
    suffixes : tuple[str, ...]
        Suffixes by which its files are recognised; empty where other formats share them.
    is_folder : bool
        Whether it is a folder of files instead of one file.
    settings : tuple[str, ...]
        Names of the attributes of `Settings` that change its files.
    native_rule : str
        What draws its shapes by the rule ``native``; empty where the rule is ours, or where it holds no shapes.
    warns_of_empty_rows : bool
        Whether `convert` warns that rows without a pixel are left out; `write` itself does not warn of them.
    keeps_overlaps : bool
        Whether a pixel can belong to several masks.
    keeps_parts : bool
        Whether a mask of several parts is read back as one mask.
    keeps_labels : bool
        Whether the labels are read back, rather than numbers of classes.
    """

    module: str
    holds: str
    lacks: str
    suffixes: tuple[str, ...] = ()
    is_folder: bool = False
    settings: tuple[str, ...] = ()
    native_rule: str = ""
    warns_of_empty_rows: bool = False
    keeps_overlaps: bool = True
    keeps_parts: bool = True
    keeps_labels: bool = True

    @property
    def file_suffixes(self) -> tuple[str, ...]:
        """Suffixes that a file of this format may have, and those of its shards; the first is preferred."""
        return self.suffixes or (".json",)


_DATA_SET: Final = ("split", "seed", "place_images")
"""Settings of data sets to train on."""

FORMATS: Final[dict[str, Format]] = {
    "parquet": Format(
        "parquet",
        "one row per mask: key, index, label, score, status, form, x0 … y1, height, width, counts, area, problems, …",
        "images without a row; problems of a whole reply",
        suffixes=(".parquet",),
    ),
    "arrow": Format("arrow", "the same table, quick to load", "the same", suffixes=(".arrow", ".feather")),
    "coco": Format(
        "coco",
        "RLE with holes and parts; `--polygons`: holes joined by keyholes, which pycocotools fills to the same pixels",
        "rows without a pixel, statuses",
        suffixes=(".json",),
        settings=("classes", "polygons", "first_image", "first_mask", "images", "simplify", *_DATA_SET),
        warns_of_empty_rows=True,
        native_rule="pycocotools",
    ),
    "coco-results": Format(
        "coco_results",
        "RLE with scores, for `loadRes` of pycocotools",
        "names of images and classes, rows without a pixel, statuses",
        settings=("classes", "first_image"),
        warns_of_empty_rows=True,
        keeps_labels=False,
        native_rule="pycocotools",
    ),
    "coco-panoptic": Format(
        "panoptic",
        "one picture per image; a pixel belongs to one mask, the smaller on top",
        "overlaps, statuses",
        is_folder=True,
        settings=("classes", "first_image"),
        warns_of_empty_rows=True,
        keeps_overlaps=False,
    ),
    "yolo": Format(
        "yolo",
        "YOLO-seg polygons, exact for masks of one part, holes joined by keyholes",
        "which parts belong together, scores, statuses",
        is_folder=True,
        settings=("classes", "images", "simplify", *_DATA_SET),
        warns_of_empty_rows=True,
        keeps_parts=False,
        native_rule="Ultralytics",
    ),
    "labelstudio": Format(
        "labelstudio",
        "predictions with brush RLE; `--polygons`: polygons",
        "statuses; with polygons: which parts belong together",
        settings=("polygons", "simplify"),
        warns_of_empty_rows=True,
    ),
    "cvat": Format(
        "cvat",
        "CVAT for images 1.1, with masks",
        "scores, statuses",
        suffixes=(".xml",),
        settings=("classes",),
        warns_of_empty_rows=True,
        native_rule="pycocotools",
    ),
    "labelme": Format(
        "labelme",
        "LabelMe masks; `--polygons`: polygons, with one group per mask",
        "statuses",
        is_folder=True,
        settings=("polygons", "simplify"),
        warns_of_empty_rows=True,
        native_rule="LabelMe",
    ),
    "png": Format("png", "one picture per mask, with an index", "problems", is_folder=True),
    "png-maps": Format(
        "maps",
        "two pictures per image, one of classes and one of instances; the smaller mask on top",
        "overlaps, scores, statuses",
        is_folder=True,
        settings=("classes",),
        warns_of_empty_rows=True,
        keeps_overlaps=False,
    ),
    "geojson": Format(
        "geojson",
        "valid oriented polygons, in the CRS of the image if it has one (`--images`), else in pixels",
        "boxes of the model",
        suffixes=(".geojson",),
        settings=("images", "simplify"),
    ),
    "svg": Format(
        "svg",
        "one picture per image, a path per mask",
        "boxes of the model",
        is_folder=True,
        settings=("classes", "images", "simplify"),
        warns_of_empty_rows=True,
    ),
    "webdataset": Format(
        "webdataset",
        "per image `.json`, `.seg.png`, and the image itself if it is there (`--images`)",
        "items as the model wrote them",
        suffixes=(".tar",),
        settings=("images",),
    ),
    "npz": Format("npz", "flat arrays without pickle", "problems", suffixes=(".npz",)),
}
"""Every format by its name on the command line."""


def module_of(name: str) -> Any:
    """Return the module of a format.

    >>> module_of("coco").__name__
    'maskmill_bindings.exports.coco'

    Raises
    ------
    maskmill.errors.ArgumentError
        There is no such format.
    """
    if name not in FORMATS:
        raise expected(f"one of {', '.join(FORMATS)}", name, "to")
    return import_module(f"..{FORMATS[name].module}", __package__)


def format_of(path: Path) -> str | None:
    """Return the name of the format that a file's suffix stands for; None for any other suffix.

    >>> format_of(Path("masks.parquet"))
    'parquet'
    """
    return next((name for name, known in FORMATS.items() if path.suffix.lower() in known.suffixes), None)
