"""What may be handed over as a reply: text, bytes, parsed JSON, responses of the SDK and of the wire."""

from __future__ import annotations

import json
from enum import Enum
from types import SimpleNamespace
from typing import Any

import pytest

import maskmill
from maskmill._reply import ReplySource, unwrap_reply
from maskmill.status import Note
from support.replies import RING, SIZE, assert_sound, codes, fenced, item, rows

ITEMS = [item(RING, "cat"), item(RING, "größer 猫 🐈")]
TEXT = fenced(ITEMS)


class Reason(Enum):
    """As google-genai's reasons are: an enumeration whose name is the wire's text."""

    STOP = 1
    MAX_TOKENS = 2
    SAFETY = 3
    PROHIBITED_CONTENT = 4


def part(text: str | None = None, thought: bool | None = None) -> SimpleNamespace:
    return SimpleNamespace(text=text, thought=thought, inline_data=None)


def response(*parts: SimpleNamespace, finish: Any = Reason.STOP, **more: Any) -> SimpleNamespace:
    content = SimpleNamespace(parts=list(parts), role="model")
    candidate = SimpleNamespace(content=content, finish_reason=finish)
    return SimpleNamespace(candidates=[candidate], prompt_feedback=None, **more)


def wire(*texts: str, finish: str = "STOP") -> dict[str, Any]:
    parts = [{"text": text} for text in texts]
    return {"candidates": [{"content": {"parts": parts, "role": "model"}, "finishReason": finish}], "usageMetadata": {}}


LAST = {"usageMetadata": {"totalTokenCount": 5}, "modelVersion": "gemini-2.5-flash", "responseId": "x"}


def pieces(size: int, text: str = TEXT) -> list[dict[str, Any]]:
    """Return a response as it is streamed: a piece of its text in each chunk."""
    return [wire(text[at : at + size], finish="") for at in range(0, len(text), size)]


def expected_rows() -> list[Any]:
    return rows(maskmill.decode(ITEMS, SIZE))


@pytest.mark.parametrize(
    "reply",
    [
        TEXT,
        "\ufeff" + TEXT,
        TEXT.encode(),
        json.dumps(ITEMS, ensure_ascii=False).encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        json.dumps(ITEMS, ensure_ascii=False).encode("utf-16"),
        json.dumps(ITEMS, ensure_ascii=False).encode("utf-16-le"),
        json.dumps(ITEMS, ensure_ascii=False).encode("utf-16-be"),
        TEXT.encode("utf-32"),
        TEXT.encode("utf-32-le"),
        TEXT.encode("utf-32-be"),
        "\ufeff".encode("utf-32-be") + TEXT.encode("utf-32-be"),
        "\ufeff".encode("utf-16-be") + TEXT.encode("utf-16-be"),
        bytearray(TEXT.encode()),
        memoryview(TEXT.encode()),
        ITEMS,
        tuple(ITEMS),
        {"boxes": ITEMS},
        [TEXT],
        (TEXT,),
        [TEXT.encode()],
        response(part(TEXT)),
        response(part(TEXT[:40]), part(TEXT[40:])),
        response(part("Thinking of [{", thought=True), part(TEXT)),
        response(part(None), part(TEXT), part(None)),
        response(part(TEXT), finish=None),
        wire(TEXT),
        wire(TEXT[:33], TEXT[33:]),
        {"content": {"parts": [{"text": TEXT}], "role": "model"}, "finishReason": "STOP"},
        {"parts": [{"text": "Hm [{", "thought": True}, {"text": TEXT[:33]}, {"text": TEXT[33:]}], "role": "model"},
        {
            "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}],
            "id": "c",
        },
        {"choices": [{"message": {"content": [{"type": "text", "text": TEXT}]}}]},
        {"status": 200, "body": wire(TEXT)},
        {"id": "batch", "response": {"status_code": 200, "body": wire(TEXT)}, "error": None},
        [wire(TEXT)],
        [wire(TEXT), LAST],
        {"response": wire(TEXT), "id": "row-7"},
        {"custom_id": "7", "response": wire(TEXT), "status": ""},
    ],
    ids=lambda reply: type(reply).__name__,
)
def test_every_kind_of_reply_gives_the_same_rows(reply: Any) -> None:
    masks = maskmill.decode(reply, SIZE)
    assert rows(masks) == expected_rows()
    assert masks.reply_status == "ok"
    assert_sound(masks)


# Streams.


def as_texts(chunks: list[dict[str, Any]]) -> list[str | bytes]:
    """Return the texts that a stream is kept as."""
    lines = [json.dumps(chunk) for chunk in chunks]
    events = [f"data: {line}\r\n\r\n" for line in lines]
    return [
        json.dumps(chunks),
        json.dumps(chunks, indent=2).encode(),
        "\n".join(lines),
        "\n\n".join(lines) + "\n",
        "".join(events),
        "".join(f"id: {i}\nevent: message\n{event}" for i, event in enumerate(events)) + "data: [DONE]\n\n",
        "[" + "\n,\r\n".join(lines) + "\n]\n",
        repr(chunks),
    ]


@pytest.mark.parametrize("last", [[], [LAST], [{"candidates": [{"finishReason": "STOP"}], **LAST}], [LAST, LAST]])
@pytest.mark.parametrize("size", [7, 40, 10_000])
def test_the_pieces_of_a_stream_are_one_text(size: int, last: list[Any]) -> None:
    chunks = [*pieces(size), *last]
    for reply in (chunks, tuple(chunks), *as_texts(chunks)):
        masks = maskmill.decode(reply, SIZE)
        assert rows(masks) == expected_rows()
        assert masks.reply_status in ("ok", "salvaged")
        assert_sound(masks)


def test_the_chunks_of_the_sdk_are_one_text() -> None:
    chunks = [response(part(TEXT[at : at + 40]), finish=None) for at in range(0, len(TEXT), 40)]
    usage = SimpleNamespace(candidates=None, usage_metadata=SimpleNamespace(total_token_count=5))
    thinking = response(part("Hm [{", thought=True), finish=None)
    for reply in (chunks, tuple(chunks), [*chunks, usage], [thinking, *chunks, response()]):
        masks = maskmill.decode(reply, SIZE)
        assert (rows(masks), masks.reply_status) == (expected_rows(), "ok")


def test_deltas_of_a_chat_are_one_text() -> None:
    chunks = [{"choices": [{"index": 0, "delta": {"content": TEXT[at : at + 9]}}]} for at in range(0, len(TEXT), 9)]
    for reply in as_texts([*chunks, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]):
        assert rows(maskmill.decode(reply, SIZE)) == expected_rows()


def test_a_stream_that_breaks_off_is_truncated() -> None:
    chunks = pieces(40)
    whole = json.dumps(chunks)
    for reply in (whole[: whole.rindex("text") + 20], whole[: whole.rindex("candidates") + 4], json.dumps(chunks[:-1])):
        masks = maskmill.decode(reply, SIZE)
        assert rows(masks)[:1] == expected_rows()[:1]
        assert masks.reply_status == "truncated"


def test_several_sound_responses_are_refused() -> None:
    texts = [json.dumps(ITEMS[:1]), fenced(ITEMS[1:])]
    rows_of_batch = [{"key": str(i), "response": wire(text)} for i, text in enumerate(texts)]
    for chunks in ([wire(text) for text in texts], rows_of_batch):
        for reply in (chunks, json.dumps(chunks), "\n".join(map(json.dumps, chunks))):
            masks = maskmill.decode(reply, SIZE)
            assert (len(masks), masks.reply_status) == (0, "no_json")
            assert masks.problems[0].message.startswith("expected one reply, got 2 answers; give each of them apart")


def test_rows_of_a_batch_are_refused_though_one_breaks_off() -> None:
    batch = [{"key": "a", "response": wire(TEXT[:-40])}, {"key": "b", "response": wire(TEXT)}]
    for reply in (batch, json.dumps(batch), "\n".join(map(json.dumps, batch))):
        masks = maskmill.decode(reply, SIZE)
        assert (len(masks), masks.reply_status) == (0, "no_json")


@pytest.mark.parametrize(
    "empty", [{"candidates": []}, LAST, {"candidates": [], "usageMetadata": {}}, {"candidates": None, **LAST}]
)
def test_a_response_without_candidates_is_empty(empty: dict[str, Any]) -> None:
    for reply in (empty, json.dumps(empty), [empty], [empty, empty]):
        masks = maskmill.decode(reply, SIZE)
        assert (masks.reply_status, len(masks)) == ("empty", 0)
        assert codes(masks, None) == {"empty"}


def test_items_beside_keys_of_a_response_are_items() -> None:
    for reply in (
        {"boxes": ITEMS, "usageMetadata": {"totalTokenCount": 5}},
        {"candidates": [], "boxes": ITEMS},
        {"candidates": ITEMS},
        {"choices": ITEMS},
        {"objects": ITEMS, "parts": [{"text": "x"}], "box_2d": None},
    ):
        assert rows(maskmill.decode(reply, SIZE))[-2:] == expected_rows()


@pytest.mark.parametrize("reply", [None, "", b"", " \n\t", "\ufeff", b"\xef\xbb\xbf", response(), response(part(" "))])
def test_no_text_is_empty(reply: Any) -> None:
    masks = maskmill.decode(reply, SIZE)
    assert (masks.reply_status, len(masks)) == ("empty", 0)
    assert codes(masks, None) == {"empty"}
    assert_sound(masks)


@pytest.mark.parametrize(
    "reply",
    ["[]", " [ ]\n", "```json\n[]\n```", [], {}, "{}", {"boxes": []}, '[{"boxes": []}]', "No objects.\n```\n[]\n```"],
)
def test_an_empty_list_is_an_answer(reply: Any) -> None:
    masks = maskmill.decode(reply, SIZE)
    assert (masks.reply_status, len(masks)) == ("ok", 0)
    assert_sound(masks)


@pytest.mark.parametrize("reply", ["[1,2]", '["a","b"]', "[null]", '[{"foo":1}]', [1, 2], [None], [{"foo": 1}], [{}]])
def test_a_list_without_any_item_is_no_answer(reply: Any) -> None:
    masks = maskmill.decode(reply, SIZE)
    assert (masks.reply_status, len(masks)) == ("no_json", 0)
    assert codes(masks, None) == {"no_json", "not_an_item"}
    assert_sound(masks)


@pytest.mark.parametrize("replies", [[TEXT, TEXT], (TEXT, "Sorry."), [TEXT.encode(), TEXT.encode()]])
def test_a_list_of_replies_is_pointed_to_decode_many(replies: Any) -> None:
    masks = maskmill.decode(replies, SIZE)
    assert masks.reply_status == "no_json"
    assert masks.problems[0].message == "expected one reply, got a list of texts; decode_many takes several"
    assert_sound(masks)


# What is no reply.


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a JPEG image"),
        (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP image"),
        (b"GIF89a", "a GIF image"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"\x1f\x8b\x08\0", "gzip data"),
    ],
)
def test_a_file_that_is_no_text_is_recognised_by_its_signature(start: bytes, kind: str) -> None:
    for reply in (start, start + TEXT.encode(), bytearray(start), memoryview(start)):
        masks = maskmill.decode(reply, SIZE)
        assert (masks.reply_status, len(masks)) == ("no_json", 0)
        (problem,) = masks.problems
        assert (problem.code, problem.message) == ("no_json", f"expected the text of a reply, got {kind}")
        assert_sound(masks)


@pytest.mark.parametrize(
    ("code", "remedy"),
    [(429, "wait, then"), (503, "wait, then"), (8, "wait, then"), (400, "correct the request")],
)
def test_an_error_of_the_api_is_reported_with_code_and_message(code: Any, remedy: str) -> None:
    error = {"code": code, "message": "Please retry in 58.9s.", "status": "RESOURCE_EXHAUSTED", "details": []}
    for reply in ({"error": error}, [{"error": error}], {"key": "row-7", "error": error}):
        for source in (reply, json.dumps(reply), json.dumps(reply, indent=2).encode()):
            masks = maskmill.decode(source, SIZE)
            assert (masks.reply_status, len(masks)) == ("empty", 0)
            (problem,) = masks.problems
            assert problem.code == "api_error"
            assert f"error {code} of the API, 'Please retry in 58.9s.'; {remedy}" in problem.message
            assert_sound(masks)


@pytest.mark.parametrize(
    ("status", "remedy"),
    [("RESOURCE_EXHAUSTED", "wait, then"), ("INVALID_ARGUMENT", "correct the request"), (None, "correct the request")],
)
def test_an_error_without_a_code_is_named_by_its_status(status: Any, remedy: str) -> None:
    masks = maskmill.decode({"error": {"code": None, "message": "No.", "status": status}}, SIZE)
    assert f"error {status!r} of the API, 'No.'; {remedy}" in masks.problems[0].message


@pytest.mark.parametrize("error", ["no masks", None, {}, {"code": 3}, {"code": 429, "message": None}, []])
def test_a_key_error_is_not_always_one_of_the_api(error: Any) -> None:
    assert "api_error" not in codes(maskmill.decode({"error": error}, SIZE), None)


def test_items_beside_an_error_are_read() -> None:
    reply = {"boxes": ITEMS, "error": {"code": 500, "message": "half of it"}}
    assert rows(maskmill.decode(reply, SIZE)) == expected_rows()


@pytest.mark.parametrize(
    "reply",
    [
        SimpleNamespace(candidates=None, prompt_feedback=SimpleNamespace(block_reason=Reason.PROHIBITED_CONTENT)),
        SimpleNamespace(candidates=[], prompt_feedback=SimpleNamespace(block_reason="PROHIBITED_CONTENT")),
        response(finish=Reason.SAFETY),
        SimpleNamespace(candidates=[SimpleNamespace(content=None, finish_reason=Reason.SAFETY)]),
        response(part("secret thoughts", thought=True), finish=Reason.SAFETY),
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"candidates": [], "promptFeedback": {"blockReason": "SAFETY"}},
        {"prompt_feedback": {"block_reason": "SAFETY"}},
        {"candidates": [{"finishReason": "SAFETY"}]},
        {"response": {"promptFeedback": {"blockReason": "SAFETY"}}},
    ],
)
def test_a_refusal_of_the_service_is_blocked(reply: Any) -> None:
    masks = maskmill.decode(reply, SIZE)
    assert (masks.reply_status, len(masks)) == ("blocked", 0)
    (problem,) = masks.problems
    assert problem.row is None
    assert "SAFETY" in problem.message or "PROHIBITED_CONTENT" in problem.message


@pytest.mark.parametrize(
    "reply", [response(finish=Reason.MAX_TOKENS), wire(finish="MAX_TOKENS"), response(finish=None), wire(finish="STOP")]
)
def test_an_ordinary_end_without_text_is_empty(reply: Any) -> None:
    masks = maskmill.decode(reply, SIZE)
    assert masks.reply_status == "empty"
    assert codes(masks, None) == {"empty"}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_response_cut_while_thinking_says_what_to_do(count: int) -> None:
    thoughts = [{"text": "Let me see: [{", "thought": True}] * count
    chunk = {"candidates": [{"content": {"parts": thoughts}}]}
    cut = {"candidates": [{"content": {"parts": thoughts}, "finishReason": "MAX_TOKENS"}]}
    objects = response(*(part("Let me see: [{", thought=True) for _ in range(count)), finish=Reason.MAX_TOKENS)
    for reply in (cut, objects, json.dumps(cut), [chunk, cut]):
        masks = maskmill.decode(reply, SIZE)
        assert masks.reply_status == "empty"
        (problem,) = masks.problems
        assert "its finish reason is MAX_TOKENS" in problem.message
        assert "raise max_output_tokens or switch thinking off" in problem.message


def test_text_before_a_block_counts() -> None:
    masks = maskmill.decode(response(part(TEXT), finish=Reason.SAFETY), SIZE)
    assert rows(masks) == expected_rows()


@pytest.mark.parametrize("broken", [None, 5, "text", [], [None], [5], {"text": "x"}])
@pytest.mark.parametrize("place", ["candidates", "content", "parts"])
def test_a_response_of_another_shape_is_no_exception(place: str, broken: Any) -> None:
    reply = response(part(TEXT))
    holder = {"candidates": reply, "content": reply.candidates[0], "parts": reply.candidates[0].content}[place]
    setattr(holder, place, broken)
    masks = maskmill.decode(reply, SIZE)
    assert len(masks) == 0
    assert_sound(masks)


def test_an_item_that_has_a_key_of_a_response_is_an_item() -> None:
    for key, value in (("response", "yes"), ("candidates", 3), ("candidates", ["cat", "dog"]), ("text", "a cat")):
        masks = maskmill.decode({**item(RING), key: value}, SIZE)
        assert rows(masks) == rows(maskmill.decode([item(RING)], SIZE))


def test_bytes_that_are_no_utf8_cost_only_their_characters() -> None:
    masks = maskmill.decode(json.dumps([item(RING, "c@t"), item(RING)]).encode().replace(b"@", b"\xff\xc3"), SIZE)
    assert masks.labels.tolist() == ["c\ufffd\ufffdt", "cat"]
    assert_sound(masks)


@pytest.mark.parametrize("reply", [5, 1.5, True, {1, 2}, object(), range(3), (x for x in [])])
def test_anything_else_is_the_callers_mistake(reply: Any) -> None:
    with pytest.raises(maskmill.errors.ArgumentError, match=r"^expected .+, got .+ - at `reply`$"):
        maskmill.decode(reply, SIZE)


def test_unwrap_says_why_there_is_no_text() -> None:
    assert unwrap_reply(response(finish=Reason.SAFETY)) == ReplySource(
        absence=Note("blocked", "the service refused: SAFETY")
    )
    assert unwrap_reply(b"\xff\xfe[\0]\0") == ReplySource(text="[]")
    assert unwrap_reply(({"a": 1},)) == ReplySource(value=[{"a": 1}])
