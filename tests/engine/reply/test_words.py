"""What stands around the items of a text: refusals, thoughts, a repeated prompt, and marks before every line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import maskmill
from maskmill._reply.words import spoken_in, without_prefixes
from maskmill._reply.words.refusals import doubt_in, refusal_in
from support.answers import ITEM, chat, gemini
from support.replies import SIZE, assert_sound, codes

ANSWER = json.dumps([{**ITEM, "label": "cat"}, {**ITEM, "label": "dog"}])
DRAFT = json.dumps([{**ITEM, "label": "draft"}])
LINES = json.dumps(json.loads(ANSWER), indent=1).split("\n")

REFUSALS = [
    "I am unable to segment images.",
    "I'm sorry, but I can't create segmentation masks.",
    "I’m not able to help with that request.",
    "Unfortunately, I cannot generate any masks for this picture.",
    "As a text model, I don't have the ability to draw.",
    "That is against our usage policy.",
    "I can't identify people in photos.",
    "I can't see the image.",
    "No image was provided.",
    "Unable to process this picture.",
    "Ich kann leider keine Masken erzeugen.",
    "Leider kann ich dieses Bild nicht verarbeiten.",
    "Je ne peux pas créer de masques.",
    "Je suis incapable de segmenter.",
    "Lo siento, no puedo generar máscaras.",
    "Mi dispiace, non posso segmentare l'immagine.",
    "Não posso gerar máscaras.",
    "Я не могу создать маски.",
    "マスクを生成できません。",
    "抱歉，我无法生成分割掩码。",
    "마스크를 만들 수 없습니다 할 수 없어요.",
]
NOTHING_THERE = [
    "There are no cups.",
    "I cannot find any cups in the picture.",
    "I'm sorry, I couldn't detect a dog.",
    "No dogs, sorry.",
    "I was not able to identify any cups.",
    "None of the objects is visible.",
    "I don't see any dogs here.",
    "I cannot provide masks because there are no cups.",
    "Ich kann keine Tassen erkennen.",
    "Je ne peux pas voir de tasses.",
    "No puedo encontrar tazas.",
    "カップは検出できませんでした。",
    "抱歉，无法找到杯子。",
]
EMPTY = ["[]", "{}", '{"masks": []}', '{"objects": [], "count": 0}']


@pytest.mark.parametrize("sentence", REFUSALS)
@pytest.mark.parametrize("empty", EMPTY)
def test_a_refusal_beside_an_empty_list_is_quoted(sentence: str, empty: str) -> None:
    for text in (f"{sentence} \n```json\n{empty}\n```", f"```\n{empty}\n```\n{sentence}"):
        for reply in (text, gemini({"text": text}), chat(text), json.dumps(chat(text))):
            masks = maskmill.decode(reply, SIZE)
            assert (masks.reply_status, len(masks)) == ("no_json", 0)
            assert masks.problems[0].message.startswith("the model refused: ")
            assert sentence.replace("’", "'")[:20] in masks.problems[0].message
            assert_sound(masks)


@pytest.mark.parametrize("sentence", NOTHING_THERE)
@pytest.mark.parametrize("empty", EMPTY)
def test_words_on_what_is_not_there_are_no_refusal(sentence: str, empty: str) -> None:
    masks = maskmill.decode(f"{sentence}\n```json\n{empty}\n```", SIZE)
    assert (masks.reply_status, len(masks)) == ("ok", 0)
    assert refusal_in(sentence) == ""


def test_a_doubtful_sentence_is_a_remark() -> None:
    masks = maskmill.decode("The cups cannot be segmented.\n```json\n[]\n```", SIZE)
    assert (masks.reply_status, codes(masks, None)) == ("ok", {"remark"})
    assert masks.problems[0].excerpt == "'The cups cannot be segmented.'"
    assert doubt_in("I cannot find it.") == ""


@pytest.mark.parametrize("key", ["message", "note", "text", "explanation", "error", "comment"])
def test_a_refusal_in_the_object_of_the_list(key: str) -> None:
    value = {key: "I'm sorry, but I can't create masks.", "masks": []}
    for reply in (value, json.dumps(value), f"```json\n{json.dumps(value)}\n```"):
        masks = maskmill.decode(reply, SIZE)
        assert masks.reply_status == "no_json"
        assert "can't create masks" in masks.problems[0].message


@pytest.mark.parametrize(
    "fields", [{"success": False}, {"ok": False}, {"status": "error"}, {"status": "failed"}, {"error": True}]
)
def test_an_object_that_says_that_it_failed(fields: dict[str, Any]) -> None:
    for value in ({**fields, "masks": []}, {"result": {**fields, "objects": []}}):
        for reply in (value, json.dumps(value)):
            masks = maskmill.decode(reply, SIZE)
            assert (masks.reply_status, len(masks)) == ("no_json", 0)
            assert next(iter(fields)) in masks.problems[0].message


@pytest.mark.parametrize("fields", [{"success": True}, {"ok": True}, {"status": "success"}, {"error": False}])
def test_an_object_that_says_that_all_is_well(fields: dict[str, Any]) -> None:
    assert maskmill.decode({**fields, "masks": []}, SIZE).reply_status == "ok"


THOUGHTS: dict[str, str] = {
    "think": f"<think>maybe {DRAFT}</think>{ANSWER}",
    "thinking, fenced": f"<thinking>\n```json\n{DRAFT}\n```\n</thinking>\n\n```json\n{ANSWER}\n```",
    "not opened": f"maybe {DRAFT}\n</think>\n{ANSWER}",
    "not opened, one line": f"maybe {DRAFT}</think>{ANSWER}",
    "two": f"<think>{DRAFT}</think>\nSo:\n<think>{DRAFT}</think>\n{ANSWER}",
    "triangles": f"◁think▷{DRAFT}◁/think▷{ANSWER}",
    "brackets": f"[THINK]{DRAFT}[/THINK]{ANSWER}",
    "tags": f"<analysis>{DRAFT}</analysis><answer>{ANSWER}</answer>",
    "channels": f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>{ANSWER}",
    "channel of Gemma": f"<|channel>thought\n{DRAFT}<channel|>{ANSWER}<turn|>",
    "turns of Gemma": f"<bos><start_of_turn>user\nlike {DRAFT}<end_of_turn>\n<start_of_turn>model\n{ANSWER}",
    "turns of Gemma 4": f"<|turn>user\nlike {DRAFT}<turn|>\n<|turn>model\n{ANSWER}<turn|>",
    "chat": f"<|im_start|>user\n{DRAFT}<|im_end|>\n<|im_start|>assistant\n{ANSWER}<|im_end|>",
    "chat and thoughts": f"<|im_start|>user\n{DRAFT}<|im_end|>\n<|im_start|>assistant\n<think>{DRAFT}</think>{ANSWER}",
    "headers": f"<|start_header_id|>user<|end_header_id|>\n{DRAFT}<|eot_id|><|start_header_id|>assistant"
    f"<|end_header_id|>\n\n{ANSWER}<|eot_id|>",
    "plain marks": f"<|user|>\n{DRAFT}<|end|>\n<|assistant|>\n{ANSWER}<|end|>",
    "wide marks": f"<｜User｜>{DRAFT}<｜Assistant｜>{ANSWER}<｜end▁of▁sentence｜>",
    "instructions": f"<s>[INST] like {DRAFT} [/INST] {ANSWER}</s>",
    "capitals": f"USER: <image>\nlike {DRAFT} ASSISTANT: {ANSWER}</s>",
    "names": f"Human: like {DRAFT}\n\nAssistant: {ANSWER}",
    "bold names": f"**User:** like {DRAFT}\n\n**Gemini:** {ANSWER}",
    "headings": f"### Instruction:\nlike {DRAFT}\n\n### Response:\n{ANSWER}",
    "bare names": f"system\nYou see.\nuser\nlike {DRAFT}\nassistant\n{ANSWER}",
    "two turns": f"USER: like {DRAFT} ASSISTANT: {DRAFT} USER: better ASSISTANT: {ANSWER}",
    "a further name": f"User: like {DRAFT}\nAssistant: {ANSWER}\nModel: gemini",
}
WRITINGS: list[Callable[[str], Any]] = [
    lambda text: text,
    lambda text: chat(text),
    lambda text: json.dumps(gemini({"text": text})),
    lambda text: [{"generated_text": text}],
    lambda text: f"data: {json.dumps(chat(text))}\n\ndata: [DONE]\n",
    lambda text: f"AIMessage(content={text!r}, additional_kwargs={{}})",
]


@pytest.mark.parametrize("name", THOUGHTS)
@pytest.mark.parametrize("write", WRITINGS, ids=range(len(WRITINGS)))
def test_thoughts_and_prompts_are_not_read(name: str, write: Callable[[str], Any]) -> None:
    masks = maskmill.decode(write(THOUGHTS[name]), SIZE)
    assert masks.labels.tolist() == ["cat", "dog"]
    assert (masks.status == "ok").all()
    assert "words_skipped" in codes(masks, None)
    assert_sound(masks)


@pytest.mark.parametrize(
    "text",
    [
        f"<think>{DRAFT}</think>",
        f"<think>{DRAFT}",
        f"{DRAFT}</think>\n",
        f"<start_of_turn>user\n{DRAFT}<end_of_turn>\n<start_of_turn>model\n",
        f"<|channel|>analysis<|message|>{DRAFT}<|end|>",
        f"[INST] {DRAFT} [/INST]",
    ],
)
@pytest.mark.parametrize("write", WRITINGS, ids=range(len(WRITINGS)))
def test_thoughts_without_an_answer(text: str, write: Callable[[str], Any]) -> None:
    masks = maskmill.decode(write(text), SIZE)
    assert (masks.reply_status, len(masks)) == ("empty", 0)
    assert "nothing behind them" in masks.problems[0].message


def test_thoughts_without_brackets_need_no_remark() -> None:
    masks = maskmill.decode(f"<think>\n\n</think>\n{ANSWER}", SIZE)
    assert (masks.labels.tolist(), codes(masks, None)) == (["cat", "dog"], set())


@pytest.mark.parametrize("text", [ANSWER, "[1, 2]", f"Here: {ANSWER}\nUser: thanks", '{"label": "</think>", "mask": '])
def test_other_texts_are_left_alone(text: str) -> None:
    assert spoken_in(text) is None


PREFIXES: dict[str, Callable[[int, str], str]] = {
    "log": lambda i, line: f"2026-05-01 12:00:{i % 60:02},123 INFO gemini: {line}",
    "containers": lambda i, line: f"2026-05-01T12:00:{i % 60:02}.1234Z stdout F {line}",
    "clock": lambda i, line: f"[12:00:{i % 60:02}] {line}",
    "syslog": lambda i, line: f"May  1 12:00:{i % 60:02} host app[1]: {line}",
    "level": lambda i, line: f"INFO:root:{line}",
    "compose": lambda i, line: f"app-1  | {line}",
    "comment": lambda i, line: f"# {line}",
    "quotation": lambda i, line: f"> {line}",
    "quotation of a quotation": lambda i, line: f">> {line}",
    "tab": lambda i, line: f"{i + 1}\t{line}",
    "numbers": lambda i, line: f"{i + 1:4}: {line}",
    "bare numbers": lambda i, line: f"{i + 1:4} {line}",
}


@pytest.mark.parametrize("name", PREFIXES)
@pytest.mark.parametrize("lines", [LINES, ["```json", *LINES, "```"], ["Here it is:", *LINES]], ids=range(3))
def test_what_stands_before_every_line_is_cut_off(name: str, lines: list[str]) -> None:
    if name == "bare numbers" and lines is not LINES:
        return
    masks = maskmill.decode("\n".join(PREFIXES[name](i, line) for i, line in enumerate(lines)), SIZE)
    assert masks.labels.tolist() == ["cat", "dog"]
    assert (masks.status == "ok").all()
    assert "prefix_cut" in codes(masks, None)
    assert_sound(masks)


def test_a_quotation_inside_a_mail() -> None:
    text = "On Monday you wrote:\n" + "\n".join(f"> {line}" for line in LINES) + "\n\nThanks!"
    assert maskmill.decode(text, SIZE).labels.tolist() == ["cat", "dog"]


@pytest.mark.parametrize(
    "text", ["[\n1,\n2,\n3]", "1\n2\n3", "cup: [1]\ncup: [2]\ncup: [3]", "data: 1\ndata: 2\ndata: 3"]
)
def test_lines_that_begin_alike_for_another_reason(text: str) -> None:
    assert without_prefixes(text) is text


@pytest.mark.parametrize(
    "fields",
    [
        "'box_2d': obj.box, 'mask': obj.mask, 'label': obj.name",
        "'box_2d': box.tolist(), 'mask': encode(mask), 'label': names[i]",
        "'box_2d': [y0, x0, y1, x1], 'mask': mask, 'label': label",
        '"bbox": det.bbox, "polygon": det.polygon',
    ],
)
def test_code_makes_no_rows(fields: str) -> None:
    text = f"Use this:\n```python\nresult = []\nfor obj in found:\n    result.append({{{fields}}})\nprint(result)\n```"
    masks = maskmill.decode(text, SIZE)
    assert (masks.reply_status, len(masks)) == ("no_json", 0)


def test_items_in_code_are_rows() -> None:
    masks = maskmill.decode(
        f"```python\nresult = {json.loads(ANSWER)!r}\nfor obj in result:\n    print(obj)\n```", SIZE
    )
    assert masks.labels.tolist() == ["cat", "dog"]
