"""The cost model that ``maskmill bench`` fitted on this machine: a small file in the user's cache folder.

The file is read once per process, and only where there is a GPU to choose. A file of another machine or version, or one
that holds no model, is ignored. The folder is the one that NUMBA_CACHE_DIR names for machine code, or else the system's
for caches; nothing else is kept there, so no package is needed to find it.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

from .. import __version__
from . import hardware
from .cost_model import DEFAULT_MODEL, CostModel, JobCosts

_FORMAT: Final = "maskmill costs 1"
_MAX_BYTES: Final = 2**14
"""Maximum size of the file, several times what a model takes."""

_MAX_COST: Final = 1e9
"""Maximum microseconds per mask: a thousand seconds. NaN is not below it."""


@cache
def cached_model() -> CostModel:
    """Return the model of this machine, or the default.

    >>> cached_model().map.cpu > 0
    True
    """
    return read_model(model_path()) or DEFAULT_MODEL


def model_path() -> Path:
    """Return the file of this user, whether it exists or not."""
    return _cache_folder() / "costs.json"


def machine_identity() -> dict[str, Any]:
    """Return what a model is valid for; it holds no name of a host or a user."""
    python = "{}.{}".format(*sys.version_info)
    processor, gpus = hardware.processor_name(), hardware.gpu_names()
    return {"maskmill": __version__, "python": python, "processor": processor, "gpus": gpus}


def read_model(file: Path) -> CostModel | None:
    """Return the model in a file; None if there is none of this machine and version."""
    try:
        if not file.is_file() or file.stat().st_size > _MAX_BYTES:
            return None
        content = json.loads(file.read_bytes())
        if content["format"] != _FORMAT or content["machine"] != machine_identity():
            return None
        return CostModel(_costs(content["map"]), _costs(content["ring"]), _cost(content["batch"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def store_model(model: CostModel) -> Path | None:
    """Write the model of this machine; return its file, or None where nothing can be written."""
    file = model_path()
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    costs = {"map": model.map._asdict(), "ring": model.ring._asdict(), "batch": model.batch}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps({"format": _FORMAT, "machine": machine_identity(), **costs}, indent=2) + "\n")
        os.replace(temporary, file)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        return None
    return file


def _cache_folder() -> Path:
    """Return the folder of this package in the user's cache folder."""
    if folder := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(folder).absolute() / "maskmill"
    home = Path(os.path.expanduser("~")).absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "maskmill" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "maskmill"
    xdg = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (xdg if xdg.is_absolute() else home / ".cache") / "maskmill"


def _costs(content: dict[str, Any]) -> JobCosts:
    return JobCosts(**{name: _cost(content[name]) for name in JobCosts._fields})


def _cost(value: Any) -> float:
    """Return a number of microseconds; raise ValueError for anything else."""
    if type(value) not in (int, float) or not 0 <= value <= _MAX_COST:
        raise ValueError(value)
    return float(value)
