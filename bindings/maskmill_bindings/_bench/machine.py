"""What a run was measured on: its hardware and software, and no name of a host, a user or a folder."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from maskmill._device import hardware

_PACKAGES: Final = ("maskmill", "numpy", "numba", "opencv-python-headless", "orjson", "pybase64", "deflate")
_CACHES: Final = Path("/sys/devices/system/cpu/cpu0/cache")
_UNITS: Final = {"K": 2**10, "M": 2**20, "G": 2**30}
_UNKNOWN_CACHE: Final = 32 * 2**20


def machine() -> dict[str, Any]:
    """The hardware, as far as the system tells it."""
    return {
        "processor": processor(),
        "architecture": platform.machine(),
        "cores": cores(),
        "caches": caches(),
        "memory_gib": round(memory() / 2**30, 1),
        "gpus": hardware.gpus(),
        "system": f"{platform.system()} {_release()}".strip(),
    }


def software(packages: tuple[str, ...] = _PACKAGES) -> dict[str, str]:
    """The version of Python and of each package that is installed."""
    found = {"python": platform.python_version()}
    for name in packages:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """Its name as its maker gives it."""
    if platform.system() == "Darwin":
        return _asked("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor()
    return hardware.processor()


def caches() -> dict[str, int]:
    """Bytes of each cache of the first core, by name: L1d, L2, L3; empty where the system does not tell."""
    found = {}
    for folder in sorted(_CACHES.glob("index*")):
        with suppress(OSError, ValueError, KeyError):
            level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
            letter = {"Data": "d", "Instruction": "i"}.get(kind, "")
            found[f"L{level}{letter}"] = int(size[:-1]) * _UNITS[size[-1]]
    return found


def last_cache() -> int:
    """Bytes of the largest cache."""
    return max(caches().values(), default=_UNKNOWN_CACHE)


def memory() -> int:
    """Bytes of memory; 0 where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return int(_asked("sysctl", "-n", "hw.memsize") or 0)


def gpu_names(models: list[str]) -> str:
    """How many of which.

    >>> gpu_names(["L4", "L4"])
    '2 L4'
    """
    counts = {model: models.count(model) for model in models}
    return ", ".join(model if count == 1 else f"{count} {model}" for model, count in counts.items())


def _release() -> str:
    """The numbers of the system's release, without what its builder has added."""
    found = re.match(r"[0-9]+(\.[0-9]+)*", platform.release())
    return found[0] if found else ""


def _asked(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5).stdout.strip()
    except OSError:
        return ""
