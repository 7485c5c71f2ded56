"""Rows of batch services: keys, answers and errors of each."""

from __future__ import annotations

import json
from typing import Any

import pytest

BODY = {"choices": [{"message": {"content": "[]"}}], "model": "gpt-x"}
MESSAGE = {"type": "message", "role": "assistant", "model": "claude-x", "content": [{"type": "text", "text": "[]"}]}


def anthropic(**result: Any) -> dict[str, Any]:
    return {"custom_id": "a", "result": result}


def openai(status: Any, body: Any, error: Any = None) -> dict[str, Any]:
    return {"id": "batch_req_1", "custom_id": "a", "response": {"status_code": status, "body": body}, "error": error}


@pytest.mark.parametrize(
    ("row", "reply", "model"),
    [
        (openai(200, BODY), BODY, "gpt-x"),
        (openai("200", BODY), BODY, "gpt-x"),
        (anthropic(type="succeeded", message=MESSAGE), MESSAGE, ""),
        ({"recordId": "a", "modelInput": {}, "modelOutput": MESSAGE}, MESSAGE, ""),
        ({"customId": "a", "id": 9, "response": BODY}, BODY, "gpt-x"),
        ({"id": 9, "metadata": {"key": "a"}, "reply": "[]"}, "[]", ""),
        ({"request": {"labels": {"key": "a"}}, "status": "", "processed_time": "…", "response": BODY}, BODY, "gpt-x"),
        ({"image": "a", "reply": "[]"}, "[]", ""),
        ({"key": "a", **MESSAGE}, {"key": "a", **MESSAGE}, ""),
        ({"key": "a", "objects": [{"box_2d": [1, 2, 3, 4]}]}, {"key": "a", "objects": [{"box_2d": [1, 2, 3, 4]}]}, ""),
    ],
)
def test_answers(read: Any, row: dict[str, Any], reply: Any, model: str) -> None:
    [entry] = read(json.dumps(row).encode())
    assert (entry.key, entry.reply, entry.failure) == ("a", reply, "")
    assert entry.model in (model, "claude-x")


@pytest.mark.parametrize(
    ("row", "failure"),
    [
        (openai(429, {"error": {"message": "rate"}}, {"code": "429", "message": "x"}),
         "error 429 of the API, 'rate'; wait"),
        (openai(400, {"error": {"message": "bad", "type": "invalid"}}), "error 400 of the API, 'bad'; correct"),
        (openai(502, "<html>"), "error 502 of the API, '<html>'; wait"),
        (openai(500, None), "error 500 of the API; wait"),
        ({"custom_id": "a", "response": None, "error": {"code": "batch_expired", "message": "late"}},
         "error 'batch_expired' of the API, 'late'; wait"),
        (anthropic(type="errored", error={"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}),
         "error 'overloaded_error' of the API, 'busy'; wait"),
        (anthropic(type="errored", error={"type": "invalid_request_error", "message": "bad"}),
         "error 'invalid_request_error' of the API, 'bad'; correct"),
        (anthropic(type="errored"), "an error of the API; correct"),
        (anthropic(type="expired"), "the request has expired; send it again"),
        (anthropic(type="canceled"), "the request was canceled"),
        ({"recordId": "a", "error": {"errorCode": 400, "errorMessage": "bad"}}, "error 400 of the API, 'bad'; correct"),
        ({"metadata": {"key": "a"}, "error": {"code": 8, "message": "used up"}}, "error 8 of the API, 'used up'; wait"),
        ({"key": "a", "reply": "", "error": "timeout"}, "no reply, and the error is 'timeout'"),
        ({"request": {"labels": {"key": "a"}}, "status": "Bad Request", "response": {}}, "no reply, and the status is"),
    ],
)  # fmt: skip
def test_errors_are_listed_with_their_keys(read: Any, row: dict[str, Any], failure: str) -> None:
    [entry] = read(json.dumps(row).encode())
    assert (entry.key, entry.reply) == ("a", None)
    assert entry.failure.startswith(failure)


@pytest.mark.parametrize("names", [("key", "custom_id"), ("custom_id", "id"), ("recordId", "id"), ("id", "image")])
def test_which_key_counts(read: Any, names: tuple[str, str]) -> None:
    [entry] = read(json.dumps({names[1]: "later", names[0]: "first", "reply": "[]"}).encode())
    assert entry.key == "first"


def test_image_and_size_in_the_metadata(read: Any) -> None:
    row = {"response": BODY, "metadata": {"key": "a", "image": "a.jpg", "width": 5, "height": "6"}}
    [entry] = read(json.dumps(row).encode())
    assert (entry.key, entry.image, entry.size) == ("a", "a.jpg", (5, 6))
