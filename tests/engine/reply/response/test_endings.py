"""Why a response holds no answer: refused, failed, cut, or still running; and what to do about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from support.answers import ITEM, TEXT, chat, gemini
from support.replies import SIZE, assert_sound, codes, rows

REFUSALS = (
    *("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT"),
    *("IMAGE_RECITATION", "MODEL_ARMOR", "ESCALATION"),
)
FAULTS = {
    "MALFORMED_FUNCTION_CALL": "without tools",
    "UNEXPECTED_TOOL_CALL": "declare the function",
    "TOO_MANY_TOOL_CALLS": "without tools",
    "MISSING_THOUGHT_SIGNATURE": "thought signatures",
    "MALFORMED_RESPONSE": "send the request again",
    "LANGUAGE": "another language",
    "OTHER": "send the request again",
    "NO_IMAGE": "ask for text",
    "IMAGE_OTHER": "ask for text",
    "PUP_LIMITED_DISABLED": "see the account",
    "A_REASON_TO_COME": "documentation",
}
FINISHED = [
    lambda reason: gemini(finish=reason),
    lambda reason: json.dumps(gemini(finish=reason)),
    lambda reason: [gemini(finish=""), gemini(finish=reason)],
    lambda reason: (
        f"candidates=[Candidate(content=None, finish_reason=<FinishReason.{reason}: '{reason}'>)] parsed=None"
    ),
    lambda reason: f"content='' additional_kwargs={{}} response_metadata={{'finish_reason': '{reason}'}}",
]


@pytest.mark.parametrize("reason", REFUSALS)
@pytest.mark.parametrize("write", FINISHED)
def test_refusals_are_blocked(reason: str, write: Any) -> None:
    masks = maskmill.decode(write(reason), SIZE)
    assert (masks.reply_status, len(masks)) == ("blocked", 0)
    assert masks.problems[0].message == f"the service refused: {reason}"
    assert_sound(masks)


@pytest.mark.parametrize("reason", FAULTS)
@pytest.mark.parametrize("write", FINISHED)
def test_reasons_that_are_neither_an_answer_nor_a_refusal_are_named(reason: str, write: Any) -> None:
    masks = maskmill.decode(write(reason), SIZE)
    assert (masks.reply_status, len(masks)) == ("empty", 0)
    (problem,) = masks.problems
    assert problem.code == "api_error"
    assert f"its finish reason is {reason}:" in problem.message
    assert FAULTS[reason] in problem.message
    assert_sound(masks)


def test_every_reason_of_the_sdk_is_known() -> None:
    types = pytest.importorskip("google.genai.types")
    for reason in types.FinishReason:
        masks = maskmill.decode(types.GenerateContentResponse(candidates=[{"finish_reason": reason}]), SIZE)
        assert masks.reply_status in ("empty", "blocked")
        assert "does not know" not in masks.problems[0].message, reason


@pytest.mark.parametrize(
    "reply",
    [
        chat(None, "content_filter"),
        chat(None, refusal="I can't help with [that]."),
        chat("", refusal="I can't help with [that]."),
        {"role": "assistant", "content": [], "stop_reason": "refusal"},
        {"role": "assistant", "content": [{"type": "text", "text": "I can't []"}], "stop_reason": "refusal"},
        {"object": "response", "status": "completed", "output": [{"content": [{"type": "refusal", "refusal": "No."}]}]},
        {"output": {"message": {"role": "assistant", "content": []}}, "stopReason": "guardrail_intervened"},
        {
            "object": "response",
            "status": "incomplete",
            "incomplete_details": {"reason": "content_filter"},
            "output": [],
        },
        gemini({"text": "I can't do that: []"}, finish="SAFETY"),
        gemini({"text": "[]"}, finish="PROHIBITED_CONTENT"),
    ],
    ids=lambda reply: str(reply)[:60],
)
def test_refusals_of_other_services(reply: Any) -> None:
    for source in (reply, json.dumps(reply), repr(reply)):
        masks = maskmill.decode(source, SIZE)
        assert (masks.reply_status, len(masks)) == ("blocked", 0)
        assert masks.problems


def test_the_sentence_of_a_refusal_is_quoted() -> None:
    for reply in (chat(None, refusal="I can't [do] that."), gemini({"text": "I can't [do] that."}, finish="SAFETY")):
        (problem,) = maskmill.decode(json.dumps(reply), SIZE).problems
        assert "I can't [do] that." in problem.excerpt


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ({"object": "response", "status": "failed", "error": {"code": "x", "message": "boom"}, "output": []}, "boom"),
        ({"object": "response", "status": "incomplete", "output": []}, "incomplete"),
        ({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "wait"),
        ({"error": {"type": "invalid_request_error", "message": "Bad"}}, "correct the request"),
        (gemini({"text": "I will call it."}, finish="MALFORMED_FUNCTION_CALL"), "MALFORMED_FUNCTION_CALL"),
    ],
)
def test_failures_of_other_services(reply: Any, words: str) -> None:
    for source in (reply, json.dumps(reply)):
        masks = maskmill.decode(source, SIZE)
        assert (masks.reply_status, codes(masks, None)) == ("empty", {"api_error"})
        assert words in masks.problems[0].message


@pytest.mark.parametrize("reason", ["MAX_TOKENS", "SAFETY", "OTHER", "MALFORMED_RESPONSE"])
def test_items_before_an_early_end_are_read_and_the_end_is_said(reason: str) -> None:
    for reply in (gemini({"text": TEXT}, finish=reason), json.dumps(gemini({"text": TEXT}, finish=reason))):
        masks = maskmill.decode(reply, SIZE)
        assert rows(masks) == rows(maskmill.decode([ITEM], SIZE))
        (problem,) = masks.problems
        assert (problem.row, problem.code) == (None, "ended_early")
        assert reason in problem.message


def test_a_text_that_breaks_off_at_the_limit_is_truncated() -> None:
    masks = maskmill.decode(gemini({"text": TEXT[:-25]}, finish="MAX_TOKENS"), SIZE)
    assert masks.reply_status == "truncated"
    assert "ended_early" not in codes(masks, None)


@pytest.mark.parametrize("reason", ["stop", "STOP", "end_turn", "tool_calls", "eos_token", "COMPLETE", None])
def test_ordinary_ends_are_not_mentioned(reason: Any) -> None:
    assert maskmill.decode(json.dumps(chat(TEXT, reason)), SIZE).problems == ()
