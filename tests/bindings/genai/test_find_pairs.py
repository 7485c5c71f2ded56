"""Pairs in replies: which tokens belong to which map, reasons for the rest, and hostile responses."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import maskmill
from maskmill.samples._replies import encode_png
from maskmill.samples._shapes import ScenePart, Shape
from maskmill_bindings.genai._history import History
from maskmill_bindings.genai._ledger.ledger import LedgerAnswer
from maskmill_bindings.genai._pairs import REASONS, RING_WEIGHT, PairPlan
from maskmill_bindings.genai._pairs.exact_pairs import pair_exactly
from maskmill_bindings.genai._pairs.find_pairs import find_pairs
from maskmill_bindings.genai._pairs.pair_outcomes import PairOutcome
from maskmill_bindings.genai._pairs.polygon_pairs import pair_with_polygons
from maskmill_bindings.genai._pairs.reply_items import read_pair_items
from maskmill_bindings.genai._pairs.token_runs import find_token_runs, text_of_logprobs
from maskmill_bindings.genai._plan import follow_plan
from support.genai.client_runs import TODAY
from support.tiers import cases

BOX = [100, 200, 500, 800]
RUN = tuple(range(16))
OTHER = tuple(range(20, 36))
SQUARE = ((200, 100), (800, 100), (800, 500), (200, 500))


def tokens(run: tuple[int, ...]) -> str:
    return "<start_of_mask>" + "".join(f"<seg_{n}>" for n in run)


def data_uri(pixels: Any) -> str:
    import base64

    return f"data:image/png;base64,{base64.b64encode(encode_png(pixels)).decode()}"


def map_of(seed: int, side: int = 256) -> Any:
    return np.random.default_rng(seed).random((side, side)) > 0.5


def item(mask: Any, box: Any = BOX, label: str = "cup") -> dict[str, Any]:
    return {"box_2d": box, "mask": mask, "label": label}


def reasons(outcomes: list[PairOutcome]) -> list[str]:
    """The reasons of outcomes, and ``pair`` for each pair."""
    return [one if isinstance(one, str) else "pair" for one in outcomes]


def exactly(items: list[dict[str, Any]], written: str | None) -> list[PairOutcome]:
    return pair_exactly(read_pair_items(json.dumps(items)), written)


# Exact.


def test_runs_and_pngs_in_their_order() -> None:
    items = [item(data_uri(map_of(i)), [i, i, 100 + i, 200]) for i in range(3)]
    runs = [RUN, OTHER, RUN[::-1]]
    written = json.dumps([item(tokens(run), one["box_2d"]) for run, one in zip(runs, items, strict=True)])
    for text in (written, "".join(map(tokens, runs)), written.replace("<start_of_mask>", "")):
        outcomes = exactly(items, text)
        for i, (one, run) in enumerate(zip(outcomes, runs, strict=True)):
            assert not isinstance(one, str)
            assert (one.tokens, one.weight, one.source) == (run, 1.0, "logprobs")
            assert (one.pixels == map_of(i) * 255).all()


GOOD = data_uri(map_of(0))


@pytest.mark.parametrize(
    ("masks", "runs", "wanted"),
    [
        ([GOOD], None, ["no_logprobs"]),
        ([GOOD], [], ["no_tokens"]),
        ([GOOD, GOOD], [RUN], ["runs_differ"] * 2),
        ([GOOD], [RUN, OTHER], ["runs_differ"]),
        ([GOOD, GOOD], [RUN[:15], OTHER], ["incomplete_run", "pair"]),
        ([GOOD], [(*RUN[:15], 128)], ["incomplete_run"]),
        ([GOOD], [(*RUN, 3)], ["incomplete_run"]),
        ([GOOD, data_uri(map_of(0, 255))], [RUN, OTHER], ["pair", "png_size"]),
        ([data_uri(map_of(0, 257))], [RUN], ["png_size"]),
        ([GOOD[:400]], [RUN], ["bad_png"]),
        ([f"{GOOD}=Z203_203"], [RUN], ["pair"]),
        ([tokens(RUN), GOOD], [RUN, OTHER], ["leaked", "pair"]),
        ([tokens(OTHER), GOOD], [RUN, OTHER], ["leaked", "runs_differ"]),
        ([tokens(RUN[:9]), GOOD], [RUN[:9], OTHER], ["incomplete_run", "pair"]),
        (["<start_of_mask>", GOOD], [(), OTHER], ["incomplete_run", "pair"]),
        ([tokens(RUN)], None, ["leaked"]),
        ([None, [[1, 2], [3, 4], [9, 0]], GOOD], [RUN], ["other_form", "other_form", "pair"]),
        (["gimme_mask_for_this", 7], [RUN], ["other_form"] * 2),
    ],
)
def test_why_there_is_no_pair(masks: list[Any], runs: list[tuple[int, ...]] | None, wanted: list[str]) -> None:
    written = None if runs is None else ", ".join(map(tokens, runs))
    assert reasons(exactly([item(mask) for mask in masks], written)) == wanted
    assert set(wanted) - {"pair"} <= REASONS.keys()


def test_masks_that_changed_places_are_seen_by_their_boxes() -> None:
    boxes = [BOX, [0, 0, 50, 50]]
    items = [item(GOOD, box) for box in boxes]
    written = [item(tokens(run), box) for run, box in zip((RUN, OTHER), reversed(boxes), strict=True)]
    assert reasons(exactly(items, json.dumps(written))) == ["other_item"] * 2


def test_masks_that_changed_places_in_one_box_are_seen_by_their_labels() -> None:
    items = [item(GOOD, label=label) for label in ("cup", "plate")]
    written = [item(tokens(run), label=label) for run, label in ((RUN, "plate"), (OTHER, "cup"))]
    assert reasons(exactly(items, json.dumps(written))) == ["other_item"] * 2
    assert reasons(exactly(items, json.dumps(written[::-1]))) == ["pair"] * 2


def test_paligemma_writes_other_tokens() -> None:
    assert find_token_runs("".join(f"<seg{n:03}>" for n in RUN)) == []


# Rings.


def with_rings(leaked: list[dict[str, Any]], others: list[dict[str, Any]]) -> list[PairOutcome]:
    entries = read_pair_items(json.dumps(leaked))
    return pair_with_polygons(entries, pair_exactly(entries, None), read_pair_items(json.dumps(others)))


def ring(points: Any, box: Any = BOX, label: str = "cup") -> dict[str, Any]:
    return item([list(point) for point in points], box, label)


def test_a_ring_in_the_frame_of_the_box_of_the_tokens() -> None:
    points = ((233, 120), (784, 190), (700, 480), (300, 500))
    [pair] = with_rings([item(tokens(RUN), [120, 233, 500, 784])], [ring(points, [121, 233, 500, 784], " CUP ")])
    assert not isinstance(pair, str)
    assert (pair.tokens, pair.weight, pair.source) == (RUN, RING_WEIGHT, "ring")
    oracle = Shape("cup", (ScenePart(points),)).pixels((256, 256), (120, 233, 500, 784))
    assert (pair.pixels == oracle * 255).all()


def test_a_hole_stays_one() -> None:
    hole = ((400, 200), (600, 200), (600, 400), (400, 400))
    mask = {"outer": [[y, x] for x, y in SQUARE], "holes": [[[y, x] for x, y in hole]]}
    [pair] = with_rings([item(tokens(RUN))], [item([mask])])
    assert not isinstance(pair, str)
    oracle = Shape("cup", (ScenePart(SQUARE, (hole,)),)).pixels((256, 256), (100, 200, 500, 800))
    assert (pair.pixels == oracle * 255).all()


@pytest.mark.parametrize(
    ("leaked", "others", "wanted"),
    [
        ([item(tokens(RUN))], [ring(SQUARE)], ["pair"]),
        ([item(tokens(RUN))], [], ["no_such_label"]),
        ([item(tokens(RUN))], [ring(SQUARE, label="cups")], ["no_such_label"]),
        ([item(tokens(RUN))], [item(None), item(GOOD)], ["no_ring"]),
        ([item(tokens(RUN), None)], [ring(SQUARE)], ["no_box"]),
        ([item(tokens(RUN), [100, 200, 500, 900])], [ring(SQUARE)], ["pair"]),
        ([item(tokens(RUN), [100, 200, 500, 910])], [ring(SQUARE)], ["boxes_differ"]),
        ([item(tokens(RUN))], [ring(SQUARE, [100, 200, 500, 910])], ["boxes_differ"]),
        ([item(tokens(RUN))], [ring([(x // 2, y) for x, y in SQUARE])], ["boxes_differ"]),
        ([item(tokens(RUN))], [ring(SQUARE, None)], ["pair"]),
        ([item(tokens(RUN), [1, 2, 1, 9])], [ring(SQUARE)], ["boxes_differ"]),
        ([item(tokens(RUN)), item(tokens(OTHER))], [ring(SQUARE)], ["pair", "boxes_differ"]),
        ([item(tokens(RUN[:3])), item(tokens(OTHER))], [ring(SQUARE)], ["incomplete_run", "pair"]),
        ([item(tokens(RUN))], [ring([(200, 100), (800, 500), (200.001, 100)])], ["empty_ring"]),
    ],
)
def test_polygons_that_count_as_a_match(leaked: list[Any], others: list[Any], wanted: list[str]) -> None:
    assert reasons(with_rings(leaked, others)) == wanted
    assert set(wanted) - {"pair"} <= REASONS.keys()


def test_of_one_label_the_boxes_decide() -> None:
    left, right = [0, 0, 400, 400], [10, 10, 400, 400]
    rings = [ring([(b[1], b[0]), (b[3], b[0]), (b[3], b[2]), (b[1], b[2])], b) for b in (right, left)]
    outcomes = with_rings([item(tokens(RUN), left), item(tokens(OTHER), right)], rings)
    assert reasons(outcomes) == ["pair", "pair"]
    assert all(not isinstance(one, str) and one.pixels.all() for one in outcomes)  # each fills its own box


# Whatever a service sends.


def history_of(*bodies: Any) -> History:
    """The history of a plan whose steps have these answers."""
    plan = PairPlan(labels=["cup"], today=TODAY)
    answers = [LedgerAnswer(json.dumps(body).encode()) for body in bodies]
    known = {step.question("00", plan.most).id: one for step, one in zip(plan.steps, answers, strict=False)}
    decode = partial(maskmill.decode, size=(64, 48))
    return follow_plan(plan, "00", 2, lambda question: known.get(question.id), decode)


def body_of(result: Any, items: Any) -> dict[str, Any]:
    content = {"parts": [{"text": json.dumps(items)}]}
    return {"candidates": [{"content": content, "finishReason": "STOP", "logprobsResult": result}]}


STEP = {"token": "<seg_4>", "tokenId": 1, "logProbability": -1}


@pytest.mark.parametrize(
    "result",
    [
        None,
        5,
        "chosenCandidates",
        [],
        {},
        {"chosenCandidates": None},
        {"chosenCandidates": {"token": "<seg_1>"}},
        {"chosenCandidates": [None, 1, "a", [], {}, {"token": 5}, {"token": None}, {"token": ["<seg_4>"]}]},
        {"chosenCandidates": [{"token": tokens(RUN)}, [[[[]]]]]},
        {"chosenCandidates": [STEP] * cases(200_000)},
        {"chosenCandidates": [{"token": "<start_of_mask>"}] * cases(100_000)},
        {"chosenCandidates": [{"token": "<start_of_mask>" + " " * cases(3_000_000)}]},
        {"chosenCandidates": [{"token": "<seg_" + "9" * cases(1_000_000) + ">"}]},
        {"chosenCandidates": [{"token": "[" * 100_000}, {"token": "{" * 100_000}]},
        {"chosenCandidates": [{"token": "\ud83d\0\n"}]},
        {"topCandidates": [{"candidates": [STEP]}] * 16},
    ],
)
def test_hostile_log_probabilities(result: Any) -> None:
    outcomes = find_pairs(history_of(body_of(result, [item(GOOD), item(tokens(RUN))])))
    assert len(outcomes) == 2
    assert all(one in REASONS for one in outcomes)


KEYS = st.sampled_from(("chosenCandidates", "token", "mask", "box_2d", "label"))
JSON = st.recursive(
    st.sampled_from((None, True, 7, 0.5, "a", BOX, GOOD, tokens(RUN), "<seg_1>", [list(point) for point in SQUARE])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(JSON, JSON, JSON)
def test_any_json(result: Any, items: Any, others: Any) -> None:
    history = history_of(body_of(result, items), body_of(None, others))
    if history.attempts[0].masks is not None:
        assert all(not isinstance(one, str) or one in REASONS for one in find_pairs(history))


def test_garbage_around_the_candidate() -> None:
    for value in (None, [], {}, [None], [[]], ["a"], 3, [{"logprobsResult": [1]}]):
        assert text_of_logprobs({"candidates": value}) is None


# The plan.


@pytest.mark.parametrize(
    ("items", "steps"),
    [
        ([item(GOOD)], 1),
        ([item(tokens(RUN))], 2),
        ([item(tokens(RUN)), item(GOOD)], 1),
        ([item(tokens(RUN[:15]))], 1),
        ([item(tokens(RUN), None)], 1),
        ([ring(SQUARE)], 1),
        ([], 1),
    ],
)
def test_rings_are_asked_for_where_tokens_leak(items: list[Any], steps: int) -> None:
    history = history_of(body_of(None, items), body_of(None, [ring(SQUARE)]))
    assert len(history.attempts) == steps


def test_what_is_asked_makes_the_question() -> None:
    plan, plain = (PairPlan(labels=["cup"], today=TODAY, logprobs=on) for on in (True, False))
    settings = plan.steps[0].family.settings
    assert settings == {**plain.steps[0].family.settings, "responseLogprobs": True, "logprobs": 1}
    assert plan.steps[0].question("00", 0).id != plain.steps[0].question("00", 0).id
    assert plan.steps[1].question("00", 0).id == plain.steps[1].question("00", 0).id
    other = PairPlan(labels=["cup"], today=TODAY, ring_model="gemini-3.5-flash", model="gemini-2.5-pro")
    assert [step.model for step in other.steps] == ["gemini-2.5-pro", "gemini-3.5-flash"]
