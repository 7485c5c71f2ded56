"""Names of earlier versions, so that pickles and imports that hold them still work."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Final

_MOVED: Final = {
    "codebooks.codebook.Codebook": "codebooks._codebook.Codebook",
    "codebooks.fitted.Evidence": "codebooks._fitted.Evidence",
    "codebooks.fitted.Fitted": "codebooks._fitted.Fitted",
    "codebooks.fitting.Curve": "codebooks._fitting.Curve",
    "codebooks.fitting.Point": "codebooks._fitting.CurvePoint",
    "codebooks.fitting.fit": "codebooks._fitting.fit",
    "codebooks.fitting.learning_curve": "codebooks._fitting.learning_curve",
    "codebooks.fitting.curve.Curve": "codebooks._fitting.curve.Curve",
    "codebooks.fitting.curve.Point": "codebooks._fitting.curve.CurvePoint",
    "codebooks.fitting.curve.learning_curve": "codebooks._fitting.curve.learning_curve",
    "codebooks.model.Model": "codebooks._field_model.FieldModel",
    "codebooks.paligemma.PaliGemma": "codebooks._paligemma.PaliGemma",
    "codebooks.scores.Scores": "codebooks._scores.Scores",
    "codebooks.scores.Spread": "codebooks._scores.Spread",
    "columns.Columns": "masks._storage.Columns",
    "columns.RawItems": "masks._storage.LazyItems",
    "geometry.Box": "_boxes.Box",
    "geometry.as_number": "_boxes.as_number",
    "geometry.is_unit_frame": "_boxes.is_unit_frame",
    "geometry.read_box": "_boxes.read_box",
    "mask.Mask": "masks._row.Mask",
    "patches.Patch": "masks._patches.Patch",
    "polygon.Polygon": "masks._polygons.Polygon",
    "polygon.polygons_of": "masks._polygons.polygons_of",
    "samples.replies.FORMS": "samples._replies.FORMS",
    "samples.replies.Form": "samples._replies.Form",
    "samples.replies.Sample": "samples._replies.Sample",
    "samples.replies.compose": "samples._replies.compose",
    "samples.replies.mixed": "samples._replies.mixed",
    "samples.replies.png_around": "samples._replies.png_around",
    "samples.replies.reply": "samples._replies.reply",
    "samples.replies.rle": "samples._replies.rle",
    "samples.replies.rle_list": "samples._replies.rle_list",
    "samples.replies.run_lengths": "samples._replies.run_lengths",
    "samples.replies.samples": "samples._replies.samples",
    "samples.replies.shapes_in": "samples._replies.shapes_in",
    "samples.replies.tokens": "samples._replies.tokens",
    "samples.replies.truncated": "samples._replies.truncated",
    "samples.replies.with_assets": "samples._replies.with_assets",
    "samples.shapes.Part": "samples._shapes.ScenePart",
    "samples.shapes.SHAPES": "samples._shapes.SHAPES",
    "samples.shapes.SIZE": "samples._shapes.SIZE",
    "samples.shapes.Shape": "samples._shapes.Shape",
    "samples.shapes.circle": "samples._shapes.circle",
    "samples.shapes.thousandths": "samples._shapes.thousandths",
    "sizes.Size": "_images.size.Size",
    "sizes.is_one_size": "_images.size.is_one_size",
    "sizes.read_size": "_images.size.read_size",
    "targets.DEVICES": "_device.selection.DEVICES",
    "targets.Device": "_device.selection.Device",
    "targets.Target": "_device.selection.Target",
    "views.Order": "masks._types.Order",
    "views.Place": "masks._types.Place",
    "views.Views": "masks._views.Views",
}


class _MovedModules:
    """Finder and loader of the modules of earlier versions: each imports a name's present place on first use.

    Only the listed names import something, since pickle asks every module for the names that it looks for.
    """

    def __init__(self) -> None:
        self._places: dict[str, dict[str, str]] = {}

    def add(self, package: str, moved: Mapping[str, str]) -> None:
        """Add the names of a package; see `register_moved`."""
        current_packages = {parent for place in moved.values() for parent in _parents(place)}
        for old, place in moved.items():
            for parent in _parents(old):
                if parent not in current_packages:
                    self._places.setdefault(f"{package}.{parent}", {})
            module, _, name = f"{package}.{old}".rpartition(".")
            self._places[module][name] = f"{package}.{place}"

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> ModuleSpec | None:
        """Return the spec of a module of an earlier version; called where no other finder knows the name."""
        if name not in self._places:
            return None
        is_package = any(other.startswith(f"{name}.") for other in self._places)
        loader: Any = self
        return ModuleSpec(name, loader, is_package=is_package)

    def create_module(self, _spec: ModuleSpec) -> None:
        """Let the import system create the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Make the names of a module available."""
        module.__getattr__ = partial(_import_place, module.__name__, self._places[module.__name__])  # type: ignore[method-assign]


def _import_place(module: str, places: Mapping[str, str], name: str) -> Any:
    """Return what a name of an earlier version stands for."""
    if name not in places:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    current, _, current_name = places[name].rpartition(".")
    return getattr(import_module(current), current_name)


def _parents(name: str) -> list[str]:
    """Return the modules that contain a name, from the outermost."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts))]


_MODULES: Final = _MovedModules()
sys.meta_path.append(_MODULES)


def register_moved(package: str, moved: Mapping[str, str]) -> None:
    """Make names of earlier versions of a package importable; nothing is imported yet.

    Parameters
    ----------
    package : str
        Name of the package.
    moved : mapping of str
        Present place of each name by its earlier one: ``module.name``, both relative to the package.
    """
    _MODULES.add(package, moved)


register_moved("maskmill", _MOVED)
