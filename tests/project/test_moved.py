"""Modules and pickles of earlier versions: every old name resolves, and old pickles load."""

from __future__ import annotations

import pickle
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import maskmill_bindings._moved as moved_bindings
from maskmill import Decoder, Limits, Mask, Masks, ReplyStatus, Status, _moved
from maskmill.errors import ArgumentError
from maskmill.masks._patches import Patch
from maskmill.masks._polygons import Polygon
from maskmill_bindings.convert import Options
from maskmill_bindings.exports import Settings
from maskmill_bindings.genai import Limits as RunLimits
from maskmill_bindings.record import Record

PICKLES = Path(__file__).parent / "old_pickles"
"""Written by version 0.1.0 before its modules were moved, on a reply with one mask and one item without."""

PACKAGES = {"maskmill": _moved, "maskmill_bindings": moved_bindings}
OLD_MODULES = [(package, old) for package, module in PACKAGES.items() for old in module._MOVED]
OLD_CLASSES = [(package, old) for package, module in PACKAGES.items() for old in module._RENAMED]
PICKLED = [
    "maskmill.mask.Mask",
    "maskmill.masks._unpickled",
    "maskmill.patches.Patch",
    "maskmill.polygon.Polygon",
    "maskmill.geometry.Box",
    "maskmill.codebooks.codebook.Codebook",
    "maskmill.codebooks.fitted.Fitted",
    "maskmill.codebooks.fitted.Evidence",
    "maskmill.codebooks.fitting.curve.Curve",
    "maskmill.codebooks.paligemma.PaliGemma",
    "maskmill.samples.replies.Sample",
    "maskmill_bindings.convert.filters.Filter",
    "maskmill_bindings.convert.options.Target",
    "maskmill_bindings.genai.client.Reply",
    "maskmill_bindings.genai.limits.Limits",
    "maskmill_bindings.genai.ledger.LedgerError",
    "maskmill_bindings.genai.pairs.plan.PairPlan",
    "maskmill_bindings.genai.photos.photo.PhotoError",
    "maskmill_bindings.genai.plan.Plan",
    "maskmill_bindings.genai.run.Job",
    "maskmill_bindings.genai.asker.StoppedError",
    "maskmill_bindings.genai.models.families.Family",
    "maskmill_bindings.sources.entry.Entry",
]


def load(name: str) -> Any:
    return pickle.loads((PICKLES / name).read_bytes())


@pytest.mark.parametrize(("package", "old"), OLD_MODULES)
def test_old_modules_are_importable(package: str, old: str) -> None:
    module = import_module(f"{package}.{old}")
    assert import_module(f"{package}.{PACKAGES[package]._MOVED[old]}")
    assert not hasattr(module, "no_such_name")


@pytest.mark.parametrize(("package", "old"), OLD_CLASSES)
def test_renamed_classes_are_found(package: str, old: str) -> None:
    module, _, name = f"{package}.{old}".rpartition(".")
    assert isinstance(getattr(import_module(module), name), type)


@pytest.mark.parametrize("path", PICKLED)
def test_names_that_pickles_hold(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert callable(getattr(import_module(module), name))


def test_old_masks() -> None:
    masks, row, polygons, status, reply_status, patches = load("masks.pickle")
    assert isinstance(masks, Masks)
    assert isinstance(row, Mask)
    assert (masks.labels.tolist(), masks.areas.tolist(), row.label) == (["half", "none"], [6, 0], "half")
    assert isinstance(polygons[0][0], Polygon)
    assert isinstance(patches[0], Patch)
    assert (status, reply_status) == (Status.OK, ReplyStatus.SALVAGED)


def test_old_options() -> None:
    decoder, limits, error, settings, options, run_limits = load("options.pickle")
    assert decoder == Decoder(threshold=9, axis="xy", fallback="box", codebook=False)
    assert decoder.decode("[]", (8, 8)).size == (8, 8)
    assert limits == Limits(max_vertices=9)
    assert isinstance(error, ArgumentError)
    assert (str(error), error.wanted, error.at) == ("expected a, got b - at `c`", "", "")
    assert settings == Settings(classes=("a",), polygons=True)
    assert options == Options(to="coco", size=(9, 8))
    assert run_limits == RunLimits()


def test_old_records() -> None:
    [record] = load("record.pickle")
    assert isinstance(record, Record)
    assert record.masks.to_dict() == load("masks.pickle")[0].to_dict()


def test_the_emulator_is_found_under_its_old_name() -> None:
    from maskmill_bindings.genai.emulator import Emulator

    assert Emulator is import_module("maskmill_bindings.emulator").Emulator
