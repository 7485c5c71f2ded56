"""An answer that says "nothing was found", and words with brackets that say nothing of the kind."""

from __future__ import annotations

import json
from typing import Any

import pytest

import maskmill
from support.answers import chat, gemini, interaction, output
from support.replies import SIZE, assert_sound, codes

EMPTY = ["[]", "{}", "[ ]", "[\n]", '{"masks": []}', '{"boxes": [], "count": 0}', '[{"masks": []}]', "[[]]"]
EMPTY += ['{"result": {"masks": []}}', '{"dogs": [], "cats": []}', '{"image_size": [640, 480], "objects": []}']
EMPTY += ['{"status": "success", "masks": []}', '{"image": "a.jpg", "masks": []}']

REFUSALS = [
    "Sorry, I can't produce segmentation masks for this image. The list would be: []",
    "I cannot do this {} for you.",
    "I'm sorry [I am not able to] {help} with that.",
    "[] is what I would return, but I see no image.",
    "No objects were found: []",
    "[]\n\nThere are no dogs in the picture.",
    'As a language model, I cannot segment. {"boxes": []}',
    "Use `[]` for an empty answer. I can't help.",
    "The answer is [] (empty).",
    "Sorry [",
    "I can't: {",
    "I can't produce [masks](https://example.org).",
    "I can't do that [1].",
    "I can't.\n\n{'masks': []}\n\nPlease send another image.",
    "Désolé, je ne peux pas: []",
]


@pytest.mark.parametrize("text", EMPTY)
@pytest.mark.parametrize(
    "write",
    [
        lambda text: text,
        lambda text: f"\ufeff \n{text}\n",
        lambda text: f"```json\n{text}\n```",
        lambda text: f"```\n{text}",
        lambda text: f"````JSON\n{text}\n````",
        lambda text: f"I looked closely [twice].\n```json\n{text}\n```\nNo dogs, sorry.",
        json.loads,
        json.dumps,
        lambda text: json.dumps(gemini({"text": text})),
        lambda text: json.dumps(chat(f"None.\n```json\n{text}\n```")),
        lambda text: interaction(output(text)),
        lambda text: f"content={text!r} additional_kwargs={{}}",
    ],
    ids=range(12),
)
def test_an_empty_answer_alone_or_in_its_fence(text: str, write: Any) -> None:
    masks = maskmill.decode(write(text), SIZE)
    assert (masks.reply_status, len(masks), masks.problems) == ("ok", 0, ())
    assert_sound(masks)


@pytest.mark.parametrize("text", REFUSALS)
@pytest.mark.parametrize(
    "write",
    [
        lambda text: text,
        str.encode,
        lambda text: json.dumps({"text": text}),
        lambda text: json.dumps(gemini({"text": text})),
        lambda text: json.dumps(chat(text)),
        lambda text: interaction(output(text)),
        lambda text: f"content={text!r} additional_kwargs={{}}",
        lambda text: [{"generated_text": text}],
    ],
    ids=range(8),
)
def test_brackets_in_prose_are_no_answer(text: str, write: Any) -> None:
    masks = maskmill.decode(write(text), SIZE)
    assert (masks.reply_status, len(masks)) == ("no_json", 0)
    assert text.split("\n")[0][:30] in masks.problems[0].excerpt.replace("\\'", "'")
    assert_sound(masks)


@pytest.mark.parametrize("text", ["[],", "{'boxes': []}", '{"boxes": [],}', "[]."])
def test_an_empty_list_in_broken_json_is_said(text: str) -> None:
    masks = maskmill.decode(text, SIZE)
    assert (masks.reply_status, len(masks), codes(masks, None)) == ("salvaged", 0, {"none_found"})


@pytest.mark.parametrize("key", ["error", "refusal", "reason", "errorMessage"])
def test_a_reason_in_place_of_items_is_quoted(key: str) -> None:
    for reply in ({"masks": [], key: "I cannot segment people."}, {"masks": [], "image": "a", key: "I cannot do it."}):
        masks = maskmill.decode(json.dumps(reply), SIZE)
        assert (masks.reply_status, len(masks)) == ("no_json", 0)
        assert "I cannot" in masks.problems[0].excerpt


def test_another_sentence_beside_an_empty_list_is_quoted() -> None:
    masks = maskmill.decode('{"masks": [], "note": "There is no dog in the picture."}', SIZE)
    assert (masks.reply_status, codes(masks, None)) == ("ok", {"remark"})
    assert "no dog" in masks.problems[0].excerpt


@pytest.mark.parametrize(
    "reply", ['{"status": "failed", "masks": []}', '{"id": "x", "usage": {}, "choices": []}', '{"steps": []}', "[{}]"]
)
def test_an_empty_list_of_a_service_is_no_answer(reply: str) -> None:
    assert maskmill.decode(reply, SIZE).reply_status != "ok"
