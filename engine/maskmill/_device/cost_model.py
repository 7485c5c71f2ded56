"""A cost model that tells when a GPU decodes a batch faster than the CPU.

``maskmill bench`` fits the model where there is a GPU; `DEFAULT_MODEL` is an estimate made without one. It is for a
mask in a box of 480x270 of an image of 1920x1080: a map of 256x256 as the bits of its columns, or a polygon of 24
vertices. The link carries the bits (8 KB) and weights (12 KB) or the edges (2 KB), and the run lengths back (4 KB), at
25 GB/s (L4) or 50 GB/s (H100). A map takes 14 million instructions, most of them for the pass along its rows; a polygon
2.4 million, most of them for edges that do not span the column. Kernels are assumed to reach a third of the peak rate:
5 and 9.5 million million instructions per second. Memory, at most a megabyte per mask, is no bound. The columns of the
CPU were measured together, on one core of a busy machine: their ratios matter.

==========================  ========  =========
microseconds per mask       map       polygon
==========================  ========  =========
CPU alone                   68.5      11.6
CPU before a GPU            54.8      4.2
Python before a GPU         4.5       3.7
L4: link, instructions      1.0, 2.9  0.3, 0.5
H100: link, instructions    0.5, 1.5  0.1, 0.25
==========================  ========  =========

So inflating PNGs and reading numbers bound the gain of a GPU to 1.15 times for maps and 1.5 times for polygons, on one
core. Python's part, which threads cannot share, and the cost of a batch, assumed to be a millisecond for 25 launches,
copies and allocations, leave less than a tenth from two cores on. Pixels that stay on the device are another matter:
writing 2 MB per mask takes 7 microseconds (L4, 300 GB/s) or 0.6 (H100, 3.35 TB/s), against 140 and more on a core, and
the link to the CPU takes 80 and 40. Hence `Masks.dense` takes the name of a device.

Minimum number of masks in a batch for which ``device="auto"`` uses the GPU, on one and on two busy cores:

==========================  ============  ============
one core, two cores         maps          polygons
==========================  ============  ============
L4                          426, never    394, never
H100                        426, never    394, never
==========================  ============  ============
"""

from __future__ import annotations

from math import floor
from typing import Final, NamedTuple

from .._images.size import Size
from .hardware import count_cores


class JobCosts(NamedTuple):
    """Microseconds per mask.

    Attributes
    ----------
    cpu : float
        On the CPU alone.
    host, python : float
        On the CPU before a GPU: outside Python, which threads share, and within it, which they do not.
    device : float
        On the GPU and its link.
    """

    cpu: float
    host: float
    python: float
    device: float


class CostModel(NamedTuple):
    """The costs of maps and of polygons, and the microseconds of a batch whatever it holds."""

    map: JobCosts = JobCosts(68.5, 54.8, 4.5, 3.9)
    ring: JobCosts = JobCosts(11.6, 4.2, 3.7, 0.8)
    batch: float = 1000.0


ESTIMATES: Final = {
    "L4": CostModel(),
    "H100": CostModel(map=JobCosts(68.5, 54.8, 4.5, 2.0), ring=JobCosts(11.6, 4.2, 3.7, 0.35)),
}
"""The estimates of the module's header, by GPU."""

DEFAULT_MODEL: Final = ESTIMATES["L4"]
"""Used where no model was fitted; a faster GPU changes nothing, since the CPU's columns bound the gain."""

_MAX_TIME_SHARE: Final = 0.9
"""A GPU must take less than this share of the CPU's time, to be worth the risk that the model is wrong."""


def gpu_pays(texts: list[tuple[str, Size]], model: CostModel, threads: int | None = None) -> bool:
    """Tell whether a GPU decodes a batch of replies faster.

    >>> reply = '[' + ', '.join(['{"box_2d": [0, 0, 9, 9], "mask": [[0, 0], [9, 0], [9, 9]]}'] * 20) + ']'
    >>> [gpu_pays([(reply, (1920, 1080))] * n, DEFAULT_MODEL, threads=1) for n in (1, 10, 20, 40)]
    [False, False, True, True]
    >>> gpu_pays([(reply, (1920, 1080))] * 200, DEFAULT_MODEL, threads=2)
    False

    Parameters
    ----------
    texts : list[tuple[str, tuple[int, int]]]
        Replies, each with the (width, height) of its image.
    model : CostModel
        The machine's costs; see `cost_cache.cached_model`.
    threads : int, optional
        How many threads are busy with batches like this one; by default, one per core.
    """
    maps = sum(text.count("base64,") for text, _ in texts)
    polygons = max(sum(text.count('"box_2d"') for text, _ in texts) - maps, 0)
    totals = (maps * map_cost + polygons * cost for map_cost, cost in zip(model.map, model.ring, strict=True))
    return _is_gpu_faster(JobCosts(*totals), threads or count_cores(), model.batch)


def min_masks_for_gpu(costs: JobCosts, threads: int, batch: float) -> int | None:
    """Return the minimum number of masks in a batch for which a GPU pays; None if it never does.

    >>> [min_masks_for_gpu(ESTIMATES[name].map, threads, 1000) for name in ESTIMATES for threads in (1, 2)]
    [426, None, 426, None]
    >>> [min_masks_for_gpu(ESTIMATES[name].ring, threads, 1000) for name in ESTIMATES for threads in (1, 2)]
    [394, None, 394, None]

    Parameters
    ----------
    costs : JobCosts
        Microseconds per mask, all masks being of one kind.
    threads : int
        How many threads are busy.
    batch : float
        Microseconds per batch.
    """
    saved = _MAX_TIME_SHARE * costs.cpu / threads - costs.host / threads - costs.python
    if saved <= 0 or costs.device >= _MAX_TIME_SHARE * costs.cpu / threads:
        return None
    return floor(batch / saved) + 1


def _is_gpu_faster(totals: JobCosts, threads: int, batch: float) -> bool:
    cpu, host, python, device = totals
    return max(host / threads + python + batch, device) < _MAX_TIME_SHARE * cpu / threads
