"""A program: runs the bench in Numba's CUDA simulator, with every size reduced, and checks its report.

A test starts it with ``NUMBA_ENABLE_CUDASIM=1``, since the simulator is chosen when Numba is imported.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from maskmill_bindings._bench import baselines, gpu_cases, gpu_cost_fit, runner, text_report, workload
from maskmill_bindings._bench.workload import Case, WrongResultError, verify_case
from maskmill_bindings._charts import bench_plot
from support.bench.bench_replies import png_reply, ring_reply
from support.bench.bench_report import compute_digests

SIZE = (12, 9)


def reduce_sizes() -> None:
    """Make the bench small enough for the simulator."""
    runner._TRY_SECONDS, runner._PASSES = 1e-4, 1  # type: ignore[misc]
    gpu_cases._LINK_BYTES, baselines._NEW_MEMORY_BYTES = 2**12, 2**16  # type: ignore[misc]
    gpu_cost_fit._SIZE, gpu_cost_fit._LARGE_BATCH_FACTOR, gpu_cost_fit._REPEATS = SIZE, 2, 1  # type: ignore[misc]


def main() -> None:
    """Run the bench and check what only a GPU's report has."""
    reduce_sizes()
    texts = [ring_reply(seed, items=1, vertices=4) for seed in range(2)]
    on_cpu = [Case("ring", SIZE, output, texts) for output in ("rle", "dense", "instance map")]
    on_gpu = [replace(case, device="cuda", repeats=2) for case in on_cpu]
    digests = compute_digests(on_cpu)
    report = runner.run_bench(runner.BenchPlan(threads=(1, 2), seconds=1e-3, rounds=1), on_cpu + on_gpu, digests)

    assert [case["device"] for case in report["cases"]] == ["cpu"] * 3 + ["cuda"] * 3
    assert all(set(case["rates"]) == {"1"} for case in report["cases"][3:])
    assert [case["bytes"] for case in report["cases"][:3]] == [case["bytes"] for case in report["cases"][3:]]
    assert "gpu" not in report["left_out"]
    assert {"to the GPU", "from the GPU"} <= {entry["name"] for entry in report["yardsticks"]}
    tables = [part for part in text_report.describe_report(report) if isinstance(part, text_report.Table)]
    [table] = (table for table in tables if table.columns[0] == "case, GPU")
    assert [row[0] for row in table.rows] == [case.name for case in on_cpu]
    assert bench_plot.draw_report(report).any()
    assert report["costs"] is None
    masks = workload._decoder("cuda").decode(texts[0], SIZE)
    assert hasattr(gpu_cases.decode_dense_on_gpu(masks), "copy_to_host")
    _check_that_a_wrong_result_is_noticed(on_gpu[1], {**digests, on_cpu[1].name: "another"})
    model = gpu_cost_fit.fit_cost_model({"png": [png_reply(items=1)], "ring": texts})
    assert model is not None
    assert min(*model.map, *model.ring, model.batch) >= 0, model
    assert model.map.cpu > 0 < model.ring.host, model
    print("same")


def _check_that_a_wrong_result_is_noticed(case: Case, digests: dict[str, str]) -> None:
    with pytest.raises(WrongResultError, match="- at `ring 12x9 dense`"):
        verify_case(case, digests)


if __name__ == "__main__":
    main()
