"""Where the repository and its sources are."""

from __future__ import annotations

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SOURCES: Final = ("engine/maskmill", "bindings/maskmill_bindings")
