"""Exact segmentation masks from any Gemini reply, and the reason for every mask that could not be made.

>>> import maskmill
>>> reply = '[{"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [500, 0], [500, 500]], "label": "half"}]'
>>> masks = maskmill.decode(reply, size=(8, 8))
>>> masks.labels.tolist(), masks.status.tolist(), masks.areas.tolist()
(['half'], ['ok'], [6])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._names import moved as _moved  # noqa: F401 - registers names of earlier versions
from ._names.lazy import lazy_names as _lazy

if TYPE_CHECKING:
    from . import codebooks, errors, samples
    from ._inspection import Inspection
    from .api import Decoder, decode, decode_many, inspect, warmup
    from .limits import Limits
    from .masks import Mask, Masks, Patch, Polygon
    from .status import Problem, ReplyStatus, Status

__version__ = "0.1.0"

__all__ = [
    "Decoder",
    "Inspection",
    "Limits",
    "Mask",
    "Masks",
    "Patch",
    "Polygon",
    "Problem",
    "ReplyStatus",
    "Status",
    "codebooks",
    "decode",
    "decode_many",
    "errors",
    "inspect",
    "samples",
    "warmup",
]

_PLACES = {
    "Decoder": "api",
    "Inspection": "_inspection",
    "Limits": "limits",
    "Mask": "masks",
    "Masks": "masks",
    "Patch": "masks",
    "Polygon": "masks",
    "Problem": "status",
    "ReplyStatus": "status",
    "Status": "status",
    "codebooks": "",
    "decode": "api",
    "decode_many": "api",
    "errors": "",
    "inspect": "api",
    "samples": "",
    "warmup": "api",
}

if not TYPE_CHECKING:
    __getattr__, __dir__ = _lazy(__name__, _PLACES)
