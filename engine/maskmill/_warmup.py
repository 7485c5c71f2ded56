"""Run every kernel once on small input, so that the user's first call finds it compiled."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ._device import selection
from .samples._replies import compose, encode_png
from .samples._shapes import SHAPES, SIZE

if TYPE_CHECKING:
    from .masks import Masks

Decode = Callable[[Any, tuple[int, int]], "Masks"]
"""Decodes a reply for an image of (width, height)."""

_SMALL: Final = (24, 16)
_FORMS: Final = ("ring", "png", "null", "ring_holes", "rle", "rle_list")
_WELL_FORMED: Final = ("ring", "png")
_FRACTIONS: Final = [[-0.5, 0.1], [700.3, 100.7], [300.9, 900.123456789]]
_CROSSING: Final = [[[0, 0], [900, 900], [900, 0], [0, 900]], [[100, 100], [500, 100], [500, 800.5]]]
_OUTSIDE: Final = [-100, -100, 300, 400]
_TALL: Final = (300, 2)
_BY_ROWS: Final = {"size": [16, 24], "counts": [53, 8, 16, 8, 16, 8, 275]}
"""An RLE that fits its box if it is read row by row."""

_BOX_OF_ROWS: Final = [125, 200, 320, 550]


def run_every_kernel(decode: Decode) -> None:
    """Decode each form that holds pixels, and compute each view of the masks; `decode` may have any options."""
    from ._kernels.cpu.png.unfilter import unfilter

    reply = compose(zip(SHAPES, _FORMS, strict=True))
    decode(compose(zip(SHAPES, _WELL_FORMED, strict=False)), SIZE)
    decode(reply, SIZE)
    decode(_unusual_items(), _SMALL)
    unfilter(np.zeros((2, 3), np.uint8))
    _fill_shapes()
    masks = decode(reply, _SMALL)
    _compute_views(masks)
    _compute_views(masks[1:])
    _compute_views(type(masks).from_dict(masks.to_dict()))
    _run_deferred_path(compose(zip(SHAPES, _WELL_FORMED, strict=False)), selection.choose_target("auto") != "cpu")


def _fill_shapes() -> None:
    """Fill shapes of annotation tools, one ring and rings that unite, and follow and simplify outlines."""
    from ._kernels.cpu.outlines import follow_pixels, simplify_ring
    from ._kernels.cpu.rasterize.ellipse import fill_ellipse
    from ._kernels.cpu.rasterize.fifths import fill_fifths
    from ._kernels.cpu.rasterize.scan_lines import fill_scan_lines

    width, height = _SMALL
    triangle = np.array([[1.0, 1.0], [9.0, 2.0], [4.0, 9.0]])
    fill_fifths([triangle], [0], [False], width=width, height=height)
    fill_fifths([triangle, triangle], [0, 1], [False, False], width=width, height=height)
    fill_scan_lines(triangle.astype(np.int64), width=width, height=height)
    fill_ellipse(1, 1, 9, 9, width=width, height=height)
    square = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.int32)
    follow_pixels(square, np.zeros(4, np.bool_))
    simplify_ring(square, 1.0)


def _run_deferred_path(reply: str, prepares_gpu: bool) -> None:
    """Run the kernels that precede a codebook or a GPU. CUDA is not started, so that the process may still fork."""
    from ._device.kernel_jobs import (
        Counts,
        KernelJob,
        MapJob,
        PolygonJob,
        concatenate_maps,
        concatenate_polygons,
        run_on_cpu,
    )
    from ._kernels.cpu.rasterize import grid_edges
    from ._kernels.cpu.resize import weights
    from ._options import Options
    from ._pipeline.fast_path import decode_deferred

    def run_jobs(jobs: list[KernelJob]) -> list[Counts]:
        if prepares_gpu:
            grid_edges.find_grid_edges(concatenate_polygons([job for job in jobs if isinstance(job, PolygonJob)]))
            maps = concatenate_maps([job for job in jobs if isinstance(job, MapJob)])
            weights.build_window_tables(maps.shapes, maps.boxes, maps.boxes)
        return run_on_cpu(jobs)

    decode_deferred([(reply, SIZE)], Options(device="cpu", codebook=False), run_jobs)


def _unusual_items() -> list[dict[str, Any]]:
    """Return items of the full path: fractions, crossing rings, a tall map in a box that leaves the image, odd RLEs."""
    tall = base64.b64encode(encode_png(np.ones(_TALL, bool))).decode()
    odd: list[dict[str, Any]] = [{"box_2d": _BOX_OF_ROWS, "mask": _BY_ROWS}, {"mask": _BY_ROWS}]
    return [{"mask": _FRACTIONS}, {"mask": _CROSSING}, {"box_2d": _OUTSIDE, "mask": tall}, *odd]


def _compute_views(masks: Masks) -> None:
    masks.dense()
    masks.crops()
    masks.coco()
    masks.polygons()
    masks.instance_map()
    masks.class_map(["orange"])
    masks.union()
    masks.iou(masks)
