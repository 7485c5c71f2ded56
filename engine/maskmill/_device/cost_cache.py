"""The model of costs that was fitted on this machine: a small file in the user's cache folder.

It is read once in a process, and only where there is a GPU to choose. One of another machine, another version, or that
holds anything but a model, is as good as none. The folder is the one that NUMBA_CACHE_DIR names for machine code, or
else the system's for caches; nothing else is kept there, so that no package is needed to find it.
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
from .cost_model import DEFAULT, Costs, Model

_FORMAT: Final = "maskmill costs 1"
_MOST: Final = 2**14
"""Bytes of the file: several times what it takes."""

_SLOWEST: Final = 1e9
"""Microseconds, a thousand seconds a mask: nothing takes longer, and NaN is not below it."""


@cache
def model() -> Model:
    """Return the model of this machine, or the default.

    >>> model().map.cpu > 0
    True
    """
    return read(path()) or DEFAULT


def path() -> Path:
    """Return the file of this user, whether it is there or not."""
    return _folder() / "costs.json"


def identity() -> dict[str, Any]:
    """Return what a model holds for: no name of a host or a user."""
    python = "{}.{}".format(*sys.version_info)
    return {"maskmill": __version__, "python": python, "processor": hardware.processor(), "gpus": hardware.gpus()}


def read(file: Path) -> Model | None:
    """Return the model in a file, or None if it is not one of this machine and version."""
    try:
        if not file.is_file() or file.stat().st_size > _MOST:
            return None
        found = json.loads(file.read_bytes())
        if found["format"] != _FORMAT or found["machine"] != identity():
            return None
        return Model(_costs(found["map"]), _costs(found["ring"]), _number(found["batch"]))
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None


def store(made: Model) -> Path | None:
    """Write a model for this machine; return its file, or None where nothing can be written."""
    file = path()
    spare = file.with_name(f"{file.name}.{os.getpid()}")
    kept = {"map": made.map._asdict(), "ring": made.ring._asdict(), "batch": made.batch}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        spare.write_text(json.dumps({"format": _FORMAT, "machine": identity(), **kept}, indent=2) + "\n")
        os.replace(spare, file)
    except OSError:
        with suppress(OSError):
            spare.unlink()
        return None
    return file


def _folder() -> Path:
    if chosen := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(chosen).absolute() / "maskmill"
    home = Path(os.path.expanduser("~")).absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "maskmill" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "maskmill"
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (named if named.is_absolute() else home / ".cache") / "maskmill"


def _costs(found: dict[str, Any]) -> Costs:
    return Costs(**{name: _number(found[name]) for name in Costs._fields})


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not 0 <= value <= _SLOWEST:
        raise ValueError(value)
    return float(value)
