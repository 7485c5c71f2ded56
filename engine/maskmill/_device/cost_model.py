"""When a GPU pays: a model of both ways, fitted by ``maskmill bench`` where there is a GPU, else the one on paper.

The one on paper was made without a GPU. What is counted, for a mask in a box of 480x270 of an image of 1920x1080: a map
of 256x256 as the bits of its columns, or a ring of 24 vertices. The link carries the bits (8 KB) and weights (12 KB) or
the edges (2 KB), and the counts back (4 KB), at 25 GB/s (L4) or 50 GB/s (H100). A map takes 14 million instructions,
the most for the pass along its rows; a ring 2.4 million, the most to look at edges that do not span the column. A third
of the peak rate is taken for reached, 5 and 9.5 million million a second. Memory, a megabyte a mask at most, is no
bound. The columns of the CPU were measured together, on one core of a busy machine: their ratios matter.

==========================  ========  =========
microseconds a mask         map       ring
==========================  ========  =========
CPU alone, all of it        68.5      11.6
CPU before a GPU            54.8      4.2
Python before a GPU         4.5       3.7
L4: link, instructions      1.0, 2.9  0.3, 0.5
H100: link, instructions    0.5, 1.5  0.1, 0.25
==========================  ========  =========

So inflating PNGs, and reading numbers, bounds what a GPU can gain to 1.15 times for maps and 1.5 times for rings, on
one core. Python's part, which threads cannot share, and what a batch costs, assumed a millisecond for 25 launches,
copies and allocations, leave less than a tenth from two cores on. Pixels that stay on the device are another matter:
2 MB a mask take 7 microseconds (L4, 300 GB/s) or 0.6 (H100, 3.35 TB/s) to write, a core 140 and more, and the link to
the CPU 80 and 40. Hence `Masks.dense` takes a device by name.

Masks in a batch from which on ``device="auto"`` takes the GPU, for one and for two busy cores:

==========================  ============  ============
one core, two cores         maps          rings
==========================  ============  ============
L4                          426, never    394, never
H100                        426, never    394, never
==========================  ============  ============
"""

from __future__ import annotations

import os
from math import floor
from typing import Final, NamedTuple

from .._image_size import Size


class Costs(NamedTuple):
    """Microseconds a mask: alone on the CPU; before a GPU, outside and within Python; on the GPU and its link."""

    cpu: float
    host: float
    python: float
    device: float


class Model(NamedTuple):
    """The costs of maps and rings, and of a batch whatever is in it."""

    map: Costs = Costs(68.5, 54.8, 4.5, 3.9)
    ring: Costs = Costs(11.6, 4.2, 3.7, 0.8)
    batch: float = 1000.0


PAPER: Final = {
    "L4": Model(),
    "H100": Model(map=Costs(68.5, 54.8, 4.5, 2.0), ring=Costs(11.6, 4.2, 3.7, 0.35)),
}

DEFAULT: Final = PAPER["L4"]
"""Where nothing is fitted; a faster GPU changes nothing, as none of the columns that bound the gain is the GPU's."""

_GAIN: Final = 0.9
"""A GPU has to take so much less time, for it to be worth the risk of the model."""


def pays(texts: list[tuple[str, Size]], threads: int | None = None, model: Model | None = None) -> bool:
    """Tell whether a batch of replies is decoded faster with a GPU, so many threads being busy with others like it.

    >>> reply = '[' + ', '.join(['{"box_2d": [0, 0, 9, 9], "mask": [[0, 0], [9, 0], [9, 9]]}'] * 20) + ']'
    >>> [pays([(reply, (1920, 1080))] * n, threads=1, model=DEFAULT) for n in (1, 10, 20, 40)]
    [False, False, True, True]
    >>> pays([(reply, (1920, 1080))] * 200, threads=2, model=DEFAULT)
    False

    Parameters
    ----------
    texts
        Replies, with the sizes of their images.
    threads
        All cores if not given.
    model
        The machine's own if not given, see `maskmill._device.cost_cache`.
    """
    maps = sum(text.count("base64,") for text, _ in texts)
    rings = max(sum(text.count('"box_2d"') for text, _ in texts) - maps, 0)
    if model is None:
        from . import cost_cache

        model = cost_cache.model()
    both = (maps * of_map + rings * of_ring for of_map, of_ring in zip(model.map, model.ring, strict=True))
    return _gains(Costs(*both), threads or cores(), model.batch)


def least(one: Costs, threads: int, batch: float) -> int | None:
    """Return from how many masks of a kind on a GPU pays; None if it never does.

    >>> [least(PAPER[name].map, threads, 1000) for name in PAPER for threads in (1, 2)]
    [426, None, 426, None]
    >>> [least(PAPER[name].ring, threads, 1000) for name in PAPER for threads in (1, 2)]
    [394, None, 394, None]
    """
    saved = _GAIN * one.cpu / threads - one.host / threads - one.python
    if saved <= 0 or one.device >= _GAIN * one.cpu / threads:
        return None
    return floor(batch / saved) + 1


def _gains(all_of_them: Costs, threads: int, batch: float) -> bool:
    cpu, host, python, device = all_of_them
    return max(host / threads + python + batch, device) < _GAIN * cpu / threads


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
