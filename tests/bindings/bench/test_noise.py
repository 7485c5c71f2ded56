"""When a machine may be called too noisy, within a run and between two."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from maskmill.errors import ArgumentError
from maskmill_bindings._bench.comparison import compare_reports
from maskmill_bindings._bench.noise import TwoMeasurements, judge_halves, judge_noise
from maskmill_bindings._bench.text_report import Table, describe_comparison, describe_report

Report = dict[str, Any]


@pytest.fixture
def scored(report: Report) -> Report:
    """A report with scores, as of cases that the reference knows."""
    report["scores"] = {
        "one": {"threads": 1, "score": 1000.0, "low": 990.0, "high": 1010.0},
        "all": {"threads": 2, "score": 1000.0, "low": 990.0, "high": 1010.0},
    }
    return report


def moved(report: Report, score: float = 1.0, baseline: float = 1.0, name: str = "loop", threads: int = 1) -> Report:
    """Return a copy whose scores and cases, and one baseline on some threads, are multiplied by factors."""
    other = deepcopy(report)
    for found in (*other["scores"].values(), *(rate for case in other["cases"] for rate in case["rates"].values())):
        found.update({key: found[key] * score for key in ("score", "median") if key in found})
    [entry] = (entry for entry in other["yardsticks"] if entry["name"] == name)
    entry["rates"][str(threads)]["median"] *= baseline
    return other


@pytest.mark.parametrize(
    ("score", "baseline", "word"),
    [
        (1.0, 1.0, "steady"),
        (1.049, 1.0, "steady"),
        (0.96, 3.0, "steady"),
        (1.06, 1.0, "unexplained"),
        (0.5, 1.049, "unexplained"),
        (1.06, 1.06, "noisy"),
        (1.06, 0.9, "noisy"),
        (0.9, 1.06, "noisy"),
    ],
)
def test_a_difference_is_noise_only_if_a_baseline_differs_as_well(
    scored: Report, score: float, baseline: float, word: str
) -> None:
    del scored["scores"]["all"]
    verdict = compare_reports(scored, moved(scored, score, baseline)).verdict
    assert verdict is not None
    assert verdict.word == word


@pytest.mark.parametrize(("threads", "scored_on"), [(1, "all cores"), (2, "one core")])
def test_a_baseline_excuses_no_score_on_other_threads(scored: Report, threads: int, scored_on: str) -> None:
    verdict = compare_reports(scored, moved(scored, 1.2, 1.2, threads=threads)).verdict
    assert verdict is not None
    assert (verdict.word, verdict.scored, verdict.yardstick) == ("unexplained", scored_on, 0)


@pytest.mark.parametrize("name", ["copy", "fill", "fill of new memory", "inflate"])
def test_a_baseline_excuses_no_case_that_does_not_depend_on_it(scored: Report, name: str) -> None:
    """One case decodes PNG maps to RLE, the other polygons to dense masks: each baseline concerns one of them."""
    touched = "png" if name == "inflate" else "ring"
    del scored["scores"]["all"]
    other = moved(scored, 1.2, 1.2, name)
    verdict = compare_reports(scored, other).verdict
    assert verdict is not None
    assert (verdict.word, verdict.measured) == ("unexplained", name)
    for case, before in zip(other["cases"], scored["cases"], strict=True):
        if case["form"] != touched:
            case["rates"] = before["rates"]
    held = compare_reports(scored, other).verdict
    assert held is not None
    assert held.word == "noisy"


def test_the_verdict_names_what_moved_most_on_the_threads_of_the_score_that_decides() -> None:
    steady, moving = ({"copy": (10.0, 9.9), "loop": (5.0, loop)} for loop in (5.0, 4.0))
    verdict = judge_noise(
        {"one": TwoMeasurements((100, 90), [], moving), "all": TwoMeasurements((100, 99), [], steady)}
    )
    assert (verdict.word, verdict.scored, verdict.measured) == ("noisy", "one", "loop")
    assert verdict.score == pytest.approx(1 / 9, rel=1e-2)
    assert verdict.yardstick == 0.25


def test_the_worst_word_decides() -> None:
    moving, still = {"loop": (5.0, 4.0)}, {"loop": (5.0, 5.0)}
    verdict = judge_noise({"one": TwoMeasurements((100, 50), [], moving), "all": TwoMeasurements((100, 90), [], still)})
    assert (verdict.word, verdict.scored) == ("unexplained", "all")


def test_two_machines_are_never_noisy(scored: Report) -> None:
    other = moved(scored, 5, 5)
    other["machine"]["processor"] = "another"
    found = compare_reports(scored, other)
    assert found.verdict is None
    assert ("processor", scored["machine"]["processor"], "another") in found.differences
    assert found.scores["one core"] == (1000, 5000)


def test_other_software_is_listed_and_judged(scored: Report) -> None:
    other = moved(scored, 0.8)
    other["software"]["maskmill"] = "9.9"
    found = compare_reports(scored, other)
    assert [name for name, _, _ in found.differences] == ["maskmill"]
    assert found.verdict is not None
    assert found.verdict.word == "unexplained"


def test_other_threads_are_no_repeat(scored: Report) -> None:
    assert compare_reports(scored, {**scored, "threads": [1, 2, 4]}).verdict is None


def test_two_workloads_cannot_be_compared(scored: Report) -> None:
    with pytest.raises(ArgumentError, match=r"expected two runs of one workload, got workload 1 and workload 2 - at"):
        compare_reports(scored, {**scored, "workload": 2})


def test_runs_without_scores_cannot_be_compared(report: Report) -> None:
    with pytest.raises(ArgumentError, match="expected two runs with scores, got one without - at `compare`"):
        compare_reports(report, report)


# Within a run.


def with_samples(report: Report, cases: list[float], loop: list[float]) -> Report:
    """A report whose cases, and whose loop, had these rates round after round; the other baselines were constant."""
    for thing in (*report["cases"], *report["yardsticks"]):
        for rate in thing["rates"].values():
            is_case = "form" in thing
            rate["samples"] = cases if is_case else loop if thing["name"] == "loop" else [1.0] * len(loop)
    return report


@pytest.mark.parametrize(
    ("rates", "loop", "word"),
    [
        ([10, 10, 10, 10], [5, 5, 5, 5], "steady"),
        ([10, 10, 9, 9], [5, 5, 5, 5], "unexplained"),
        ([10, 10, 9, 9], [5, 5, 4, 4], "noisy"),
        ([10, 10, 10, 10], [5, 5, 4, 4], "steady"),
        ([10, 2, 10, 10, 10, 10], [5, 5, 5, 5, 5, 1], "steady"),
    ],
)
def test_the_halves_of_a_run_are_judged_alike(report: Report, rates: list[float], loop: list[float], word: str) -> None:
    assert judge_halves(with_samples(report, rates, loop))["word"] == word


def test_a_loop_that_slows_down_is_reported(report: Report) -> None:
    report["steadiness"] = judge_halves(with_samples(report, [10] * 6, [5, 5, 4.8, 4.6, 4.5, 4.5]))
    assert report["steadiness"]["loop_drift"] == {"1": -0.1, "2": -0.1}
    sentences = [part for part in describe_report(report) if isinstance(part, str)]
    assert any("On 2 threads the fixed loop became 10.0% slower through the run" in line for line in sentences)


# In words.


def test_a_report_in_words_has_every_case_and_baseline(report: Report) -> None:
    cells = [row[0] for part in describe_report(report) if isinstance(part, Table) for row in part.rows]
    assert {*(c["name"] for c in report["cases"]), *(s["name"] for s in report["yardsticks"])} <= set(cells)


def test_a_comparison_in_words_says_which_way_the_ratio_goes(scored: Report) -> None:
    parts = list(describe_comparison(compare_reports(scored, moved(scored, 2))))
    tables = [part for part in parts if isinstance(part, Table)]
    assert tables[0].rows[0] == ("one core", "1,000", "2,000", "2.000")
    assert "What moved in the machine does not explain that" in str(parts[-1])
