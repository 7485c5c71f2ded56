"""The fitted cost model: used on the machine it was fitted on, ignored anywhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import maskmill
from maskmill._device import cost_cache, cost_model, detection, hardware, scheduler
from maskmill._device.cost_model import DEFAULT_MODEL, ESTIMATES, CostModel, JobCosts

FAST = CostModel(JobCosts(60.5, 40.0, 1.0, 0.5), JobCosts(10.0, 2.0, 0.5, 0.25), 100.0)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model is kept in a folder of the test's own."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cost_cache.cached_model.cache_clear()
    stored = cost_cache.store_model(FAST)
    assert stored == tmp_path / "maskmill" / "costs.json"
    return stored


@pytest.fixture(autouse=True)
def _forgotten() -> Any:
    """What one test has read is not known to the next."""
    yield
    cost_cache.cached_model.cache_clear()


def test_what_was_stored_is_taken(file: Path) -> None:
    assert cost_cache.cached_model() == FAST
    assert [entry.name for entry in file.parent.iterdir()] == ["costs.json"]
    maps = [('{"box_2d": [], "mask": "base64,"}' * 10, (9, 9))]
    assert cost_model.gpu_pays(maps, cost_cache.cached_model(), threads=1)
    assert not cost_model.gpu_pays(maps, DEFAULT_MODEL, threads=1)
    assert cost_model.gpu_pays(maps * 9, cost_cache.cached_model(), threads=2)


def test_it_is_read_once_and_only_where_there_is_a_gpu(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr(cost_cache, "read_model", lambda path: asked.append(path))
    reply = '[{"box_2d": [0, 0, 900, 900], "mask": [[0, 0], [900, 0], [900, 900]]}]'
    monkeypatch.setattr(detection, "reason_unavailable", lambda _by: "no NVIDIA driver with a device")
    maskmill._device.selection._reason_unavailable.cache_clear()
    maskmill.decode(reply, (20, 20))
    assert asked == []
    monkeypatch.setattr(detection, "reason_unavailable", lambda _by: "")
    monkeypatch.setattr(detection, "is_simulator_enabled", lambda: False)
    monkeypatch.setattr(scheduler, "run_jobs", lambda *_: pytest.fail("one mask does not pay"))
    maskmill._device.selection._reason_unavailable.cache_clear()
    for _ in range(2):
        maskmill.decode(reply, (20, 20), device="auto")
    maskmill._device.selection._reason_unavailable.cache_clear()
    assert asked == [file]


def altered(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"7",
        b"\xff\xfe",
        b'{"format": "maskmill costs 1"}',
        b"[" * 10_000,
        b" " * 20_000,
    ],
)
def test_a_damaged_file_is_as_good_as_none(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert cost_cache.cached_model() == DEFAULT_MODEL


@pytest.mark.parametrize(
    "number", [None, "1", True, [1], {}, -1, 1e10, 10**400, float("nan"), float("inf"), float("-inf")]
)
def test_a_number_that_is_no_cost_is_as_good_as_none(file: Path, number: Any) -> None:
    content = file.read_text()
    for place in ('"cpu": 60.5', '"device": 0.25', '"batch": 100.0'):
        assert place in content
        name = place.partition(":")[0]
        file.write_text(content.replace(place, f"{name}: {json.dumps(number)}"))
        assert cost_cache.read_model(file) is None


def test_a_file_that_is_too_large_or_no_file_is_not_read(file: Path) -> None:
    altered(file, more="x" * 20_000)
    assert cost_cache.read_model(file) is None
    file.unlink()
    assert cost_cache.read_model(file) is None
    file.mkdir()
    assert cost_cache.read_model(file) is None
    if hasattr(os, "mkfifo"):  # nobody writes into it: reading would wait for ever
        file.rmdir()
        os.mkfifo(file)
        assert cost_cache.read_model(file) is None


@pytest.mark.parametrize("part", ["maskmill", "python", "processor", "gpus"])
def test_another_machine_or_version_is_as_good_as_none(file: Path, part: str) -> None:
    assert cost_cache.read_model(file) == FAST
    altered(file, machine={**cost_cache.machine_identity(), part: "another"})
    assert cost_cache.read_model(file) is None


def test_another_format_is_as_good_as_none(file: Path) -> None:
    altered(file, format="maskmill costs 2")
    assert cost_cache.read_model(file) is None


def test_another_gpu_is_another_machine(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "gpu_names", lambda: ["NVIDIA L4"])
    assert cost_cache.cached_model() == DEFAULT_MODEL


def test_a_folder_that_cannot_be_made_or_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    assert cost_cache.store_model(FAST) is None
    assert cost_cache.cached_model() == DEFAULT_MODEL
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cost_cache.model_path().mkdir(parents=True)  # which no file can replace
    assert cost_cache.store_model(FAST) is None
    assert [entry.name for entry in cost_cache.model_path().parent.iterdir()] == ["costs.json"]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the folders of other systems")
@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"NUMBA_CACHE_DIR": "/kept", "XDG_CACHE_HOME": "/x", "HOME": "/home"}, "/kept/maskmill"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/home"}, "/x/maskmill"),
        ({"XDG_CACHE_HOME": "not/absolute", "HOME": "/home"}, "/home/.cache/maskmill"),
        ({"HOME": "/home"}, "/home/.cache/maskmill"),
    ],
)
def test_the_folder(environment: dict[str, str], folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cost_cache.model_path() == Path(folder) / "costs.json"


def test_starting_reads_no_model() -> None:
    code = "import sys, maskmill; maskmill.Decoder(); print('maskmill._device.cost_cache' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


# The table on paper.


def rows_of_the_table() -> dict[str, list[list[float]]]:
    """Figures of each row: of maps, of rings."""
    rows = {}
    for line in (cost_model.__doc__ or "").splitlines():
        name, *cells = [part for part in line.split("  ") if part.strip()] if line.strip() else [""]
        with_figures = [cell.replace(",", " ").split() for cell in cells]
        if len(cells) == 2 and all(part.replace(".", "").isdigit() for cell in with_figures for part in cell):
            rows[name.strip()] = [[float(part) for part in cell] for cell in with_figures]
    return rows


@pytest.mark.parametrize("gpu", ["L4", "H100"])
def test_the_default_is_that_of_the_table(gpu: str) -> None:
    rows = rows_of_the_table()
    columns = [rows["CPU alone"], rows["CPU before a GPU"], rows["Python before a GPU"]]
    for place, costs in enumerate((ESTIMATES[gpu].map, ESTIMATES[gpu].ring)):
        link_and_instructions = sum(rows[f"{gpu}: link, instructions"][place])
        assert costs == pytest.approx((*(column[place][0] for column in columns), link_and_instructions))
    assert DEFAULT_MODEL is ESTIMATES["L4"]


@pytest.mark.parametrize("gpu", ["L4", "H100"])
def test_the_sizes_of_batches_are_those_of_the_table(gpu: str) -> None:
    [line] = [line for line in (cost_model.__doc__ or "").splitlines() if line.startswith(f"{gpu}  ")]
    model = ESTIMATES[gpu]
    minimum = [cost_model.min_masks_for_gpu(kind, n, model.batch) for kind in (model.map, model.ring) for n in (1, 2)]
    assert line.replace(",", "").split()[1:] == ["never" if number is None else str(number) for number in minimum]


@pytest.mark.parametrize("kind", ["map", "ring"])
def test_from_the_least_number_on_it_pays(kind: str) -> None:
    text = {"map": '{"box_2d": [], "mask": "base64,"}', "ring": '{"box_2d": [], "mask": []}'}[kind]
    minimum = cost_model.min_masks_for_gpu(getattr(FAST, kind), 1, FAST.batch)
    assert minimum is not None
    assert [cost_model.gpu_pays([(text * n, (9, 9))], FAST, 1) for n in (minimum - 1, minimum)] == [False, True]
