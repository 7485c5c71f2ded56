"""Pair runs: every pair is correct, everything else is counted, and no question is answered twice."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill._forms import ProbabilityMap, classify
from maskmill.errors import ArgumentError
from maskmill.limits import Limits
from maskmill_bindings.emulator import VOCABULARY, Emulator, Faults, Quota, scene
from maskmill_bindings.emulator._answers.tokenizer import map_of_tokens, tokens_of_shape
from maskmill_bindings.emulator._faults import BREAKAGES, LOGPROBS, REFUSALS
from maskmill_bindings.genai import Budget
from maskmill_bindings.genai._pairs import REASONS, RING_WEIGHT, PairPlan, PairTally, collect, estimate_collect
from maskmill_bindings.genai._run_driver import RunSummary
from maskmill_bindings.genai._runner import RequestConfig
from support.command import Capture, run_here
from support.genai.batch_runs import bodies
from support.genai.client_runs import PNG, RING, SECRET, TODAY, assert_keyless, pictures, quick, saying, seed_of
from support.tiers import thorough

PASSING = sorted({*REFUSALS, *BREAKAGES} - {"http_400", "quota_day", "timeout"})


def plan(**options: Any) -> PairPlan:
    return PairPlan(**{"labels": VOCABULARY, "model": PNG, "today": TODAY} | options)


def way(emulator: Emulator, **options: Any) -> RequestConfig:
    return RequestConfig(api_key=SECRET, base_url=emulator.url, **{"limits": quick()} | options)


def rows_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def pixels_of(row: dict[str, Any]) -> Any:
    found = classify(row["png"], False, {}, Limits()).payload
    assert isinstance(found, ProbabilityMap)
    return found.pixels


def assert_true(row: dict[str, Any], seed: int = 0) -> None:
    """Assert that a pair holds its item's tokens, and their map or the pixels of the shape."""
    image, _, number = row["key"].rpartition("#")
    shape = scene(seed_of(image))[int(number)]
    assert row["tokens"] == list(tokens_of_shape(shape, seed))
    assert (row["label"], row["box_2d"], row["model"]) == (shape.label, list(shape.box), PNG)
    if row["source"] == "logprobs":
        assert row["weight"] == 1.0
        assert (pixels_of(row) == map_of_tokens(tokens_of_shape(shape, seed), seed) * np.uint8(255)).all()
    else:
        assert (row["weight"], row["source"]) == (RING_WEIGHT, "ring")
        pixels = pixels_of(row)
        assert np.isin(pixels, (0, 255)).all()
        assert ((pixels > 0) != shape.pixels((256, 256), shape.box)).sum() <= 1  # a centre on an edge: rounding decides


def assert_accounted(found: RunSummary[PairTally]) -> None:
    """Assert that every item is a pair or has a reason, and every image a reply or an error."""
    tally = found.tally
    assert tally.items == tally.pairs.total() + tally.reasons.total()
    assert set(tally.reasons) <= REASONS.keys()
    assert tally.images == tally.answered + tally.repeated + tally.errors.total() - tally.errors["no_items"]


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve scenes."""
    return pictures(tmp_path_factory.mktemp("images") / "in", 12)


ITEMS = sum(len(scene(seed)) for seed in range(12))


@pytest.fixture(scope="module")
def undisturbed(images: Path) -> Path:
    """The pairs of a run without faults."""
    path = images.parent / "pairs.jsonl"
    with Emulator() as emulator:
        found = collect([images], path, plan(), way(emulator))
        assert set(emulator.journal.answers().values()) == {1}
        assert len(emulator.journal) == 12
    assert_accounted(found)
    assert found.tally.pairs == {"logprobs": ITEMS}
    return path


# Exact pairs.


def test_exact_pairs_are_the_truth(undisturbed: Path) -> None:
    rows = rows_in(undisturbed)
    assert len({row["key"] for row in rows}) == len(rows) == ITEMS
    for row in rows:
        assert_true(row)
    assert all(set(row["tokens"]) <= set(range(128)) for row in rows)


def test_the_codebook_is_the_emulator_s(images: Path, tmp_path: Path) -> None:
    with Emulator(seed=9) as emulator:
        collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator))
    for row in rows_in(tmp_path / "pairs.jsonl"):
        assert_true(row, seed=9)


def test_the_ledger_keeps_the_log_probabilities(undisturbed: Path) -> None:
    found = bodies(undisturbed.with_name("pairs.jsonl.ledger.sqlite"))
    assert len(found) == 12
    for body, code, _ in found.values():
        steps = json.loads(body)["candidates"][0]["logprobsResult"]["chosenCandidates"]
        assert not code
        assert Counter(step["token"] for step in steps)["<start_of_mask>"] >= 2
        assert set(steps[0]) == {"token", "tokenId", "logProbability"}


@thorough
def test_faults_that_pass_change_nothing(images: Path, undisturbed: Path, tmp_path: Path) -> None:
    def choose(request: Any) -> str | None:
        return PASSING[int(request.digest[:8], 16) % len(PASSING)] if request.earlier == 0 else None

    with Emulator(faults=Faults(choose=choose, retry_delay=0.05)) as emulator:
        collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator))
        assert set(emulator.journal.answers().values()) == {1}
    assert (tmp_path / "pairs.jsonl").read_bytes() == undisturbed.read_bytes()
    assert_keyless(tmp_path)


# Why there is no pair.


@pytest.mark.parametrize(
    ("fault", "reasons", "source"),
    [
        ("logprobs_none", {"no_logprobs": ITEMS}, None),
        ("logprobs_bare", {"no_tokens": ITEMS}, None),
        ("run_extra", {"runs_differ": ITEMS}, None),
        ("run_short", {"incomplete_run": 12}, "logprobs"),
        ("leaked", {}, "ring"),
        ("parts", {}, "logprobs"),
        ("thoughts", {}, "logprobs"),
    ],
)
def test_reasons(fault: str, reasons: dict[str, int], source: str | None, images: Path, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    with Emulator(faults=Faults(choose=lambda asked: fault if asked.model == PNG else None)) as emulator:
        found = collect([images], path, plan(), way(emulator))
    assert_accounted(found)
    tally = found.tally
    assert (tally.reasons, tally.items) == (reasons, ITEMS)
    assert set(tally.pairs) == ({source} if source else set())
    for row in rows_in(path):
        assert_true(row)
    report = json.loads((tmp_path / "pairs.jsonl.report.json").read_text())
    assert report["reasons"] == tally.reasons
    assert report["pairs"] == tally.pairs


def test_replies_that_were_cut_off(images: Path, tmp_path: Path) -> None:
    """Complete items are pairs where the order is still known, as when only the last PNG is cut off."""
    with Emulator(faults=Faults({"max_tokens": 1.0}, times=None)) as emulator:
        found = collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator))
    assert_accounted(found)
    assert found.tally.reasons["runs_differ"] > found.tally.pairs["logprobs"] > 0
    for row in rows_in(tmp_path / "pairs.jsonl"):
        assert_true(row)


def test_many_faults_at_once(images: Path, tmp_path: Path) -> None:
    shares = dict.fromkeys((*LOGPROBS, "safety", "http_400"), 0.11)
    del shares["logprobs_refused"]
    with Emulator(faults=Faults(shares, times=None), seed=1) as emulator:
        found = collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator))
        assert len({entry.fault for entry in emulator.journal.asked()}) > 3
        count = len(emulator.journal)
        assert collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator)).tally.run.questions == 0
        assert len(emulator.journal) == count
    assert_accounted(found)
    for row in rows_in(tmp_path / "pairs.jsonl"):
        assert_true(row, seed=1)


def test_another_model_that_answered_is_reported(images: Path, tmp_path: Path) -> None:
    with Emulator(faults=Faults({"rerouted": 1.0}, times=None)) as emulator:
        found = collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator))
    assert found.tally.rerouted == {f"{PNG} -> {PNG}-rerouted": 12}
    assert {row["model"] for row in rows_in(tmp_path / "pairs.jsonl")} == {f"{PNG}-rerouted"}


def test_images_without_a_reply_and_images_twice(images: Path, tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 2)
    (folder / "poem.jpg").write_text("a poem")
    (folder / "again.jpg").write_bytes((folder / "scene_1.jpg").read_bytes())
    with Emulator() as emulator:
        found = collect([folder], tmp_path / "pairs.jsonl", plan(), way(emulator))
        assert len(emulator.journal) == 2
    assert_accounted(found)
    assert (found.tally.repeated, found.tally.errors) == (1, {"not_an_image": 1})
    assert {row["key"].partition("#")[0] for row in rows_in(tmp_path / "pairs.jsonl")} == {"again.jpg", "scene_0.jpg"}


def test_a_model_of_polygons_has_no_tokens(images: Path, tmp_path: Path) -> None:
    with Emulator() as emulator:
        found = collect([images], tmp_path / "pairs.jsonl", plan(model="gemini-3.5-flash"), way(emulator))
        assert Counter(entry.status for entry in emulator.journal.asked()) == {400: 3, 200: 3}
    assert_accounted(found)
    assert found.stop is not None
    assert (found.stop.code, found.tally.errors) == ("no_tokens", {"not_asked": 9})
    assert set(found.tally.reasons) == {"other_form"}
    assert not rows_in(tmp_path / "pairs.jsonl")


# Rings.


def test_a_world_without_pngs(images: Path, tmp_path: Path) -> None:
    with Emulator(form="leaks") as emulator:
        found = collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator))
        assert Counter(entry.model for entry in emulator.journal.asked()) == {PNG: 12, RING: 12}
    assert_accounted(found)
    rows = rows_in(tmp_path / "pairs.jsonl")
    assert len(rows) == found.tally.pairs["ring"] == ITEMS
    for row in rows:
        assert_true(row)


def test_rings_of_another_model(images: Path, tmp_path: Path) -> None:
    with Emulator(form="leaks") as emulator:
        found = collect([images], tmp_path / "pairs.jsonl", plan(ring_model="gemini-4-argon"), way(emulator))
        assert {entry.model for entry in emulator.journal.asked()} == {PNG, "gemini-4-argon"}
    assert found.tally.pairs == {"ring": ITEMS}


def test_no_dollar_for_rings(images: Path, tmp_path: Path) -> None:
    with Emulator(form="leaks") as emulator:
        found = collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator, budget=Budget(again=0.0)))
        assert {entry.model for entry in emulator.journal.asked()} == {PNG}
    assert found.stop is None
    assert found.tally.reasons == {"leaked": ITEMS}


def test_a_ring_model_that_does_not_answer(images: Path, tmp_path: Path) -> None:
    faults = Faults(choose=lambda asked: "safety" if asked.model == RING else None)
    with Emulator(form="leaks", faults=faults) as emulator:
        found = collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator))
    assert_accounted(found)
    assert found.tally.reasons == {"ring_failed": ITEMS}


# Models without log-probabilities.


@pytest.mark.parametrize(("form", "asked_for"), [(None, 3), ("leaks", 12)])
def test_a_service_that_refuses_log_probabilities(
    form: str | None, asked_for: int, images: Path, tmp_path: Path
) -> None:
    """PNGs without log-probabilities give no pair, and the other images are not paid for."""
    path = tmp_path / "pairs.jsonl"
    with Emulator(form=form, faults=Faults({"logprobs_refused": 1.0}, times=None)) as emulator:
        found = collect([images], path, plan(), way(emulator))
        asked = Counter(entry.status for entry in emulator.journal.asked() if entry.model == PNG)
        assert asked == {400: 3, 200: asked_for}
        count = len(emulator.journal)
        again = collect([images], path, plan(), way(emulator))
        assert len(emulator.journal) == count
    assert_accounted(found)
    assert not found.tally.has_logprobs
    assert found.tally.pairs == again.tally.pairs == ({"ring": ITEMS} if form else {})
    assert [one.stop and one.stop.code for one in (found, again)] == [None if form else "no_tokens"] * 2
    assert set(found.tally.reasons) == (set() if form else {"no_logprobs"})
    with Emulator() as emulator:  # where it gives them after all
        collect([images], path, plan(), way(emulator, retry_failed=True))
        assert len(emulator.journal) == 12
    assert len(rows_in(path)) == ITEMS
    assert all(row["source"] == "logprobs" for row in rows_in(path))


# Ends.


def test_a_quota_ends_it_and_the_next_run_goes_on(images: Path, undisturbed: Path, tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    with Emulator(quota=Quota(requests_per_day=5)) as emulator:
        found = collect([images], path, plan(), way(emulator))
        first = {entry.digest for entry in emulator.journal.asked() if entry.answered}
    assert_accounted(found)
    assert found.stop is not None
    assert (found.stop.code, found.tally.errors, len(first)) == ("daily_quota", {"not_asked": 7}, 5)
    with Emulator() as emulator:
        collect([images], path, plan(), way(emulator))
        assert len(emulator.journal) == 7
        assert not first & set(emulator.journal.answers())
    assert path.read_bytes() == undisturbed.read_bytes()


def test_a_budget_needs_a_price(images: Path, tmp_path: Path) -> None:
    config = RequestConfig(api_key=SECRET, budget=Budget(whole=1))
    for call in (collect, estimate_collect):
        with pytest.raises(ArgumentError, match="- at `model`"):
            call([images], tmp_path / "pairs.jsonl", plan(model="my-own-model"), config)


def test_a_budget_ends_it(images: Path, tmp_path: Path) -> None:
    with Emulator() as emulator:
        whole = estimate_collect([images], tmp_path / "all.jsonl", plan(), way(emulator))
        assert whole.questions == 12
        budget = Budget(whole=whole.dollars / 2)
        found = collect([images], tmp_path / "pairs.jsonl", plan(), way(emulator, budget=budget))
        assert len(emulator.journal) == 6
    assert found.stop is not None
    assert found.stop.code == "cost"
    assert_accounted(found)


def test_no_network_ends_it(images: Path, tmp_path: Path) -> None:
    with Emulator() as emulator:
        gone = way(emulator, limits=quick(tries=2, concurrency=2))
    found = collect([images], tmp_path / "pairs.jsonl", plan(), gone)
    assert found.stop is not None
    assert (found.stop.code, found.tally.errors) == ("no_connection", {"not_asked": 12})


ODD = st.recursive(
    st.none() | st.integers() | st.text(max_size=6) | st.sampled_from(("<seg_1>", "<start_of_mask>")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("token", "a")), inner, max_size=2),
    max_leaves=12,
)


@thorough
@settings(max_examples=6, deadline=None)
@given(ODD, ODD)
def test_hostile_bodies_over_the_wire(images: Path, result: Any, chosen: Any) -> None:
    from tempfile import TemporaryDirectory

    for odd in (result, {"chosenCandidates": chosen}):
        content = {"parts": [{"text": json.dumps([{"box_2d": [1, 2, 3, 4], "mask": "iVBORw0KGgo", "label": "a"}])}]}
        body = json.dumps({"candidates": [{"content": content, "logprobsResult": odd}]}).encode()
        headers = {"Content-Type": "application/json"}
        with TemporaryDirectory() as folder, saying(200, body, headers) as (url, _):
            options = RequestConfig(api_key=SECRET, base_url=url, limits=quick())
            found = collect([images / "scene_0.jpg"], Path(folder) / "pairs.jsonl", plan(), options)
            assert_accounted(found)
            assert found.tally.items == found.tally.reasons.total() == 1


@pytest.mark.parametrize("output", [".", "/", "no\0name"])
def test_an_output_that_is_no_file(images: Path, output: str) -> None:
    with pytest.raises(ArgumentError):
        collect([images], output, plan(), RequestConfig(api_key=SECRET, base_url="http://127.0.0.1:9"))


# The command.


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", SECRET)


WORDS = ["--labels", ",".join(VOCABULARY), "--model", PNG]


def other_lines(errors: str) -> list[str]:
    """The lines of an error output that are no warnings of a retirement."""
    return [line for line in errors.splitlines() if "retire" not in line]


@pytest.mark.usefixtures("key")
def test_the_command(images: Path, undisturbed: Path, tmp_path: Path, capsys: Capture) -> None:
    words = ["codebook", "collect", images, "-o", tmp_path / "pairs.jsonl", *WORDS]
    with Emulator() as emulator:
        status, output, errors = run_here(capsys, *words, "--base-url", emulator.url, "--dry-run")
        assert (status, other_lines(errors), len(emulator.journal)) == (0, [], 0)
        assert output.startswith(f"12 questions to ask of {PNG}: ")
        status, output, errors = run_here(capsys, *words, "--base-url", emulator.url, "--strict")
        assert (status, other_lines(errors)) == (0, [])
        assert f"12 of 12 images answered, {ITEMS} pairs of {ITEMS} items, $" in output
        status, output, _ = run_here(capsys, *words, "--base-url", emulator.url, "--json")
        assert len(emulator.journal) == 12
    report = json.loads(output)
    assert (report["pairs"], report["this_run"]["questions"], report["stopped"]) == ({"logprobs": ITEMS}, 0, None)
    assert (tmp_path / "pairs.jsonl").read_bytes() == undisturbed.read_bytes()
    assert_keyless(tmp_path)


@pytest.mark.usefixtures("key")
def test_the_command_says_why_there_is_no_pair(images: Path, tmp_path: Path, capsys: Capture) -> None:
    words = ["codebook", "collect", images, "-o", tmp_path / "pairs.jsonl", *WORDS]
    with Emulator(faults=Faults({"logprobs_refused": 1.0}, times=None)) as emulator:
        status, output, errors = run_here(capsys, *words, "--base-url", emulator.url, "--strict")
    assert status == 3
    assert REASONS["no_logprobs"] in output
    assert "warning: not one pair was found" in errors
    no_tokens = "its first 3 replies hold no mask tokens; ask another model\n"
    assert errors.endswith(f"stopped: the service gives no log-probabilities of this model, and {no_tokens}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-o", "pairs.jsonl"], "expected labels or a text that says what to segment, got neither - at `--labels`"),
        (["-o", ".", *WORDS], "expected the name of a file, got that of a folder - at `--output`"),
        (["-o", "", *WORDS], "expected the name of a file or folder, got an empty one - at `--output`"),
        (["-o", "a.jsonl", *WORDS, "--max-cost", "-1"], "expected US dollars from 0, got -1.0"),
    ],
)
def test_wrong_use(
    words: list[str],
    message: str,
    images: Path,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    status, output, errors = run_here(capsys, "codebook", "collect", images, *words)
    assert (status, output) == (2, "")
    assert message in errors
