"""Google's Interactions API: objects of the SDK, their dumps and prints, the service's JSON, and streamed events."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

import maskmill
from support.answers import ARGUMENTS, ITEM, JSON_ARGUMENTS, OTHER, TEXT, UNSPOKEN, call, interaction, output, pieces
from support.replies import SIZE, assert_sound, codes, rows

UNFINISHED = (
    *("in_progress", "requires_action", "failed", "cancelled", "incomplete", "budget_exceeded", "queued", "idle"),
    *("requires_continuation", "a_status_to_come"),
)
RESULT = {"type": "function_result", "call_id": "c", "result": json.dumps([OTHER])}
TIMELINES = {
    "one output": interaction(output(TEXT)),
    "two parts": interaction(output(TEXT[:50], TEXT[50:])),
    "two steps": interaction(output(TEXT[:50]), {"type": "thought"}, output(TEXT[50:])),
    "output_text repeats": interaction(output(TEXT), output_text=TEXT),
    "of POST": {"id": "i", "status": "completed", "steps": [output(TEXT)]},
    "a draft before a tool": interaction(output(json.dumps([OTHER])), call({"x": 1}), RESULT, output(TEXT)),
    "words after a tool": interaction(output(TEXT), call({"x": 1}), RESULT, output("Done.")),
    "an earlier turn": interaction(
        output(json.dumps([OTHER])),
        {"type": "user_input", "content": [{"type": "text", "text": "Again"}]},
        output(TEXT),
    ),
    "a search": interaction(
        {"type": "google_search_call", "id": "s", "arguments": {"queries": ["[]"]}},
        {"type": "google_search_result", "call_id": "s", "result": [{"search_suggestions": UNSPOKEN}]},
        output(TEXT),
    ),
    "a call": interaction(call(), status="requires_action"),
    "a call beside words": interaction(output("I report [them]."), call(), status="requires_action"),
    "only output_text": {"id": "i", "status": "completed", "output_text": TEXT},
    "older outputs": {
        "id": "i",
        "status": "completed",
        "outputs": [{"type": "thought", "signature": "x"}, {"type": "text", "text": TEXT}],
    },
}


def expected_rows() -> list[Any]:
    return rows(maskmill.decode([ITEM], SIZE))


def as_namespace(value: Any) -> Any:
    if isinstance(value, dict):
        return SimpleNamespace(**{key: as_namespace(inner) for key, inner in value.items()})
    return [as_namespace(entry) for entry in value] if isinstance(value, list) else value


def writings(value: dict[str, Any]) -> list[Any]:
    """Return what users keep of an interaction."""
    return [
        value,
        [value],
        json.dumps(value),
        json.dumps(value, indent=2).encode(),
        repr(value),
        json.dumps({"key": "k", "response": value}),
        json.dumps([{"key": "k", "response": [value]}]),
        f"```json\n{json.dumps(value)}\n```",
    ]


def of_sdk(value: dict[str, Any]) -> list[Any]:
    """Return the object of the SDK, its dumps and its prints; nothing without the SDK."""
    interactions = pytest.importorskip("google.genai.interactions")
    made = interactions.Interaction.model_validate(value)
    dumped = made.model_dump(mode="json")
    return [
        *(made, [made], made.model_dump(), dumped, json.dumps(dumped), made.model_dump_json()),
        *(repr(made), str(made), f"INFO reply: {made!r}", f"```\n{made}\n```", json.dumps(str(made))),
    ]


@pytest.mark.parametrize("name", TIMELINES)
def test_the_output_of_the_model_is_read_once(name: str) -> None:
    value = TIMELINES[name]
    for reply in (*writings(value), as_namespace(value if "call" not in name else TIMELINES["one output"])):
        masks = maskmill.decode(reply, SIZE)
        assert rows(masks) == expected_rows()
        assert codes(masks, None) == notes_on(name)
        assert_sound(masks)


def notes_on(name: str) -> set[str]:
    """Return the notes: that an earlier turn with an answer was not read."""
    return {"several_answers"} if name == "an earlier turn" else set()


@pytest.mark.parametrize("name", [name for name in TIMELINES if name != "only output_text"])
def test_the_object_of_the_sdk_is_read_once(name: str) -> None:
    for reply in of_sdk(TIMELINES[name]):
        masks = maskmill.decode(reply, SIZE)
        assert rows(masks) == expected_rows()
        assert codes(masks, None) == notes_on(name)


@pytest.mark.parametrize("status", UNFINISHED)
def test_an_interaction_without_output_is_an_error_of_the_api(status: str) -> None:
    for value in (interaction(status=status), {"status": status, "steps": []}):
        for reply in (*writings(value), *of_sdk(value)):
            masks = maskmill.decode(reply, SIZE)
            assert (masks.reply_status, len(masks)) == ("empty", 0)
            (problem,) = masks.problems
            assert problem.code == "api_error"
            assert f"the interaction is {status}" in problem.message
            assert_sound(masks)


@pytest.mark.parametrize(
    "value",
    [
        interaction(status="failed", errors=[{"code": "https://e/quota", "message": "the quota is spent"}]),
        interaction(status="failed", errors=[{"message": "the quota is spent"}, {"code": "x"}]),
        interaction(output(error={"code": 8, "message": "the quota is spent"}), status="failed"),
        interaction(output("[]", error={"code": 8, "message": "the quota is spent"})),
    ],
)
def test_the_reasons_of_a_failure_are_given(value: dict[str, Any]) -> None:
    for reply in (*writings(value), *of_sdk(value)):
        masks = maskmill.decode(reply, SIZE)
        assert masks.reply_status == "empty"
        assert "the quota is spent" in masks.problems[0].message


@pytest.mark.parametrize("status", UNFINISHED)
def test_output_of_an_unfinished_interaction_is_read_and_its_state_said(status: str) -> None:
    masks = maskmill.decode(interaction(output(TEXT), status=status), SIZE)
    assert rows(masks) == expected_rows()
    (problem,) = masks.problems
    assert (problem.code, status in problem.message) == ("ended_early", True)
    cut = maskmill.decode(interaction(output(TEXT[:-25]), status=status), SIZE)
    assert cut.reply_status == "truncated"


def test_a_completed_interaction_may_find_nothing() -> None:
    masks = maskmill.decode(interaction(output("[]")), SIZE)
    assert (masks.reply_status, len(masks), masks.problems) == ("ok", 0, ())
    refused = maskmill.decode(interaction(output("I can't. The list would be: []")), SIZE)
    assert (refused.reply_status, len(refused)) == ("no_json", 0)


def test_an_action_without_masks_names_the_function() -> None:
    masks = maskmill.decode(interaction(call({"x": 1}, "zoom_in"), status="requires_action"), SIZE)
    assert masks.reply_status == "empty"
    assert "the model called `zoom_in`" in masks.problems[0].message


# Streamed events.


def events(*blocks: list[dict[str, Any]], status: str = "completed") -> list[dict[str, Any]]:
    summary = {"type": "thought_summary", "content": {"type": "text", "text": UNSPOKEN}}
    thought = [
        {"event_type": "step.start", "index": 0, "step": {"type": "thought"}},
        {"event_type": "step.delta", "index": 0, "delta": summary},
    ]
    return [
        {"event_type": "interaction.created", "interaction": {"id": "i", "status": "in_progress"}},
        *thought,
        *(event for block in blocks for event in block),
        {"event_type": "interaction.completed", "interaction": {"id": "i", "status": status}},
    ]


def text_events(text: str = TEXT, index: int = 1) -> list[dict[str, Any]]:
    start = {"event_type": "step.start", "index": index, "step": {"type": "model_output"}}
    deltas = [
        {"event_type": "step.delta", "index": index, "delta": {"type": "text", "text": piece}} for piece in pieces(text)
    ]
    return [start, *deltas, {"event_type": "step.stop", "index": index}]


def call_events(index: int = 1) -> list[dict[str, Any]]:
    start = {"event_type": "step.start", "index": index, "step": call({})}
    deltas = [
        {"event_type": "step.delta", "index": index, "delta": {"type": "arguments_delta", "arguments": piece}}
        for piece in pieces(JSON_ARGUMENTS)
    ]
    return [start, *deltas]


ANTHROPIC = [
    {"type": "message_start", "message": {"role": "assistant", "content": [], "model": "c"}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": UNSPOKEN}},
    {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
    *(
        {"type": "content_block_delta", "index": 1, "delta": {"type": "text_delta", "text": piece}}
        for piece in pieces(TEXT)
    ),
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}},
    {"type": "message_stop"},
]
ANTHROPIC_CALL = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "name": "r", "input": {}}},
    *(
        {"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": piece}}
        for piece in pieces(JSON_ARGUMENTS)
    ),
    {"type": "message_delta", "delta": {"stop_reason": "tool_use"}},
]
MESSAGE = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": TEXT}]}
WHOLE = {"id": "r", "object": "response", "status": "completed", "output": [MESSAGE]}
OPENAI = [
    {"type": "response.created", "response": {**WHOLE, "status": "in_progress", "output": []}},
    {"type": "response.output_item.added", "output_index": 0, "item": {**MESSAGE, "content": []}},
    *(
        {"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": piece}
        for piece in pieces(TEXT)
    ),
    {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": TEXT},
    {"type": "response.output_item.done", "output_index": 0, "item": MESSAGE},
    {"type": "response.completed", "response": WHOLE},
]
CHAT_CALL = [
    {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}}]}
    for piece in pieces(JSON_ARGUMENTS)
]
OLLAMA = [{"model": "q", "message": {"role": "assistant", "content": piece}, "done": False} for piece in pieces(TEXT)]
OLLAMA_GENERATE = [{"model": "q", "response": piece, "done": False} for piece in [*pieces(TEXT), ""]]
STREAMS = {
    "interaction": events(text_events()),
    "interaction, a call": events(call_events(), status="requires_action"),
    "anthropic": ANTHROPIC,
    "anthropic, a call": ANTHROPIC_CALL,
    "openai responses": OPENAI,
    "openai, the last event": OPENAI[-1:],
    "openai chat, a call": CHAT_CALL,
    "ollama chat": OLLAMA,
    "ollama generate": OLLAMA_GENERATE,
}


@pytest.mark.parametrize("name", STREAMS)
def test_events_and_pieces_are_one_answer(name: str) -> None:
    stream = STREAMS[name]
    lines = [json.dumps(event) for event in stream]
    for reply in (
        stream,
        json.dumps(stream),
        "\n".join(lines),
        "".join(f"event: x\ndata: {line}\n\n" for line in lines) + "data: [DONE]\n\n",
        repr(stream),
        json.dumps({"key": "k", "response": stream}),
    ):
        masks = maskmill.decode(reply, SIZE)
        assert rows(masks) == expected_rows()
        assert_sound(masks)


def test_events_of_the_sdk() -> None:
    interactions = pytest.importorskip("google.genai.interactions")
    adapter = pytest.importorskip("pydantic").TypeAdapter(interactions.InteractionSSEEvent)
    for stream in (events(text_events()), events(call_events(), status="requires_action")):
        made = [adapter.validate_python(event) for event in stream]
        for reply in (made, repr(made), "\n".join(map(repr, made)), "\n".join(map(str, made))):
            assert rows(maskmill.decode(reply, SIZE)) == expected_rows()


def test_events_that_break_off() -> None:
    stream = events(text_events())
    masks = maskmill.decode(stream[:-1], SIZE)
    assert (rows(masks), codes(masks, None)) == (expected_rows(), {"ended_early"})
    cut = maskmill.decode(stream[:-12], SIZE)
    assert cut.reply_status == "truncated"
    nothing = maskmill.decode(stream[:4], SIZE)
    assert (nothing.reply_status, codes(nothing, None)) == ("empty", {"api_error"})


def test_an_error_among_the_events_is_given() -> None:
    stream = [*events()[:-1], {"event_type": "error", "error": {"code": "x", "message": "the server went away"}}]
    masks = maskmill.decode(json.dumps(stream), SIZE)
    assert masks.reply_status == "empty"
    assert "the server went away" in masks.problems[0].message


def test_several_interactions_are_several_replies() -> None:
    second = {**ITEM, "label": "dog"}
    values = [interaction(output(json.dumps([ITEM]))), interaction(output(json.dumps([second])))]
    for reply in (values, json.dumps(values), "\n".join(map(json.dumps, values))):
        assert maskmill.decode(reply, SIZE).labels.tolist() == [ITEM["label"], "dog"]


def test_arguments_beside_the_same_text_count_once() -> None:
    masks = maskmill.decode(interaction(output(TEXT), call(ARGUMENTS), status="requires_action"), SIZE)
    assert rows(masks) == expected_rows()


@pytest.mark.parametrize("index", [[0], {}, None, "1", 1.5, -1, 10**30])
def test_places_of_another_shape_are_no_exception(index: Any) -> None:
    deltas = [{"event_type": "step.delta", "index": index, "delta": {"type": "text", "text": p}} for p in pieces(TEXT)]
    assert_sound(maskmill.decode(json.dumps(deltas), SIZE))
    calls = [{"index": index, "function": {"arguments": "[]"}}]
    assert_sound(maskmill.decode(json.dumps([{"choices": [{"delta": {"tool_calls": calls}}]}] * 2), SIZE))
