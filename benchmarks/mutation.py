"""How many faults the quick tests find of those that all tests find: ``python -m benchmarks.mutation``.

Cosmic Ray makes the faults: an operator, a number, a comparison or a condition in one place of the source is another. A
sample of them is tried in a copy of the project: the quick tests first, and where they pass, all tests. Faults in
annotations, which nothing evaluates, are left out. Kernels are tried with the JIT off, since a changed kernel would
compile for a minute.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT: Final = Path(__file__).parents[1]
_COPIED: Final = ("engine", "bindings", "tests", "benchmarks", "docs", ".github", ".ci")
_TIMEOUT: Final = 1800
"""Seconds after which tests that a fault has hung are stopped; the fault is found."""


class Target(NamedTuple):
    """A part of the source, the tests that are about it, and the environment they run in."""

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    environment: dict[str, str]


_DECODING: Final = ("tests/engine/pipeline", "tests/engine/forms", "tests/engine/test_decode.py", "tests/robustness")
TARGETS: Final = {
    "reply": Target(("engine/maskmill/_reply",), ("tests/engine/reply", "tests/engine/frames", *_DECODING), {}),
    "kernels": Target(
        ("engine/maskmill/_kernels/cpu", "engine/maskmill/_kernels/steps"),
        ("tests/engine/kernels", "tests/engine/masks", "tests/engine/codebooks", *_DECODING),
        {"NUMBA_DISABLE_JIT": "1"},
    ),
}
"""Those that are most about the part come first, since the first failure ends a run."""


class Fault(NamedTuple):
    """One change of one file: Cosmic Ray's operator, and which of its places in the file."""

    path: str
    operator: str
    occurrence: int


def faults_in(path: Path) -> Iterator[Fault]:
    """Yield every fault that Cosmic Ray knows for a file."""
    tree = get_ast(path.read_text(encoding="utf-8"))
    for name in operator_names():
        operator_class = get_operator(name)
        if operator_class.arguments():
            continue
        operator = operator_class()
        count = sum(1 for node in ast_nodes(tree) for _ in operator.mutation_positions(node))
        yield from (Fault(str(path.relative_to(ROOT)), name, number) for number in range(count))


def broken(fault: Fault) -> str | None:
    """Return the text of a file with a fault in it; None where nothing that runs is another."""
    text = (ROOT / fault.path).read_text(encoding="utf-8")
    mutated: str | None = mutate_code(text, get_operator(fault.operator)(), fault.occurrence)
    if mutated is None:
        return None
    try:
        return None if _executed(mutated) == _executed(text) else mutated
    except SyntaxError:
        return None


def _executed(text: str) -> str:
    """Return a module without what is never evaluated: annotations and docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(None)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
    return ast.dump(tree)


def sample(target: Target, count: int, seed: int) -> list[tuple[Fault, str]]:
    """Return some faults of a target with the broken files; files are drawn first, so that long ones do not prevail."""
    rng, chosen = random.Random(seed), dict[Fault, str]()
    files = sorted(path for source in target.sources for path in (ROOT / source).rglob("*.py"))
    faults = {path: list(faults_in(path)) for path in files}
    while len(chosen) < count:
        of_file = faults[rng.choice(files)]
        fault = rng.choice(of_file) if of_file else None
        if fault and fault not in chosen and (text := broken(fault)) is not None:
            chosen[fault] = text
    return list(chosen.items())


def is_found(folder: Path, target: Target, options: list[str]) -> bool:
    """Tell whether tests fail in a copy of the project."""
    paths = os.pathsep.join(str(folder / name) for name in ("engine", "bindings"))
    words = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *options, *target.tests]
    environment = {**os.environ, **target.environment, "PYTHONPATH": paths}
    try:
        return subprocess.run(words, cwd=folder, env=environment, capture_output=True, timeout=_TIMEOUT).returncode != 0
    except subprocess.TimeoutExpired:
        return True


def main() -> None:
    """Try a sample of faults, and print which tests find them."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", default="auto", help="for pytest -n")
    arguments = parser.parse_args()
    target, results = TARGETS[arguments.target], []
    parallel = ["-n", arguments.processes] if arguments.processes != "0" else []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in (*_COPIED, *(path.name for path in ROOT.iterdir() if path.is_file())):
            copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
            copy(ROOT / name, folder / name)
        if is_found(folder, target, parallel):
            sys.exit("the tests fail without a fault")
        for fault, text in sample(target, arguments.count, arguments.seed):
            (folder / fault.path).write_text(text, encoding="utf-8")
            by = "quick" if is_found(folder, target, parallel) else ""
            by = by or ("all" if is_found(folder, target, [*parallel, "--all"]) else "none")
            shutil.copy2(ROOT / fault.path, folder / fault.path)
            results.append(by)
            print(json.dumps({**fault._asdict(), "found_by": by}), flush=True)
    found = len(results) - results.count("none")
    print(f"{found} of {len(results)} faults are found, {results.count('quick')} of them by the quick tests")


if __name__ == "__main__":
    main()
