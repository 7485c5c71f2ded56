"""Segmentation runs: the same files whatever happens on the way, and no question answered twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import maskmill
from maskmill.errors import ArgumentError, MaskmillError
from maskmill_bindings.emulator import VOCABULARY, Emulator, Faults, Quota
from maskmill_bindings.emulator._faults import BREAKAGES, CHANGES, REFUSALS
from maskmill_bindings.genai import Budget, SegmentConfig, segment
from maskmill_bindings.genai._segment.segment_images import estimate_segment
from support.command import Capture, run_here, take_interrupts
from support.genai.client_runs import (
    PNG,
    RING,
    SECRET,
    assert_keyless,
    assert_true,
    job,
    pictures,
    plan,
    quick,
    rows_in,
    saying,
    seed_of,
)
from support.genai.emulator_clients import picture
from support.tiers import is_quick, spread, thorough

posix = pytest.mark.skipif(os.name == "nt", reason="signals and pipes are POSIX")
FILES = ("replies.jsonl", "report.json", "coco.json", "masks.parquet", "unmasked.jsonl", "preview.png")


def outputs(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES}


def other_lines(errors: str) -> list[str]:
    """The lines of an error output that are no warnings of a retirement."""
    return [line for line in errors.splitlines() if not line.startswith("maskmill: warning: ")]


def codes(folder: Path) -> dict[str, str]:
    return {row["key"]: row.get("error_code", "") for row in rows_in(folder)}


def assert_right(folder: Path, model: str = PNG) -> None:
    for row in rows_in(folder):
        masks = maskmill.decode(row["reply"], (row["width"], row["height"]))
        assert_true(masks, seed_of(row["key"]), model, (row["width"], row["height"]))


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty scenes."""
    return pictures(tmp_path_factory.mktemp("images") / "in", 30)


@pytest.fixture(scope="module")
def undisturbed(images: Path) -> Path:
    """The output of a run without faults."""
    with Emulator() as emulator:
        segment([images], images.parent / "undisturbed", plan(), job(emulator))
        assert set(emulator.journal.answers().values()) == {1}
    assert_right(images.parent / "undisturbed")
    return images.parent / "undisturbed"


# Faults.


@thorough
def test_every_fault_at_once_changes_nothing(images: Path, undisturbed: Path, tmp_path: Path) -> None:
    names = sorted({*REFUSALS, *BREAKAGES} - {"http_400", "quota_day"})

    def choose(request: Any) -> str | None:
        place = int(request.digest[:8], 16)
        return names[(place + request.earlier) % len(names)] if request.earlier < 1 + place % 2 else None

    with Emulator(latency=0.01, faults=Faults(choose=choose, retry_delay=0.05)) as emulator:
        summary = segment([images], tmp_path / "out", plan(), job(emulator, quick(timeout=0.5)))
        assert set(emulator.journal.answers().values()) == {1}
        assert len(emulator.journal.answers()) == 30
        assert {entry.fault for entry in emulator.journal.asked()} >= set(names)
        count = len(emulator.journal)
        assert segment([images], tmp_path / "out", plan(), job(emulator)).tally.run.questions == 0
        assert len(emulator.journal) == count
    assert summary.stop is None
    assert outputs(tmp_path / "out") == outputs(undisturbed)
    assert_keyless(tmp_path / "out")


@thorough
def test_failures_are_recorded_and_asked_again_on_request(images: Path, undisturbed: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    faults = Faults({"http_400": 0.2, "http_503": 0.2, "safety": 0.2, "blocked": 0.1}, times=2)
    with Emulator(faults=faults) as emulator:
        segment([images], out, plan(), job(emulator, quick(tries=2)))
        failed = {key: code for key, code in codes(out).items() if code}
        assert set(failed.values()) == {"http_400", "http_503", "finish_safety", "prompt_blocked"}
        assert all(row["error"] for row in rows_in(out) if "reply" not in row)
        report = json.loads((out / "report.json").read_text())
        assert sum(report["errors"].values()) == len(failed) == 30 - report["answered"]
        count = len(emulator.journal)
        segment([images], out, plan(), job(emulator, quick(tries=2)))
        assert len(emulator.journal) == count
        for _ in range(2):
            segment([images], out, plan(), job(emulator, quick(tries=2), retry_failed=True))
        assert not emulator.journal.answered_more_than_once()
    assert outputs(out) == outputs(undisturbed)


def test_odd_but_whole_answers(images: Path, tmp_path: Path) -> None:
    names = sorted(CHANGES.keys() - {"max_tokens", "safety", "blocked"})
    with Emulator(faults=Faults(dict.fromkeys(names, 0.25), times=None)) as emulator:
        summary = segment([images], tmp_path, plan(RING), job(emulator))
    assert_right(tmp_path, RING)
    assert summary.tally.answered == 30


@thorough
def test_asked_again_until_there_is_a_mask(images: Path, undisturbed: Path, tmp_path: Path) -> None:
    with Emulator(forms=("tokens", "png")) as emulator:
        summary = segment([images], tmp_path, plan(again="same"), job(emulator))
        assert set(emulator.journal.answers().values()) == {2}
    assert (summary.tally.masks, summary.tally.total.questions) == (summary.tally.items, 60)
    assert_right(tmp_path)
    outcomes = [one["outcome"].partition(" items")[0] for row in rows_in(tmp_path) for one in row["asked"]]
    assert all(
        a.startswith("0 of") and not b.startswith("0 of") for a, b in zip(outcomes[::2], outcomes[1::2], strict=True)
    )
    assert (tmp_path / "coco.json").read_bytes() == (undisturbed / "coco.json").read_bytes()


# Images.


def test_images_that_cannot_be_sent_are_records(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 2)
    (folder / "empty.jpg").touch()
    (folder / "poem.jpg").write_text("a poem")
    (folder / "cut.jpg").write_bytes((folder / "scene_0.jpg").read_bytes()[:3000])
    Image.new("L", (20_000, 10_000)).save(folder / "huge.png")
    (folder / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    (folder / "again.jpg").write_bytes((folder / "scene_1.jpg").read_bytes())
    with Emulator() as emulator:
        summary = segment([folder], tmp_path / "out", plan(), job(emulator))
        assert sorted(emulator.journal.answers().values()) == [1, 1]  # the same image is asked about once
    wanted = {"empty.jpg": "empty", "poem.jpg": "not_an_image", "cut.jpg": "truncated", "huge.png": "too_large"}
    wanted |= {"gone.jpg": "unreadable", "again.jpg": "", "scene_0.jpg": "", "scene_1.jpg": ""}
    assert codes(tmp_path / "out") == wanted
    assert summary.tally.answered == 3
    assert summary.tally.total.questions == 2
    assert all(row["error"].startswith("expected ") for row in rows_in(tmp_path / "out") if "reply" not in row)


@posix
def test_a_pipe_that_was_named_is_a_record(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "a.jpg").write_bytes(picture(1))
    with Emulator() as emulator:
        segment([tmp_path / "pipe.jpg", tmp_path / "a.jpg"], tmp_path / "out", plan(), job(emulator))
    assert codes(tmp_path / "out") == {"pipe.jpg": "unreadable", "a.jpg": ""}


def test_masks_of_an_earlier_plan_are_removed(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 1)
    with Emulator() as emulator:
        segment([folder], tmp_path / "out", plan(), job(emulator))
    with Emulator(faults=Faults({"safety": 1.0}, times=None)) as emulator:
        summary = segment([folder], tmp_path / "out", plan(RING), job(emulator))
    assert sorted(path.name for path in summary.files) == ["replies.jsonl", "report.json"]
    assert not [name for name in FILES[2:] if (tmp_path / "out" / name).exists()]


# Ends.


def test_a_daily_quota_ends_the_run_and_the_next_goes_on(
    images: Path, undisturbed: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", SECRET)
    words = ["segment", images, "-o", tmp_path, "--labels", ",".join(VOCABULARY), "--model", PNG]
    with Emulator(quota=Quota(requests_per_day=12)) as emulator:
        status, _, errors = run_here(capsys, *words, "--base-url", emulator.url)
        assert len(emulator.journal) <= 12 + 8
        first = {entry.digest for entry in emulator.journal.asked() if entry.answered}
    assert (status, len(first)) == (3, 12)
    assert "maskmill: stopped: the quota of the day is spent: You exceeded your current quota" in errors
    assert errors.endswith("the same command goes on from here\n")
    assert sorted(codes(tmp_path).values()) == [""] * 12 + ["not_asked"] * 18
    assert json.loads((tmp_path / "report.json").read_text())["stopped"]["code"] == "daily_quota"
    with Emulator() as emulator:
        status, output, errors = run_here(capsys, *words, "--base-url", emulator.url)
        assert len(emulator.journal) == 18
        assert not first & set(emulator.journal.answers())
    assert (status, other_lines(errors)) == (0, [])
    assert outputs(tmp_path) == outputs(undisturbed)
    assert SECRET not in output
    assert_keyless(tmp_path)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [(400, b'{"error": {"message": "API key not valid."}}', "wrong_key"), (404, b"{}", "no_such_model")],
)
def test_a_refusal_of_everything_is_asked_few_times(
    images: Path, tmp_path: Path, status: int, body: bytes, code: str
) -> None:
    with saying(status, body) as (url, asked):
        summary = segment(
            [images], tmp_path, plan(), SegmentConfig(api_key=SECRET, base_url=url, limits=quick(concurrency=3))
        )
        assert len(asked) <= 3
    assert summary.stop is not None
    assert summary.stop.code == code
    assert set(codes(tmp_path).values()) == {"not_asked"}
    assert_keyless(tmp_path)


def test_no_network_ends_within_its_tries(images: Path, tmp_path: Path) -> None:
    with Emulator() as emulator:
        gone = job(emulator, quick(tries=3, concurrency=2))
    summary = segment([images], tmp_path, plan(), gone)
    assert summary.stop is not None
    assert summary.stop.code == "no_connection"
    assert set(codes(tmp_path).values()) == {"not_asked"}


def test_a_server_of_pages_is_no_service(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "in", 3)
    with saying(200, b"<html>Sign in, {key}</html>", {"Content-Type": "text/html"}) as (url, asked):
        segment([folder], tmp_path / "out", plan(), SegmentConfig(api_key=SECRET, base_url=url, limits=quick(tries=2)))
        assert len(asked) == 6
    assert set(codes(tmp_path / "out").values()) == {"not_json"}
    assert_keyless(tmp_path / "out")


def test_an_estimate_needs_no_price(images: Path, tmp_path: Path, capsys: Capture) -> None:
    words = ["--labels", "cup", "--model", "my-own-model", "--max-cost", "1", "--dry-run"]
    status, output, errors = run_here(capsys, "segment", images, "-o", tmp_path / "out", *words)
    assert (status, "at a price that is not known" in output + errors) == (0, True)
    unpriced = SegmentConfig(api_key=SECRET, budget=Budget(whole=1))
    assert estimate_segment([images], tmp_path / "out", plan("my-own-model"), unpriced).unpriced == 30
    with pytest.raises(ArgumentError, match="- at `model`"):
        segment([images], tmp_path / "out", plan("my-own-model"), unpriced)


def test_a_budget_ends_it(images: Path, tmp_path: Path) -> None:
    with Emulator() as emulator:
        whole = estimate_segment([images], tmp_path / "all", plan(), job(emulator)).dollars
        budget = Budget(whole=whole / 3)
        summary = segment([images], tmp_path / "out", plan(), job(emulator, budget=budget))
        found = codes(tmp_path / "out")
        assert 8 <= len(emulator.journal) <= 10
        assert summary.tally.answered == len(emulator.journal)
        assert summary.stop is not None
        assert summary.stop.code == "cost"
        segment([images], tmp_path / "out", plan(), job(emulator, budget=budget))
        assert codes(tmp_path / "out") == found
    assert set(found.values()) == {"", "not_asked"}


def test_a_full_disk_is_one_error(images: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from maskmill_bindings.genai._ledger.database import Database

    opened = Database._open

    def small(self: Any) -> Any:
        base = opened(self)
        base.execute("PRAGMA max_page_count = 40")
        return base

    monkeypatch.setattr(Database, "_open", small)
    with Emulator() as emulator:
        with pytest.raises(MaskmillError, match=r"expected a ledger that can be read and written, got .*full"):
            segment([images], tmp_path, plan(), job(emulator))
        monkeypatch.undo()
        segment([images], tmp_path, plan(), job(emulator))
        assert sum(n - 1 for n in emulator.journal.answers().values()) <= 8 + 4  # what was in flight
    assert_right(tmp_path)


# Processes.

SCRIPT = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from support.genai.client_runs import job, plan, quick
from maskmill_bindings.genai import Job, segment
segment([Path(sys.argv[1])], Path(sys.argv[2]), plan(), Job(
    api_key={key!r}, base_url=sys.argv[3], ledger=Path(sys.argv[4]), limits=quick(concurrency=4)))
"""


def run_apart(images: Path, out: Path, url: str, ledger: Path) -> subprocess.Popen[str]:
    script = SCRIPT.format(path=sys.path, key=SECRET)
    words = [sys.executable, "-c", script, str(images), str(out), url, str(ledger)]
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=take_interrupts
    )


def wait_for(emulator: Emulator, count: int, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 60
    while len(emulator.journal) < count and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)


@posix
def test_kills_cost_no_more_than_what_was_in_flight(images: Path, undisturbed: Path, tmp_path: Path) -> None:
    out, rng, killed = tmp_path / "out", random.Random(), 0
    with Emulator(latency=0.05) as emulator:
        for _ in range(2 if is_quick() else 5):
            with run_apart(images, out, emulator.url, out / "ledger.sqlite") as process:
                wait_for(emulator, len(emulator.journal) + rng.randrange(1, 8), process)
                time.sleep(rng.random() * 0.05)
                killed += process.poll() is None
                process.kill()
                process.communicate()
        segment([images], out, plan(), job(emulator, quick(concurrency=4)))
        answers = emulator.journal.answers()
    assert sum(max(count - 1, 0) for count in answers.values()) <= 4 * killed
    assert sum(count > 0 for count in answers.values()) == 30
    assert outputs(out) == outputs(undisturbed)
    assert not list((out / "ledger.sqlite.owners").iterdir())
    assert_keyless(out)


@thorough
@posix
def test_a_kill_while_files_are_written(images: Path, undisturbed: Path, tmp_path: Path) -> None:
    with Emulator() as emulator:
        segment([images], tmp_path, plan(), job(emulator))
        (tmp_path / "replies.jsonl").unlink()
        with run_apart(images, tmp_path, emulator.url, tmp_path / "ledger.sqlite") as process:
            while not (tmp_path / "replies.jsonl").exists() and process.poll() is None:
                time.sleep(0.002)
            time.sleep(random.random() * 0.05)
            process.kill()
            process.communicate()
        segment([images], tmp_path, plan(), job(emulator))
        assert len(emulator.journal) == 30
    assert outputs(tmp_path) == outputs(undisturbed)


@thorough
def test_two_runs_at_once_share_the_work(images: Path, undisturbed: Path, tmp_path: Path) -> None:
    ledger = tmp_path / "shared.sqlite"
    with Emulator(latency=0.05) as emulator:
        with (
            run_apart(images, tmp_path / "a", emulator.url, ledger) as one,
            run_apart(images, tmp_path / "b", emulator.url, ledger) as other,
        ):
            assert [process.communicate(timeout=60)[1] for process in (one, other)] == ["", ""]
            assert [process.returncode for process in (one, other)] == [0, 0]
        assert set(emulator.journal.answers().values()) == {1}
        assert len(emulator.journal) == 30
    assert outputs(tmp_path / "a") == outputs(tmp_path / "b") == outputs(undisturbed)


@posix
@pytest.mark.parametrize("times", spread([1, 2], 1))
def test_an_interrupt_leaves_what_is_there(images: Path, tmp_path: Path, times: int) -> None:
    with Emulator(latency=0.2 if times == 1 else 60) as emulator:
        command = [sys.executable, "-c", "from maskmill_bindings._cli import main; main()"]
        words = ["segment", str(images), "-o", str(tmp_path), "--labels", "cup", "--base-url", emulator.url]
        environment = {**os.environ, "GEMINI_API_KEY": SECRET}
        with subprocess.Popen(
            [*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as process:
            while not emulator.journal.most_in_flight and process.poll() is None:
                time.sleep(0.005)
            process.send_signal(signal.SIGINT)
            if times == 2:
                time.sleep(0.3)
                process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=30)
        assert process.returncode == 130, errors
        assert "Traceback" not in errors
        assert SECRET not in output + errors
        if times == 1:
            answered = [row for row in rows_in(tmp_path) if "reply" in row]
            assert 0 < len(answered) <= 8
            assert len(answered) == len(emulator.journal)
            assert "it was interrupted; the same command goes on from here" in errors


# The command.


def test_a_dry_run_needs_no_key(images: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    words = ["segment", images, "-o", tmp_path, "--labels", "cup", "--model", PNG]
    status, output, errors = run_here(capsys, *words, "--dry-run")
    assert (status, other_lines(errors)) == (0, [])
    assert output.startswith(f"30 questions to ask of {PNG}: ")
    status, output, _ = run_here(capsys, *words, "--dry-run", "--json")
    assert json.loads(output)["questions"] == 30
    status, output, errors = run_here(capsys, *words)
    assert (status, output) == (2, "")
    assert "expected a key of the Gemini API in GEMINI_API_KEY, got none" in errors
    assert len(other_lines(errors)) == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "labels or a text that says what to segment, got neither - at `--labels`"),
        (["--labels", "a", "--prompt", "b"], "got both - at `--labels`"),
        (["--labels", " , "], "expected words separated by commas, got ' , ' - at `--labels`"),
        (["--prompt", " "], "- at `--prompt`"),
        (["--labels", "a", "--concurrency", "0"], "a positive integer, got 0 - at `--concurrency`"),
        (["--labels", "a", "--rpm", "0"], "a positive number, got 0.0 - at `--rpm`"),
        (["--labels", "a", "--tpm", "nan"], "a positive number, got nan - at `--tpm`"),
        (["--labels", "a", "--tries", "-1"], "got -1 - at `--tries`"),
        (["--labels", "a", "--deadline", "inf"], "got inf - at `--deadline`"),
        (["--labels", "a", "--timeout", "0"], "got 0.0 - at `--timeout`"),
        (["--labels", "a", "--longest-side", "-1"], "a number of pixels, or 0, got -1 - at `--longest-side`"),
        (["--labels", "a", "--ask-again", "often"], "--ask-again"),
        (["--labels", "a", "--fallback", "ring"], "--fallback"),
        (["--labels", "a", "--max-cost", "-1"], "US dollars from 0, got -1.0 - at `--max-cost`"),
        (["--labels", "a", "--max-cost-again", "nan"], "US dollars from 0, got nan - at `--max-cost-again`"),
        (["--labels", "a", "--max-cost", "1", "--model", "gemini-9-neon"], "gemini-9-neon - at `--model`"),
        (["--labels", "a", "--to", "bitmap"], "- at `--to`"),
        (["--labels", "a", "--to", ","], "got ',' - at `--to`"),
        (["--labels", "a", "--model", ""], "the name of a model, got '' - at `--model`"),
        (["--labels", "a", "--models", "no.toml"], "no.toml"),
        (["--labels", "a", "--ledger", ""], "- at `--ledger`"),
        (["--labels", "a", "--ledger", "IMAGES"], "expected a ledger"),
        (["--labels", "a", "--base-url", "ftp://a"], "got 'ftp://a' - at `--base-url`"),
        (["--labels", "a", "-o", ""], "got an empty one - at `--output`"),
        (["--labels", "a", "-o", "FILE"], "- at `--output`"),
    ],
)
def test_wrong_use(
    images: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch, words: list[str], message: str
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", SECRET)
    places = {"IMAGES": str(images), "FILE": str(images / "scene_0.jpg")}
    given = [places.get(word, word) for word in words]
    out = [] if "-o" in given else ["-o", tmp_path / "out"]
    status, output, errors = run_here(capsys, "segment", images, *out, *given)
    assert (status, output) == (2, "")
    [line] = other_lines(errors)
    assert message in line
    assert SECRET not in errors


def test_a_folder_without_images(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "in").mkdir()
    for given in (tmp_path / "in", tmp_path / "gone"):
        status, output, errors = run_here(capsys, "segment", given, "-o", tmp_path / "out", "--labels", "cup")
        assert (status, output) == (2, "")
        assert "- at `IMAGES`" in errors


def test_strict(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", SECRET)
    folder = pictures(tmp_path / "in", 2)
    words = ["segment", folder, "--prompt", "all objects", "--model", PNG, "--strict", "--json"]
    for form, wanted in (("png", 0), ("tokens", 1), ("prose", 1)):
        with Emulator(form=form) as emulator:
            status, output, _ = run_here(capsys, *words, "-o", tmp_path / form, "--base-url", emulator.url)
        assert status == wanted
        assert json.loads(output)["this_run"]["questions"] == 2


def test_the_library_refuses_before_it_asks(images: Path, tmp_path: Path) -> None:
    with Emulator() as emulator:
        for wrong in ({"to": ["bitmap"]}, {"ledger": images}):
            with pytest.raises(MaskmillError, match="expected"):
                segment([images], tmp_path, plan(), job(emulator, **wrong))
        with pytest.raises(ArgumentError, match="price"):
            segment([images], tmp_path, plan("gemini-9-neon"), job(emulator, budget=Budget(1.0)))
        assert not len(emulator.journal)
