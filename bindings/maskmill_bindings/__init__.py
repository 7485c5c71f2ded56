"""Everything around the engine: sources, export formats, the model client, and adapters to frameworks.

Names are imported when they are first used, so importing this package is cheap and needs no optional package.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from . import _moved as _moved  # registers names of earlier versions

if TYPE_CHECKING:
    from . import convert, emulator, exports, fiftyone, genai, huggingface, ray, service, supervision, torch
    from .maskfile import MaskFile
    from .record import Record

__all__ = [
    "MaskFile",
    "Record",
    "convert",
    "emulator",
    "exports",
    "fiftyone",
    "genai",
    "huggingface",
    "ray",
    "service",
    "supervision",
]
if find_spec("torch") is not None:  # without it, the module cannot be imported
    __all__ += ["torch"]

_HOME = {"MaskFile": "maskfile", "Record": "record"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name in _HOME:
        return getattr(import_module(f".{_HOME[name]}", __name__), name)
    if name not in (*__all__, "torch"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f".{name}", __name__)


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
