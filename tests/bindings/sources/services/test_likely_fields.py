"""Keys, images and replies under names that only probably mean them, and what was sent along with a request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from maskmill_bindings._sources.services.contents import names_image
from maskmill_bindings._sources.services.likely_fields import IMAGES, likely_key, likely_replies

ITEMS = '[{"box_2d": [1, 2, 3, 4], "label": "a"}]'
RESPONSE = {"candidates": [{"content": {"parts": [{"text": ITEMS}]}, "finishReason": "STOP"}]}


def entry_of(read: Any, row: dict[str, Any], **options: Any) -> Any:
    """The entry of a row in a file of lines, which is that of the row in a list."""
    [line] = read(json.dumps(row).encode(), "rows.jsonl", **options)
    listed = read(json.dumps([row, row]).encode(), "rows.json", **options)
    assert [(e.image, e.reply, e.failure) for e in listed] == [(line.image, line.reply, line.failure)] * 2
    if not line.key.startswith("rows:"):
        assert [e.key for e in listed] == [line.key] * 2
    return line


@pytest.mark.parametrize("name", IMAGES)
def test_the_name_of_a_file_is_image_and_key(read: Any, name: str) -> None:
    for stated in ("a/k1.jpg", ["a/k1.jpg"], {"url": "a/k1.jpg"}):
        entry = entry_of(read, {name: stated, "response": ITEMS})
        assert (entry.key, entry.image, entry.reply) == ("a/k1.jpg", "a/k1.jpg", ITEMS)


@pytest.mark.parametrize("url", ["http://x/a/k1.jpg", "gs://b/k1.jpg", "https://x/k1.jpg?w=9"])
@pytest.mark.parametrize("name", ["image_url", "url", "file", "image"])
def test_addresses(read: Any, name: str, url: str) -> None:
    entry = entry_of(read, {name: url, "output": ITEMS})
    assert (entry.key, entry.image) == ("k1.jpg", "k1.jpg")


@pytest.mark.parametrize("name", ["request_id", "requestId", "uuid", "file", "img", "path", "name"])
@pytest.mark.parametrize("stated", ["k1", 7])
def test_an_id_is_the_key(read: Any, name: str, stated: Any) -> None:
    entry = entry_of(read, {name: stated, "reply": ITEMS})
    assert (entry.key, entry.image) == (str(stated), "")


@pytest.mark.parametrize(
    ("row", "key", "image"),
    [
        ({"key": "k", "file": "f.jpg", "uuid": "u"}, "k", "f.jpg"),
        ({"image": "i.jpg", "file": "f.jpg", "request_id": "r"}, "i.jpg", "i.jpg"),
        ({"id": 3, "request_id": "r", "name": "n"}, "3", ""),
        ({"request_id": "r", "path": "p.png"}, "p.png", "p.png"),
        ({"url": "https://api/v1", "name": "cup"}, "cup", ""),
        ({"image_url": "data:image/png;base64,AAAA.jpg"}, "rows:1", ""),
        ({"file": "x" * 600}, "rows:1", ""),
        ({"file": ""}, "rows:1", ""),
        ({"file": ["a.jpg", "b.jpg"]}, "rows:1", ""),
        ({"metadata": {"request_id": "k1", "batch_idx": "0"}}, "k1", ""),
        ({"metadata": {"filename": "k1.jpg", "n": 1}}, "k1.jpg", "k1.jpg"),
        ({"metadata": {"file": "k1.jpg", "n": 1}}, "k1.jpg", "k1.jpg"),
        ({"metadata": "k1"}, "k1", ""),
        ({"metadata": 7}, "7", ""),
        ({"metadata": '{"key": "k1"}'}, "k1", ""),
        ({"metadata": "two\nlines"}, "rows:1", ""),
        ({"request": {"key": "k1", "contents": []}}, "k1", ""),
        ({"request": {"contents": [], "labels": {"bifrost_custom_id": "k1"}}}, "k1", ""),
        ({"request": {"contents": [], "labels": {"team": "x", "my_request_id": "k1"}}}, "k1", ""),
        ({"request": {"model": "gemini", "id": "x", "name": "y", "width": 9}}, "rows:1", ""),
        ({"instance": {"content": "Segment.", "key": "k1"}}, "k1", ""),
        ({"instance": {"image": "gs://x/k1.jpg"}}, "k1.jpg", "k1.jpg"),
        ({"instance": {"prompt": "Segment."}, "metadata": {"key": "k1"}}, "k1", ""),
    ],
)
def test_which_name_counts(read: Any, row: dict[str, Any], key: str, image: str) -> None:
    [entry] = read(json.dumps({**row, "reply": ITEMS}).encode())
    assert (entry.key, entry.image) == (key, image)


def test_fields_that_the_caller_names_are_the_only_ones(read: Any) -> None:
    row = {"file": "a.jpg", "uuid": "u", "n": "k", "reply": ITEMS, "raw_response": "[]"}
    [entry] = read(json.dumps(row).encode(), fields={"key": "nothing", "image": "none"})
    assert (entry.key, entry.image) == ("rows:1", "")
    [entry] = read(json.dumps(row).encode(), fields={"reply": "raw"})
    assert (entry.reply, entry.key) == (None, "a.jpg")
    assert "name its field with --field" in entry.failure


@pytest.mark.parametrize("reply", [ITEMS, "[]", f"Here:\n```json\n{ITEMS}\n```", RESPONSE, "I cannot."])
@pytest.mark.parametrize("name", ["raw_response", "model_output", "gemini_reply", "llm_answer", "rawOutput"])
def test_the_only_field_that_may_hold_the_reply(read: Any, name: str, reply: Any) -> None:
    row = {"filename": "k1.jpg", "prompt": f"Answer like {ITEMS}", name: reply, "latency": 2.5, "split": "test"}
    entry = entry_of(read, row) if reply != "I cannot." else read(json.dumps(row).encode())[0]
    assert (entry.key, entry.reply, entry.failure) == ("k1.jpg", reply, "")


@pytest.mark.parametrize("name", ["masks_json", "gemini", "x"])
def test_the_only_text_that_looks_like_a_reply(read: Any, name: str) -> None:
    entry = entry_of(read, {"image_id": "k1", name: ITEMS, "note": "a cup"})
    assert (entry.key, entry.reply) == ("k1", ITEMS)


@pytest.mark.parametrize("other", ["ground_truth", "expected_output", "prompt", "reference", "input"])
def test_what_was_asked_or_expected_is_no_reply(other: str) -> None:
    assert likely_replies({"file": "a.jpg", other: ITEMS}, ()) == []
    assert likely_replies({"file": "a.jpg", other: ITEMS, "gemini": ITEMS}, ()) == ["gemini"]


def test_two_that_may_be_the_reply_are_named(read: Any) -> None:
    [entry] = read(json.dumps({"file": "a.jpg", "gemini": ITEMS, "claude": ITEMS}).encode())
    assert entry.failure == "no reply, which 'gemini' or 'claude' may hold: name it with --field reply=NAME"


@pytest.mark.parametrize(
    ("row", "parts"),
    [
        ({"status": {"code": 3, "message": "bad image"}}, ["error 3", "bad image"]),
        ({"status": {"code": 0}}, ["no reply"]),
        ({"response": {"status_code": 400, "body": None}, "error": {"object": "error", "message": "long", "code": 400}},
         ["error 400", "'long'", "correct"]),
        ({"response": {"status_code": 503, "body": None}, "error": "busy"}, ["error 503", "'busy'", "wait"]),
        ({"response": {"status_code": 400, "body": {"error": {"message": "one"}}}, "error": {"message": "two"}},
         ["error 400", "'one'"]),
        ({"response": {"status_code": 500, "body": None}, "error": None}, ["error 500 of the API; wait"]),
    ],
)  # fmt: skip
def test_messages_of_errors_are_kept(read: Any, row: dict[str, Any], parts: list[str]) -> None:
    [entry] = read(json.dumps({"key": "k3", **row}).encode())
    assert (entry.key, entry.reply) == ("k3", None)
    assert all(part in entry.failure for part in parts), entry.failure


@pytest.mark.parametrize(("stated", "is_blank"), [({"key": ""}, True), ({"custom_id": ""}, True), ({}, False)])
def test_empty_keys_are_marked(read: Any, stated: dict[str, str], is_blank: bool) -> None:
    [entry] = read(json.dumps({**stated, "reply": ITEMS}).encode())
    assert (entry.key, entry.has_blank_key) == ("rows:1", is_blank)
    [entry] = read(json.dumps({**stated, "image": "a.jpg", "reply": ITEMS}).encode())
    assert (entry.key, entry.has_blank_key) == ("a.jpg", False)


def test_names() -> None:
    assert [names_image(name) for name in ("a.jpg", "data:image/png,a.jpg", "x" * 5000 + ".jpg", "a\n.jpg")] == [
        *(True, False, False, False)
    ]
    assert likely_key({"uuid": None, "name": True}) == ""
