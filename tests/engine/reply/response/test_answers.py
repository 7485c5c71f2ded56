"""Several answers in one value are refused, never merged; the pieces and the parts of one are joined."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

import maskmill
from maskmill import Masks
from support.answers import ITEM
from support.replies import SIZE, assert_sound

TEXTS = [json.dumps([{**ITEM, "label": label}]) for label in ("cat", "dog", "cow")]
WHOLE = json.dumps([{**ITEM, "label": label} for label in ("cat", "dog", "cow")])
PIECES = [WHOLE[:30], WHOLE[30:70], WHOLE[70:]]


def gemini(text: str, finish: str = "STOP", **more: Any) -> dict[str, Any]:
    candidate = {"content": {"parts": [{"text": text}], "role": "model"}}
    return {"candidates": [{**candidate, **({"finishReason": finish} if finish else {})}], **more}


def chat(text: str, number: Any = 0, place: str = "message", **more: Any) -> dict[str, Any]:
    return {"id": f"c{number}", "choices": [{"index": 0, place: {"role": "assistant", "content": text}}], **more}


def sdk(text: str, number: int) -> SimpleNamespace:
    content = SimpleNamespace(parts=[SimpleNamespace(text=text, thought=None)], role="model")
    candidate = SimpleNamespace(content=content, finish_reason="STOP")
    return SimpleNamespace(candidates=[candidate], response_id=f"r{number}")


def interaction(text: str, number: int) -> dict[str, Any]:
    step = {"type": "model_output", "content": [{"type": "text", "text": text}]}
    return {"object": "interaction", "id": f"i{number}", "status": "completed", "steps": [step]}


def each(make: Any) -> list[Any]:
    return [make(text, i) for i, text in enumerate(TEXTS)]


def inlined(rows: list[Any]) -> list[Any]:
    return [{"response": row, "metadata": {"key": f"k{i}"}} for i, row in enumerate(rows)]


RESPONSES = each(lambda text, i: gemini(text, responseId=f"r{i}"))
SEVERAL = {
    "responses with ids": RESPONSES,
    "responses without ids": each(lambda text, i: gemini(text)),
    "a response that broke off": [*RESPONSES[:2], gemini(TEXTS[2][:-9], "MAX_TOKENS", responseId="r2")],
    "a response that was refused": [*RESPONSES[:2], {"promptFeedback": {"blockReason": "SAFETY"}, "responseId": "r2"}],
    "a request that failed": [*RESPONSES, None],
    "objects of an SDK": each(sdk),
    "chats": each(chat),
    "interactions": each(interaction),
    "messages": each(lambda text, i: {"content": text, "response_metadata": {"model": "m"}, "id": f"run-{i}"}),
    "rows with texts": each(lambda text, i: {"key": f"k{i}", "reply": text}),
    "rows with images": each(lambda text, i: {"image": f"{i}.jpg", "text": text}),
    "rows with words": [{"key": "a", "reply": TEXTS[0]}, {"key": "b", "reply": "None."}, {"key": "c", "reply": "[]"}],
    "rows with responses": each(lambda text, i: {"custom_id": f"k{i}", "response": gemini(text)}),
    "rows with pieces": each(lambda text, i: {"key": i, "response": [gemini(text[:9], ""), gemini(text[9:])]}),
    "rows with an error": [
        {"key": "a", "error": {"code": 8, "message": "late"}},
        {"key": "b", "response": gemini(TEXTS[0])},
        {"key": "c", "response": gemini(TEXTS[1])},
    ],
    "replies without keys": each(lambda text, i: {"generated_text": text}),
    "answers under a name": {"results": each(lambda text, i: {"key": f"k{i}", "reply": text}), "count": 3},
    "responses under a name": {"responses": RESPONSES},
    "responses by key": {f"k{i}": response for i, response in enumerate(RESPONSES)},
    "lists of outputs": each(lambda text, i: [{"generated_text": text}]),
    "inlined, REST": {"name": "batches/7", "response": {"inlinedResponses": {"inlinedResponses": inlined(RESPONSES)}}},
    "inlined, SDK": {"name": "batches/7", "dest": {"inlined_responses": inlined(RESPONSES)}},
}
PIECES_OF_ONE = {
    "an id": [gemini(text, "STOP" if i == 2 else "", responseId="r") for i, text in enumerate(PIECES)],
    "no id": [gemini(text, "STOP" if i == 2 else "") for i, text in enumerate(PIECES)],
    "an id for each piece": [chat(text, i, "delta") for i, text in enumerate(PIECES)],
    "an id, each whole": [gemini(text, responseId="r") for text in TEXTS],
    "parts": [{"text": text} for text in TEXTS],
    "blocks": [{"type": "text", "id": f"t{i}", "text": text} for i, text in enumerate(TEXTS)],
    "lines of a stream": [{"response": text, "done": i == 2} for i, text in enumerate(PIECES)],
    "a row around pieces": [{"key": "a", "response": [gemini(text, "") for text in PIECES]}],
    "one inlined": {"dest": {"inlined_responses": inlined([gemini(WHOLE)])}},
    "calls": [
        {"type": "tool_use", "id": f"t{i}", "name": "r", "input": item} for i, item in enumerate(json.loads(WHOLE))
    ],
    "a message and a call": [
        {"type": "message", "id": "m", "role": "assistant", "content": [{"type": "output_text", "text": TEXTS[0]}]},
        {"type": "function_call", "id": "f", "name": "r", "arguments": json.dumps(json.loads(WHOLE)[1:])},
    ],
    "choices": {"choices": [{"index": i, "message": {"role": "assistant", "content": WHOLE}} for i in range(2)]},
    "logged twice": [gemini(WHOLE), gemini(WHOLE)],
    "logged twice, an id": [gemini(WHOLE, responseId="r"), gemini(WHOLE, responseId="r")],
    "a text in a list": [WHOLE],
}


def decoded(reply: Any) -> list[Masks]:
    """Decode a value as it is and, where it is JSON, as a text and as lines."""
    replies = [reply]
    if not any(isinstance(entry, SimpleNamespace) for entry in reply):
        lines = map(json.dumps, reply if isinstance(reply, list) else [reply])
        replies += [json.dumps(reply), json.dumps(reply, indent=2), "\n".join(lines)]
    return [maskmill.decode(each, SIZE) for each in replies]


@pytest.mark.parametrize("name", SEVERAL)
def test_several_answers_are_refused(name: str) -> None:
    for masks in decoded(SEVERAL[name]):
        assert (masks.reply_status, len(masks)) == ("no_json", 0)
        [problem] = masks.problems
        assert problem.message == (
            "expected one reply, got 3 answers; give each of them apart: "
            "to decode_many as a list, to convert as rows with a key each"
        )
        assert_sound(masks)


@pytest.mark.parametrize("name", PIECES_OF_ONE)
def test_pieces_and_parts_of_one_answer_are_joined(name: str) -> None:
    for masks in decoded(PIECES_OF_ONE[name]):
        assert masks.labels.tolist() == ["cat", "dog", "cow"]
        assert masks.reply_status in ("ok", "salvaged")
        assert_sound(masks)
