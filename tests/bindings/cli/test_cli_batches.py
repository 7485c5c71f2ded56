"""Files of several answers: what inspect and decode say, and what convert writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from maskmill_bindings import exports
from support.command import run_here

TEXT = json.dumps([{"box_2d": [100, 200, 500, 600], "label": "a", "mask": [[200, 100], [600, 100], [600, 500]]}])
RESPONSE = {"candidates": [{"content": {"parts": [{"text": TEXT}]}, "finishReason": "STOP"}]}
FILES: dict[str, Any] = {
    "a batch": {"dest": {"inlinedResponses": [{"response": RESPONSE, "metadata": {"key": k}} for k in "abc"]}},
    "responses": [{**RESPONSE, "responseId": k} for k in "abc"],
    "a map": {f"{k}.jpg": TEXT for k in "abc"},
    "rows": [{"key": k, "reply": TEXT} for k in "abc"],
}


@pytest.mark.parametrize("name", FILES)
def test_one_reply_is_asked_for(capsys: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "x.json").write_text(json.dumps(FILES[name]))
    for words in (["inspect", tmp_path / "x.json"], ["decode", tmp_path / "x.json", "-o", tmp_path, "--size", "9x9"]):
        status, _, errors = run_here(capsys, *words)
        assert status == 2
        assert "expected one reply, got 3 answers; maskmill convert keeps each with its key" in errors


@pytest.mark.parametrize("name", FILES)
def test_convert_keeps_each(capsys: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "x.json").write_text(json.dumps(FILES[name]))
    output = tmp_path / "x.parquet"
    status, _, errors = run_here(capsys, "convert", tmp_path / "x.json", "-o", output, "--size", "100x80", "--json")
    assert (status, errors) == (0, "")
    assert [record.masks.labels.tolist() for record in exports.read(output)] == [["a"]] * 3


def test_rows_for_inspect(capsys: Any, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text("\n".join(json.dumps({"key": k, "reply": TEXT}) for k in "ab"))
    assert run_here(capsys, "inspect", tmp_path / "x.jsonl")[0] == 2
    (tmp_path / "x.jsonl").write_text(json.dumps({"key": "a", "response": RESPONSE}))
    assert run_here(capsys, "inspect", tmp_path / "x.jsonl")[0] == 0


def test_answers_that_cannot_be_separated(capsys: Any, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([json.loads(TEXT), json.loads(TEXT)]))
    status, _, errors = run_here(capsys, "convert", tmp_path / "x.json", "-o", tmp_path / "o.parquet", "--size", "9x9")
    assert status == 2
    assert "write a row" in errors
    assert not list(tmp_path.glob("o.*"))


@pytest.mark.parametrize(
    ("options", "box"),
    [
        (["--boxes", "xy"], [10.0, 16.0, 50.0, 48.0]),
        (["--frame", "pixels"], [200.0, 100.0, 600.0, 500.0]),
        (["--frame", "1000x1000", "--boxes", "xy"], [10.0, 16.0, 50.0, 48.0]),
        (["--dialect", "qwen3"], [10.0, 16.0, 50.0, 48.0]),
    ],
)
def test_orders_and_frames(capsys: Any, tmp_path: Path, options: list[str], box: list[float]) -> None:
    (tmp_path / "x.jsonl").write_text(
        json.dumps({"key": "a", "reply": [{"box_2d": [100, 200, 500, 600], "label": "a"}]})
    )
    words = ["convert", tmp_path / "x.jsonl", "-o", tmp_path / "x.parquet", "--size", "100x80", *options]
    assert run_here(capsys, *words)[0] == 0
    [record] = exports.read(tmp_path / "x.parquet")
    assert record.masks.boxes.tolist() == [box]
