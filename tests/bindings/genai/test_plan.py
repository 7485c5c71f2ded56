"""The plan: which step follows which answers, for every policy."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import maskmill
from maskmill.errors import ArgumentError
from maskmill_bindings.emulator import write_images
from maskmill_bindings.genai._catalogue import Catalogue
from maskmill_bindings.genai._history import History
from maskmill_bindings.genai._ledger.ledger import Ledger, LedgerAnswer
from maskmill_bindings.genai._ledger.question import Question
from maskmill_bindings.genai._photos.discover import find_images
from maskmill_bindings.genai._plan import Plan, follow_plan
from maskmill_bindings.genai._tasks import Budget, TaskPlanner
from support.genai.client_runs import PNG, RING, SIZE, TODAY, pictures

BOX = [100, 100, 500, 500]
RIGHT = {"box_2d": BOX, "mask": [[100, 100], [500, 100], [500, 500]], "label": "cup"}
BOXED = {"box_2d": BOX, "label": "cup"}
TOKENS = {"box_2d": BOX, "mask": "<start_of_mask><seg_12><seg_7>", "label": "cup"}
DECODE = partial(maskmill.decode, size=(100, 80))


def answered(*items: Any, text: str | None = None, finish: str = "STOP", by: str = PNG) -> LedgerAnswer:
    said = json.dumps(items) if text is None else text
    candidate = {"content": {"parts": [{"text": said}]}, "finishReason": finish}
    usage = {"promptTokenCount": 1000, "candidatesTokenCount": 100}
    return LedgerAnswer(json.dumps({"candidates": [candidate], "usageMetadata": usage, "modelVersion": by}).encode())


GOOD, NOTHING, HALF, BOXES, DARK = (
    answered(RIGHT),
    answered(),
    answered(RIGHT, TOKENS),
    answered(BOXED),
    answered(TOKENS, TOKENS),
)
PROSE = answered(text="I cannot do that.")
SAFETY = LedgerAnswer(b'{"candidates": [{"finishReason": "SAFETY"}]}')
FAILED = LedgerAnswer(b"", "http_503", "busy")


def plan_of(again: Any, boxes: bool = False, model: str = PNG) -> Plan:
    return Plan(labels=["cup"], model=model, again=again, boxes=boxes, today=TODAY)


def history_of(plan: Plan, *answers: LedgerAnswer) -> History:
    """The history where the first steps have these answers; a step that is not reached has none."""
    known = {step.question("00", plan.most).id: answer for step, answer in zip(plan.steps, answers, strict=False)}
    return follow_plan(plan, "00", len(plan.steps), lambda question: known.get(question.id), DECODE)


@pytest.mark.parametrize(
    ("again", "boxes", "model", "steps"),
    [
        ("off", False, PNG, [("first", PNG)]),
        ("same", False, PNG, [("first", PNG), ("same", PNG)]),
        ("family", False, PNG, [("first", PNG), ("same", PNG), ("family", RING)]),
        ("family", False, RING, [("first", RING), ("same", RING)]),
        ("family", True, PNG, [("first", PNG), ("same", PNG), ("family", RING), ("boxes", RING)]),
        ("off", True, RING, [("first", RING), ("boxes", RING)]),
    ],
)
def test_steps(again: str, boxes: bool, model: str, steps: list[tuple[str, str]]) -> None:
    plan = plan_of(again, boxes, model)
    assert [(step.why, step.model) for step in plan.steps] == steps
    assert len({step.question("00", 1024).id for step in plan.steps}) == len(steps)


def test_every_part_of_a_question_changes_its_id() -> None:
    one: dict[str, Any] = {
        "image_digest": "a",
        "model": "m",
        "prompt": "p",
        "settings": {"x": 1, "y": 2},
        "max_side": 9,
        "repeat": 0,
    }
    other = {"image_digest": "b", "model": "n", "prompt": "q", "settings": {"x": 1}, "max_side": 8, "repeat": 1}
    ids = {Question(**{**one, name: value}).id for name, value in other.items()}
    assert len(ids | {Question(**one).id}) == 7
    assert Question(**{**one, "settings": {"y": 2, "x": 1}}).id == Question(**one).id


@pytest.mark.parametrize(
    ("answers", "following"),
    [
        ([], "first"),
        ([GOOD], None),
        ([NOTHING], None),
        ([HALF], "same"),
        ([DARK], "same"),
        ([BOXES], "same"),
        ([PROSE], "same"),
        ([SAFETY], "same"),
        ([FAILED], None),
        ([answered(text='[{"box_2d": [1, 2', finish="MAX_TOKENS")], "same"),
        ([DARK, GOOD], None),
        ([DARK, HALF], "family"),
        ([DARK, FAILED], None),
        ([DARK, DARK, DARK], None),  # there are boxes
        ([PROSE, PROSE, PROSE], "boxes"),
        ([SAFETY, PROSE, SAFETY], "boxes"),
        ([PROSE, PROSE, PROSE, BOXES], None),
        ([PROSE, BOXES, PROSE], None),
    ],
)
def test_what_follows(answers: list[LedgerAnswer], following: str | None) -> None:
    found = history_of(plan_of("family", boxes=True), *answers)
    assert (found.next_step.why if found.next_step else None) == following
    assert len(found.attempts) == len(answers)


@pytest.mark.parametrize("again", ["off", "same"])
def test_less_is_asked_where_less_is_wanted(again: str) -> None:
    plan = plan_of(again)
    assert history_of(plan, *[DARK] * len(plan.steps)).next_step is None
    assert [one.step.why for one in history_of(plan, *[DARK] * 4).attempts] == ["first", "same"][: len(plan.steps)]


@pytest.mark.parametrize(
    ("answers", "best"),
    [
        ([FAILED], None),
        ([SAFETY, SAFETY, SAFETY], None),
        ([DARK, GOOD], 1),
        ([HALF, DARK, BOXES], 0),
        ([BOXES, HALF, BOXES], 1),
        ([PROSE, BOXES, PROSE], 1),
        ([PROSE, PROSE, PROSE], 0),
        ([SAFETY, PROSE, SAFETY], 1),
        ([HALF, HALF, HALF], 0),
        ([HALF, answered(RIGHT)], 0),  # as many masks, and a box beside them
        ([HALF, answered()], 0),
    ],
)
def test_the_best(answers: list[LedgerAnswer], best: int | None) -> None:
    found = history_of(plan_of("family"), *answers)
    assert found.best is (None if best is None else found.attempts[best])


def test_answers_of_another_model_are_marked() -> None:
    def rerouted(model: str, version: str) -> bool:
        plan = plan_of("off", model=model)
        return history_of(plan, answered(RIGHT, by=version)).attempts[0].is_rerouted(plan.models)

    assert not rerouted(PNG, PNG)
    assert not rerouted(PNG, "gemini-2.5-flash-preview-09-2025")
    assert not rerouted(PNG, "")
    assert rerouted(PNG, "gemini-3.5-flash-lite")
    assert rerouted(PNG, "gemini-9-neon")
    assert rerouted(PNG, f"{PNG}-rerouted")
    assert not rerouted("gemini-9-neon", "gemini-9-neon-001")
    assert not rerouted("models/gemini-9-neon", "gemini-9-neon")


@pytest.mark.parametrize(
    "options", [{"again": "never"}, {"most": -1}, {"most": True}, {"most": 2.5}, {"labels": []}, {"prompt": "cups"}]
)
def test_plans_that_cannot_be(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match=r"expected .+, got .+ - at `"):
        Plan(**{"labels": ["cup"], "model": PNG, **options})


# Budgets.


def of_rounds(
    folder: Path, plan: Plan, budget: Budget, answers: dict[str, LedgerAnswer], known: int = 0
) -> list[list[str]]:
    """The keys of the images that each round admits, the first `known` being answered before the run."""
    asked = []
    with Ledger(folder / "ledger.sqlite") as ledger:
        for item in list(Catalogue(find_images([folder / "in"]), ledger))[:known]:
            ledger.record(plan.steps[0].question(item.digest, plan.most), answers[item.key])
        tasks = TaskPlanner(plan, Catalogue(find_images([folder / "in"]), ledger), ledger, maskmill.Decoder(), budget)
        for number in range(len(plan.steps)):
            batch = list(tasks.iter_round(number))
            for task in batch:
                ledger.record(task.question, answers[task.image.key])
            asked.append([task.image.key for task in batch])
    return asked


def test_a_budget_goes_by_the_order_of_the_images(tmp_path: Path) -> None:
    pictures(tmp_path / "in", 6)
    keys = [f"scene_{number}.jpg" for number in range(6)]
    plan = plan_of("same")
    answers = dict.fromkeys(keys, DARK)
    one = plan.price(plan.steps[0], plan.estimate(plan.steps[0], SIZE))
    assert one is not None

    def rounds(name: str, budget: Budget, known: int = 0) -> list[list[str]]:
        (tmp_path / name).mkdir()
        (tmp_path / name / "in").symlink_to(tmp_path / "in")
        return of_rounds(tmp_path / name, plan, budget, answers, known)

    assert rounds("all", Budget()) == [keys, keys]
    assert rounds("whole", Budget(whole=4.5 * one)) == [keys[:4], []]
    assert rounds("more", Budget(whole=8.5 * one)) == [keys, keys[:2]]
    assert rounds("again", Budget(again=1.5 * one)) == [keys, keys[:1]]
    assert rounds("none", Budget(whole=0.0)) == [[], []]
    assert rounds("resumed", Budget(whole=8.5 * one), known=3) == [keys[3:], keys[:2]]


def test_a_budget_admits_the_same_whatever_the_answers_cost(tmp_path: Path) -> None:
    write_images(tmp_path / "in", 3, size=SIZE)
    dear = json.loads(GOOD.body) | {"usageMetadata": {"promptTokenCount": 10**9}}
    plan = plan_of("off")
    one = plan.price(plan.steps[0], plan.estimate(plan.steps[0], SIZE))
    assert one is not None
    answers = {f"scene_{number}.jpg": LedgerAnswer(json.dumps(dear).encode()) for number in range(3)}
    assert of_rounds(tmp_path, plan, Budget(whole=2.5 * one), answers, known=1) == [["scene_1.jpg"]]


@pytest.mark.parametrize("dollars", [-1.0, float("nan"), "1"])
def test_budgets_that_cannot_be(dollars: Any) -> None:
    for name in ("whole", "again"):
        with pytest.raises(ArgumentError, match=rf"expected .+, got .+ - at `{name}"):
            Budget(**{name: dollars})
