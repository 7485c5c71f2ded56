"""A scene with known masks, and replies about it as models write them, built without the engine's own code.

>>> import maskmill
>>> from maskmill.samples import SIZE, mixed
>>> maskmill.decode(mixed(), SIZE)  # doctest: +ELLIPSIS
<Masks: 6 rows of 960x640, 5 ok, 1 tokens...
"""

from __future__ import annotations

from ._replies import FORMS, Sample, compose, mixed, reply, samples
from ._scene import picture
from ._shapes import SHAPES, SIZE, Shape

__all__ = [
    "FORMS",
    "SHAPES",
    "SIZE",
    "Sample",
    "Shape",
    "compose",
    "mixed",
    "picture",
    "reply",
    "samples",
]
