"""A GPU beside the CPU: in the simulator, in a process of its own; and what is said where there is none."""

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
from maskmill._device.cost_model import Costs, Model
from maskmill_bindings._bench import gpu_cases, gpu_cost_fit, workload
from maskmill_bindings._bench import runner as running
from maskmill_bindings._bench.workload import Case, WrongResultError, left_out, standard
from support.command import Capture, run_here

Report = dict[str, Any]
PATH = os.pathsep.join(str(Path(package.__file__).parents[1]) for package in (maskmill, maskmill_bindings))

BENCH = """
from dataclasses import replace
from maskmill_bindings._bench import runner as running
from maskmill_bindings._bench import baselines, gpu_cases, gpu_cost_fit, text_report, workload
from maskmill_bindings._charts import bench_plot
from maskmill_bindings._bench.workload_replies import png_reply, ring_reply
from maskmill_bindings._bench.workload import Case, WrongResultError, digests_of, verified

running._TRY, running._PASSES, gpu_cases._LINK, baselines._FRESH = 1e-4, 1, 2**12, 2**16
gpu_cost_fit._SIZE, gpu_cost_fit._LARGE, gpu_cost_fit._TRIES = (12, 9), 2, 1
texts = [ring_reply(seed, items=1, vertices=4) for seed in range(2)]
cpu = [Case("ring", (12, 9), output, texts) for output in ("rle", "dense", "instance map")]
there = [replace(case, device="cuda", repeats=2) for case in cpu]
digests = digests_of(cpu)
report = running.run(running.Plan(threads=(1, 2), seconds=1e-3, rounds=1), cpu + there, digests)

assert [case["device"] for case in report["cases"]] == ["cpu"] * 3 + ["cuda"] * 3
assert all(set(case["rates"]) == {"1"} for case in report["cases"][3:])
assert [case["bytes"] for case in report["cases"][:3]] == [case["bytes"] for case in report["cases"][3:]]
assert "gpu" not in report["left_out"]
assert {"to the GPU", "from the GPU"} <= {stick["name"] for stick in report["yardsticks"]}
[table] = (part for part in text_report.page(report) if getattr(part, "columns", ("",))[0] == "case, GPU")
assert [row[0] for row in table.rows] == [case.name for case in cpu]
assert bench_plot.plot(report).any()
assert report["costs"] is None
assert hasattr(gpu_cases.dense(workload._decoder("cuda").decode(texts[0], (12, 9))), "copy_to_host")
try:
    verified(there[1], {**digests, cpu[1].name: "another"})
except WrongResultError as error:
    assert str(error).endswith(" - at `ring 12x9 dense`"), error
else:
    raise AssertionError("a wrong result of the GPU was taken")
model = gpu_cost_fit.fit({"png": [png_reply(items=1)], "ring": texts})
assert model.map.cpu > 0 < model.ring.host and min(*model.map, *model.ring, model.batch) >= 0, model
print("same")
"""


def test_cases_are_verified_timed_and_told_in_the_simulator() -> None:
    everything = os.environ | {"PYTHONPATH": PATH, "NUMBA_ENABLE_CUDASIM": "1", "NUMBA_DISABLE_JIT": "1"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", BENCH], env=everything, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "same\n"), done.stderr


@pytest.fixture
def state() -> selection.State:
    return selection.State()


@pytest.fixture
def present(state: selection.State, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU whose driver is there."""
    for module in (selection, scheduler):
        monkeypatch.setattr(module, "state", state)
    monkeypatch.setattr(detection, "is_simulated", lambda: False)
    monkeypatch.setattr(detection, "obstacle", lambda _by: "")


def test_the_reason_is_the_one_for_which_auto_takes_no_gpu(monkeypatch: pytest.MonkeyPatch, cases: list[Case]) -> None:
    monkeypatch.setattr(detection, "is_simulated", lambda: False)
    monkeypatch.setattr(detection, "obstacle", lambda _by: "no NVIDIA driver with a device")
    assert left_out(cases)["gpu"] == gpu_cases.lacks() == "no NVIDIA driver with a device"


def test_the_simulator_is_not_timed_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "is_simulated", lambda: True)
    assert "simulator" in gpu_cases.lacks()


def test_a_gpu_gets_every_case_in_large_batches(present: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gpu_cases, "_silence", lambda: "")
    cases = standard()
    on_cpu, there = cases[:12], cases[12:]
    assert [f"{case.name} cuda" for case in on_cpu] == [case.name for case in there]
    assert {(case.turns, len(case._texts_of(0))) for case in there} == {(1, 64)}
    assert "gpu" not in left_out(cases)


def test_a_gpu_that_does_not_answer_is_left_out_with_its_reason(present: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "_reason_of_silence", lambda: "CudaSupportError: too old")
    cases = standard()
    assert len(cases) == 12
    assert left_out(cases)["gpu"] == "CudaSupportError: too old"


def test_what_the_cpu_did_for_a_gpu_that_failed_is_not_told_as_the_gpus(
    cases: list[Case],
    digests: dict[str, str],
    short_tries: None,
    present: None,
    state: selection.State,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state.by, state.answered = os.getpid(), True

    def failing(_case: Case, _number: int) -> list[tuple[int, Any]]:
        state.failed = "RuntimeError: unplugged"
        return [(1, None)]

    there = Case("ring", (32, 24), "rle", cases[1].texts, "cuda", 2)
    monkeypatch.setattr(gpu_cases, "links", list)
    monkeypatch.setattr(running, "verified", lambda _case, _digests: workload.Work(1, 1, ""))
    monkeypatch.setattr(Case, "results", lambda case, number: failing(case, number) if case is there else [(1, None)])
    report = running.run(running.Plan(threads=(1,), seconds=1e-3, rounds=1), [cases[1], there], digests)
    assert [case["name"] for case in report["cases"]] == ["ring 32x24 dense"]
    assert report["left_out"]["gpu"] == "RuntimeError: unplugged"


def test_passes_over_the_replies_that_differ_are_a_wrong_result(cases: list[Case]) -> None:
    numbers = iter(range(100))

    class Changing(Case):
        def results(self, number: int) -> Any:
            yield from ((1, [{"counts": b"%d" % next(numbers)}]) for _ in self._texts_of(number))

    with pytest.raises(WrongResultError, match="- at `ring 4x4 rle cuda`"):
        Changing("ring", (4, 4), "rle", cases[1].texts, "cuda", 2).work()


# When it pays.


def fitted_from(seconds: Any, monkeypatch: pytest.MonkeyPatch, cases: list[Case]) -> Model | None:
    """A model out of times that are told for each work, in their order."""
    times = iter(seconds)
    monkeypatch.setattr(gpu_cost_fit, "_seconds", lambda _work: next(times))
    monkeypatch.setattr(gpu_cost_fit, "_LARGE", 3)
    return gpu_cost_fit.fit({case.form: case.texts for case in cases})


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
    found = gpu_cost_fit.told(model, (1, 2))
    assert found is not None
    assert found["least"] == {"1": {"map": 101, "ring": 67}, "2": {"map": None, "ring": 401}}
    assert gpu_cost_fit.model_of(found) == model


def test_a_form_without_replies_gives_no_model(cases: list[Case]) -> None:
    assert gpu_cost_fit.fit({"ring": cases[1].texts}) is None


def test_a_measured_model_is_told_and_kept_unless_it_was_quick(
    report: Report, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Model(Costs(60, 40, 12, 7), Costs(10, 4, 2, 3), 200)
    report["costs"] = gpu_cost_fit.told(model, (1, 2))
    monkeypatch.setattr(running, "run", lambda plan, progress: report)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    _, output, _ = run_here(capsys, "bench", "--quick")
    assert not any(tmp_path.iterdir())
    _, output, _ = run_here(capsys, "bench")
    assert "the GPU pays: on 1 thread 101 PNG maps, 67 rings; on 2 threads no number of PNG maps, 401 rings." in output
    assert output.endswith("When this GPU pays is kept for decoding.\n")
    assert cost_cache.read(cost_cache.path()) == model
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(cost_cache.path()))
    _, output, _ = run_here(capsys, "bench")
    assert output.endswith("When this GPU pays could not be kept.\n")
