"""Questions in batches: the SDK against the emulator, its faults, and processes that are killed."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from maskmill.errors import ArgumentError
from maskmill_bindings.emulator import ApiRequest, Emulator, Faults, write_images
from maskmill_bindings.emulator import _batch_jobs as emulated_jobs
from maskmill_bindings.genai._batches import BatchOptions
from maskmill_bindings.genai._batches.batch_api import GONE, BatchApi
from maskmill_bindings.genai._ledger.ledger import Ledger
from maskmill_bindings.genai._outcome import OutcomeKind, RequestOutcome
from maskmill_bindings.genai._photos.photo import PhotoError
from support.genai import batch_runs
from support.genai.batch_runs import ask, bodies, states
from support.tiers import spread, thorough

pytest.importorskip("google.genai")

COUNT = 10
SIZE = (256, 128)


@pytest.fixture(scope="module", autouse=True)
def few_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let the SDK read one certificate instead of all, which takes longer than a test."""
    certifi = pytest.importorskip("certifi")
    first, mark, _ = certifi.contents().partition("-----END CERTIFICATE-----")
    file = tmp_path_factory.mktemp("certificates") / "one.pem"
    file.write_text(first + mark + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(file))
        yield


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    write_images(folder, COUNT, size=SIZE)
    return folder


@pytest.fixture(scope="module")
def expected(images: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[bytes, str, str]]:
    """The answers of a run without faults."""
    ledger = tmp_path_factory.mktemp("sound") / "ledger.sqlite"
    with Emulator(batch_delay=0.0) as emulator:
        ask(emulator.url, images, ledger)
    assert len(bodies(ledger)) == COUNT
    return bodies(ledger)


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def times(kind: str, fault: str, count: int = 1) -> Callable[[ApiRequest], str | None]:
    """The fault for the first requests of a kind."""
    left = iter([fault] * count)  # threads may share it
    return lambda request: next(left, None) if request.kind == kind else None


def emulate(choose: Callable[[ApiRequest], str | None] | None = None, **options: Any) -> Emulator:
    faults = Faults(choose=choose, retry_delay=0.05, hang=1.0)
    return Emulator(**{"batch_delay": 0.0, "faults": faults} | options)


def kinds(emulator: Emulator) -> Counter[str]:
    return Counter(entry.kind for entry in emulator.journal.asked())


def alike(found: dict[str, tuple[bytes, str, str]], expected: dict[str, tuple[bytes, str, str]]) -> bool:
    """Tell whether the answers are equal, whichever way they were requested."""
    one, other = ({id: json.loads(body) for id, (body, *_) in every.items()} for every in (found, expected))
    return one == other


def test_rows_come_back_by_key_in_jobs_of_bounded_size(images: Path, ledger: Path) -> None:
    notes: list[str] = []
    with emulate(batch_polls=2) as emulator:
        results = ask(emulator.url, images, ledger, note=notes.append)
        asked = kinds(emulator)
        assert len(emulator._server.api.files._files) == 3  # the outputs; the inputs are deleted
    assert asked["batch_create"] == 3
    assert asked["row"] == COUNT
    assert asked["generate"] == asked["batches"] == 0
    assert {key for key, _ in results} == {f"scene_{i}.jpg" for i in range(COUNT)}
    assert {(a.by, a.code) for a in results.answers.values()} == {("batch", "")}
    assert states(ledger) == ["SUCCEEDED"] * 3
    assert f"3 jobs open, 0 of {COUNT} rows" in notes
    assert notes[-1] == ""


def test_each_answer_is_about_the_image_whose_key_it_has(images: Path, ledger: Path) -> None:
    """The output has another order than the input; single questions cannot be mixed up."""
    with emulate() as emulator:
        together = ask(emulator.url, images, ledger, rows=COUNT)
    with emulate() as emulator:
        apart = ask(emulator.url, images, ledger.with_name("apart.sqlite"), rows=1, jobs=8)
    assert together.answers == apart.answers
    assert [key for key, _ in together] != sorted(key for key, _ in together)


def test_jobs_are_bounded_by_bytes_and_in_number(images: Path, ledger: Path) -> None:
    most = 0

    def note(text: str) -> None:
        nonlocal most
        most = max(most, int(text.split()[0]) if text else 0)

    with emulate() as emulator:
        results = ask(emulator.url, images, ledger, rows=1000, bytes=1, jobs=2, note=note)
        assert kinds(emulator)["batch_create"] == COUNT
    assert len(results.answers) == COUNT
    assert most == 2


def test_an_image_that_cannot_be_sent_is_reported_and_holds_up_nothing(
    images: Path, ledger: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "images"
    shutil.copytree(images, folder)
    (folder / "a.jpg").write_bytes(b"no image")
    with emulate() as emulator:
        results = ask(emulator.url, folder, ledger)
    assert [key for key, came in results if isinstance(came, PhotoError)] == ["a.jpg"]
    assert len(results.answers) == COUNT


def test_equal_images_are_one_question_and_paid_for_once(images: Path, ledger: Path, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    shutil.copytree(images, folder)
    for i in range(COUNT):
        shutil.copy(folder / f"scene_{i}.jpg", folder / f"twin_{i}.jpg")
    with emulate() as emulator:
        results = ask(emulator.url, folder, ledger)
        assert kinds(emulator)["row"] == COUNT
    assert len(results.answers) == 2 * COUNT
    assert sum(answer.is_new for answer in results.answers.values()) == COUNT


def test_nothing_is_asked_again(images: Path, ledger: Path) -> None:
    with emulate() as emulator:
        ask(emulator.url, images, ledger)
        before = len(emulator.journal)
        assert not ask(emulator.url, images, ledger)
        assert len(emulator.journal) == before


# Rows that fail.


@pytest.mark.parametrize("fault", ["row_failed", "row_missing"])
def test_failed_rows_go_into_further_jobs(images: Path, ledger: Path, expected: Any, fault: str) -> None:
    with emulate(times("row", fault, 5)) as emulator:
        results = ask(emulator.url, images, ledger)
        assert kinds(emulator)["row"] == COUNT + 5
        assert kinds(emulator)["generate"] == 0
        assert not emulator.journal.answered_more_than_once()
    assert len(results) == COUNT
    assert bodies(ledger) == expected


def test_questions_without_a_batch_answer_are_asked_online(images: Path, ledger: Path, expected: Any) -> None:
    def choose(request: ApiRequest) -> str | None:
        return "row_failed" if request.kind == "row" and request.digest in cursed else None

    with emulate() as emulator:
        ask(emulator.url, images, ledger.with_name("first.sqlite"))
        cursed = {entry.digest for entry in emulator.journal.asked("row")[:3]}
    with emulate(choose) as emulator:
        results = ask(emulator.url, images, ledger, tries=2, rest="online")
        assert kinds(emulator)["row"] == COUNT + 3
        assert kinds(emulator)["generate"] == 3
    assert Counter(answer.by for answer in results.answers.values()) == {"batch": COUNT - 3, "online": 3}
    assert alike(bodies(ledger), expected)


def test_a_refused_line_is_not_asked_again(images: Path, ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = {"error": {"code": 3, "message": "The image is not to be read."}}
    with emulate() as emulator:
        jobs = emulator._server.api.jobs
        answer_row, refusals = jobs._answer_row, iter([refusal] * 2)
        monkeypatch.setattr(jobs, "_answer_row", lambda row, model: next(refusals, None) or answer_row(row, model))
        results = ask(emulator.url, images, ledger)
        assert kinds(emulator)["generate"] == 0
    failed = [answer for answer in results.answers.values() if not answer.body]
    assert [(a.code, a.message, a.by) for a in failed] == [("http_400", refusal["error"]["message"], "batch")] * 2
    assert len(results) == COUNT


# Jobs that come to nothing.


@pytest.mark.parametrize(("fault", "state"), [("job_expired", "EXPIRED"), ("job_failed", "FAILED")])
def test_a_failed_job_is_submitted_again(images: Path, ledger: Path, expected: Any, fault: str, state: str) -> None:
    with emulate(times("batch_create", fault, 2)) as emulator:
        ask(emulator.url, images, ledger)
        assert kinds(emulator)["generate"] == 0
    assert Counter(states(ledger)) == {state: 2, "SUCCEEDED": 3}
    assert bodies(ledger) == expected


def test_questions_of_a_failed_job_are_asked_online(images: Path, ledger: Path, expected: Any) -> None:
    with emulate(times("batch_create", "job_expired")) as emulator:
        ask(emulator.url, images, ledger, after="online")
        assert kinds(emulator)["generate"] in (2, 4)  # the rows of the job that came first
    assert alike(bodies(ledger), expected)


def test_questions_without_a_batch_answer_are_recorded(images: Path, ledger: Path) -> None:
    with emulate(times("batch_create", "job_failed", 99)) as emulator:
        results = ask(emulator.url, images, ledger, tries=2)
        assert kinds(emulator)["generate"] == 0
    reasons = {(answer.body, answer.code, answer.message) for answer in results.answers.values()}
    assert reasons == {(b"", "batch_failed", "no batch has answered it: its job ended as FAILED")}
    assert len(results) == COUNT


def test_an_output_that_is_not_there_yet_is_asked_for_again(
    images: Path, ledger: Path, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    download, missing = BatchApi.download, iter([RequestOutcome(OutcomeKind.FAULT, GONE, "not found")] * 4)

    async def late(self: BatchApi, file: str, stream: Any) -> RequestOutcome | None:
        return next(missing, None) or await download(self, file, stream)

    monkeypatch.setattr(BatchApi, "download", late)
    with emulate() as emulator:
        ask(emulator.url, images, ledger)
        assert kinds(emulator)["row"] == COUNT
    assert bodies(ledger) == expected


def test_jobs_that_always_fail_end(images: Path, ledger: Path, expected: Any) -> None:
    with emulate(times("batch_create", "job_failed", 99)) as emulator:
        ask(emulator.url, images, ledger, rest="online")
        assert kinds(emulator)["batch_create"] == 9
        assert kinds(emulator)["generate"] == COUNT
    assert alike(bodies(ledger), expected)


def test_a_job_that_is_stuck_is_cancelled_and_submitted_again(images: Path, ledger: Path, expected: Any) -> None:
    with emulate(times("batch_create", "job_stuck")) as emulator:
        ask(emulator.url, images, ledger, hours=0.3 / 3600)
        assert kinds(emulator)["batch_cancel"] == 1
    assert Counter(states(ledger)) == {"CANCELLED": 1, "SUCCEEDED": 3}
    assert bodies(ledger) == expected


def test_a_job_that_does_not_even_end_when_cancelled_is_given_up(images: Path, ledger: Path, expected: Any) -> None:
    stuck = times("batch_create", "job_stuck")
    with emulate(lambda r: "http_503" if r.kind == "batch_cancel" else stuck(r)) as emulator:
        ask(emulator.url, images, ledger, hours=0.3 / 3600)
    assert Counter(states(ledger)) == {"GIVEN_UP": 1, "SUCCEEDED": 3}
    assert bodies(ledger) == expected


def test_a_job_that_succeeded_in_part_has_ended(
    images: Path, ledger: Path, expected: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK does not know the state: it warns, and treats the job as running."""
    resource = emulated_jobs.BatchJob.resource

    def partly(self: emulated_jobs.BatchJob, least_polls: int) -> dict[str, Any]:
        results = resource(self, least_polls)
        about = results["metadata"]
        about["state"] = about["state"].replace("_SUCCEEDED", "_PARTIALLY_SUCCEEDED")
        return results

    monkeypatch.setattr(emulated_jobs.BatchJob, "resource", partly)
    with emulate(times("row", "row_missing", 2)) as emulator:
        ask(emulator.url, images, ledger)
    assert set(states(ledger)) == {"PARTIALLY_SUCCEEDED"}
    assert bodies(ledger) == expected


# The connection.

PASSING = ["http_503", "http_429_retry", "html_200", "dropped", "short_body", "json_cut"]


@pytest.mark.parametrize("fault", PASSING)
def test_faults_of_any_call_pass(images: Path, ledger: Path, expected: Any, fault: str) -> None:
    """Each call fails once; a job whose creation got no response is found, and none is created twice."""
    struck: set[str] = set()

    def choose(request: ApiRequest) -> str | None:
        if request.kind in {"row", *struck} or (request.kind == "chunk" and fault != "dropped"):
            return None  # the SDK itself asks for a chunk again, after seconds
        struck.add(request.kind)
        return fault

    with emulate(choose) as emulator:
        results = ask(emulator.url, images, ledger)
        assert not emulator.journal.answered_more_than_once()
        assert kinds(emulator)["generate"] == 0
    assert struck >= {"upload", "batch_create", "batch", "batches", "download", "file_delete"}
    assert len(results) == COUNT
    assert bodies(ledger) == expected


def test_an_empty_response_is_none(images: Path, ledger: Path, expected: Any) -> None:
    once = {kind: times(kind, "empty_200") for kind in ("batch_create", "batch", "download")}
    with emulate(lambda r: once[r.kind](r) if r.kind in once else None) as emulator:
        ask(emulator.url, images, ledger)
    assert bodies(ledger) == expected


@pytest.mark.parametrize(("kind", "fault", "code"), [
    ("batch_create", "quota_day", "daily_quota"),
    ("batch_create", "http_400", "http_400"),
    ("upload", "http_400", "http_400"),
    ("batch", "quota_day", "daily_quota"),
])  # fmt: skip
def test_a_stop_leaves_all_for_the_next_run(
    images: Path, ledger: Path, expected: Any, kind: str, fault: str, code: str
) -> None:
    earlier = 1

    def choose(request: ApiRequest) -> str | None:
        nonlocal earlier
        earlier -= request.kind == kind
        return fault if request.kind == kind and earlier < 0 and is_bad else None

    is_bad = True
    with emulate(choose) as emulator:
        results = ask(emulator.url, images, ledger, jobs=1)
        assert results.stop is not None
        assert results.stop.code == code
        assert kinds(emulator)["generate"] == 0
        is_bad = False
        ask(emulator.url, images, ledger)
        assert not emulator.journal.answered_more_than_once()
    assert bodies(ledger) == expected


def test_a_wrong_key_stops(images: Path, ledger: Path) -> None:
    with emulate(keys=["another"]) as emulator:
        results = ask(emulator.url, images, ledger)
    assert results.stop is not None
    assert results.stop.code == "wrong_key"
    assert not results


def test_no_server_stops(images: Path, ledger: Path) -> None:
    with emulate() as emulator:
        url = emulator.url
    results = ask(url, images, ledger)
    assert results.stop is not None
    assert results.stop.code == "no_connection"


# Runs one after the other.


def test_jobs_of_an_interrupted_run_are_resumed_by_name(images: Path, ledger: Path, expected: Any) -> None:
    with emulate(batch_delay=0.8) as emulator:
        first = ask(emulator.url, images, ledger, stop_after=0.4)
        assert first.stop is not None
        assert (len(first), len(set(states(ledger)))) == (0, 1)
        second = ask(emulator.url, images, ledger)
        assert kinds(emulator)["batch_create"] == 3
        assert kinds(emulator)["batches"] == 0
    assert len(second) == COUNT
    assert bodies(ledger) == expected


def test_jobs_left_by_another_command_hold_up_nothing(images: Path, ledger: Path) -> None:
    with emulate(times("batch_create", "job_stuck", 3)) as emulator:
        first = ask(emulator.url, images, ledger, stop_after=0.4)
        assert first.stop is not None
        results = ask(emulator.url, images, ledger, labels=["bowl"], jobs=1)
        assert len(results) == COUNT
    assert Counter(states(ledger)) == {"open": 3, "SUCCEEDED": 3}


def test_a_job_that_is_gone_is_submitted_again(images: Path, ledger: Path, expected: Any) -> None:
    with emulate(batch_delay=0.8) as emulator:
        ask(emulator.url, images, ledger, stop_after=0.4)
    with emulate() as emulator:  # which gives the names of the first one again
        ask(emulator.url, images, ledger)
        assert kinds(emulator)["batch_create"] == 3
    assert states(ledger) == ["SUCCEEDED"] * 3
    assert bodies(ledger) == expected


@thorough
def test_two_runs_with_one_ledger_ask_nothing_twice(images: Path, ledger: Path, expected: Any, processes: Any) -> None:
    with emulate(batch_delay=0.5) as emulator:
        other = processes.Process(target=batch_runs.ask, args=(emulator.url, images, ledger))
        other.start()
        results = ask(emulator.url, images, ledger, rows=1, jobs=2)
        other.join(60)
        assert other.exitcode == 0
        assert kinds(emulator)["row"] == COUNT
        assert kinds(emulator)["generate"] == 0
    assert len(results) <= COUNT
    assert bodies(ledger) == expected


# Killed.


@pytest.fixture(scope="module")
def processes() -> Any:
    if os.name != "posix":
        pytest.skip("no kill -9")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["support.genai.batch_runs", "google.genai", "cv2"])
    return context


@pytest.mark.parametrize("story", spread(range(3), 1))
def test_killed_at_any_moment_it_goes_on(images: Path, ledger: Path, expected: Any, processes: Any, story: int) -> None:
    """Killed at a request, or before or within a write to the ledger; no answer is requested again."""
    draw = random.Random(story)
    life: dict[str, Any] = {"requests": 0, "pid": 0}

    def choose(request: ApiRequest) -> str | None:
        if request.kind != "row" and life["pid"]:
            life["requests"] -= 1
            if not life["requests"]:
                os.kill(life["pid"], signal.SIGKILL)
        return None

    deaths = 0
    with emulate(choose) as emulator:
        for _ in range(40):
            by_request = draw.random() < 0.5
            writes = 0 if by_request else draw.randrange(1, 40 if deaths else 20)
            life.update(requests=draw.randrange(1, 16 if deaths else 6) if by_request else 0, pid=0)
            process = processes.Process(target=batch_runs.ask_and_die, args=(emulator.url, images, ledger, writes, {}))
            process.start()
            life["pid"] = process.pid
            process.join(60)
            life["pid"] = 0
            if process.exitcode == 0:
                break
            assert process.exitcode == -signal.SIGKILL
            deaths += 1
        assert process.exitcode == 0
        assert not emulator.journal.answered_more_than_once()
    assert deaths
    assert sorted(p.name for p in ledger.parent.iterdir()) == ["ledger.sqlite", "ledger.sqlite.owners"]
    assert bodies(ledger) == expected
    assert not {"open", "announced"} & {*states(ledger)}


@pytest.mark.parametrize(("options", "name"), [
    ({"rows": 0}, "rows"), ({"poll": -1.0}, "poll"), ({"bytes": 3 * 10**9}, "bytes"), ({"after": "never"}, "after"),
])  # fmt: skip
def test_options_are_checked(options: dict[str, Any], name: str) -> None:
    with pytest.raises(ArgumentError, match=f"`{name}`"):
        BatchOptions(**options)


def test_ledgers_of_dead_runs_give_their_jobs_to_one_run_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    with Ledger(path) as dead:
        dead.announce_job("title", "files/a", "gemini-2.5-flash", ["1", "2"])
        dead.record_job("title", "batches/a")
    with Ledger(path) as one, Ledger(path) as other:
        assert [(job.name, job.ids) for job in one.adopt_jobs()] == [("batches/a", {"1", "2"})]
        assert other.adopt_jobs() == []
        assert len(one.adopt_jobs()) == 1
