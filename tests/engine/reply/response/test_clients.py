"""Responses as services and clients wrap them: the model's words are read, and nothing else, and nothing twice."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

import maskmill
from maskmill._reply import unwrap_reply
from support.answers import ARGUMENTS, ITEM, JSON_ARGUMENTS, TEXT, UNSPOKEN, call, chat, gemini, pieces, user
from support.replies import SIZE, assert_sound, rows

WRAPPED: dict[str, Any] = {
    "hugging face": [{"generated_text": TEXT}],
    "hugging face, a batch": [[{"generated_text": TEXT}]],
    "hugging face, a dialogue": [{"generated_text": [user(), {"role": "assistant", "content": TEXT}]}],
    "hugging face, blocks": [
        {"generated_text": [user(content=[{"type": "text", "text": UNSPOKEN}]), {"role": "assistant", "content": TEXT}]}
    ],
    "inference server": {"generated_text": TEXT, "details": {"finish_reason": "eos_token"}},
    "ollama chat": {"model": "q", "message": {"role": "assistant", "content": TEXT}, "done": True},
    "ollama generate": {"model": "q", "response": TEXT, "done": True, "context": [1, 2]},
    "llama.cpp": {"content": TEXT, "stop": True, "prompt": UNSPOKEN, "generation_settings": {"n_ctx": 512}},
    "vllm": {"outputs": [{"index": 0, "text": TEXT, "token_ids": [1], "finish_reason": "stop"}], "prompt": UNSPOKEN},
    "completion": {"object": "text_completion", "choices": [{"text": TEXT, "index": 0, "finish_reason": "stop"}]},
    "converse": {"output": {"message": {"role": "assistant", "content": [{"text": TEXT}]}}, "stopReason": "end_turn"},
    "vertex": {"predictions": [TEXT], "deployedModelId": "1"},
    "vertex, objects": {"predictions": [{"content": TEXT, "safetyAttributes": {}}]},
    "vertex, candidates": {"predictions": [{"candidates": [{"content": TEXT, "author": "1"}]}]},
    "replicate, pieces": {"status": "succeeded", "input": {"prompt": UNSPOKEN}, "output": pieces(TEXT), "error": None},
    "replicate, text": {"status": "succeeded", "input": {"prompt": UNSPOKEN}, "output": TEXT, "error": None},
    "dashscope": {
        "status_code": 200,
        "output": {
            "choices": [{"finish_reason": "stop", "message": {"role": "assistant", "content": [{"text": TEXT}]}}]
        },
    },
    "completion field": {"completion": TEXT},
    "data": {"data": [TEXT]},
    "workflow": [{"output": TEXT}],
    "json-rpc": {"jsonrpc": "2.0", "id": 1, "result": {"content": [{"type": "text", "text": TEXT}], "isError": False}},
    "text and steps": {"text": TEXT, "finishReason": "stop", "steps": [{"text": TEXT}]},
    "message and request": {
        "message": {"role": "model", "content": [{"text": TEXT}]},
        "request": {"messages": [{"role": "user", "content": [{"text": UNSPOKEN}]}]},
    },
    "blocks": [{"type": "text", "text": TEXT[:60]}, {"type": "text", "text": TEXT[60:]}],
    "blocks and a thought": [{"type": "thinking", "thinking": UNSPOKEN}, {"type": "text", "text": TEXT}],
    "dialogue": [user(role="system"), user(), {"role": "assistant", "content": TEXT}],
    "dialogue of a graph": {"messages": [user(), {"role": "assistant", "content": TEXT}]},
    "shared dialogue": {"conversations": [{"from": "human", "value": UNSPOKEN}, {"from": "gpt", "value": TEXT}]},
    "contents": [{"role": "user", "parts": [{"text": UNSPOKEN}]}, {"role": "model", "parts": [{"text": TEXT}]}],
    "reasoning": chat(TEXT, reasoning_content=UNSPOKEN),
    "anthropic": {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "thinking", "thinking": UNSPOKEN}, {"type": "text", "text": TEXT}],
        "stop_reason": "end_turn",
    },
    "anthropic, a batch": {
        "custom_id": "x",
        "result": {
            "type": "succeeded",
            "message": {"role": "assistant", "type": "message", "content": [{"type": "text", "text": TEXT}]},
        },
    },
    "openai responses": {
        "object": "response",
        "status": "completed",
        "instructions": UNSPOKEN,
        "output": [
            {"type": "reasoning", "summary": [{"type": "summary_text", "text": UNSPOKEN}]},
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": TEXT}]},
        ],
    },
    "langchain": {"content": TEXT, "type": "ai", "additional_kwargs": {}, "usage_metadata": None},
    "langchain, dumped": {"lc": 1, "type": "constructor", "kwargs": {"content": TEXT, "type": "ai"}},
    "langchain, dicts": [
        {"type": "human", "data": {"content": UNSPOKEN, "type": "human"}},
        {"type": "ai", "data": {"content": TEXT, "type": "ai"}},
    ],
    "a command's result": {"type": "result", "is_error": False, "result": TEXT, "session_id": "x"},
    "generations": {"generations": [{"text": TEXT, "finish_reason": "COMPLETE"}], "prompt": UNSPOKEN},
    "a log": {"level": "info", "msg": "the model replied", "payload": {"raw": TEXT}, "prompt": UNSPOKEN},
    "a log's message": {"severity": "INFO", "message": TEXT, "timestamp": "x"},
    "tools": {**chat(None, "tool_calls", tool_calls=[{"function": {"arguments": JSON_ARGUMENTS}}])},
    "parsed beside content": chat(json.dumps([ITEM]), parsed=ARGUMENTS),
}
"""One answer with `ITEM`; prompts, thoughts and results of tools hold other items."""

CALLS: dict[str, Any] = {
    "gemini": gemini({"functionCall": {"name": "report", "args": ARGUMENTS}}),
    "gemini, snake case": gemini({"function_call": {"name": "report", "args": ARGUMENTS}}),
    "gemini, one item": gemini({"functionCall": {"name": "report", "args": ITEM}}),
    "gemini, beside words": gemini({"text": "I report [them]:"}, {"functionCall": {"name": "r", "args": ARGUMENTS}}),
    "gemini, said twice": gemini({"text": TEXT}, {"functionCall": {"name": "r", "args": ARGUMENTS}}),
    "gemini, a thought": gemini(
        {"text": UNSPOKEN, "thought": True}, {"functionCall": {"name": "r", "args": ARGUMENTS}, "thoughtSignature": "x"}
    ),
    "gemini, json in a string": gemini({"functionCall": {"name": "r", "args": {"masks": json.dumps([ITEM])}}}),
    "gemini, a text": gemini({"functionCall": {"name": "r", "args": {"response": TEXT}}}),
    "openai": chat(None, "tool_calls", tool_calls=[{"id": "c", "type": "function", "function": call(JSON_ARGUMENTS)}]),
    "openai, an object": chat(None, "tool_calls", tool_calls=[{"type": "function", "function": call()}]),
    "openai, legacy": chat(None, "function_call", function_call={"name": "r", "arguments": JSON_ARGUMENTS}),
    "openai, responses": {"object": "response", "status": "completed", "output": [call(JSON_ARGUMENTS)]},
    "openai, the calls alone": [{"id": "c", "type": "function", "function": call(JSON_ARGUMENTS)}],
    "anthropic": {
        "role": "assistant",
        "content": [{"type": "text", "text": "Now [it]."}, {"type": "tool_use", "name": "r", "input": ARGUMENTS}],
        "stop_reason": "tool_use",
    },
    "converse": {
        "output": {"message": {"role": "assistant", "content": [{"toolUse": {"name": "r", "input": ARGUMENTS}}]}},
        "stopReason": "tool_use",
    },
    "langchain": {
        "type": "ai",
        "content": "",
        "tool_calls": [{"name": "r", "args": ARGUMENTS, "type": "tool_call"}],
        "additional_kwargs": {"function_call": {"name": "r", "arguments": JSON_ARGUMENTS}},
    },
    "langchain, older": {
        "type": "ai",
        "content": "",
        "additional_kwargs": {"function_call": {"name": "r", "arguments": JSON_ARGUMENTS}},
    },
    "a bare call": {"name": "report_masks", "arguments": ARGUMENTS},
    "a bare call, a string": {"name": "report_masks", "arguments": JSON_ARGUMENTS},
}


def expected_rows() -> list[Any]:
    return rows(maskmill.decode([ITEM], SIZE))


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize("dress", ["value", "json", "indented", "row", "repr", "log", "fenced", "json twice"])
def test_the_words_of_the_model_are_read_once(name: str, dress: str) -> None:
    value = WRAPPED[name]
    dressed = {
        "value": value,
        "json": json.dumps(value),
        "indented": json.dumps(value, indent=2),
        "row": json.dumps({"key": "k", "response": value}),
        "repr": repr(value),
        "log": f"INFO 2026-11-30 12:00:01,123 response: {json.dumps(value)}\nINFO done",
        "fenced": f"```\n{json.dumps(value)}\n```",
        "json twice": json.dumps(json.dumps(value)),
    }
    masks = maskmill.decode(dressed[dress], SIZE)
    assert rows(masks) == expected_rows()
    assert_sound(masks)


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("write", [lambda value: value, json.dumps, repr, lambda value: json.dumps({"body": value})])
def test_the_arguments_of_function_calls_are_read(name: str, write: Any) -> None:
    masks = maskmill.decode(write(CALLS[name]), SIZE)
    assert rows(masks) == expected_rows()
    assert masks.reply_status in ("ok", "salvaged")
    assert_sound(masks)


@pytest.mark.parametrize("count", [2, 3, 250])
def test_every_call_gives_its_rows(count: int) -> None:
    items = [{**ITEM, "label": f"cat {i}"} for i in range(count)]
    parts = [{"functionCall": {"name": "report", "args": item}} for item in items]
    for reply in (gemini(*parts), json.dumps(gemini(*parts))):
        assert maskmill.decode(reply, SIZE).labels.tolist() == [item["label"] for item in items]


def test_a_function_that_is_called_with_an_empty_list_found_nothing() -> None:
    reply = gemini({"text": "There are no cats."}, {"functionCall": {"name": "report", "args": {"masks": []}}})
    masks = maskmill.decode(json.dumps(reply), SIZE)
    assert (len(masks), masks.reply_status) == (0, "ok")
    assert [problem.code for problem in masks.problems] == ["remark"]
    assert "There are no cats." in masks.problems[0].excerpt


def test_a_call_of_another_function_is_no_answer() -> None:
    masks = maskmill.decode(json.dumps(gemini({"functionCall": {"name": "search", "args": {"q": "cats"}}})), SIZE)
    assert (len(masks), masks.reply_status) == (0, "no_json")


@pytest.mark.parametrize(
    "reply",
    [
        SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(role="assistant", content=TEXT))]),
        SimpleNamespace(content=[SimpleNamespace(type="text", text=TEXT)], role="assistant", stop_reason="end_turn"),
        SimpleNamespace(
            output=[
                SimpleNamespace(type="message", role="assistant", content=[SimpleNamespace(type="text", text=TEXT)])
            ],
            output_text=TEXT,
            status="completed",
            object="response",
        ),
        [SimpleNamespace(role="user", content=UNSPOKEN), SimpleNamespace(role="assistant", content=TEXT)],
    ],
    ids=["chat", "message", "response", "dialogue"],
)
def test_objects_of_other_clients_are_read(reply: Any) -> None:
    assert rows(maskmill.decode(reply, SIZE)) == expected_rows()


def test_a_model_of_pydantic_is_its_values() -> None:
    pydantic = pytest.importorskip("pydantic")
    item_class = pydantic.create_model("Item", box_2d=list, mask=list, label=str)
    parsed = pydantic.create_model("Answer", masks=list[item_class])(masks=[ITEM])  # type: ignore[valid-type]
    for reply in (parsed, parsed.masks, repr(parsed), str(parsed), repr(parsed.masks)):
        assert rows(maskmill.decode(reply, SIZE)) == expected_rows()


def test_the_model_of_a_response_is_kept() -> None:
    for response, model in ((gemini({"text": TEXT}), "gemini-3.6-flash"), (chat(TEXT), "gpt-6"), ({"text": "[]"}, "")):
        assert unwrap_reply(response).model == model


def test_two_different_texts_inside_a_log_are_no_answer() -> None:
    other = json.dumps([{**ITEM, "label": "dog"}])
    masks = maskmill.decode(json.dumps({"a": {"x": f"Here: {other}"}, "b": {"y": TEXT}}), SIZE)
    assert (len(masks), masks.reply_status) == (0, "no_json")


@pytest.mark.parametrize("depth", [50, 400])
@pytest.mark.parametrize(
    ("start", "stop"),
    [
        ('{"output":', "}"),
        ('{"name":"a","args":', "}"),
        ('{"message":', "}"),
        ('{"tool_calls":[{"args":', "}]}"),
        ('{"role":"assistant","content":[', "]}"),
    ],
)
def test_responses_nested_deeply_are_no_exception(start: str, stop: str, depth: int) -> None:
    assert_sound(maskmill.decode(start * depth + "{}" + stop * depth, SIZE))
