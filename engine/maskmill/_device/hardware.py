"""What hardware this is, as far as files of the system tell it: nothing is started to ask."""

from __future__ import annotations

import platform
from contextlib import suppress
from pathlib import Path
from typing import Final

_CPU: Final = Path("/proc/cpuinfo")
_GPUS: Final = Path("/proc/driver/nvidia/gpus")


def processor() -> str:
    """Return its name as its maker gives it, if that is in a file."""
    return field(_CPU, "model name") or platform.processor() or platform.machine()


def gpus() -> list[str]:
    """Return the model of each GPU that NVIDIA's driver shows."""
    return [name for file in sorted(_GPUS.glob("*/information")) if (name := field(file, "Model"))]


def field(file: Path, name: str) -> str:
    """Return what stands behind a name and a colon in a file; nothing where it does not."""
    with suppress(OSError):
        for line in file.read_text(errors="replace").splitlines():
            if line.startswith(name):
                return line.partition(":")[2].strip()
    return ""
