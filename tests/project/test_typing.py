"""What type checkers and editors see: every public name typed, every option shown, every misspelling refused."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import maskmill
import maskmill_bindings
from maskmill.masks import Masks

PROGRAM = Path(__file__).parents[1] / "support" / "typed" / "every_name.py"
MISUSES = (
    ('maskmill.decod("[]", (3, 2))', "decod"),
    ('maskmill.decode("[]", (3, 2), treshold=9)', "treshold"),
    ('maskmill.decode("[]", (3, 2), axis="yz")', "yz|axis"),
    ('maskmill.decode("[]", 5)', "size|int"),
    ('maskmill.decode("[]", (3, 2)).select(status="okay")', "okay|status"),
    ("maskmill.Masks.from_coco([], (3, 2), lables=[])", "lables"),
    ('maskmill.decode("[]", (3, 2)).coco()[0]["count"]', "count|TypedDict"),
    ("maskmill.exports.coco", "exports"),
    ("maskmill_bindings.exports.parket", "parket"),
    ("maskmill_bindings.genai.Cleint", "Cleint"),
)
FRONTS = (
    "maskmill",
    "maskmill.codebooks",
    "maskmill.masks",
    "maskmill_bindings",
    "maskmill_bindings.exports",
    "maskmill_bindings.convert",
    "maskmill_bindings.genai",
    "maskmill_bindings.emulator",
)


def test_the_program_runs_and_uses_every_public_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert runpy.run_path(str(PROGRAM))["main"](tmp_path) == 0
    assert "The reply is ok" in capsys.readouterr().out
    source = ast.parse(PROGRAM.read_text())
    used = {node.id for node in ast.walk(source) if isinstance(node, ast.Name)}
    used |= {node.attr for node in ast.walk(source) if isinstance(node, ast.Attribute)}
    assert used >= set(maskmill.__all__)
    assert used >= {name for name in vars(Masks) if name.startswith(("from_", "to_"))}
    assert "Any" not in used


def check(command: list[str], folder: Path) -> tuple[int, list[str]]:
    """Return the exit status of a type checker, and its errors."""
    packages = [str(Path(package.__file__ or "").parents[1]) for package in (maskmill, maskmill_bindings)]
    environment = {**os.environ, "MYPYPATH": os.pathsep.join(packages), "PYTHONPATH": os.pathsep.join(packages)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)
    return done.returncode, [line for line in done.stdout.splitlines() if re.search(r"\berror\b", line)]


def checker(name: str, file: Path, folder: Path) -> list[str]:
    """Return the command of a strict type checker for one file."""
    if name == "mypy":
        pytest.importorskip("mypy")
        return [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            "--cache-dir",
            str(folder / "cache"),
            str(file),
        ]
    program = shutil.which("basedpyright", path=str(Path(sys.executable).parent)) or shutil.which("basedpyright")
    if program is None:
        pytest.skip("needs basedpyright")
    settings = f'{{"include": ["{file}"], "typeCheckingMode": "strict", "pythonVersion": "3.11"}}'
    (folder / "pyrightconfig.json").write_text(settings)
    return [program, "-p", str(folder), "--pythonpath", sys.executable]


@pytest.mark.parametrize("name", ["mypy", "pyright"])
def test_a_strict_type_checker_accepts_the_program(name: str, tmp_path: Path) -> None:
    status, errors = check(checker(name, PROGRAM, tmp_path), tmp_path)
    assert (status, errors) == (0, [])


@pytest.mark.parametrize("name", ["mypy", "pyright"])
def test_a_strict_type_checker_refuses_each_misuse(name: str, tmp_path: Path) -> None:
    file = tmp_path / "misuse.py"
    lines = ["import maskmill", "import maskmill_bindings", *(f"print({code})" for code, _ in MISUSES)]
    file.write_text("\n".join(lines) + "\n")
    status, errors = check(checker(name, file, tmp_path), tmp_path)
    assert status == 1
    for number, (code, pattern) in enumerate(MISUSES, 3):
        own = [line for line in errors if re.search(rf"misuse\.py:{number}\b", line)]
        assert any(re.search(pattern, line) for line in own), (code, errors)


@pytest.mark.parametrize("front", FRONTS)
def test_completion_shows_every_public_name(front: str) -> None:
    jedi = pytest.importorskip("jedi")
    module = importlib.import_module(front)
    shown = {name.name for name in jedi.Script(f"import {front}\n{front}.").complete()}
    assert shown >= set(module.__all__)
    assert set(module.__all__) <= set(dir(module))
    others = {name for name in dir(module) if not name.startswith("_")} - {*module.__all__, "annotations"}
    assert all(isinstance(getattr(module, name), ModuleType) for name in others)


@pytest.mark.parametrize(
    ("code", "function"),
    [
        ("maskmill.decode", maskmill.decode),
        ("maskmill.decode_many", maskmill.decode_many),
        ("maskmill.inspect", maskmill.inspect),
        ("maskmill.Decoder", maskmill.Decoder),
        ("maskmill.Masks.from_coco", Masks.from_coco),
        ("maskmill.Masks.select", Masks.select),
        ("maskmill_bindings.convert.ConvertOptions", maskmill_bindings.convert.ConvertOptions),
        ("maskmill_bindings.exports.Settings", maskmill_bindings.exports.Settings),
        ("maskmill_bindings.genai.Client", maskmill_bindings.genai.Client),
    ],
)
def test_signatures_show_every_option(code: str, function: Any) -> None:
    parameters = inspect.signature(function).parameters
    assert not any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    documented = inspect.getdoc(function) or ""
    options = [name for name in parameters if name != "self"]
    for name in options:
        assert re.search(rf"\b{name}\b.* : |^(\w+, )*{name}(, \w+)*( : .*)?$", documented, re.MULTILINE), name
    jedi = pytest.importorskip("jedi")
    [signature] = jedi.Script(f"import maskmill, maskmill_bindings\n{code}(").get_signatures()
    assert {parameter.name for parameter in signature.params} >= set(options)
