"""Everything around the engine: data sets, export formats, the model client, a service, adapters to frameworks.

| to | use |
| --- | --- |
| convert replies or masks by the million | `convert.convert`, or ``maskmill convert`` |
| write masks as COCO, YOLO, Parquet, …, and read them | `exports.coco.write`, `exports.read`, with `Record` |
| read single records of a Parquet file by their key | `MaskFile` |
| ask a Gemini model for masks | `genai.Client`, or ``maskmill segment``; try it with `emulator.Emulator` |
| decode over HTTP | `service.Service`, or ``python -m maskmill_bindings.service`` |
| pass masks to a framework | `supervision`, `torch`, `huggingface`, `fiftyone`, `ray` |

Names are imported when they are first used, so importing this package is cheap and needs no optional package.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from maskmill._names.lazy import lazy_names as _lazy

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

if not TYPE_CHECKING:
    _PLACES = {**dict.fromkeys((*__all__, "torch"), ""), "MaskFile": "maskfile", "Record": "record"}
    __getattr__, __dir__ = _lazy(__name__, _PLACES, __all__)
