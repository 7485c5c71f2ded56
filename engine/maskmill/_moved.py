"""Old module names, so that pickles and imports that name them still work."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any, Final

_MOVED: Final = {
    "columns": "masks._storage",
    "geometry": "_boxes",
    "mask": "masks._row",
    "patches": "masks._patches",
    "polygon": "masks._polygons",
    "sizes": "_image_size",
    "targets": "_device.selection",
    "views": "masks._views",
    "codebooks.codebook": "codebooks._codebook",
    "codebooks.fitted": "codebooks._fitted",
    "codebooks.fitting": "codebooks._fitting",
    "codebooks.fitting.curve": "codebooks._fitting.curve",
    "codebooks.model": "codebooks._field_model",
    "codebooks.paligemma": "codebooks._paligemma",
    "codebooks.scores": "codebooks._scores",
    "samples.replies": "samples._replies",
    "samples.shapes": "samples._shapes",
}
_RENAMED: Final = {
    "codebooks.fitting.curve.Point": "codebooks._fitting.curve.CurvePoint",
    "codebooks.model.Model": "codebooks._field_model.FieldModel",
    "columns.RawItems": "masks._storage.LazyItems",
    "samples.shapes.Part": "samples._shapes.ScenePart",
}


class _MovedModule(ModuleType):
    """A module under its old name; the new one is imported when an attribute is first used."""

    def __init__(self, package: str, old: str, new: str, renamed: dict[str, str]) -> None:
        super().__init__(f"{package}.{old}", f"Moved to `{package}.{new}`.")
        self._package, self._old, self._new, self._renamed = package, old, new, renamed

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        place = self._renamed.get(f"{self._old}.{name}", f"{self._new}.{name}")
        module, _, new_name = f"{self._package}.{place}".rpartition(".")
        return getattr(import_module(module), new_name)


def register_moved(package: str, moved: dict[str, str], renamed: dict[str, str]) -> None:
    """Make modules of a package importable under their old names; nothing is imported yet.

    Parameters
    ----------
    package : str
        Name of the package.
    moved : dict[str, str]
        New name of each module by its old one, both relative to the package.
    renamed : dict[str, str]
        New place of each class whose name changed, by its old one: ``module.Class``, relative to the package.
    """
    for old, new in moved.items():
        sys.modules.setdefault(f"{package}.{old}", _MovedModule(package, old, new, renamed))


register_moved("maskmill", _MOVED, _RENAMED)
