"""The command: files, sentences, and mistakes in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from maskmill_bindings._bench import runner
from maskmill_bindings._bench.workload import WrongResultError
from maskmill_bindings._charts.bench_plot import SIZE
from support.command import Capture, run_here

Report = dict[str, Any]


@pytest.fixture
def plans(report: Report, monkeypatch: pytest.MonkeyPatch) -> list[runner.BenchPlan]:
    """The command's run gives a report that is there; returns the plans that it was asked for."""
    plans: list[runner.BenchPlan] = []
    monkeypatch.setattr(runner, "run_bench", lambda plan, progress: plans.append(plan) or report)  # type: ignore[func-returns-value]
    return plans


def test_bench_writes_its_report_and_its_picture(
    plans: list[runner.BenchPlan], report: Report, tmp_path: Path, capsys: Capture
) -> None:
    files = tmp_path / "score.json", tmp_path / "score.png"
    status, output, errors = run_here(capsys, "bench", "--json", files[0], "--plot", files[1])
    assert (status, errors) == (0, "")
    assert json.loads(files[0].read_bytes()) == report
    with Image.open(files[1]) as picture:
        assert picture.size == SIZE
    assert output.startswith("Workload 1, 2 rounds in ")
    assert "png 32x24 rle" in output
    assert "Left out: tokens" in output


def test_threads_and_quick_reach_the_plan(plans: list[runner.BenchPlan], capsys: Capture) -> None:
    run_here(capsys, "bench", "--threads", "2,8", "--quick")
    run_here(capsys, "bench")
    [quick, whole] = plans
    assert quick.threads == (1, 2, 8)
    assert quick.seconds < whole.seconds / 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--threads", "two"], "expected numbers of threads, such as 1,2,4, got 'two' - at `--threads`"),
        (["--threads", "0"], "expected numbers of threads in 1..1024, got 0 - at `--threads`"),
        (["--threads", "1,2000"], "expected numbers of threads in 1..1024, got 2000 - at `--threads`"),
        (["--threads", ""], "got '' - at `--threads`"),
        (["--json", ""], "expected the name of a file or folder, got an empty one - at `--json`"),
        (["--json", "gone/score.json"], "No such file or directory' - at `--json`"),
        (["--plot", "."], "- at `--plot`"),
        (["--compare", "gone.json", "gone.json"], "got gone.json: No such file or directory - at `--compare`"),
        (["--compare", "EMPTY", "EMPTY"], "which is no JSON - at `--compare`"),
        (["--compare", "OTHER", "OTHER"], "which is another - at `--compare`"),
        (["--compare", "a", "b", "--quick"], "expected two reports alone, got them and options of a run - at"),
    ],
)
def test_wrong_use_is_reported_in_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(runner, "run_bench", lambda *_, **__: pytest.fail("nothing is run"))
    Path("EMPTY").write_text("")
    Path("OTHER").write_text("{}")
    status, output, errors = run_here(capsys, "bench", *arguments)
    assert (status, output) == (2, "")
    [line] = errors.splitlines()
    assert line.startswith("maskmill: expected ")
    assert message in line


def test_a_wrong_result_ends_the_command(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: Any, **__: Any) -> Report:
        raise WrongResultError("expected the digest a, got b - at `png 640x480 rle`")

    monkeypatch.setattr(runner, "run_bench", wrong)
    file = tmp_path / "score.json"
    assert run_here(capsys, "bench", "--json", file) == (
        *(2, ""),
        "maskmill: expected the digest a, got b - at `png 640x480 rle`\n",
    )
    assert not file.exists()


def test_an_interruption_leaves_files_as_they_were(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: Any, **__: Any) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr(runner, "run_bench", interrupted)
    (tmp_path / "old.json").write_text("as it was")
    result = run_here(capsys, "bench", "--json", tmp_path / "old.json", "--plot", tmp_path / "new.png")
    assert result == (130, "", "maskmill: interrupted; nothing was written\n")
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("old.json", "as it was")]


def test_two_reports_are_compared(report: Report, tmp_path: Path, capsys: Capture) -> None:
    report["scores"] = {"one": {"threads": 1, "score": 1000.0, "low": 990.0, "high": 1010.0}}
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(json.dumps(report))
    report["scores"]["one"]["score"] = 1020.0
    second.write_text(json.dumps(report))
    status, output, errors = run_here(capsys, "bench", "--compare", first, second)
    assert (status, errors) == (0, "")
    assert "1.020" in output
    assert "The scores of the two runs differ by up to 2.0% (one core). Steady" in output
