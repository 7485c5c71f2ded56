"""Outcomes of bodies, statuses and exceptions."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maskmill_bindings.genai._outcome import (
    OutcomeKind,
    RequestOutcome,
    outcome_of_body,
    outcome_of_error,
    outcome_of_status,
    read_model_output,
)
from support.tiers import cases

errors = pytest.importorskip("google.genai.errors")
httpx2 = pytest.importorskip("httpx2")

RETRY = "type.googleapis.com/google.rpc.RetryInfo"
QUOTA = "type.googleapis.com/google.rpc.QuotaFailure"


def body(message: str = "", status: str = "", details: Any = ()) -> dict[str, Any]:
    return {"error": {"code": 0, "message": message, "status": status, "details": list(details)}}


def retry_info(delay: Any) -> dict[str, Any]:
    return {"@type": RETRY, "retryDelay": delay}


def violation(quota: str) -> dict[str, Any]:
    return {"@type": QUOTA, "violations": [{"quotaMetric": "any"}, {"quotaId": quota}]}


# Delays.


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("58s", 58.0), ("58.912s", 58.912), ("0s", 0.0), ("7", 7.0), (7, 7.0), ("", None), ("-3s", None), ("soon", None)],
)
def test_retry_info(value: Any, seconds: float | None) -> None:
    found = outcome_of_status(429, body(details=[violation("PerMinute"), retry_info(value)]))
    assert (found.kind, found.code, found.delay) == (OutcomeKind.BUSY, "http_429", seconds)


@pytest.mark.parametrize(
    ("value", "seconds"), [("3", 3.0), (" 12 ", 12.0), ("1.5", 1.5), ("later", None), ("-1", None)]
)
def test_retry_after_in_seconds(value: str, seconds: float | None) -> None:
    assert outcome_of_status(503, body(), {"retry-after": value}).delay == seconds


def test_retry_after_as_a_date() -> None:
    at = datetime.now(UTC) + timedelta(seconds=50)
    delay = outcome_of_status(429, body(), {"retry-after": format_datetime(at, usegmt=True)}).delay
    assert delay is not None
    assert 45 < delay <= 50
    assert outcome_of_status(429, body(), {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}).delay == 0
    assert outcome_of_status(429, body(), {"retry-after": "Wed, 21 Oct 2015 07:28:00"}).delay is None


def test_the_details_count_before_the_header_and_the_header_before_the_message() -> None:
    words, header = "Please retry in 58.9s.", {"retry-after": "30"}
    assert outcome_of_status(429, body(words, details=[retry_info("7s")]), header).delay == 7
    assert outcome_of_status(429, body(words), header).delay == 30
    assert outcome_of_status(429, body(words)).delay == 58.9
    assert outcome_of_status(429, body("Please retry.")).delay is None


# Kinds.


@pytest.mark.parametrize(
    ("status", "error_body", "kind", "code"),
    [
        (429, body(details=[violation("GenerateRequestsPerDayPerProjectPerModel-FreeTier")]), "stop", "daily_quota"),
        (429, body(details=[violation("GenerateRequestsPerMinutePerProjectPerModel")]), "busy", "http_429"),
        (429, {}, "busy", "http_429"),
        (400, body(details=[{"reason": "API_KEY_INVALID"}]), "stop", "wrong_key"),
        (400, body("API key expired. Please renew the API key."), "stop", "wrong_key"),
        (401, {}, "stop", "wrong_key"),
        (403, body("Method doesn't allow unregistered callers."), "stop", "not_permitted"),
        (403, body("You do not have permission to access the File abc or it may not exist."), "fault", "file_gone"),
        (400, body("User location is not supported.", "FAILED_PRECONDITION"), "stop", "not_permitted"),
        (404, body("models/gemini-0 is not found for API version v1"), "stop", "no_such_model"),
        (400, body("Request contains an invalid argument.", "INVALID_ARGUMENT"), "refused", "http_400"),
        (413, {}, "refused", "http_413"),
        (408, {}, "fault", "http_408"),
        (500, body("An internal error has occurred."), "fault", "http_500"),
        (504, {}, "fault", "http_504"),
        (302, {}, "fault", "http_302"),
    ],
)
def test_statuses(status: int, error_body: dict[str, Any], kind: str, code: str) -> None:
    found = outcome_of_status(status, error_body)
    assert (found.kind, found.code) == (kind, code)
    assert found.message.endswith(error_body.get("error", {}).get("message") or f"HTTP status {status}")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "empty_response"),
        ("", "empty_response"),
        ("<html>Sign in</html>", "not_json"),
        ('{"candidates": [{"content"', "not_json"),
        ("[]", "no_candidates"),
        ("3", "no_candidates"),
        ("{}", "no_candidates"),
        ('{"candidates": []}', "no_candidates"),
        ('{"candidates": {}}', "no_candidates"),
        ('{"error": {"code": 500}}', "no_candidates"),
    ],
)
def test_bodies_that_are_no_answer(text: str | None, code: str) -> None:
    found = outcome_of_body(text)
    assert (found.kind, found.code, found.body) == (OutcomeKind.FAULT, code, "")
    assert found.message


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"candidates": [{"finishReason": "SAFETY"}]}, "finish_safety"),
        ({"candidates": [{"finishReason": "MAX_TOKENS"}]}, "finish_max_tokens"),
        ({"candidates": [{"finishReason": "MAX_TOKENS", "content": {"parts": [{"text": "["}]}}]}, ""),
        ({"candidates": [{"finishReason": "STOP"}]}, "no_text"),
        ({"candidates": [{"finishReason": "STOP", "content": {"role": "model"}}]}, "no_text"),
        ({"candidates": [{"content": {"parts": [{"text": "thinking", "thought": True}]}}]}, "no_text"),
        ({"candidates": [3]}, "no_text"),
        ({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}, "prompt_blocked"),
        ({"promptFeedback": {"blockReason": "OTHER"}, "candidates": []}, "prompt_blocked"),
    ],
)
def test_answers_without_a_text_say_why(value: dict[str, Any], code: str) -> None:
    assert outcome_of_body(json.dumps(value)).kind is OutcomeKind.ANSWERED
    said = read_model_output(value)
    assert said.code == code
    assert bool(said.message) == bool(code)
    assert bool(said.text) != bool(code)


def test_thoughts_are_left_out_and_parts_joined() -> None:
    parts = [{"text": "no", "thought": True}, {"text": "[1"}, {"inlineData": {}}, {"text": "]"}]
    said = read_model_output({"candidates": [{"content": {"parts": parts}}], "modelVersion": "models/gemini-x"})
    assert (said.text, said.model_version, said.finish_reason) == ("[1]", "gemini-x", "")


# Whatever comes.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["candidates", "content", "parts", "text", "finishReason", "promptFeedback", "modelVersion", "usageMetadata"]
ERROR_KEYS = ["error", "code", "message", "status", "details", "retryDelay", "violations", "quotaId", "reason"]


def shaped(keys: list[str]) -> Any:
    """JSON with the keys that the code looks for."""
    return st.recursive(
        JSON, lambda v: st.dictionaries(st.sampled_from(keys), v, max_size=4) | st.lists(v, max_size=3), max_leaves=12
    )


@settings(max_examples=cases(300), deadline=None)
@given(shaped(KEYS))
def test_no_body_raises(value: Any) -> None:
    text = json.dumps(value)
    for cut in (text, text[: len(text) // 2]):
        found = outcome_of_body(cut)
        assert (found.kind is OutcomeKind.ANSWERED) == bool(found.body)
    if isinstance(value, dict):
        said = read_model_output(value)
        assert bool(said.code) != bool(said.text)


@settings(max_examples=cases(300), deadline=None)
@given(st.integers(100, 599), st.dictionaries(st.sampled_from(ERROR_KEYS), shaped(ERROR_KEYS)), st.text())
def test_no_error_raises(status: int, value: dict[str, Any], after: str) -> None:
    for error_body in (value, {"error": value}):
        found = outcome_of_status(status, error_body, {"retry-after": after})
        assert found.message
        assert found.delay is None or found.delay >= 0


@pytest.mark.parametrize(
    "after",
    ["9" * 400, "Mon, 01 Jan 99999 00:00:00 GMT", "1 Jan 2020 00:00:00 +99999999999", "\x00", "Mon, 32 Foo", ", , ,"],
)
def test_odd_dates(after: str) -> None:
    delay = outcome_of_status(429, {}, {"retry-after": after}).delay
    assert delay is None or delay >= 0


# Exceptions.


def of_response(status: int, **content: Any) -> RequestOutcome:
    response = httpx2.Response(status, **content)
    with pytest.raises(errors.APIError) as caught:
        errors.APIError.raise_for_response(response)
    return outcome_of_error(caught.value)


def test_errors_of_the_sdk() -> None:
    daily = body("no more", details=[violation("PerDay")])
    assert of_response(429, json=daily).code == "daily_quota"
    assert of_response(429, json=[daily]).code == "daily_quota"  # as streams have it
    assert of_response(503, json=body("busy"), headers={"Retry-After": "3"}) == RequestOutcome(
        OutcomeKind.FAULT, "http_503", "busy", delay=3
    )
    assert of_response(502, text="<html>").kind is OutcomeKind.FAULT
    assert of_response(400, json={"error": {"code": "odd"}}).code == "http_400"
    assert of_response(400, json="odd").code == "http_400"


@pytest.mark.parametrize(
    ("error", "kind", "code", "was_reached"),
    [
        (httpx2.ConnectError("refused"), OutcomeKind.FAULT, "connection", False),
        (httpx2.ConnectTimeout("slow"), OutcomeKind.FAULT, "connection", False),
        (httpx2.ReadTimeout("slow"), OutcomeKind.FAULT, "timed_out", True),
        (httpx2.ReadError("reset"), OutcomeKind.FAULT, "connection", True),
        (httpx2.RemoteProtocolError("cut"), OutcomeKind.FAULT, "connection", True),
        (httpx2.UnsupportedProtocol("ftp"), OutcomeKind.STOP, "wrong_url", True),
        (ConnectionRefusedError(111, "refused"), OutcomeKind.FAULT, "connection", False),
        (ConnectionResetError(104, "reset"), OutcomeKind.FAULT, "connection", True),
        (TimeoutError(), OutcomeKind.FAULT, "timed_out", True),
        (EOFError(), OutcomeKind.FAULT, "connection", True),
        (json.JSONDecodeError("no", "x", 0), OutcomeKind.FAULT, "not_json", True),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"), OutcomeKind.FAULT, "not_json", True),
        (KeyError("candidates"), OutcomeKind.REFUSED, "unexpected", True),
    ],
)
def test_exceptions(error: Exception, kind: OutcomeKind, code: str, was_reached: bool) -> None:
    found = outcome_of_error(error)
    assert (found.kind, found.code, found.was_reached) == (kind, code, was_reached)
    assert found.message
