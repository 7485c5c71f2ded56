"""Kernels neither raise nor allocate: see the rules in CONTRIBUTING."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.repository import ROOT

KERNELS = ROOT / "engine/maskmill/_kernels"
FILES = sorted(path for path in KERNELS.rglob("*.py") if path.name != "_jit.py")
IDS = [path.relative_to(KERNELS).as_posix() for path in FILES]

ALLOCATING = {"arange", "array", "concatenate", "copy", "empty", "empty_like", "full", "ones", "zeros", "zeros_like"}
MEASURED = {"count_cooccurrences"}
"""A kernel that allocates one small array, per call on thousands of tokens."""

BUILT = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp | ast.GeneratorExp | ast.JoinedStr


def compiled(tree: ast.Module, *decorators: str) -> Iterator[ast.FunctionDef]:
    """Yield the functions that carry one of the decorators."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and any(
            isinstance(each, ast.Name) and each.id in decorators for each in node.decorator_list
        ):
            yield node


def allocates(node: ast.AST) -> bool:
    """Tell whether an expression makes a new array or another Python object."""
    if isinstance(node, BUILT):
        return True
    function = node.func if isinstance(node, ast.Call) else None
    return (
        isinstance(function, ast.Attribute)
        and function.attr in ALLOCATING
        and not (isinstance(function.value, ast.Attribute) and function.value.attr == "shared")
    )


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_kernels_neither_raise_nor_allocate(path: Path) -> None:
    for function in compiled(ast.parse(path.read_text()), "kernel", "step", "shared", "cuda_kernel"):
        for node in ast.walk(function):
            assert not isinstance(node, ast.Raise | ast.Assert | ast.Try), function.name
            assert function.name in MEASURED or not allocates(node), function.name
