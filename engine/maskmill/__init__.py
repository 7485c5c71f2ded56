"""Exact segmentation masks from any Gemini reply, and the reason for every mask that could not be made.

>>> import maskmill
>>> reply = '[{"box_2d": [0, 0, 500, 500], "mask": [[0, 0], [500, 0], [500, 500]], "label": "half"}]'
>>> masks = maskmill.decode(reply, size=(8, 8))
>>> masks.labels.tolist(), masks.status.tolist(), masks.areas.tolist()
(['half'], ['ok'], [6])
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from . import _moved as _moved  # registers names of earlier versions

if TYPE_CHECKING:
    from . import codebooks, errors
    from .api import Decoder, decode, decode_many, warmup
    from .limits import Limits
    from .masks import Mask, Masks
    from .status import Problem, ReplyStatus, Status

__version__ = "0.1.0"

__all__ = [
    "Decoder",
    "Limits",
    "Mask",
    "Masks",
    "Problem",
    "ReplyStatus",
    "Status",
    "codebooks",
    "decode",
    "decode_many",
    "errors",
    "warmup",
]

_HOME = {
    "Decoder": "api",
    "decode": "api",
    "decode_many": "api",
    "warmup": "api",
    "Limits": "limits",
    "Mask": "masks",
    "Masks": "masks",
    "Problem": "status",
    "ReplyStatus": "status",
    "Status": "status",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: importing the package loads neither numba nor cv2."""
    if name in ("codebooks", "errors"):
        return import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
