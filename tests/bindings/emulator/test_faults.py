"""Every fault, as the SDK shows it; the quota; the journal."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import maskmill
from maskmill.errors import ArgumentError
from maskmill_bindings.emulator import NAMES, ApiRequest, Emulator, Faults, Quota
from maskmill_bindings.emulator._faults import BREAKAGES, REFUSALS
from support.genai.emulator_clients import KEY, MODEL, body, contents, genai, raw, sdk

httpx2 = pytest.importorskip("httpx2")
GENERATE = f"/v1/models/{MODEL}:generateContent"


def response_under(fault: str) -> Any:
    """What the SDK gives."""
    with Emulator(faults=Faults({fault: 1.0})) as emulator, sdk(emulator) as client:
        return client.models.generate_content(model=MODEL, contents=contents(1))


def raised_under(fault: str, timeout: int = 20_000, stream: bool = False) -> Any:
    """What it raises; asked again, it is answered."""
    with Emulator(faults=Faults({fault: 1.0})) as emulator, sdk(emulator, timeout=timeout) as client:
        ask = client.models.generate_content_stream if stream else client.models.generate_content
        try:
            list(ask(model=MODEL, contents=contents(1)))
        except Exception as error:
            with sdk(emulator) as second:
                assert second.models.generate_content(model=MODEL, contents=contents(1)).text
            faults = [(entry.fault, entry.answered) for entry in emulator.journal.asked()]
            assert faults == [(fault, False), ("", True)]
            assert not emulator.journal.answered_more_than_once()
            return error
    return None


@pytest.mark.parametrize(
    ("fault", "code", "status"),
    [
        ("http_400", 400, "INVALID_ARGUMENT"),
        ("http_429", 429, "RESOURCE_EXHAUSTED"),
        ("http_429_retry", 429, "RESOURCE_EXHAUSTED"),
        ("http_429_header", 429, "RESOURCE_EXHAUSTED"),
        ("quota_day", 429, "RESOURCE_EXHAUSTED"),
        ("http_500", 500, "INTERNAL"),
        ("http_503", 503, "UNAVAILABLE"),
        ("http_504", 504, "DEADLINE_EXCEEDED"),
        ("html_502", 502, "Bad Gateway"),
    ],
)
def test_refusals(fault: str, code: int, status: str) -> None:
    error = raised_under(fault)
    assert isinstance(error, genai.errors.APIError)
    assert (error.code, error.status) == (code, status)


def test_when_to_come_again() -> None:
    details = raised_under("http_429_retry").details["error"]["details"]
    assert details[1] == {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.2s"}
    assert "PerMinute" in details[0]["violations"][0]["quotaId"]
    assert "PerDay" in raised_under("quota_day").details["error"]["details"][0]["violations"][0]["quotaId"]
    assert "details" not in raised_under("http_429").details["error"]
    error = raised_under("http_429_header")
    assert "details" not in error.details["error"]
    assert error.response.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("dropped", httpx2.RemoteProtocolError),
        ("short_body", httpx2.RemoteProtocolError),
        ("stream_cut", httpx2.RemoteProtocolError),
        ("reset", httpx2.ReadError),
        ("json_cut", json.JSONDecodeError),
        ("html_200", json.JSONDecodeError),
    ],
)
def test_breakages(fault: str, kind: type[Exception]) -> None:
    assert isinstance(raised_under(fault), kind)


def test_a_time_out() -> None:
    assert isinstance(raised_under("timeout", timeout=300), httpx2.ReadTimeout)


@pytest.mark.parametrize("fault", ["stream_cut", "short_body"])
def test_a_stream_that_ends_in_its_middle(fault: str) -> None:
    seen = []
    with Emulator(faults=Faults({fault: 1.0})) as emulator, sdk(emulator) as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            seen.extend(client.models.generate_content_stream(model=MODEL, contents=contents(1)))
        stream = client.models.generate_content_stream(model=MODEL, contents=contents(1))
        assert "".join(chunk.text for chunk in stream).endswith("```")


@pytest.mark.parametrize(
    ("fault", "count", "finish"), [("max_tokens", 3, "MAX_TOKENS"), ("safety", 1, "SAFETY"), ("blocked", 1, None)]
)
def test_a_stream_of_what_is_no_answer(fault: str, count: int, finish: str | None) -> None:
    with Emulator(faults=Faults({fault: 1.0})) as emulator, sdk(emulator) as client:
        chunks = list(client.models.generate_content_stream(model=MODEL, contents=contents(1)))
    assert len(chunks) == count
    assert (chunks[-1].candidates[0].finish_reason if chunks[-1].candidates else None) == finish


AIOHTTP = (importlib.import_module("aiohttp").ClientError,) if importlib.util.find_spec("aiohttp") else ()
"""What the SDK lets through where it takes aiohttp, which it does where that is installed."""


@pytest.mark.parametrize("fault", sorted({**REFUSALS, **BREAKAGES}.keys() - {"timeout", "empty_200", "html_200"}))
def test_async_raises_as_well(fault: str) -> None:
    async def ask(emulator: Emulator) -> None:
        client = sdk(emulator).aio
        try:
            await client.models.generate_content(model=MODEL, contents=contents(1))
        finally:
            await client.aclose()

    kinds = (genai.errors.APIError, httpx2.TransportError, ValueError, *AIOHTTP)
    with Emulator(faults=Faults({fault: 1.0})) as emulator, pytest.raises(kinds):
        asyncio.run(ask(emulator))


def test_answers_that_hold_nothing() -> None:
    assert response_under("empty_200").candidates is None
    safety = response_under("safety")
    assert (safety.text, safety.candidates[0].finish_reason) == (None, "SAFETY")
    blocked = response_under("blocked")
    assert (blocked.candidates, blocked.prompt_feedback.block_reason) == (None, "PROHIBITED_CONTENT")


def test_answers_that_are_odd() -> None:
    with Emulator() as emulator, sdk(emulator) as client:
        good = client.models.generate_content(model=MODEL, contents=contents(1))
    cut = response_under("max_tokens")
    assert cut.candidates[0].finish_reason == "MAX_TOKENS"
    assert good.text.startswith(cut.text)
    assert maskmill.decode(cut.text, (320, 240)).reply_status == "truncated"
    assert response_under("rerouted").model_version == f"{MODEL}-rerouted"
    assert response_under("parts").text == response_under("thoughts").text == good.text
    assert response_under("thoughts").candidates[0].content.parts[0].thought
    assert len(response_under("parts").candidates[0].content.parts) == 3
    with pytest.warns(UserWarning, match="HARDWARE_ON_FIRE"):
        assert response_under("unknown_finish").text == good.text


def test_every_fault_is_named_and_tried() -> None:
    rows = {"row_failed", "row_missing", "job_stuck", "job_expired", "job_failed"}
    changes = {"max_tokens", "safety", "blocked", "unknown_finish", "rerouted", "thoughts", "parts"}
    logprobs = {"logprobs_refused", "logprobs_none", "logprobs_bare", "run_short", "run_extra", "leaked"}
    assert set(NAMES) == {*REFUSALS, *BREAKAGES} | rows | changes | logprobs
    assert all(NAMES.values())


def test_the_same_contents_are_struck_whatever_the_order() -> None:
    requests = [ApiRequest(i, "POST", "", "generate", digest=f"{i:064x}") for i in range(500)]
    shares = {"http_503": 0.2, "dropped": 0.1}

    def struck(order: list[ApiRequest], seed: int) -> dict[str, str | None]:
        faults = Faults(shares)
        return {request.digest: faults.pick(request, seed) for request in order}

    assert struck(requests, 0) == struck(requests[::-1], 0) != struck(requests, 1)
    counts = Counter(struck(requests, 0).values())
    assert 60 < counts["http_503"] < 140
    assert 25 < counts["dropped"] < 80


def test_how_often_a_fault_strikes() -> None:
    request = ApiRequest(0, "POST", "", "generate", digest="a")
    thrice, always = Faults({"reset": 1.0}, times=3), Faults({"reset": 1.0}, times=None)
    assert [thrice.pick(request, 0) for _ in range(5)] == ["reset"] * 3 + [None] * 2
    assert [always.pick(request, 0) for _ in range(5)] == ["reset"] * 5


def test_a_function_that_chooses() -> None:
    faults = Faults(choose=lambda request: "http_503" if "cup" in request.prompt and request.earlier < 2 else None)
    with Emulator(faults=faults) as emulator:
        statuses = [raw(emulator, "POST", GENERATE, body(1, prompt))[0] for prompt in ("mask of a cup", "mask") * 3]
    assert statuses == [503, 200, 503, 200, 200, 200]


def test_faults_of_other_calls_strike_where_they_are_wanted() -> None:
    with Emulator(faults=Faults({"http_503": 1.0}, on=("batches", "models"))) as emulator:
        assert [raw(emulator, "GET", path)[0] for path in ("/v1/batches", "/v1/models", "/v1/files")] == [503, 503, 200]
        assert raw(emulator, "POST", GENERATE, body(1))[0] == 200


@pytest.mark.parametrize(
    "options", [{"kinds": {"no": 1}}, {"kinds": {"reset": 2}}, {"times": 0}, {"kinds": {"reset": 0.6, "dropped": 0.6}}]
)
def test_wrong_faults(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="expected"):
        Faults(**options)


def test_wrong_forms_and_quotas() -> None:
    for call in (lambda: Emulator(form="no"), lambda: Emulator(form="png", forms=["ring"]), lambda: Quota(0)):
        with pytest.raises(ArgumentError, match="expected"):
            call()


# Quota.


def test_a_quota_tells_the_time_that_is_left() -> None:
    bodies = [body(seed) for seed in (1, 2, 3)]
    with Emulator(quota=Quota(requests_per_minute=2, window=1.0)) as emulator:
        began = time.monotonic()
        found = [raw(emulator, "POST", GENERATE, one) for one in bodies]
        assert [status for status, _, _ in found] == [200, 200, 429]
        wait = float(json.loads(found[2][2])["error"]["details"][1]["retryDelay"].removesuffix("s"))
        assert 0 < wait <= 1
        assert raw(emulator, "POST", GENERATE, body(3))[0] == 429  # too early
        time.sleep(wait)
        assert raw(emulator, "POST", GENERATE, body(3))[0] == 200
        assert time.monotonic() - began >= 1
        assert [entry.early for entry in emulator.journal.asked()] == [False, False, False, True, False]
        assert [entry.fault for entry in emulator.journal.asked()] == ["", "", "quota", "quota", ""]


def test_a_quota_of_the_day_and_of_each_model() -> None:
    quota = Quota(requests_per_day=1)
    assert quota.take("a") is None
    assert quota.take("b") is None
    excess = quota.take("a")
    assert excess is not None
    assert "PerDay" in excess.quota
    assert 86_000 < excess.seconds <= 86_400


# Journal.


def test_the_journal(tmp_path: Path) -> None:
    file = tmp_path / "journal.jsonl"
    with Emulator(journal_file=file, latency=0.05) as emulator, sdk(emulator) as client:
        client.models.generate_content(model=MODEL, contents=contents(1))
        client.models.generate_content(model=MODEL, contents=contents(1))
        client.models.count_tokens(model=MODEL, contents=contents(1))
        with pytest.raises(genai.errors.ClientError):
            client.models.generate_content(model="gemini-none", contents="a")
        journal = emulator.journal
        assert [entry.number for entry in journal.asked()] == [0, 1, 2, 3]
        assert [(e.kind, e.status, e.answered) for e in journal.asked()] == [
            ("generate", 200, True),
            ("generate", 200, True),
            ("count", 200, False),
            ("generate", 404, False),
        ]
        assert all(entry.seconds >= 0.05 for entry in journal.asked("generate")[:2])
        assert list(journal.answered_more_than_once().values()) == [2]
        assert journal.most_in_flight == 1
        dumped = json.loads(raw(emulator, "GET", "/emulator/journal", key=None)[2])
    written = file.read_text()
    assert [json.loads(line)["number"] for line in written.splitlines()] == [e["number"] for e in dumped["entries"]]
    assert KEY not in written


def test_a_client_that_has_gone_was_not_answered() -> None:
    with Emulator(latency=0.5) as emulator, sdk(emulator, timeout=100) as client:
        with pytest.raises(httpx2.ReadTimeout):
            client.models.generate_content(model=MODEL, contents=contents(1))
        end = time.monotonic() + 10
        while not emulator.journal.asked() and time.monotonic() < end:
            time.sleep(0.02)
        assert [(entry.answered, entry.status) for entry in emulator.journal.asked()] == [(False, 0)]


def test_a_journal_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match="expected a file"):
        Emulator(journal_file=tmp_path / "no" / "journal")
