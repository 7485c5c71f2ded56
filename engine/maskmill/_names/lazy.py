"""Import public names on first use, so that importing a package loads neither Numba nor OpenCV."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module


def lazy_names(
    package: str, places: Mapping[str, str], listed: Iterable[str] | None = None
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return the `__getattr__` and the `__dir__` of a package whose names are imported on first use.

    Type checkers must not see the assignment: to them, a package with `__getattr__` has every name, misspelt ones too.

    Parameters
    ----------
    package : str
        Name of the package.
    places : mapping of str to str
        The module in the package that holds each name, as ``module:name`` where the name differs there; an empty text
        where the name is that of a module itself.
    listed : iterable of str, optional
        The names that `dir` shows; None: those in `places`.
    """
    public = frozenset(places if listed is None else listed)

    def get_name(name: str) -> object:
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        place = places[name]
        if not place:
            return import_module(f".{name}", package)
        module, _, there = place.partition(":")
        value: object = getattr(import_module(f".{module}", package), there or name)
        setattr(sys.modules[package], name, value)
        return value

    def list_names() -> list[str]:
        dunders = (name for name in vars(sys.modules[package]) if name.startswith("__"))
        return sorted({*public, *dunders})

    return get_name, list_names
