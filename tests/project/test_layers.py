"""Imports run one way: the layers of both packages, stated once, without circles; and folders that one can survey."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = {
    "maskmill": ROOT / "engine" / "maskmill",
    "maskmill_bindings": ROOT / "bindings" / "maskmill_bindings",
}
MAX_MODULES: Final = 16

LAYERS: Final = {
    "maskmill": [
        ["_names", "_one_or_many", "_layout", "_model_ends", "errors"],
        ["_units"],
        ["_advice"],
        ["limits", "status"],
        ["_images", "_kernels"],
        ["_boxes"],
        ["_reply"],
        ["_forms", "_frames"],
        ["_device", "_drawing"],
        ["masks"],
        ["samples"],
        ["codebooks"],
        ["_options"],
        ["_pipeline"],
        ["_parallel", "_warmup", "_inspection"],
        ["api"],
        ["__main__"],
    ],
    "maskmill_bindings": [
        ["_moved", "_safe_text", "_atomic_files"],
        ["record", "_images"],
        ["_table"],
        ["exports"],
        ["_optional", "maskfile", "_sources"],
        ["_pairs_file"],
        ["convert"],
        ["fiftyone", "huggingface", "ray", "supervision", "torch"],
        ["genai", "emulator", "_bench", "service"],
        ["_charts"],
        ["_cli"],
        ["__main__"],
    ],
}
"""Lowest first: a module imports from lower layers and its own folder only."""

PUBLIC: Final = {
    "maskmill": {"api", "codebooks", "errors", "limits", "masks", "samples", "status"},
    "maskmill_bindings": {
        *("convert", "emulator", "exports", "genai", "service"),
        *("fiftyone", "huggingface", "maskfile", "ray", "record", "supervision", "torch"),
    },
}

Imports = dict[str, set[str]]


def modules_of(package: str) -> dict[str, Path]:
    """Return the file of each module by its full name."""
    folder = PACKAGES[package]
    names = {path: path.relative_to(folder).with_suffix("").parts for path in sorted(folder.rglob("*.py"))}
    return {".".join((package, *(part for part in parts if part != "__init__"))): path for path, parts in names.items()}


MODULES: Final = {name: path for package in PACKAGES for name, path in modules_of(package).items()}


def imports_of(name: str) -> Iterator[str]:
    """Yield our modules that a module imports anywhere in it, for type checkers too; of a package, its submodules."""
    path = MODULES[name]
    base = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom):
            source = [*base[: len(base) - node.level + 1]] if node.level else []
            module = ".".join([*source, *((node.module or "").split(".") if node.module else [])])
            for alias in node.names:
                submodule = f"{module}.{alias.name}"
                if submodule in MODULES or module in MODULES:
                    yield submodule if submodule in MODULES else module


IMPORTS: Final[Imports] = {name: set(imports_of(name)) - {name} for name in MODULES}


def layer_of(name: str) -> int:
    package, _, rest = name.partition(".")
    room = rest.partition(".")[0]
    return next((i for i, rooms in enumerate(LAYERS[package]) if room in rooms), -1)


def room_of(name: str) -> str:
    return ".".join(name.split(".")[:2])


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_has_a_layer(package: str) -> None:
    assert [name for name in MODULES if name.startswith(f"{package}.") and layer_of(name) < 0] == []


def test_the_engine_never_imports_the_bindings() -> None:
    arrows = [(name, other) for name, others in IMPORTS.items() for other in others]
    assert [a for a in arrows if a[0].split(".")[0] == "maskmill" and a[1].split(".")[0] == "maskmill_bindings"] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_run_down(package: str) -> None:
    """Imports of names from the package itself, which loads them lazily, do not count."""
    upward = [
        f"{name} imports {other}"
        for name in MODULES
        for other in sorted(IMPORTS[name])
        if name.startswith(f"{package}.") and other.startswith(f"{package}.")
        if room_of(name) != room_of(other) and layer_of(other) >= layer_of(name)
    ]
    assert upward == []


def test_no_circles_between_modules() -> None:
    """Imports for type checkers count; those that a module makes from the packages around it do not."""
    graph = {name: {other for other in others if not name.startswith(f"{other}.")} for name, others in IMPORTS.items()}
    graph = {name: others for name, others in graph.items() if name not in PACKAGES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" → ".join(error.args[1]))


def test_no_folder_holds_too_many_modules() -> None:
    folders: dict[Path, int] = {}
    for path in MODULES.values():
        if path.name != "__init__.py":
            folders[path.parent] = folders.get(path.parent, 0) + 1
    assert {folder.name: count for folder, count in folders.items() if count > MAX_MODULES} == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_modules_that_are_not_public_look_private(package: str) -> None:
    rooms = {name.split(".")[1] for name in MODULES if name.startswith(f"{package}.")} - {"__main__"}
    assert {room for room in rooms if not room.startswith("_")} == PUBLIC[package]


def folders_below(package: str) -> Imports:
    """Return which modules and folders directly in a package import which others of them."""
    graph: Imports = {}
    for name, others in IMPORTS.items():
        if not name.startswith(f"{package}."):
            continue
        room = name.removeprefix(f"{package}.").partition(".")[0]
        rooms = {
            other.removeprefix(f"{package}.").partition(".")[0] for other in others if other.startswith(f"{package}.")
        }
        graph.setdefault(room, set()).update(rooms - {room})
    return graph


@pytest.mark.parametrize("package", [name for name, path in MODULES.items() if path.name == "__init__.py"])
def test_no_circles_between_the_rooms_of_a_package(package: str) -> None:
    try:
        TopologicalSorter(folders_below(package)).prepare()
    except CycleError as error:
        pytest.fail(f"{package}: " + " → ".join(error.args[1]))
