"""What importing costs."""

from __future__ import annotations

import subprocess
import sys


def test_the_emulator_needs_neither_the_sdk_nor_a_compiler() -> None:
    code = "import sys, maskmill_bindings.emulator; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {name.partition(".")[0] for name in run.stdout.split()} & {"google", "httpx2", "cv2", "numba"}
