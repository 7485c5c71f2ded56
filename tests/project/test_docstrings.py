"""Functions that take three arguments or more say what each of them is, and entries name their type.

Options that several commands share carry their help text in their type, in `maskmill_bindings._cli.shared.options`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from support.repository import ROOT, SOURCES

FILES = sorted(path for source in SOURCES for path in (ROOT / source).rglob("*.py"))
SHARED = ROOT / "bindings/maskmill_bindings/_cli/shared/options.py"
SHARED_OPTIONS = set(re.findall(r"^([A-Z]\w+) = Annotated", SHARED.read_text(encoding="utf-8"), re.MULTILINE))
SECTIONS = re.compile(
    r"^(?:(?:Other )?Parameters|Attributes)\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", re.MULTILINE | re.DOTALL
)
HEADS = re.compile(r"^\S.*$", re.MULTILINE)
TYPED = [path for path in FILES if not {"_cli", "_kernels"} & set(path.parts)]
Documented = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(tree: ast.Module) -> Iterator[Function]:
    """Yield the public functions of a module, and the public methods of its public classes."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from (inner for inner in node.body if isinstance(inner, Function) and not inner.name.startswith("_"))
        elif isinstance(node, Function) and not node.name.startswith("_"):
            yield node


def parameters(function: Function) -> list[str]:
    """Return the names of the parameters that a docstring must describe."""
    arguments = function.args
    every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    given = [each for each in every if each is not None and each.arg not in ("self", "cls") and each.arg[0] != "_"]
    return [
        each.arg
        for each in given
        if not (isinstance(each.annotation, ast.Name) and each.annotation.id in SHARED_OPTIONS)
    ]


def documented(docstring: str) -> set[str]:
    """Return the names that the Parameters section of a docstring describes."""
    section = re.search(r"^(?:Other )?Parameters\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", docstring, re.MULTILINE | re.DOTALL)
    heads = re.findall(r"^(\*{0,2}\w[\w, *]*?)(?: :.*)?$", section.group(1), re.MULTILINE) if section else []
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


def untyped_entries(docstring: str) -> list[str]:
    """Return the entries of the Parameters and Attributes sections of a docstring that lack a type."""
    return [head for section in SECTIONS.findall(docstring) for head in HEADS.findall(section) if " : " not in head]


def is_overload(function: Function) -> bool:
    """Tell whether a function is a signature for type checkers alone."""
    return any(isinstance(each, ast.Name) and each.id == "overload" for each in function.decorator_list)


def test_three_parameters_are_described() -> None:
    missing = {
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}": sorted(set(parameters(function)) - described)
        for path in FILES
        for function in public_functions(ast.parse(path.read_text(encoding="utf-8")))
        if len(parameters(function)) >= 3 and not is_overload(function)
        for described in [documented(ast.get_docstring(function) or "")]
        if not set(parameters(function)) <= described
    }
    assert missing == {}


def test_entries_name_their_type() -> None:
    """Commands are exempt, as `Annotated` types their options; kernels are, as Numba infers the types of many."""
    missing = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": entries
        for path in TYPED
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, Documented)
        for entries in [untyped_entries(ast.get_docstring(node) or "")]
        if entries
    }
    assert missing == {}
