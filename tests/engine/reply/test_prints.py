"""Responses and items as programs print them: `repr`, `str`, `pprint`, Node, Rust, Protocol Buffers; in logs, cut."""

from __future__ import annotations

import json
import pprint
from typing import Any

import pytest

import maskmill
from maskmill._reply.prints import Gap, read_prints
from support.answers import ARGUMENTS, ITEM, JSON_ARGUMENTS, TEXT, UNSPOKEN, gemini, pieces, user
from support.replies import RING, SIZE, assert_sound, codes, rows

QUOTED = repr(TEXT)
JSON_TEXT = json.dumps(TEXT)
BLOCK = TEXT.replace('"""', '\\"\\"\\"')
PRINTS = {
    "message, str": f"content={QUOTED} additional_kwargs={{}} response_metadata={{'finish_reason': 'STOP'}} id='run-1'",
    "message, repr": f"AIMessage(content={QUOTED}, additional_kwargs={{}}, id='run-1', tool_calls=[])",
    "message, blocks": f"content=[{{'type': 'thinking', 'thinking': {UNSPOKEN!r}}}, "
    f"{{'type': 'text', 'text': {QUOTED}}}] additional_kwargs={{}} response_metadata={{}}",
    "message, calls": f"AIMessage(content='', tool_calls=[{{'name': 'r', 'args': {ARGUMENTS!r}, 'id': 'c'}}])",
    "dialogue": f"[HumanMessage(content={UNSPOKEN!r}), AIMessage(content={QUOTED}, id='a')]",
    "state": f"{{'messages': [HumanMessage(content={UNSPOKEN!r}), AIMessage(content={QUOTED})], 'step': 3}}",
    "generation": f"generations=[[ChatGeneration(text={QUOTED}, message=AIMessage(content={QUOTED}))]] llm_output=None",
    "chat": f"ChatCompletion(id='c', choices=[Choice(finish_reason='stop', index=0, logprobs=None, message="
    f"ChatCompletionMessage(content={QUOTED}, refusal=None, role='assistant', tool_calls=None))], created=1)",
    "chat, a call": "ChatCompletion(id='c', choices=[Choice(finish_reason='tool_calls', index=0, message="
    f"ChatCompletionMessage(content=None, role='assistant', tool_calls=[ToolCall(id='t', function=Function(arguments="
    f"{JSON_ARGUMENTS!r}, name='r'), type='function')]))])",
    "parsed chat": f"ParsedChatCompletion[NoneType](choices=[ParsedChoice[NoneType](index=0, message="
    f"ParsedChatCompletionMessage[NoneType](content={QUOTED}, role='assistant', parsed=None))])",
    "responses": f"Response(id='r', instructions={UNSPOKEN!r}, object='response', output=[ResponseReasoningItem("
    f"summary=[Summary(text={UNSPOKEN!r}, type='summary_text')], type='reasoning'), ResponseOutputMessage(content="
    f"[ResponseOutputText(annotations=[], text={QUOTED}, type='output_text')], role='assistant', type='message')])",
    "anthropic": f"Message(id='m', content=[ThinkingBlock(thinking={UNSPOKEN!r}, type='thinking'), TextBlock(citations="
    f"None, text={QUOTED}, type='text')], model='c', role='assistant', stop_reason='end_turn')",
    "anthropic, a call": "Message(content=[TextBlock(text='I report [them].', type='text'), ToolUseBlock(id='t', input="
    f"{ARGUMENTS!r}, name='r', type='tool_use')], role='assistant', stop_reason='tool_use')",
    "vllm": f"RequestOutput(request_id=0, prompt={UNSPOKEN!r}, outputs=[CompletionOutput(index=0, text={QUOTED}, "
    "token_ids=(1, 2), finish_reason=stop)], finished=True)",
    "generate content": f"candidates=[Candidate(content=Content(parts=[Part(text={UNSPOKEN!r}, thought=True), "
    f"Part(text={QUOTED})], role='model'), finish_reason=<FinishReason.STOP: 'STOP'>, index=0)] parsed=None",
    "generate content, blocks": f"GenerateContentResponse(\n  candidates=[\n    Candidate(\n      content=Content(\n"
    f'        parts=[\n          Part(\n            text="""{BLOCK}"""\n          ),\n        ],\n'
    "        role='model'\n"
    "      ),\n      finish_reason=<FinishReason.STOP: 'STOP'>\n    ),\n  ]\n)",
    "history": f"candidates=[Candidate(content=Content(parts=[Part(text={QUOTED})]))] "
    f"automatic_function_calling_history=[UserContent(parts=[Part(text={UNSPOKEN!r})], role='user')] parsed=None",
    "parts": f"[Part(text={UNSPOKEN!r}, thought=True), Part(text={QUOTED})]",
    "content": f"parts=[Part(text={QUOTED})] role='model'",
    "older sdk": "response:\nGenerateContentResponse(\n    done=True,\n    iterator=None,\n    result=protos."
    f'GenerateContentResponse({{\n      "candidates": [{{"content": {{"parts": [{{"text": {JSON_TEXT}}}]}}}}]\n'
    "    }),\n)",
    "protocol buffers": f'candidates {{\n  content {{\n    role: "model"\n    parts {{\n      text: {JSON_TEXT}\n'
    "    }\n"
    "  }\n  finish_reason: STOP\n  safety_ratings {\n    category: HARM_CATEGORY_A\n  }\n  safety_ratings {\n"
    '    category: HARM_CATEGORY_B\n  }\n}\nusage_metadata {\n  total_token_count: 5\n}\nmodel_version: "g"\n',
    "node": "{\n  candidates: [\n    { content: { parts: [ { text: "
    + " +\n            ".join(map(repr, pieces(TEXT, 40)))
    + " } ], role: 'model' }, finishReason: 'STOP', index: 0 }\n  ],\n  usageMetadata: [Object]\n}",
    "rust": f"Response {{ candidates: [Candidate {{ content: Some(Content {{ parts: [Text {{ text: {JSON_TEXT} }}], "
    'role: Some("model") }), finish_reason: Some(Stop) }], usage: None }',
    "pprint": pprint.pformat(gemini({"text": TEXT}), width=60),
    "pprint, dialogue": pprint.pformat([user(), {"role": "assistant", "content": TEXT}], width=50),
    "items": f"[Item(box_2d={ITEM['box_2d']!r}, mask={RING!r}, label={ITEM['label']!r})]",
    "items in an object": f"masks=[Item(box_2d={tuple(ITEM['box_2d'])!r}, mask=["
    + ", ".join(f"Point(x={x}, y={y})" for x, y in RING)
    + f"], label={ITEM['label']!r})] count=1",
}
PRINTS["chunks"] = "[" + ", ".join(f"AIMessageChunk(content={piece!r}, id='x')" for piece in pieces(TEXT)) + "]"


def expected_rows() -> list[Any]:
    return rows(maskmill.decode([ITEM], SIZE))


@pytest.mark.parametrize("name", PRINTS)
@pytest.mark.parametrize(
    "write",
    [
        lambda text: text,
        str.encode,
        lambda text: f"```\n{text}\n```",
        lambda text: f"```python\n{text}\n```\nThat was the answer.",
        lambda text: f"2026-11-30 12:00:01,123 INFO reply: {text}\n2026-11-30 12:00:02 INFO done",
        lambda text: f"[2026-11-30 12:00:01] [INFO] reply: {text}\n",
        repr,
        json.dumps,
        lambda text: json.dumps({"key": "k", "response": text}),
        lambda text: json.dumps({"time": "x", "message": f"reply: {text}"}),
    ],
    ids=range(10),
)
def test_printed_responses_are_read_once(name: str, write: Any) -> None:
    masks = maskmill.decode(write(PRINTS[name]), SIZE)
    assert rows(masks) == expected_rows()
    assert codes(masks, None) == set()
    assert_sound(masks)


def test_prints_of_several_responses_are_refused_and_never_merged() -> None:
    texts = [json.dumps([{**ITEM, "label": label}]) for label in ("cat", "dog", "cow")]
    for line in ("INFO reply: content={!r} additional_kwargs={{}} id='1'", "AIMessage(content={!r}, id='1')"):
        masks = maskmill.decode("\n".join(line.format(text) for text in texts), SIZE)
        assert (len(masks), masks.reply_status) == (0, "no_json")
        assert masks.problems[0].message.startswith("expected one reply, got 3 answers")


def test_prints_of_several_parts_keep_all_rows() -> None:
    texts = [json.dumps([{**ITEM, "label": label}]) for label in ("cat", "dog", "cow")]
    masks = maskmill.decode("\n".join(f"Part(text={text!r})" for text in texts), SIZE)
    assert masks.labels.tolist() == ["cat", "dog", "cow"]


@pytest.mark.parametrize(
    "gap", ["<... Max depth ...>", "[<... 2 items at Max depth ...>]", "[Object]", "... 3 more items", "<list len=9>"]
)
def test_what_a_print_leaves_out_is_never_a_mask(gap: str) -> None:
    ring = f"[[100, 200], [900, 250], [700, 900], {gap}]"
    for reply in (
        f"[Part(function_call=FunctionCall(args={{'masks': [{{'box_2d': [2, 1, 9, 9], 'mask': {ring}}}]}}, name='f'))]",
        f"[Item(box_2d=[200, 100, 900, 900], mask={ring}, label='cat')]",
        f"[Item(box_2d=[200, 100, 900, 900], mask={gap}, label='cat')]",
    ):
        masks = maskmill.decode(reply, SIZE)
        assert "ok" not in masks.status.tolist()
        assert masks.problems


@pytest.mark.parametrize("gap", ["<... Max depth ...>", "[Object]", "[Array]"])
def test_a_print_without_the_answer_says_what_to_log(gap: str) -> None:
    for reply in (
        f"GenerateContentResponse(candidates=[Candidate(content={gap}, index=0)])",
        "{ candidates: [ { content: [Object], finishReason: 'STOP', index: 0 } ] }",
        f"candidates=[Candidate(content=Content(parts=[Part(function_call=FunctionCall(args={gap}, name={gap}))]))]",
    ):
        masks = maskmill.decode(reply, SIZE)
        assert (masks.reply_status, len(masks)) == ("no_json", 0)
        assert "log response.text or response.model_dump_json()" in masks.problems[0].message


def test_prints_of_the_sdk_that_are_shortened() -> None:
    types = pytest.importorskip("google.genai.types")
    many = types.GenerateContentResponse.model_validate(gemini(*({"text": piece} for piece in pieces(TEXT, 20))))
    called = types.GenerateContentResponse.model_validate(gemini({"functionCall": {"name": "r", "args": ARGUMENTS}}))
    for reply in (repr(many), str(many), repr(called), str(called)):
        masks = maskmill.decode(reply, SIZE)
        assert "ok" not in masks.status.tolist()
        assert any("leaves out a part of the answer" in problem.message for problem in masks.problems)
    for reply in (many, many.model_dump_json(), called, called.model_dump_json(), repr(called.model_dump())):
        assert rows(maskmill.decode(reply, SIZE)) == expected_rows()


@pytest.mark.parametrize("cut", range(20, len(PRINTS["message, repr"]), 23))
def test_a_print_that_breaks_off_is_no_exception(cut: int) -> None:
    masks = maskmill.decode(PRINTS["message, repr"][:cut], SIZE)
    assert_sound(masks)
    assert masks.reply_status != "ok" or masks.problems


@pytest.mark.parametrize(
    "text",
    [
        "Use client.models.generate_content(model='x', contents=['[]'])",
        "I'd call segment(image=None, prompt='[]'), but I see no image.",
        "x=[1, 2] and y={}",
        "def f(a=[]): pass",
        "Point(x=1, y=2)",
        "AIMessage(content='I cannot do that: []')",
        "content='' additional_kwargs={}",
    ],
)
def test_prints_without_items_are_no_empty_answers(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert len(masks) == 0
    assert masks.reply_status in ("no_json", "empty")
    assert masks.problems


def test_a_print_inside_a_label_is_a_label() -> None:
    for label in ("AIMessage(content='[]')", "content='x' id='1'", "f(a=[1])"):
        text = json.dumps([{**ITEM, "label": label}])
        for reply in (text, text[:-1] + ",]", repr([{**ITEM, "label": label}])):
            assert maskmill.decode(reply, SIZE).labels.tolist() == [label]


def test_values_of_prints() -> None:
    prints = read_prints("Foo(a=1, b=-2.5, c=None, d=True, e=<E.X: 'x'>, f=(1, 2), g={'k': 'v'}, h=UUID('u'), i=...)")
    assert prints is not None
    (value,) = prints.values
    assert value == {
        "a": 1,
        "b": -2.5,
        "c": None,
        "d": True,
        "e": "x",
        "f": [1, 2],
        "g": {"k": "v"},
        "h": "u",
        "i": "...",
    }
    assert (value.class_name, type(value["i"]), prints.has_gap, prints.is_cut) == ("Foo", Gap, True, False)
    assert read_prints("[1, 2]") is None


# Quoting of other media.


@pytest.mark.parametrize("label", ["größe", "猫", "it's", 'a "b"'])
def test_csv_and_bytes(label: str) -> None:
    item = {**ITEM, "label": label}
    text = json.dumps([item], ensure_ascii=False)
    doubled = json.dumps([item]).replace('"', '""')
    for reply in (
        repr(text.encode()),
        f'a.jpg,"{doubled}",ok\n',
        f'"{doubled}"',
        json.dumps([item], indent=1).replace('"', '""').join('""'),
    ):
        masks = maskmill.decode(reply, SIZE)
        assert masks.status.tolist() == ["ok"]
        if '"' not in label:
            assert masks.labels.tolist() == [label]
