"""Sizes of images and maps are keyword-only in the functions that Python calls, so that a swap cannot pass."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import FunctionType

import pytest
from numba import config

from maskmill._kernels import cpu

SIZES = {"width", "height", "map_width", "map_height"}


def public_functions() -> Iterator[tuple[str, FunctionType]]:
    for info in pkgutil.walk_packages(cpu.__path__, f"{cpu.__name__}."):
        for name, value in vars(importlib.import_module(info.name)).items():
            is_ours = isinstance(value, FunctionType) and value.__module__ == info.name
            if is_ours and not name.startswith("_"):
                yield f"{info.name}.{name}", value


@pytest.mark.skipif(config.DISABLE_JIT, reason="with the JIT off kernels are functions too")
def test_sizes_are_keyword_only() -> None:
    positional = [
        f"{name}({parameter.name})"
        for name, function in public_functions()
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name in SIZES and parameter.kind is not parameter.KEYWORD_ONLY
    ]
    assert positional == []
