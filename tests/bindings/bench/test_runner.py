"""A run: nothing timed before it is verified, a report without names, threads that end."""

from __future__ import annotations

import getpass
import json
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from maskmill._device import hardware
from maskmill.errors import ArgumentError
from maskmill_bindings._bench import machine, report, runner, score
from maskmill_bindings._bench.baselines import build_baselines, choose_array_bytes
from maskmill_bindings._bench.runner import BenchPlan, run_bench
from maskmill_bindings._bench.thread_rates import BenchThreads
from maskmill_bindings._bench.workload import Case, WrongResultError

Report = dict[str, Any]


def test_a_report_holds_rates_in_order_and_can_be_read_again(report: Report, tmp_path: Path) -> None:
    from maskmill_bindings._bench.report import read_report

    for thing in (*report["cases"], *report["yardsticks"]):
        for rate in thing["rates"].values():
            assert 0 < rate["low"] <= rate["median"] <= rate["high"]
            assert min(rate["samples"]) <= rate["median"] <= max(rate["samples"])
            assert len(rate["samples"]) == report["rounds"] == 2
    assert [case["name"] for case in report["cases"]] == ["png 32x24 rle", "ring 32x24 dense"]
    assert {s["name"]: set(s["rates"]) for s in report["yardsticks"]} == {
        **{name: {"1", "2"} for name in ("copy", "fill", "fill of new memory", "loop")},
        "inflate": {"1"},
    }
    file = tmp_path / "score.json"
    file.write_text(json.dumps(report))
    assert read_report(file, "compare") == report


def strings_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(text for inner in value.values() for text in strings_of(inner))]
    if isinstance(value, list):
        return [text for inner in value for text in strings_of(inner)]
    return [value] if isinstance(value, str) else []


def test_a_report_names_no_host_no_user_and_no_folder(report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = strings_of(report)
    for secret in (socket.gethostname(), getpass.getuser(), os.getcwd(), str(Path.home())):
        assert not any(secret in text for text in texts if len(secret) > 3), secret
    assert not any(text.startswith("/") or "/home" in text or "\\" in text for text in texts)
    assert set(report["machine"]) == {
        *("processor", "architecture", "cores", "caches", "memory_gib", "gpus", "system"),
    }
    assert {"python", "numpy", "numba", "opencv-python-headless"} <= set(report["software"])


def test_the_machine_is_described_without_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.node", lambda: pytest.fail("nobody asks for the name of the host"))
    monkeypatch.setattr("socket.gethostname", lambda: pytest.fail("nobody asks for the name of the host"))
    assert machine.describe_machine()["cores"] >= 1


def test_gpus_are_named_by_model_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for bus in ("0000:01:00.0", "0000:02:00.0"):
        (tmp_path / bus).mkdir()
        (tmp_path / bus / "information").write_text("Model: \t\t NVIDIA L4\nGPU UUID: \t GPU-secret\n")
    monkeypatch.setattr(hardware, "_GPUS", tmp_path)
    assert machine.describe_machine()["gpus"] == ["NVIDIA L4", "NVIDIA L4"]


def test_omissions_have_a_reason(report: Report) -> None:
    assert "codebooks" in report["left_out"]["tokens"]
    assert report["left_out"]["gpu"]


def test_nothing_is_timed_when_a_result_is_wrong(
    cases: list[Case], digests: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BenchThreads, "measure_rate", lambda *_: pytest.fail("timed"))
    with pytest.raises(WrongResultError):
        run_bench(BenchPlan(threads=(1,)), cases, {**digests, cases[1].name: "another"})


def test_progress_goes_from_none_to_all(cases: list[Case], digests: dict[str, str], short_tries: None) -> None:
    calls: list[tuple[str, float]] = []
    plan = BenchPlan(threads=(1,), seconds=1e-3, rounds=1)
    run_bench(plan, cases[1:], digests, lambda what, share: calls.append((what, share)))
    shares = [share for _, share in calls]
    assert shares == sorted(shares)
    assert (shares[0], calls[-1]) == (0, ("done", 1))
    assert "verifying ring 32x24 dense" in [what for what, _ in calls]


class Clock:
    """Time that passes only while something is measured."""

    def __init__(self, at: float, rounds_take: float) -> None:
        self.at, self.pass_takes = at, rounds_take / runner._PASSES

    def measure_rate(self, *_: Any) -> float:
        self.at += self.pass_takes
        return 1.0


@pytest.mark.parametrize(
    ("before", "rounds"),
    [(0, 10), (35, 6), (39, 6), (69, 3), (500, 3)],
)
def test_the_whole_run_has_its_time_and_the_rounds_what_is_left(
    before: float, rounds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rounds of 10 s in a run of 100 s, so much of which went by before; at least three of them."""
    clock: Any = Clock(1000 + before, 10)
    monkeypatch.setattr(runner, "perf_counter", lambda: clock.at)
    subject = runner._Subject("a", lambda _: 1.0, 1, 1)
    plan = BenchPlan(threads=(1,), seconds=100.5, rounds=3)
    samples = runner._time_rounds(clock, [subject], plan, 1000, lambda _what, _share: None)
    assert samples == {("a", 1): [1.0] * rounds}


def test_kernels_are_compiled_by_another_process_before_the_workload(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def stop(*_: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner.subprocess, "run", lambda command, **_: asked.append(command))
    monkeypatch.setattr(runner, "standard_cases", stop)
    with pytest.raises(KeyboardInterrupt):
        run_bench()
    assert asked == [[sys.executable, "-m", "maskmill", "warmup"]]


def test_an_interruption_leaves_no_thread(cases: list[Case], digests: dict[str, str], short_tries: None) -> None:
    def interrupted(what: str, _: float) -> None:
        if what == "round 2":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_bench(BenchPlan(threads=(1, 2), seconds=60), cases[1:], digests, interrupted)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("maskmill-bench")]


def test_threads_are_checked_and_one_is_always_among_them() -> None:
    assert BenchPlan(threads=(4, 2, 4)).threads == (1, 2, 4)
    with pytest.raises(ArgumentError, match=r"expected numbers of threads in 1\.\.1024, got 0 - at `threads`"):
        BenchPlan(threads=(0,))


@pytest.mark.parametrize(("cores", "threads"), [(1, (1,)), (2, (1, 2)), (6, (1, 2, 4, 6)), (8, (1, 2, 4, 8))])
def test_threads_double_up_to_all_cores(cores: int, threads: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "count_cores", lambda: cores)
    assert BenchPlan().threads == threads


def test_each_task_is_run_once_by_any_thread() -> None:
    done: list[int] = []
    with BenchThreads(3) as pool:
        pool._run_tasks(lambda number: done.append(number) or 1.0, 3, 50)  # type: ignore[func-returns-value]
    assert sorted(done) == list(range(50))


def test_what_fails_in_a_thread_is_raised_here() -> None:
    def fails(_: int) -> float:
        raise WrongResultError("no")

    with BenchThreads(2) as pool, pytest.raises(WrongResultError):
        pool.measure_rate(fails, 2, 4)


@pytest.mark.parametrize(("cache", "memory", "mib"), [(2**20, 2**34, 64), (2**25, 2**34, 128), (2**29, 2**32, 512)])
def test_arrays_are_larger_than_the_cache_and_small_beside_the_memory(cache: int, memory: int, mib: int) -> None:
    assert choose_array_bytes(cache, memory) == mib * 2**20


def test_baselines_count_their_units() -> None:
    found = {
        stick.name: stick.task(0) for stick in build_baselines([b"\x78\xda\x03\x00\x00\x00\x00\x01"], 2**20, 2**30)
    }
    assert found["copy"] == 2 * found["fill"] == 2 * 4 * 2**20 / 1e9
    assert found["inflate"] == found["loop"] == 1


# Scores.


def with_rates(rates: dict[str, dict[str, float]], factor: float) -> Report:
    """A report of a machine that is so many times as fast as the reference, throughout."""
    cases = [
        {
            "name": name,
            "rates": {
                threads: {"low": 0.9 * rate * factor, "median": rate * factor, "high": 1.1 * rate * factor}
                for threads, rate in (("1", found["one"]), ("8", found["all"]))
            },
        }
        for name, found in rates.items()
    ]
    return {"cases": cases, "threads": [1, 8]}


def test_a_machine_three_times_as_fast_scores_3000() -> None:
    found = score.compute_scores(with_rates(score.load_reference()["rates"], 3))
    assert found == {
        "one": {"threads": 1, "score": 3000, "low": 2700, "high": 3300},
        "all": {"threads": 8, "score": 3000, "low": 2700, "high": 3300},
    }


def test_the_reference_is_of_this_workload_and_names_its_machine() -> None:
    reference = score.load_reference()
    assert reference["workload"] == report_version()
    assert set(reference["rates"]) == {name for name in stored_names() if not name.startswith("texts")}
    assert reference["machine"]["processor"]
    assert reference["machine"]["cores"] == max(reference["threads"])


def report_version() -> int:
    return report.VERSION


def stored_names() -> set[str]:
    from maskmill_bindings._bench.workload import stored_digests

    return set(stored_digests())


def test_cases_that_the_reference_does_not_know_have_no_score(report: Report) -> None:
    assert report["scores"] == {}
