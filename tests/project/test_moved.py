"""Modules and pickles of earlier versions: every old name resolves, and old pickles load."""

from __future__ import annotations

import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import maskmill_bindings._moved as moved_bindings
from maskmill import Decoder, Limits, Mask, Masks, ReplyStatus, Status
from maskmill._names import moved as _moved
from maskmill.errors import ArgumentError
from maskmill.masks._patches import Patch
from maskmill.masks._polygons import Polygon
from maskmill_bindings.convert import Options
from maskmill_bindings.exports import Settings
from maskmill_bindings.genai import Limits as RunLimits
from maskmill_bindings.genai._models.cost import Usage
from maskmill_bindings.genai._outcome import OutcomeKind
from maskmill_bindings.genai._pairs.pair_tally import PairTally
from maskmill_bindings.genai._run_driver import RunSummary
from maskmill_bindings.genai._run_tally import CostTotal
from maskmill_bindings.genai._segment.segment_tally import SegmentTally
from maskmill_bindings.record import Record

PICKLES = Path(__file__).parent / "old_pickles"
"""Written by version 0.1.0 before its modules were moved, on a reply with one mask and one item without."""

PACKAGES = {"maskmill": _moved, "maskmill_bindings": moved_bindings}
OLD_NAMES = [f"{package}.{old}" for package, module in PACKAGES.items() for old in module._MOVED]


def load(name: str) -> Any:
    return pickle.loads((PICKLES / name).read_bytes())


def fresh(code: str) -> str:
    """Return what a fresh interpreter prints."""
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("path", OLD_NAMES)
def test_old_names_are_importable(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert hasattr(import_module(module), name)
    assert not hasattr(import_module(module), "no_such_name")


@pytest.mark.parametrize(
    "code",
    [
        "import maskmill.patches; maskmill.patches.Patch",
        "from maskmill import patches; patches.Patch",
        "import maskmill_bindings.convert.options; maskmill_bindings.convert.options.Options",
        "import maskmill_bindings.sources.entry; maskmill_bindings.sources.entry.Entry",
        "import maskmill_bindings.genai.photos.photo; maskmill_bindings.genai.photos.photo.PhotoError",
        "import maskmill_bindings.genai.emulator.faults as faults; faults.Faults",
        "from importlib.util import find_spec; assert find_spec('maskmill.patches').name == 'maskmill.patches'",
        "from importlib.util import find_spec; import maskmill.patches; assert find_spec('maskmill.patches').loader",
    ],
)
def test_a_fresh_interpreter_finds_old_modules(code: str) -> None:
    fresh(code)


def test_other_names_of_old_modules_import_nothing() -> None:
    """Pickle asks every module for a name whose module it does not know."""
    modules = sorted({name.rpartition(".")[0] for name in OLD_NAMES if name.startswith("maskmill.")})
    code = f"""
import sys, {", ".join(modules)}
before = set(sys.modules)
print(*(name for module in {modules} for name in ("f", "read", "__file__") if hasattr(sys.modules[module], name)))
print(*set(sys.modules) - before)
"""
    assert fresh(code) == ""


def test_old_modules_are_not_listed() -> None:
    shown = fresh("import maskmill.patches, maskmill_bindings.table; print(dir(maskmill), dir(maskmill_bindings))")
    assert "patches" not in shown
    assert "table" not in shown


def test_importing_old_modules_compiles_nothing() -> None:
    assert fresh("import sys, maskmill.patches, maskmill.targets; print('numba' in sys.modules)") == "False"


def test_unknown_modules_stay_unknown() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"maskmill\.patches\.no_such_module"):
        import_module("maskmill.patches.no_such_module")


def test_old_masks() -> None:
    masks, row, polygons, status, reply_status, patches = load("masks.pickle")
    assert isinstance(masks, Masks)
    assert isinstance(row, Mask)
    assert (masks.labels.tolist(), masks.areas.tolist(), row.label) == (["half", "none"], [6, 0], "half")
    assert isinstance(polygons[0][0], Polygon)
    assert isinstance(patches[0], Patch)
    assert (status, reply_status) == (Status.OK, ReplyStatus.SALVAGED)
    [problem] = masks.problems
    row_number, code, _, _ = problem
    assert (row_number, code) == (1, "nothing")
    assert "fallback='box'" not in problem.advice  # the item has no box


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


def test_old_run_results() -> None:
    segmented, collected, kind = load("runs.pickle")
    total = CostTotal(3, Usage(30, 20, 1), 0.25, 1)
    assert isinstance(segmented, RunSummary)
    assert isinstance(segmented.tally, SegmentTally)
    assert (segmented.seconds, str(segmented.stop), segmented.stop.code) == (1.5, "the budget is spent", "cost")
    assert (segmented.tally.total, segmented.tally.run.questions) == (total, 1)
    assert (segmented.tally.images, segmented.tally.masks, segmented.tally.statuses["empty"]) == (4, 8, 1)
    assert isinstance(collected.tally, PairTally)
    assert (collected.tally.total, collected.tally.has_logprobs, collected.stop) == (total, False, None)
    assert kind is OutcomeKind.BUSY
    assert pickle.loads(pickle.dumps(segmented.tally)) == segmented.tally


def test_the_emulator_is_found_under_its_old_name() -> None:
    from maskmill_bindings.genai.emulator import Emulator

    assert Emulator is import_module("maskmill_bindings.emulator").Emulator
