"""The hardware and software of a run, without names of hosts, users or folders."""

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
_DEFAULT_CACHE_BYTES: Final = 32 * 2**20


def describe_machine() -> dict[str, Any]:
    """Return a description of the hardware, as far as the system shows it."""
    return {
        "processor": _processor(),
        "architecture": platform.machine(),
        "cores": hardware.count_cores(),
        "caches": cache_sizes(),
        "memory_gib": round(memory_bytes() / 2**30, 1),
        "gpus": hardware.gpu_names(),
        "system": f"{platform.system()} {_release()}".strip(),
    }


def package_versions(packages: tuple[str, ...] = _PACKAGES) -> dict[str, str]:
    """Return the versions of Python and of the installed packages among some."""
    versions = {"python": platform.python_version()}
    for name in packages:
        with suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


def _processor() -> str:
    """Return the processor's name as its manufacturer writes it."""
    if platform.system() == "Darwin":
        return _query("sysctl", "-n", "machdep.cpu.brand_string") or platform.processor()
    return hardware.processor_name()


def cache_sizes() -> dict[str, int]:
    """Return the bytes of each cache of the first core by name (L1d, L2, L3), as far as the system shows them."""
    sizes = {}
    for folder in sorted(_CACHES.glob("index*")):
        with suppress(OSError, ValueError, KeyError):
            level, kind, size = ((folder / name).read_text().strip() for name in ("level", "type", "size"))
            letter = {"Data": "d", "Instruction": "i"}.get(kind, "")
            sizes[f"L{level}{letter}"] = int(size[:-1]) * _UNITS[size[-1]]
    return sizes


def last_level_cache_bytes() -> int:
    """Return the bytes of the largest cache."""
    return max(cache_sizes().values(), default=_DEFAULT_CACHE_BYTES)


def memory_bytes() -> int:
    """Return the bytes of memory; 0 if the system does not show them."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return int(_query("sysctl", "-n", "hw.memsize") or 0)


def format_gpus(models: list[str]) -> str:
    """Return the models of GPUs with their numbers.

    >>> format_gpus(["L4", "L4"])
    '2 L4'
    """
    counts = {model: models.count(model) for model in models}
    return ", ".join(model if count == 1 else f"{count} {model}" for model, count in counts.items())


def _release() -> str:
    """Return the number of the system's release, without what a distributor has appended."""
    number = re.match(r"[0-9]+(\.[0-9]+)*", platform.release())
    return number[0] if number else ""


def _query(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5).stdout.strip()
    except OSError:
        return ""
