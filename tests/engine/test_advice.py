"""Advice: every code has some or needs none, and it fits the row's box and the model."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import date
from typing import Any

import pytest

import maskmill
from maskmill import Masks, Problem, ReplyStatus, Status, _model_ends
from maskmill._advice import (
    _DIALECTS,
    _RESIZING,
    REPLY_ADVICE,
    ROW_ADVICE,
    WAYS,
    Facts,
    advise_reply,
    advise_row,
)
from maskmill._frames.dialects import DIALECTS, RESIZING
from maskmill._model_ends import LAST_PNG_MODEL, MODEL_ENDS, end_of, model_name
from maskmill.status import FORMS, MENDED, REPLY_CODES

BOX = "fallback='box'"
SIZE = (64, 48)
TOKENS = "<start_of_mask>" + "<seg_27>" * 16
PALIGEMMA = "<loc0100><loc0100><loc0900><loc0900>" + "<seg027>" * 16 + " cat"

NEEDS_NO_ADVICE = {
    *("json_mended", "key_mended", "bare_value", "unclosed", "corners_sorted", "box_mended", "box_unit", "bad_box"),
    *("clipped", "axes_swapped", "ring_unit", "chunks_joined", "chunks_apart", "junk_cut", "base64_mended"),
    *("alpha_used", "fitted_codebook", "rle_scaled", "label_around", "part_of", "box_first"),
    *("other_frame", "box_order", "rle_reordered"),  # mask and box confirm them
    *("rle_text_mended", "rle_pairs", "rle_rows", "vertex_dropped", "numbers_dropped", "lists_parallel"),
    *("shapes_united", "svg_frame", "bitmap_read", "tokens_unused", "tokens_mended", "html_unescaped"),
    *("rle_completed", "label_named", "listed_twice"),
    *("shape_mended", "part_dropped", "bad_score", "ring_closed"),
}
"""Repairs after which nothing is to be decided."""


@pytest.fixture(params=[date(2026, 11, 30), date(2026, 12, 1), date(2027, 6, 1)], ids=str)
def day(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> date:
    monkeypatch.setattr(_model_ends, "today", lambda: request.param)
    chosen: date = request.param
    return chosen


# The table.


def test_every_code_of_a_row_has_advice_or_needs_none() -> None:
    codes = {*map(str, Status), *MENDED} - {"ok"}
    assert {code for code in codes if not advise_row(code, Facts())} == NEEDS_NO_ADVICE & codes
    assert not NEEDS_NO_ADVICE - codes
    assert {key.split()[0] for key in ROW_ADVICE} <= codes
    assert {form for key in ROW_ADVICE for form in key.split()[1:]} <= {*FORMS, "paligemma", "foreign"}


def test_every_code_of_a_reply_has_advice() -> None:
    codes = {*map(str, ReplyStatus), *REPLY_CODES} - {"ok", "salvaged"}
    assert set(REPLY_ADVICE) == codes - {"remark"}  # a sentence of the model, which is quoted


@pytest.mark.parametrize("model", ["", "gemini-2.5-flash", "gemini-3.6-flash", "gpt-6-astra", "a model\x1b[31m"])
@pytest.mark.parametrize("form", ["", *FORMS, "paligemma", "foreign"])
@pytest.mark.parametrize("has_box", [None, True, False])
def test_advice_is_plain_sentences(model: str, form: str, has_box: bool | None) -> None:
    facts = Facts(has_box, model, form)
    texts = [advise_row(key, facts) for key in ROW_ADVICE] + [advise_reply(key, facts) for key in REPLY_ADVICE]
    for text in texts:
        assert not text or (text.endswith(".") and text[0].isupper())
        assert "  " not in text
        assert ". ." not in text
        assert text.isprintable()
        assert len(text) < 500


@pytest.mark.parametrize("code", ROW_ADVICE)
@pytest.mark.parametrize("model", ["", "gemini-2.5-flash", "gemini-3.6-flash"])
def test_a_box_is_named_only_where_there_is_one(code: str, model: str) -> None:
    assert BOX not in advise_row(code, Facts(False, model))
    assert (BOX in advise_row(code, Facts(True, model))) == ("box" in ROW_ADVICE[code].ways)


def test_no_reply_is_advised_to_take_a_box() -> None:
    assert not any("box" in advice.ways for advice in REPLY_ADVICE.values())
    assert not any(BOX in advise_reply(code, Facts()) for code in REPLY_ADVICE)


def test_every_way_is_used() -> None:
    used = {way for advice in (*ROW_ADVICE.values(), *REPLY_ADVICE.values()) for way in advice.ways}
    assert used == set(WAYS)


# Models.


@pytest.mark.parametrize("prefix", ["", "models/", "publishers/google/models/", "google/", "vertex_ai/", " "])
@pytest.mark.parametrize("suffix", ["", "-001", "-preview-09-2025", "-latest", ":free", "@20250617"])
def test_an_ended_model_is_known_however_it_is_written(prefix: str, suffix: str) -> None:
    end = end_of(f"{prefix}gemini-2.5-flash{suffix}".replace("gemini", "Gemini"))
    assert end is not None
    assert end.family == "gemini-2.5-flash"


@pytest.mark.parametrize(
    "name",
    [
        *("gemini-2.5-flash-lite", "gemini-2.5-flash-lite-preview-09-2025", "gemini-2.5-flash-image"),
        *("gemini-3.5-flash-lite", "gemini-3.6-flash", "gemini-robotics-er-2-preview", "my-gemini-2.5-flash"),
        *("", "gpt-6-astra", "x" * 999, "\x00", "gemini-2.5-flash\n(x)"),
    ],
)
def test_other_models_have_no_known_end(name: str) -> None:
    assert end_of(name) is None


@pytest.mark.parametrize("name", ["a b", "x" * 200, "gemini\x1b[31m", "<b>", "модель"])
def test_what_is_no_name_is_no_model(name: str) -> None:
    assert model_name(name) == ""


@pytest.mark.parametrize("code", ["tokens", "tokens_incomplete", "garbage"])
def test_a_model_is_asked_again_until_it_ends(code: str, day: date) -> None:
    has_ended = day >= date(2026, 12, 1)
    for model in ("gemini-2.5-flash", "models/gemini-2.5-pro"):
        text = advise_row(code, Facts(False, model))
        assert ("end the same request again" in text) == (not has_ended)
        assert f"{model_name(model)} {'ended' if has_ended else 'ends'} on 2026-12-01" in text
        assert "for polygons in words (`maskmill models`" in text
    assert "end the same request again" in advise_row(code, Facts(False, LAST_PNG_MODEL))
    assert "ended" not in advise_row(code, Facts(False, LAST_PNG_MODEL))


def test_whoever_answers_for_an_ended_model_is_named() -> None:
    for end in MODEL_ENDS:
        text = advise_row("nothing", Facts(True, end.family))
        assert f"on {end.day}" in text
        assert (f"and {end.routed} answers in its place" in text) == bool(end.routed)


def test_robotics_er_has_ended(day: date) -> None:
    text = advise_row("garbage", Facts(False, "gemini-robotics-er-1.6-preview"))
    assert text.startswith("The model gemini-robotics-er-1.6-preview ended on 2026-08-31. Ask a Gemini 3 Flash model")


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("", "a Gemini 3 Flash model, such as gemini-3.6-flash,"),
        ("gemini-2.5-flash-lite", "a Gemini 3 Flash model, such as gemini-3.6-flash,"),
        ("gemini-2.0-flash", "a Gemini 3 Flash model, such as gemini-3.6-flash,"),
        ("gemini-3.1-pro-preview", "a Gemini 3 Flash model, such as gemini-3.6-flash,"),
        ("gemini-robotics-er-1.6-preview", "a Gemini 3 Flash model, such as gemini-3.6-flash,"),
        ("gemini-3.8-flash", "gemini-3.8-flash"),
        ("models/gemini-3-flash-preview", "gemini-3-flash-preview"),
        ("gpt-6-astra", "gpt-6-astra"),
    ],
)
def test_a_model_that_draws_polygons_is_asked_for_them(model: str, asked: str) -> None:
    assert f"sk {asked} for polygons in words" in advise_row("nothing", Facts(False, model))


def test_only_models_of_2_5_are_asked_for_a_png() -> None:
    for model in ("gemini-3.6-flash", "gpt-6-astra"):
        assert "PNG" not in advise_row("tokens", Facts(False, model))
        assert "2.5" not in advise_row("garbage", Facts(False, model, "png"))
    unknown = advise_row("tokens", Facts())
    assert "gemini-2.5-flash and gemini-2.5-pro end on 2026-12-01, gemini-2.5-flash-lite stays" in unknown


@pytest.mark.parametrize(
    ("model", "dialect"),
    [
        ("gemini-3.6-flash", "gemini"),
        ("Qwen/Qwen2.5-VL-7B-Instruct", "qwen2.5"),
        ("qwen2-vl", "qwen2"),
        ("qwen3-vl-plus", "qwen3"),
        ("qwen3.8", "qwen3"),
        ("openai/gpt-6-astra", "gpt"),
        ("claude-opus-5", "claude"),
        ("microsoft/Florence-2-large", "florence"),
        ("moondream3.1", "moondream"),
        ("facebook/sam3", "sam3"),
        ("glm-4.6v", "glm"),
    ],
)
def test_the_dialect_follows_from_the_model(model: str, dialect: str) -> None:
    text = advise_row("frame_unchecked", Facts(True, model, "ring"))
    assert f"dialect='{dialect}'" in text
    assert ("frame=(width, height)" in text) == (dialect in ("claude", "qwen2.5"))


def test_the_order_is_asked_for_where_no_model_tells_it() -> None:
    assert advise_row("order_assumed", Facts()) == "Pass boxes='yx' or boxes='xy', if you know the order."
    assert advise_row("order_assumed", Facts(True, "gpt-6-astra")) == "Pass dialect='gpt'."


def test_every_dialect_that_is_named_exists() -> None:
    assert {dialect for _, dialect in _DIALECTS} == set(DIALECTS) - {"auto"}
    assert set(_RESIZING) == RESIZING


# Problems.


def test_a_problem_is_a_tuple_of_four() -> None:
    problem = Problem(2, "tokens", "16 mask tokens")
    row, code, message, excerpt = problem
    assert (row, code, message, excerpt) == (2, "tokens", "16 mask tokens", "")
    assert problem == (2, "tokens", "16 mask tokens", "")
    assert Problem._fields == Problem.__match_args__ == ("row", "code", "message", "excerpt")
    assert problem._asdict() == {"row": 2, "code": "tokens", "message": "16 mask tokens", "excerpt": ""}
    assert problem.advice == Status.TOKENS.advice
    assert Problem(None, "no_json", "").advice == ReplyStatus.NO_JSON.advice
    assert (Problem(None, "truncated", "").advice, Problem(0, "truncated", "").advice) == (
        ReplyStatus.TRUNCATED.advice,
        Status.TRUNCATED.advice,
    )
    assert Problem(0, "junk_cut", "").advice == Problem(0, "my own code", "").advice == ""


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_facts_travel_and_are_not_compared(protocol: int) -> None:
    plain = Problem(2, "tokens", "16 mask tokens")
    informed = plain._knowing(Facts(False, "gemini-3.6-flash", "tokens"))
    assert plain == informed
    assert hash(plain) == hash(informed)
    for again in (
        pickle.loads(pickle.dumps(informed, protocol)),
        copy.copy(informed),
        copy.deepcopy(informed),
        informed._replace(message="16 mask tokens"),
    ):
        assert (again, again.advice, type(again)) == (plain, informed.advice, Problem)
        assert BOX not in again.advice
    assert informed._replace(row=3).row == 3
    assert b"Facts" not in pickle.dumps(informed, protocol)


def test_advice_is_part_of_the_text_of_a_problem() -> None:
    problem = Problem(2, "no_box", "expected a box")
    assert repr(problem) == (
        f"Problem(row=2, code='no_box', message='expected a box', excerpt='', advice={problem.advice!r})"
    )
    repair = Problem(2, "junk_cut", "cut 6 bytes")
    assert repr(repair) == "Problem(row=2, code='junk_cut', message='cut 6 bytes', excerpt='')"


# Rows.


def decode(item: dict[str, Any], **options: Any) -> Masks:
    return maskmill.decode([item], SIZE, **options)


def advice(masks: Masks) -> str:
    """Return the advice for the status of the first row."""
    return next(p.advice for p in masks.problems if p.row == 0 and p.code == masks[0].status)


@pytest.mark.parametrize("mask", [None, TOKENS, TOKENS[:-8], "gimme_mask_for_this", "<start_of_mask>9,9,9"])
@pytest.mark.parametrize(
    ("box", "is_usable"),
    [
        ([100, 100, 900, 900], True),
        ([900, 900, 100, 100], True),
        ([-500, -500, 500, 500], True),
        (None, False),
        ([], False),
        ([1, 2, 3], False),
        ([500, 500, 500, 500], False),
        ([100, 100, 900, 101], False),  # narrower than a pixel
        ([2000, 0, 3000, 10], False),
        (["a", "b", "c", "d"], False),
    ],
)
def test_only_a_usable_box_is_offered(mask: Any, box: Any, is_usable: bool) -> None:
    """Usable is what the fallback then fills."""
    masks = decode({"box_2d": box, "mask": mask, "label": "a"})
    assert masks.status[0] != "ok"
    assert (BOX in advice(masks)) is is_usable
    filled = decode({"box_2d": box, "mask": mask, "label": "a"}, fallback="box")
    assert bool(filled.filled[0]) is is_usable
    assert BOX not in advice(filled)


@pytest.mark.parametrize(
    "reply", ["I cannot segment images.", None, "", '{"promptFeedback": {"blockReason": "SAFETY"}}']
)
def test_a_reply_without_rows_is_not_advised_to_take_a_box(reply: Any) -> None:
    masks = maskmill.decode(reply, SIZE)
    assert not len(masks)
    assert all(problem.advice for problem in masks.problems)
    assert not any(BOX in problem.advice for problem in masks.problems)


def test_paligemmas_tokens_need_their_own_decoder() -> None:
    text = advice(maskmill.decode(PALIGEMMA, SIZE))
    assert "vae-oid.npz" in text
    assert "Gemini's codebook" not in text
    assert BOX in text


def test_tokens_of_others_are_not_taken_for_geminis() -> None:
    masks = maskmill.decode("Sure: <|mt_start|><|mt_5|><|mt_77|><|mt_end|>.", SIZE)
    assert masks.status.tolist() == ["tokens"]
    assert "Gemini's codebook" not in advice(masks)
    assert "codebook fit" not in advice(masks)
    escaped = decode({"box_2d": [0, 0, 900, 900], "mask": TOKENS.replace("<", "&lt;").replace(">", "&gt;")})
    assert "Gemini's codebook" in advice(escaped)


def test_selected_rows_keep_their_advice() -> None:
    items = [{"box_2d": [0, 0, 900, 900], "mask": TOKENS}, {"mask": TOKENS}]
    masks = maskmill.decode(items, SIZE)
    for batch in (masks[::-1], masks[[1, 0]], pickle.loads(pickle.dumps(masks))[::-1], copy.copy(masks)[::-1]):
        assert [BOX in problem.advice for problem in batch.problems] == [False, True]
    assert [BOX in row.problems[0].advice for row in masks] == [True, False]
    assert Masks.from_dict(masks.to_dict()).problems[0].advice == masks.problems[0].advice


def test_a_batch_knows_its_model() -> None:
    masks = decode({"box_2d": [0, 0, 900, 900], "mask": TOKENS})._answered_by("gemini-3.6-flash")
    for batch in (masks, masks[:1], pickle.loads(pickle.dumps(masks)), copy.deepcopy(masks)):
        assert "sk gemini-3.6-flash for polygons" in batch.problems[0].advice
        assert "sk gemini-3.6-flash for polygons" in batch[0].problems[0].advice


@pytest.mark.parametrize("model", ["gemini-2.5-flash", "gemini-3.6-flash"])
def test_the_model_that_a_response_names_reaches_the_advice(model: str) -> None:
    text = f'[{{"box_2d": [0, 0, 900, 900], "mask": "{TOKENS}"}}]'
    response = {"candidates": [{"content": {"parts": [{"text": text}]}}], "modelVersion": model}
    for reply in (response, json.dumps(response)):
        assert (f"The model {model} end" in advice(maskmill.decode(reply, SIZE))) == (model == "gemini-2.5-flash")
    empty = maskmill.decode({**response, "candidates": [{"content": {"parts": [{"text": "I cannot."}]}}]}, SIZE)
    assert ("sk gemini-3.6-flash for" in empty.problems[0].advice) == (model == "gemini-3.6-flash")


def test_what_is_missing_comes_first_in_the_text_of_a_batch() -> None:
    apart = {"box_2d": [0, 0, 100, 100], "mask": [[500, 500], [900, 900], [500, 900]]}
    masks = maskmill.decode([apart, {"mask": TOKENS}, apart], SIZE)
    lines = repr(masks).splitlines()
    assert [line.split(":")[0] for line in lines[1:]] == ["tokens (row 1)", "box_disagrees (rows 0, 2)"]
    assert "box_disagrees" not in repr(masks[0])
    assert "One of the two is wrong" in repr(masks[0])


def test_problems_of_a_callers_rows_have_advice() -> None:
    problems = [Problem(0, "nothing", "none"), Problem(None, "no_json", "")]
    masks = Masks.from_coco(
        [{"size": [3, 2], "counts": b"6"}], boxes=[[0, 0, 2, 2]], status=["nothing"], problems=problems
    )
    assert [BOX in problem.advice for problem in masks.problems] == [False, True]
