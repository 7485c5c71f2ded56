"""Tables in JSON: pairs, lists of cells, and what pandas writes; and texts with several values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maskmill.errors import ArgumentError

MASK = [[200, 100], [600, 100], [600, 500], [200, 500]]


def items(label: str) -> list[dict[str, Any]]:
    return [{"box_2d": [100, 200, 500, 600], "mask": MASK, "label": label}]


def response(label: str) -> dict[str, Any]:
    part = {"content": {"parts": [{"text": json.dumps(items(label))}], "role": "model"}, "finishReason": "STOP"}
    return {"candidates": [part], "modelVersion": "gemini-x"}


A, B = json.dumps(items("a")), json.dumps(items("b"))
RESPONSES = response("a"), response("b")
NAMED = ["x.jpg", "y.jpg"]
NUMBERED = ["file:1", "file:2"]
SPLIT = {"columns": ["image", "response"], "index": [0, 1], "data": [["x.jpg", A], ["y.jpg", B]]}

TABLES = {
    "pairs": ([["x.jpg", A], ["y.jpg", B]], NAMED),
    "pairs of responses": ([["x.jpg", RESPONSES[0]], ["y.jpg", RESPONSES[1]]], NAMED),
    "pairs of items": ([["x.jpg", items("a")], ["y.jpg", items("b")]], NAMED),
    "pairs the other way": ([[A, "x.jpg"], [B, "y.jpg"]], NAMED),
    "pairs by key": ([["k1", A], ["k2", B]], ["k1", "k2"]),
    "pairs by number": ([[7, A], [8, B]], ["7", "8"]),
    "pairs in a field": ({"answers": [["x.jpg", A], ["y.jpg", B]]}, NAMED),
    "pairs in a field of replies": ({"result": [["x.jpg", A], ["y.jpg", B]]}, NAMED),
    "one refused": ([["x.jpg", A], ["y.jpg", "I cannot."]], NAMED),
    "three cells": ([["x.jpg", 640, A], ["y.jpg", 640, B]], NAMED),
    "a header": ([["image", "response"], ["x.jpg", A], ["y.jpg", B]], NAMED),
    "split": (SPLIT, NAMED),
    "split without an index": ({name: SPLIT[name] for name in ("columns", "data")}, NAMED),
    "split of responses": ({**SPLIT, "data": [["x.jpg", RESPONSES[0]], ["y.jpg", RESPONSES[1]]]}, NAMED),
    "split in a field": ({"frame": SPLIT}, NAMED),
    "split with another name": ({**SPLIT, "columns": ["image", "raw_response"]}, NAMED),
    "columns by number": ({"image": {"0": "x.jpg", "1": "y.jpg"}, "response": {"0": A, "1": B}}, NAMED),
    "columns by name": ({"model": {"x.jpg": "m", "y.jpg": "m"}, "response": {"x.jpg": A, "y.jpg": B}}, NAMED),
    "columns without names": ({"model": {"0": "m", "1": "m"}, "response": {"0": A, "1": B}}, NUMBERED),
    "rows by number": ({"0": {"image": "x.jpg", "response": A}, "1": {"image": "y.jpg", "response": B}}, NAMED),
    "columns as lists": ({"image": NAMED, "response": [A, B]}, NAMED),
    "columns of responses": ({"file": NAMED, "response": [*RESPONSES]}, NAMED),
    "columns with other names": ({"file": NAMED, "model_output": [A, B]}, NAMED),
    "texts in a field": ({"responses": [A, B]}, NUMBERED),
    "texts and a refusal": ({"responses": [A, B, "I cannot."]}, [*NUMBERED, "file:3"]),
    "outputs": ({"outputs": [{"text": A}, {"text": B}]}, NUMBERED),
    "responses in a field": ({"responses": [*RESPONSES]}, NUMBERED),
    "an error between": ([RESPONSES[0], {"error": {"code": 429, "message": "gone"}}, RESPONSES[1]],
                         [*NUMBERED, "file:3"]),
    "an error at the end": ([RESPONSES[0], {"error": {"code": 429, "message": "gone"}}], NUMBERED),
    "a blocked prompt": ([RESPONSES[0], {"promptFeedback": {"blockReason": "SAFETY"}}], NUMBERED),
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", TABLES)
def test_each_row_is_an_answer(read: Any, name: str, indent: int | None) -> None:
    value, keys = TABLES[name]
    entries = read(json.dumps(value, indent=indent).encode(), "file.json")
    assert [entry.key for entry in entries] == keys
    assert [entry.image for entry in entries] == (keys if keys == NAMED else [""] * len(keys))
    assert '"a' in json.dumps(entries[0].reply).replace("\\", "")


def test_an_error_keeps_its_message_and_place(read: Any) -> None:
    entries = read(json.dumps(TABLES["an error between"][0]).encode(), "file.json")
    assert [bool(entry.failure) for entry in entries] == [False, True, False]
    assert "429" in entries[1].failure
    assert "'gone'" in entries[1].failure


PIECE = [{"candidates": [{"content": {"parts": [{"text": text}]}}]} for text in (A[:20], A[20:])]
ONE = {
    "labels and boxes": [["cup", [1, 2, 3, 4]], ["fork", [1, 2, 3, 4]]],
    "parallel lists": {"labels": ["cup", "fork"], "boxes": [[1, 2, 3, 4], [5, 6, 7, 8]], "masks": [MASK, MASK]},
    "items as texts": {"masks": [json.dumps(items("a")[0]), json.dumps(items("b")[0])]},
    "parallel objects": {"box_2d": {"0": [1, 2, 3, 4]}, "mask": {"0": MASK}},
    "columns of numbers": {"columns": ["x", "y"], "data": [[1, 2], [3, 4]]},
    "alternatives": {"outputs": [{"index": 0, "text": A}, {"index": 1, "text": B}]},
    "a stream that fails": [*PIECE, {"error": {"code": 503, "message": "overloaded"}}],
    "objects with names": [{"name": "cup", "shape": {"mask": MASK}}, {"name": "fork", "shape": {"mask": MASK}}],
    "an empty table": {"columns": [], "data": []},
}


@pytest.mark.parametrize("name", ONE)
def test_parts_of_one_answer_stay_together(read: Any, name: str) -> None:
    assert [entry.key for entry in read(json.dumps(ONE[name]).encode(), "file.json")] == ["file"]


@pytest.mark.parametrize(
    ("value", "advice"),
    [
        ([["cup", items("a")], ["fork", items("b")]], "lists of items in a list"),
        ([["img1", items("a")], ["img2", items("b")]], "lists beside img1, img2"),
        ({"columns": ["a", "b"], "data": [["x", A], ["y", B]]}, "without a known column of replies among 'a', 'b'"),
    ],
)
def test_uncertain_tables_are_refused(read: Any, value: Any, advice: str) -> None:
    with pytest.raises(ArgumentError, match=advice):
        read(json.dumps(value).encode(), "file.json")


ROWS = [{"key": "x", "response": response("a")}, {"key": "y", "response": B}]
LINES = [json.dumps(row) for row in ROWS]
PRINTED = "candidates=[Candidate(content=Content(parts=[Part(text={!r})], role='model'))] model_version='g'"
RESULT = "InlinedResponse(response=GenerateContentResponse({}), metadata={{'key': {!r}}})"


@pytest.mark.parametrize("name", ["file.json", "file.txt", "file.jsonl"])
@pytest.mark.parametrize(
    "content",
    [
        "[\n{},\n{},\n]".format(*LINES),
        "[\n{},\n{}\n]".format(*LINES),
        "[\n{},\n{},\n".format(*LINES),
        "\x1e{}\n\x1e{}\n".format(*LINES),
        "\n".join(map(repr, ROWS)),
        repr(ROWS),
        str({"rows": ROWS}),
    ],
)
def test_rows_with_a_fault_around_them(read: Any, content: str, name: str) -> None:
    entries = read(content.encode(), name)
    assert [(entry.key, entry.failure) for entry in entries] == [("x", ""), ("y", "")]


def test_a_list_that_breaks_off(read: Any) -> None:
    entries = read("[\n{},\n{}".format(*LINES)[:-9].encode(), "file.json")
    assert [entry.key for entry in entries] == ["x", "file:2"]
    assert "breaks off after 1 rows" in entries[1].failure


@pytest.mark.parametrize("separator", ["\n", "\n\n", "\nINFO reply: "])
def test_printed_responses(read: Any, separator: str) -> None:
    content = separator.join(PRINTED.format(text) for text in (A, B))
    assert [entry.key for entry in read(content.encode(), "file.txt")] == NUMBERED
    assert len(read(PRINTED.format(A).encode(), "file.txt")) == 1


def test_printed_results_of_a_batch(read: Any) -> None:
    results = [RESULT.format(PRINTED.format(text).split(" model")[0], key) for text, key in ((A, "x"), (B, "y"))]
    entries = read(f"[{', '.join(results)}]".encode(), "file.txt")
    assert [(entry.key, entry.failure) for entry in entries] == [("x", ""), ("y", "")]


@pytest.mark.parametrize(
    "content", ["{'a': ", "[{'a': 1}, ...]", "{'key': 'k', 'reply': ...}", "['" * 500, "\x1e", "["]
)
def test_what_only_looks_printed(read: Any, content: str) -> None:
    for name in ("file.json", "file.jsonl"):
        assert len(read(content.encode(), name)) <= 1
