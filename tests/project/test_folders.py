"""Folders that one can survey, and public modules that look public; ``lint-imports`` checks how they import."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = (ROOT / "engine" / "maskmill", ROOT / "bindings" / "maskmill_bindings")
MAX_MODULES: Final = 16

PUBLIC: Final = {
    "maskmill": {"api", "codebooks", "errors", "limits", "masks", "samples", "status"},
    "maskmill_bindings": {
        *("convert", "emulator", "exports", "genai", "service"),
        *("fiftyone", "huggingface", "maskfile", "ray", "record", "supervision", "torch"),
    },
}


def test_no_folder_holds_too_many_modules() -> None:
    folders = {path.parent for package in PACKAGES for path in package.rglob("*.py")}
    counts = {folder.name: len({*folder.glob("*.py")} - {folder / "__init__.py"}) for folder in folders}
    assert {name: count for name, count in counts.items() if count > MAX_MODULES} == {}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_modules_that_are_not_public_look_private(package: Path) -> None:
    names = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert {name for name in names if not name.startswith("_")} == PUBLIC[package.name]
