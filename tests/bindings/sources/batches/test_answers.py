"""Files that hold several answers: batches, lists and maps, each answer with its key; and files that are refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from maskmill.errors import ArgumentError
from maskmill_bindings._images.image_lookup import ImageLookup
from maskmill_bindings._sources import SourceOptions, open_sources
from maskmill_bindings._sources.batches.answers import separate_text
from maskmill_bindings._sources.batches.answers_file import answer_entries, count_answers
from maskmill_bindings._sources.batches.named_answers import InseparableError
from maskmill_bindings._sources.row_fields import RowReader

MASK = [[200, 100], [600, 100], [600, 500], [200, 500]]


def items(label: str) -> list[dict[str, Any]]:
    return [{"box_2d": [100, 200, 500, 600], "mask": MASK, "label": label}]


def text(label: str) -> str:
    return json.dumps(items(label))


def piece(written: str, finish: str = "", **more: Any) -> dict[str, Any]:
    stop = {"finishReason": finish} if finish else {}
    return {"candidates": [{"content": {"parts": [{"text": written}], "role": "model"}, **stop}], **more}


def response(label: str, **more: Any) -> dict[str, Any]:
    return piece(text(label), "STOP", modelVersion="gemini-x", **more)


def chat(label: str, **more: Any) -> dict[str, Any]:
    message = {"role": "assistant", "content": text(label)}
    return {"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": "stop"}], **more}


def message(label: str, name: str) -> dict[str, Any]:
    content = [{"type": "text", "text": text(label)}]
    return {"id": name, "type": "message", "role": "assistant", "content": content, "stop_reason": "end_turn"}


ERROR = {"code": 8, "message": "exhausted"}
INLINED = [
    {"response": response("a"), "metadata": {"key": "k1"}},
    {"response": response("b"), "metadata": {"key": "k2"}},
    {"error": ERROR, "metadata": {"key": "k3"}},
]
SNAKE = [
    {"response": {"candidates": response(label)["candidates"], "response_id": label}, "error": None, "metadata": meta}
    for label, meta in (("a", {"key": "k1"}), ("b", {"key": "k2"}))
]
OUTPUT = {"inlinedResponses": {"inlinedResponses": INLINED}}
BROKEN = text("a")


def labels(entries: list[Any]) -> list[tuple[str, str]]:
    """The key of each entry, with the label in its reply or the reason why there is none."""
    found = re.compile(r'label[\\": ]*(\w)')
    return [(e.key, e.failure or "".join(found.findall(json.dumps(e.reply)))) for e in entries]


KEYS = {
    "a batch": ({"name": "batches/x", "metadata": {"output": OUTPUT}, "done": True}, "k1=a k2=b k3!"),
    "a batch twice": ({"name": "batches/x", "metadata": {"output": OUTPUT}, "response": OUTPUT}, "k1=a k2=b k3!"),
    "an operation": ({"response": {"@type": "x", **OUTPUT}, "done": True}, "k1=a k2=b k3!"),
    "a dump of the SDK": ({"state": "JOB_STATE_SUCCEEDED", "dest": {"inlined_responses": SNAKE}}, "k1=a k2=b"),
    "bare inlined responses": ({"inlined_responses": INLINED}, "k1=a k2=b k3!"),
    "a list of inlined responses": (INLINED, "k1=a k2=b k3!"),
    "other metadata": ({"inlinedResponses": [{"response": response("a"), "metadata": {"ref": "k1"}}]}, "k1=a"),
    "an image in the metadata": ([{"response": response("a"), "metadata": {"image": "a.jpg", "n": 1}}], "a.jpg=a"),
    "batches": ({"operations": [{"name": "batches/x", "metadata": {"output": OUTPUT}}]}, "k1=a k2=b k3!"),
    "responses with ids": ([response("a", responseId="1"), response("b", responseId="2")], "file:1=a file:2=b"),
    "responses without ids": ([response("a"), response("b")], "file:1=a file:2=b"),
    "rows": ([{"key": "x", "reply": text("a")}, {"key": "y", "reply": text("b")}], "x=a y=b"),
    "rows without keys": ([{"reply": text("a")}, {"reply": text("b")}], "file:1=a file:2=b"),
    "rows by image": ([{"image": "x.jpg", "response": response("a")}, {"image": "y.jpg", "response": text("b")}],
                      "x.jpg=a y.jpg=b"),
    "items by image": ([{"image_path": "x.jpg", "objects": items("a")}, {"image_path": "y.jpg", "objects": items("b")}],
                       "x.jpg=a y.jpg=b"),
    "items that name images": ([{**items("a")[0], "image": "x.jpg"}, {**items("b")[0], "image": "y.jpg"}],
                               "x.jpg=a y.jpg=b"),
    "texts": ([text("a"), text("b")], "file:1=a file:2=b"),
    "completions": ([chat("a", id="c1"), chat("b", id="c2")], "c1=a c2=b"),
    "a page of completions": ({"object": "list", "data": [chat("a", id="c1"), chat("b", id="c2")]}, "c1=a c2=b"),
    "messages": ([message("a", "m1"), message("b", "m2")], "m1=a m2=b"),
    "texts by image": ({"x.jpg": text("a"), "y.jpg": text("b"), "z.jpg": None}, "x.jpg=a y.jpg=b z.jpg!"),
    "items by image name": ({"photos/x.PNG": items("a"), "y.webp": []}, "photos/x.PNG=a y.webp="),
    "responses by key": ({"x": response("a"), "y": response("b")}, "x=a y=b"),
    "completions by key": ({"x": chat("a", id="c1"), "y": chat("b", id="c2")}, "x=a y=b"),
    "rows by key": ({"x": {"reply": text("a"), "width": 5, "height": 6}, "y": {"reply": text("b")}}, "x=a y=b"),
    "texts by key": ({"x": text("a"), "y": text("b")}, "x=a y=b"),
    "a refusal by key": ({"k1": text("a"), "k2": "I cannot."}, "k1=a k2="),
    "one image": ({"x.jpg": text("a")}, "x.jpg=a"),
    "nested by image": ({"model": "m", "results": {"x.jpg": text("a"), "y.jpg": items("b")}}, "x.jpg=a y.jpg=b"),
    "nested in a field of replies": ({"result": {"x.jpg": text("a"), "y.jpg": items("b")}}, "x.jpg=a y.jpg=b"),
    "nested rows": ({"run": 3, "data": {"rows": [{"key": "x", "reply": text("a")}]}}, "x=a"),
    "two maps": ({"train": {"x.jpg": text("a")}, "val": {"y.jpg": text("b")}}, "x.jpg=a y.jpg=b"),
}  # fmt: skip


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("name", KEYS)
def test_answers_keep_their_keys(read: Any, name: str, indent: int | None) -> None:
    value, wanted = KEYS[name]
    found = labels(read(json.dumps(value, indent=indent).encode(), "file.json"))
    assert " ".join(key + ("!" if len(label) > 1 else f"={label}") for key, label in found) == wanted


@pytest.mark.parametrize("name", KEYS)
def test_the_same_in_a_folder_and_on_a_line(tmp_path: Path, read: Any, name: str) -> None:
    value, wanted = KEYS[name]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file.json").write_text(json.dumps(value))
    (tmp_path / "folder" / "other.txt").write_text(text("c"))
    for entries in (read(tmp_path / "folder")[:-1], read(json.dumps(value).encode(), "rows.jsonl")):
        found = [label if len(label) < 2 else "!" for _, label in labels(entries)]
        assert found == [re.sub(r"[^=!]*=?", "", part, count=1) for part in wanted.split()]


ONE = {
    "items": items("a") + items("b"),
    "boxes": {"boxes": items("a")},
    "labels as keys": {"cat": [{"mask": MASK}], "dog": [{"mask": MASK}]},
    "groups": {"people": items("a"), "animals": items("b")},
    "numbered items": {"cup_1": items("a")[0], "cup_2": items("b")[0]},
    "masks by name": {"boxes": [{"box_2d": [1, 2, 3, 4], "mask_ref": "m1"}], "mask_assets": {"m1": "[[1, 2], [3, 4]]"}},
    "a nested list": [items("a")],
    "wrappers": {"result": {"boxes": items("a"), "people": items("b")}},
    "pieces with one id": [piece(BROKEN[:20], responseId="r"), piece(BROKEN[20:], "STOP", responseId="r")],
    "pieces without ids": [piece(BROKEN[:20]), piece(BROKEN[20:], "STOP")],
    "pieces that all stop": [piece(BROKEN[:20], "STOP"), piece(BROKEN[20:], "STOP")],
    "parts": [{"type": "text", "text": BROKEN}],
    "pieces of text": [{"text": BROKEN[:9]}, {"text": BROKEN[9:]}],
    "a conversation": [{"role": "user", "content": "Segment."}, {"role": "assistant", "content": BROKEN}],
    "masks as texts": ["<start_of_mask><seg_1>", "<start_of_mask><seg_2>"],
    "nothing": [],
}


@pytest.mark.parametrize("name", ONE)
def test_one_answer_stays_one(read: Any, name: str) -> None:
    assert [(e.key, e.line, e.failure) for e in read(json.dumps(ONE[name]).encode(), "file.json")] == [("file", 1, "")]


@pytest.mark.parametrize(
    "content",
    [
        f"{text('a')}\n{text('b')}",
        "\n".join(map(json.dumps, items("a") + items("b"))),
        f"Here:\n```json\n{BROKEN}\n```",
    ],
)
def test_a_text_with_several_arrays_is_one_reply(read: Any, content: str) -> None:
    assert [e.key for e in read(content.encode(), "file.txt")] == ["file"]


REFUSED = {
    "lists": ([items("a"), items("b")], "lists of items in a list"),
    "wrappers": ([{"objects": items("a")}, {"objects": items("b")}], "several objects around items"),
    "numbered lists": ({"img1": items("a"), "img2": items("b")}, "lists under img1, img2"),
    "nested numbered lists": ({"results": {"1": items("a"), "2": []}}, "lists under 1, 2"),
    "pieces of text": ([BROKEN[:20], BROKEN[20:]], "several answers or pieces of one"),
    "a batch in a file": ({"name": "batches/x", "metadata": {"output": {"responsesFile": "files/z"}}}, "in 'files/z'"),
    "an SDK's batch": ({"state": "JOB_STATE_SUCCEEDED", "dest": {"file_name": "files/z"}}, "in 'files/z'"),
    "OpenAI's batch": ({"id": "b", "object": "batch", "output_file_id": "file-9"}, "in 'file-9'"),
    "Anthropic's batch": ({"id": "b", "type": "message_batch", "processing_status": "in_progress"}, "in_progress"),
    "a running batch": ({"name": "batches/x", "metadata": {"state": "BATCH_STATE_RUNNING"}}, "BATCH_STATE_RUNNING"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_answers_that_cannot_be_separated_are_refused(tmp_path: Path, read: Any, name: str) -> None:
    value, advice = REFUSED[name]
    with pytest.raises(ArgumentError, match=advice):
        read(json.dumps(value).encode(), "file.json")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file.json").write_text(json.dumps(value))
    [entry] = read(tmp_path / "folder")
    assert advice in entry.failure


def test_an_image_twice_in_one_object_is_refused(read: Any) -> None:
    content = f'{{"results": {{"x.jpg": {text("a")}, "y.jpg": [], "x.jpg": {text("b")}}}}}'
    with pytest.raises(ArgumentError, match=r"an object that has x.jpg twice; write a row"):
        read(content.encode(), "file.json")


@pytest.mark.parametrize(
    ("reply", "keys"),
    [
        ([response("a", responseId="1"), response("b", responseId="2")], ["k:1=a", "k:2=b"]),
        ({"x.jpg": items("a"), "y.jpg": items("b")}, ["k:x.jpg=a", "k:y.jpg=b"]),
        ([{"image": "x.jpg", **items("a")[0]}, {"image": "y.jpg", **items("b")[0]}], ["k:x.jpg=a", "k:y.jpg=b"]),
        ({"boxes": items("a")}, ["k=a"]),
        ([{"objects": items("a")}, {"objects": items("b")}], ["k=ab"]),
        ([items("a"), items("b")], ["k=ab"]),
        ([piece(BROKEN[:20]), piece(BROKEN[20:], "STOP")], ["k=a"]),
    ],
)
def test_several_answers_under_one_key(read: Any, reply: Any, keys: list[str]) -> None:
    for content, name in ((json.dumps([{"key": "k", "reply": reply}]), "x.json"), (None, "x.jsonl")):
        entries = read((content or json.dumps({"key": "k", "reply": reply})).encode(), name)
        assert [f"{key}={label}" for key, label in labels(entries)] == keys


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.ndjson", "rows.json"])
def test_indented_rows_with_any_suffix(read: Any, name: str) -> None:
    value = [{"key": "x", "reply": text("a")}, {"key": "y", "reply": text("b")}]
    assert labels(read(json.dumps(value, indent=2).encode(), name)) == [("x", "a"), ("y", "b")]
    assert labels(read(json.dumps(value[0], indent=2).encode(), name)) == [("x", "a")]


@pytest.mark.parametrize("heading", ["{}: ", "{}\n", "=== {} ===\n", "## photos/{}\n```json\n", "{}\t", '{},"'])
def test_images_named_in_a_text_are_refused(read: Any, heading: str) -> None:
    content = "\n".join(f"{heading.format(name)}{text('a')}" for name in ("x.jpg", "y.png"))
    with pytest.raises(ArgumentError, match=r"several images \(\S*x.jpg, \S*y.png\)"):
        read(content.encode(), "log.txt")
    assert len(read(content.split("\n\n")[0].replace("y.png", "x.jpg").encode(), "log.txt")) == 1


def test_an_image_that_is_there_shows_what_a_key_names(tmp_path: Path, read: Any) -> None:
    Image.new("RGB", (7, 8)).save(tmp_path / "img1.png")
    entries = read(json.dumps({"img1": items("a"), "img2": items("b")}).encode(), "file.json")
    assert [(e.key, e.image, e.size) for e in entries] == [("img1", "img1.png", (7, 8)), ("img2", "", (64, 48))]


@pytest.mark.parametrize("value", [chat("a", id="c1"), message("a", "m1"), response("a", responseId="r1")])
def test_a_file_with_one_response_has_the_key_of_its_name(tmp_path: Path, read: Any, value: Any) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "img.json").write_text(json.dumps(value))
    assert [(e.key, e.reply) for e in read(tmp_path / "folder")] == [("img", value)]
    [entry] = read(json.dumps({**value, "key": "own"}).encode(), "img.json")
    assert entry.key == "own"


def test_values_one_after_the_other(read: Any) -> None:
    for separator in ("\n", "\n\n", " ", ",\n"):
        content = separator.join(json.dumps(response(label, responseId=label), indent=1) for label in "ab")
        assert labels(read(content.encode(), "file.json")) == [("file:1", "a"), ("file:2", "b")]
    content = "\n".join(json.dumps({f"{label}.jpg": text(label)}) for label in "ab")
    assert labels(read(content.encode(), "file.json")) == [("a.jpg", "a"), ("b.jpg", "b")]
    assert labels(read(content.encode(), "file.jsonl")) == [("a.jpg", "a"), ("b.jpg", "b")]


def test_streams_in_one_list_are_grouped_by_id(read: Any) -> None:
    pieces = [piece(BROKEN[:20], responseId="1"), piece(text("b"), "STOP", responseId="2")]
    entries = read(json.dumps([*pieces, piece(BROKEN[20:], "STOP", responseId="1")]).encode(), "file.json")
    assert [e.key for e in entries] == ["file:1", "file:2"]
    assert [[p["candidates"][0]["content"]["parts"][0]["text"] for p in e.reply] for e in entries[:1]] == [
        [BROKEN[:20], BROKEN[20:]]
    ]


def test_a_file_is_read_on_from_every_chunk(tmp_path: Path) -> None:
    file = tmp_path / "file.json"
    file.write_text(json.dumps([{"key": str(i), "reply": text("a")} for i in range(50)]))
    [source] = open_sources([str(file)], SourceOptions(size=(64, 48)))
    chunks = [*source.chunks(None, 7, 10**6)]
    assert [chunk.count for chunk in chunks] == [7] * 7 + [1]
    assert sum(chunk.nbytes for chunk in chunks) == file.stat().st_size
    for number, chunk in enumerate(chunks, 1):
        assert [*source.chunks(chunk.end, 7, 10**6)] == chunks[number:]
    entries = [entry for chunk in chunks for entry in source.entries(chunk)]
    assert [(e.key, e.line) for e in entries] == [(str(i), i + 1) for i in range(50)]
    assert len([*source.chunks(None, 7, 300)]) > 8
    digest = chunks[-1].digest
    file.write_text(file.read_text().replace("200", "201", 1))
    assert [*source.chunks(None, 7, 10**6)][-1].digest != digest


NAMES = st.sampled_from(
    ["key", "id", "reply", "response", "result", "results", "error", "status", "name", "metadata", "dest", "output",
     "inlinedResponses", "candidates", "content", "parts", "text", "type", "a.jpg", "b.jpg", "img1", "img2", "cat",
     "box_2d", "mask", "label", "custom_id", "body", "status_code", "message", "object", "state", "image", "operations"]
)  # fmt: skip
TEXTS = st.sampled_from(
    ["", "batches/x", "[]", BROKEN, "errored", "succeeded", "batch", "message", "BATCH_STATE_X", "é\ud800"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 500) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=16,
)


@given(st.lists(VALUES, min_size=1, max_size=3))
def test_nothing_else_is_raised_for_any_values(values: list[Any]) -> None:
    rows = RowReader(SourceOptions(size=(64, 48)), ImageLookup(None, None, by_key=False))
    content = "\n".join(map(json.dumps, values))
    try:
        answers = separate_text(content, rows)
    except InseparableError:
        return
    for entry in answer_entries(answers or [], rows, "x.json", "x"):
        assert entry.key
        assert (entry.reply is None) == bool(entry.failure)
    assert count_answers(content.encode()) == len(answers or [None])


@pytest.mark.parametrize("content", ["[" * 9999, '{"error": ' * 900 + "1" + "}" * 900, '{"a":' * 400 + "1" + "}" * 400])
def test_deep_nesting(read: Any, content: str) -> None:
    assert len(read(content.encode(), "x.json")) == 1
    assert len(read(content.encode(), "x.jsonl")) == 1
