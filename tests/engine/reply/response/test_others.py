"""Errors and further answers that stand beside the answer that is read, and errors in place of one."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from support.answers import ITEM, chat, gemini
from support.replies import SIZE, assert_sound, codes

CAT, DOG = (json.dumps([{**ITEM, "label": label}]) for label in ("cat", "dog"))
BOTH = json.dumps([{**ITEM, "label": "cat"}, {**ITEM, "label": "dog"}])
ERRORS: list[Any] = [
    {"error": {"code": 503, "message": "overloaded"}},
    {"error": {"type": "server_error", "message": "overloaded"}},
    {"error": "overloaded"},
]


def chunk(text: str) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": [{"text": text}], "role": "model"}}]}


def delta(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": text}}]}


@pytest.mark.parametrize("error", ERRORS, ids=range(len(ERRORS)))
@pytest.mark.parametrize("make", [chunk, delta])
def test_an_error_at_the_end_of_a_stream_is_said(error: Any, make: Any) -> None:
    values = [make(CAT[:20]), make(CAT[20:]), error]
    stream = "\n\n".join(f"data: {json.dumps(value)}" for value in values)
    for reply in (values, json.dumps(values), stream, "\n".join(map(json.dumps, values)), [make(CAT), error]):
        masks = maskmill.decode(reply, SIZE)
        assert masks.labels.tolist() == ["cat"]
        (problem,) = [problem for problem in masks.problems if problem.code == "ended_early"]
        assert "overloaded" in problem.message
        assert_sound(masks)


@pytest.mark.parametrize("error", ERRORS, ids=range(len(ERRORS)))
def test_an_error_behind_words_is_the_reason(error: Any) -> None:
    masks = maskmill.decode([chunk("I see"), error], SIZE)
    assert (masks.reply_status, codes(masks, None)) == ("empty", {"api_error"})
    assert "overloaded" in masks.problems[0].message


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"status": "failed", "error": "CUDA OOM", "output": None}, "CUDA OOM"),
        ({"error": "model not found, try pulling it first"}, "model not found"),
        ({"detail": "Not authenticated"}, "Not authenticated"),
        ({"detail": [{"loc": ["body"], "msg": "field required", "type": "missing"}]}, "field required"),
        ({"object": "error", "message": "max context", "code": 40303}, "max context"),
        ({"errorMessage": "Task timed out", "errorType": "Runtime"}, "Task timed out"),
        ({"statusCode": 401, "message": "Unauthorized"}, "Unauthorized"),
        ({"errors": [{"message": "no quota", "code": 7}]}, "no quota"),
        ({"success": False, "message": "no such model"}, "no such model"),
        ({"status": "error", "msg": "no such file"}, "no such file"),
    ],
)
def test_errors_under_other_names(value: Any, said: str) -> None:
    for reply in (value, json.dumps(value), f"```json\n{json.dumps(value)}\n```"):
        masks = maskmill.decode(reply, SIZE)
        assert (masks.reply_status, codes(masks, None)) == ("empty", {"api_error"})
        assert said in masks.problems[0].message


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ({"error": "I cannot generate segmentation masks for this image."}, "no_json"),
        ({"masks": "I'm sorry, I cannot generate masks."}, "no_json"),
        ({"type": "refusal", "refusal": "I cannot generate masks of people."}, "blocked"),
        (chat("I cannot generate masks."), "no_json"),
        (chat(None, refusal="I cannot generate masks."), "blocked"),
        (gemini({"text": "I cannot generate masks."}), "no_json"),
        (
            {
                "object": "response",
                "status": "completed",
                "output": [{"type": "message", "content": [{"type": "refusal", "refusal": "I cannot generate it."}]}],
            },
            "blocked",
        ),
    ],
)
def test_the_sentence_of_a_refusal_is_in_the_message(value: Any, status: str) -> None:
    for reply in (value, json.dumps(value)):
        masks = maskmill.decode(reply, SIZE)
        assert (masks.reply_status, len(masks)) == (status, 0)
        assert "cannot generate" in masks.problems[0].message


@pytest.mark.parametrize("name", ["candidates", "choices"])
def test_other_candidates_are_said(name: str) -> None:
    answers = [
        {"content": {"parts": [{"text": text}]}} if name == "candidates" else {"message": {"content": text}}
        for text in (CAT, DOG, CAT)
    ]
    for reply in ({name: answers}, json.dumps({name: answers})):
        masks = maskmill.decode(reply, SIZE)
        assert (masks.labels.tolist(), codes(masks, None)) == (["cat"], {"several_answers"})
        assert masks.problems[0].message.startswith(f"read the first of 2 different {name}")
    assert maskmill.decode({name: [answers[0], answers[2]]}, SIZE).problems == ()


def turns(*texts: str) -> list[dict[str, Any]]:
    return [turn for text in texts for turn in ({"role": "user", "content": "Go."}, {"role": "model", "content": text})]


def steps(*texts: str) -> list[dict[str, Any]]:
    kinds = ("user_input", "model_output")
    return [{"type": kind, "content": [{"type": "text", "text": text}]} for text in texts for kind in kinds]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda turns: turns,
        lambda turns: {"messages": turns},
        lambda turns: [{"generated_text": turns}],
        json.dumps,
        lambda turns: {"status": "completed", "steps": [{**t, "type": _STEPS[t["role"]]} for t in turns]},
    ],
    ids=range(5),
)
def test_earlier_turns_are_said(wrap: Any) -> None:
    masks = maskmill.decode(wrap(turns(CAT, DOG)), SIZE)
    assert (masks.labels.tolist(), codes(masks, None)) == (["dog"], {"several_answers"})
    assert "1 earlier turn with an answer was not read" in masks.problems[0].message
    masks = maskmill.decode(wrap(turns("Which?", DOG)), SIZE)
    assert (masks.labels.tolist(), masks.problems) == (["dog"], ())


_STEPS = {"user": "user_input", "model": "model_output"}


def test_calls_that_are_no_valid_json() -> None:
    arguments = json.dumps({"masks": json.loads(BOTH)})[:-2]
    call = {"name": "report", "args": arguments, "id": "1", "error": "not valid", "type": "invalid_tool_call"}
    message = {"type": "ai", "content": "", "tool_calls": [], "invalid_tool_calls": [call]}
    printed = f"AIMessage(content='', tool_calls=[], invalid_tool_calls=[{call!r}])"
    for reply in (message, json.dumps(message), printed):
        masks = maskmill.decode(reply, SIZE)
        assert masks.labels.tolist() == ["cat", "dog"]
        assert masks.reply_status in ("salvaged", "truncated")


def test_an_answer_that_is_written_twice_in_a_trace() -> None:
    generation = {"text": BOTH, "message": {"kwargs": {"content": BOTH}}}
    value = {"inputs": {"messages": turns("[1]")[:1]}, "outputs": {"generations": [[generation]]}}
    for reply in (value, json.dumps(value), {**value, "extra": {"metadata": {}}}):
        masks = maskmill.decode(reply, SIZE)
        assert (masks.labels.tolist(), masks.problems) == (["cat", "dog"], ())


@pytest.mark.parametrize("text", ["[", "```json\n[\n", "```json\n[\n  {"])
def test_a_limit_before_the_first_item_is_named(text: str) -> None:
    masks = maskmill.decode(gemini({"text": text}, finish="MAX_TOKENS"), SIZE)
    assert (masks.reply_status, len(masks)) == ("truncated", 0)
    assert any("MAX_TOKENS" in problem.message for problem in masks.problems)
