"""Every kernel once, on next to nothing, so that whatever a user does first is compiled already."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ._device import selection
from .samples._replies import compose, png
from .samples._shapes import SHAPES, SIZE

if TYPE_CHECKING:
    from .api import Decoder
    from .masks import Masks

_SMALL: Final = (24, 16)
_FORMS: Final = ("ring", "png", "null", "ring_holes", "rle", "rle_list")
_PLAIN: Final = ("ring", "png")
_FRACTIONS: Final = [[-0.5, 0.1], [700.3, 100.7], [300.9, 900.123456789]]
_CROSSING: Final = [[[0, 0], [900, 900], [900, 0], [0, 900]], [[100, 100], [500, 100], [500, 800.5]]]
_OUTSIDE: Final = [-100, -100, 300, 400]
_TALL: Final = (300, 2)


def run_every_kernel(decoder: Decoder) -> None:
    """Decode each form that holds pixels, and take each view of the masks.

    Parameters
    ----------
    decoder
        What decodes; its options have no part in what is compiled.
    """
    from ._kernels.cpu.png.unfilter import unfilter

    reply = compose(zip(SHAPES, _FORMS, strict=True))
    decoder.decode(compose(zip(SHAPES, _PLAIN, strict=False)), SIZE)
    decoder.decode(reply, SIZE)
    decoder.decode(_odd(), _SMALL)
    unfilter(np.zeros((2, 3), np.uint8))
    masks = decoder.decode(reply, _SMALL)
    _view(masks)
    _view(masks[1:])
    _view(type(masks).from_dict(masks.to_dict()))
    _hand_over(compose(zip(SHAPES, _PLAIN, strict=False)), selection.choose("auto") != "cpu")


def _hand_over(reply: str, to_a_gpu: bool) -> None:
    """Gather what a codebook, or a GPU, takes over. None is started: whoever has started one may not fork any more."""
    from ._device.kernel_jobs import Counts, MapWork, RingWork, Work, maps_of, on_the_cpu, rings_of
    from ._kernels.cpu.rasterize import grid_edges
    from ._kernels.cpu.resize import weights
    from ._pipeline import fast_path
    from .limits import Limits

    def make(works: list[Work]) -> list[Counts]:
        if to_a_gpu:
            grid_edges.grid_edges(rings_of([work for work in works if isinstance(work, RingWork)]))
            maps = maps_of([work for work in works if isinstance(work, MapWork)])
            weights.tables(maps.shapes, maps.boxes, maps.boxes)
        return on_the_cpu(works)

    fast_path.build_all_elsewhere([(reply, SIZE)], 127, "auto", Limits(), make)


def _odd() -> list[dict[str, Any]]:
    """What takes another way: coordinates with fractions, crossing rings, a tall map in a box that leaves the image."""
    tall = base64.b64encode(png(np.ones(_TALL, bool))).decode()
    return [{"mask": _FRACTIONS}, {"mask": _CROSSING}, {"box_2d": _OUTSIDE, "mask": tall}]


def _view(masks: Masks) -> None:
    masks.dense()
    masks.crops()
    masks.coco()
    masks.polygons()
    masks.instance_map()
    masks.class_map(["orange"])
    masks.union()
    masks.iou(masks)
