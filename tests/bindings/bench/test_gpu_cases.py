"""The bench with a GPU, in the simulator or simulated by hand, and the cost model that it fits."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import maskmill
import maskmill_bindings
from maskmill._device import cost_cache, detection, scheduler, selection
from maskmill._device.cost_model import CostModel, JobCosts
from maskmill_bindings._bench import gpu_cases, gpu_cost_fit, runner, workload
from maskmill_bindings._bench.workload import Case, WrongResultError, list_omissions, standard_cases
from support.command import Capture, run_here
from support.tiers import thorough

Report = dict[str, Any]
PACKAGES = [Path(package.__file__).parents[1] for package in (maskmill, maskmill_bindings)]
PATH = os.pathsep.join(map(str, [*PACKAGES, Path(__file__).parents[2]]))


@thorough
def test_cases_are_verified_timed_and_reported_in_the_simulator() -> None:
    environment = os.environ | {"PYTHONPATH": PATH, "NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "error", "-m", "support.bench.bench_in_simulator"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "same\n"), done.stderr


@pytest.fixture
def state() -> selection.CudaState:
    return selection.CudaState()


@pytest.fixture
def present(state: selection.CudaState, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU whose driver is there."""
    for module in (selection, scheduler):
        monkeypatch.setattr(module, "cuda_state", state)
    monkeypatch.setattr(detection, "is_simulator_enabled", lambda: False)
    monkeypatch.setattr(detection, "reason_unavailable", lambda _by: "")


def test_the_reason_is_the_one_for_which_auto_takes_no_gpu(monkeypatch: pytest.MonkeyPatch, cases: list[Case]) -> None:
    monkeypatch.setattr(detection, "is_simulator_enabled", lambda: False)
    monkeypatch.setattr(detection, "reason_unavailable", lambda _by: "no NVIDIA driver with a device")
    assert list_omissions(cases)["gpu"] == gpu_cases.gpu_skip_reason() == "no NVIDIA driver with a device"


def test_the_simulator_is_not_timed_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "is_simulator_enabled", lambda: True)
    assert "simulator" in gpu_cases.gpu_skip_reason()


def test_a_gpu_gets_every_case_in_large_batches(present: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_cases, "_start_failure", lambda: "")
    cases = standard_cases()
    on_cpu, there = cases[:12], cases[12:]
    assert [f"{case.name} cuda" for case in on_cpu] == [case.name for case in there]
    assert {(case.tasks_per_pass, len(case._texts_of(0))) for case in there} == {(1, 64)}
    assert "gpu" not in list_omissions(cases)


def test_a_gpu_that_does_not_answer_is_left_out_with_its_reason(present: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "_start_cuda", lambda: "CudaSupportError: too old")
    cases = standard_cases()
    assert len(cases) == 12
    assert list_omissions(cases)["gpu"] == "CudaSupportError: too old"


def test_what_the_cpu_did_for_a_failed_gpu_is_not_reported_as_the_gpus(
    cases: list[Case],
    digests: dict[str, str],
    short_tries: None,
    present: None,
    state: selection.CudaState,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state.process, state.has_answered = os.getpid(), True

    def failing(_case: Case, _number: int) -> list[tuple[int, Any]]:
        state.failure = "RuntimeError: unplugged"
        return [(1, None)]

    there = Case("ring", (32, 24), "rle", cases[1].texts, "cuda", 2)
    monkeypatch.setattr(gpu_cases, "link_baselines", list)
    monkeypatch.setattr(runner, "verify_case", lambda _case, _digests: workload.CaseFacts(1, 1, ""))
    monkeypatch.setattr(Case, "results", lambda case, number: failing(case, number) if case is there else [(1, None)])
    report = runner.run_bench(runner.BenchPlan(threads=(1,), seconds=1e-3, rounds=1), [cases[1], there], digests)
    assert [case["name"] for case in report["cases"]] == ["ring 32x24 dense"]
    assert report["left_out"]["gpu"] == "RuntimeError: unplugged"


def test_passes_over_the_replies_that_differ_are_a_wrong_result(cases: list[Case]) -> None:
    numbers = iter(range(100))

    class Changing(Case):
        def results(self, number: int) -> Any:
            yield from ((1, [{"counts": b"%d" % next(numbers)}]) for _ in self._texts_of(number))

    with pytest.raises(WrongResultError, match="- at `ring 4x4 rle cuda`"):
        Changing("ring", (4, 4), "rle", cases[1].texts, "cuda", 2).decode_all()


# When it pays.


def fitted_from(seconds: Any, monkeypatch: pytest.MonkeyPatch, cases: list[Case]) -> CostModel | None:
    """Return the model fitted to times that are given for each piece of work, in order."""
    times = iter(seconds)
    monkeypatch.setattr(gpu_cost_fit, "_shortest_seconds", lambda _work: next(times))
    monkeypatch.setattr(gpu_cost_fit, "_LARGE_BATCH_FACTOR", 3)
    return gpu_cost_fit.fit_cost_model({case.form: case.texts for case in cases})


def test_a_line_through_two_batches_gives_what_a_batch_and_a_mask_cost(
    cases: list[Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A map: 60 µs alone, 50 before a GPU, 40 of it in kernels; a batch 100, a mask 7, 2 of it busy; two rings."""
    maps = [(60e-6, 0), (50e-6, 0), (40e-6, 0), (107e-6, 52e-6), (121e-6, 56e-6)]
    rings = [(20e-6, 0), (12e-6, 0), (8e-6, 0), (206e-6, 0), (218e-6, 0)]
    model = fitted_from(maps + rings, monkeypatch, cases)
    assert model is not None
    assert model.map == pytest.approx((60, 40, 12, 7))
    assert model.ring == pytest.approx((10, 4, 2, 3))
    assert model.batch == pytest.approx(200)
    found = gpu_cost_fit.cost_model_to_dict(model, (1, 2))
    assert found is not None
    assert found["least"] == {"1": {"map": 101, "ring": 67}, "2": {"map": None, "ring": 401}}
    assert gpu_cost_fit.cost_model_from_dict(found) == model


def test_a_form_without_replies_gives_no_model(cases: list[Case]) -> None:
    assert gpu_cost_fit.fit_cost_model({"ring": cases[1].texts}) is None


@thorough
def test_a_measured_model_is_printed_and_kept_unless_the_run_was_quick(
    report: Report, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = CostModel(JobCosts(60, 40, 12, 7), JobCosts(10, 4, 2, 3), 200)
    report["costs"] = gpu_cost_fit.cost_model_to_dict(model, (1, 2))
    monkeypatch.setattr(runner, "run_bench", lambda plan, progress: report)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    _, output, _ = run_here(capsys, "bench", "--quick")
    assert not any(tmp_path.iterdir())
    _, output, _ = run_here(capsys, "bench")
    assert "the GPU pays: on 1 thread 101 PNG maps, 67 rings; on 2 threads no number of PNG maps, 401 rings." in output
    assert output.endswith("The cost model of this GPU is kept for decoding.\n")
    assert cost_cache.read_model(cost_cache.model_path()) == model
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cost_cache.model_path()))
    _, output, _ = run_here(capsys, "bench")
    assert output.endswith("The cost model of this GPU could not be kept.\n")
