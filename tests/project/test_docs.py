"""Every example in a docstring is run, and every public thing has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import warnings
from types import ModuleType

import pytest

import maskmill
import maskmill_bindings

NEEDS = {
    "maskmill_bindings.torch": "torch",
    "maskmill_bindings.huggingface": "datasets",
    "maskmill_bindings.fiftyone": "fiftyone",
    "maskmill_bindings.ray": "ray",
}
"""Modules whose examples need a package that the tests do without."""


def modules(package: ModuleType) -> list[str]:
    return [m.name for m in pkgutil.walk_packages(package.__path__, package.__name__ + ".")] + [package.__name__]


@pytest.mark.parametrize("name", [*modules(maskmill), *modules(maskmill_bindings)])
def test_examples_are_true(name: str) -> None:
    if name in NEEDS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what others do while they are imported
            pytest.importorskip(NEEDS[name])
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.IGNORE_EXCEPTION_DETAIL).failed == 0
    assert module.__doc__


@pytest.mark.parametrize("name", [n for n in maskmill.__all__ if n != "errors"])
def test_public_names_begin_with_an_example(name: str) -> None:
    documented = inspect.getdoc(getattr(maskmill, name)) or ""
    assert ">>>" in documented.split("Parameters\n")[0].split("Attributes\n")[0], name
