"""The hardware of this machine, as files and the operating system show it without starting anything."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path
from typing import Final

_CPU: Final = Path("/proc/cpuinfo")
_GPUS: Final = Path("/proc/driver/nvidia/gpus")


def count_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor_name() -> str:
    """Return the processor's name as its manufacturer writes it, where a file holds it."""
    return read_field(_CPU, "model name") or platform.processor() or platform.machine()


def gpu_names() -> list[str]:
    """Return the model of each GPU that NVIDIA's driver shows."""
    return [name for file in sorted(_GPUS.glob("*/information")) if (name := read_field(file, "Model"))]


def read_field(file: Path, name: str) -> str:
    """Return the text after ``name:`` in a file; empty if there is none."""
    with suppress(OSError):
        for line in file.read_text(errors="replace").splitlines():
            if line.startswith(name):
                return line.partition(":")[2].strip()
    return ""
