"""Keys that come more than once: both replies are kept in every format, and a warning names them."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest

from maskmill_bindings import exports
from maskmill_bindings.convert import ConvertOptions, RepeatedKeyWarning, _repeated_keys, convert
from support.command import run_process
from support.tiers import thorough


def rows(labels: str, keys: str) -> str:
    """JSON Lines with a label and a key for each character."""
    mask = [[0, 0], [500, 0], [500, 500]]
    replies = [[{"box_2d": [0, 0, 500, 500], "mask": mask, "label": label}] for label in labels]
    pairs = zip(keys, replies, strict=True)
    return "\n".join(json.dumps({"key": key, "image": f"{key}.jpg", "reply": reply}) for key, reply in pairs)


def options(**changed: Any) -> ConvertOptions:
    return ConvertOptions(**{"size": (64, 48), **changed})


READABLE = [name for name in exports.FORMATS if name != "coco-results"]


@pytest.mark.parametrize("name", READABLE)
def test_both_are_kept_apart_in_every_format(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.jsonl").write_text(rows("abc", "kkm"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", exports.LossWarning)
        with pytest.warns(RepeatedKeyWarning, match=r"'k' \(x.jsonl:1 and x.jsonl:2\)"):
            convert([tmp_path / "x.jsonl"], tmp_path / "out", options(to=name))
    folder = tmp_path / "out"
    files = [folder] if exports.FORMATS[name].is_folder else sorted(folder.glob("0*"))
    found = [(Path(record.key).stem, *record.masks.labels) for file in files for record in exports.read(file, name)]
    assert sorted(found) == [("k", "a"), ("k", "b"), ("m", "c")]


@pytest.mark.parametrize("at_once", [2**23, 3, 1])
def test_all_repeated_keys_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    monkeypatch.setattr(_repeated_keys, "_KEYS_AT_ONCE", at_once)
    (tmp_path / "x.jsonl").write_text(rows("a" * 14, "abcdefgabcdeab"))
    with pytest.warns(RepeatedKeyWarning) as caught:
        summary = convert([tmp_path / "x.jsonl"], tmp_path / "x.parquet", options(shard_rows=4))
    assert summary.tally.repeated_keys == 5
    [warning] = [str(w.message) for w in caught]
    assert warning == (
        "5 keys come more than once: such as 'a' (x.jsonl:1 and x.jsonl:8), 'b' (x.jsonl:2 and x.jsonl:9), "
        "'c' (x.jsonl:3 and x.jsonl:10); each answer is kept, with its source and line"
    )


def test_different_keys_are_not_warned_about(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text(rows("ab", "kK"))
    assert convert([tmp_path / "x.jsonl"], tmp_path / "x.parquet", options()).tally.repeated_keys == 0


@thorough
def test_the_command_says_so(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text(json.dumps([json.loads(line) for line in rows("ab", "kk").splitlines()]))
    words = ("convert", tmp_path / "x.json", "-o", tmp_path / "x.parquet", "--size", "64x48")
    for wanted in ("1 key comes more than once: 'k' (x.json:1 and x.json:2)", "warning: 1 key comes more than once"):
        assert wanted in run_process(*words).stderr
    found = [(r.key, r.line, r.masks.labels.tolist()) for r in exports.read(tmp_path / "x.parquet")]
    assert found == [("k", 1, ["a"]), ("k", 2, ["b"])]


def test_a_batch_is_resumed_and_its_errors_are_listed(tmp_path: Path) -> None:
    answers = [
        {"response": json.loads(line)["reply"], "metadata": {"key": f"k{i}"}}
        for i, line in enumerate(rows("a" * 300, "k" * 300).splitlines())
    ]
    answers[7] = {"error": {"code": 8, "message": "exhausted"}, "metadata": {"key": "k7"}}
    batch = {"name": "batches/x", "dest": {"inlinedResponses": answers}}
    (tmp_path / "x.json").write_text(json.dumps(batch))
    calls = []

    def stop(*_: object) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert([tmp_path / "x.json"], tmp_path / "x.parquet", options(shard_rows=64), progress=stop)
    summary = convert([tmp_path / "x.json"], tmp_path / "x.parquet", options(shard_rows=64))
    assert (summary.resumed, summary.tally.rows) == (128, 300)
    convert([tmp_path / "x.json"], tmp_path / "y.parquet", options(shard_rows=64))
    assert (tmp_path / "x.parquet").read_bytes() == (tmp_path / "y.parquet").read_bytes()
    [listed] = [json.loads(line) for line in (tmp_path / "x.parquet.unmasked.jsonl").read_text().splitlines()]
    assert (listed["key"], listed["line"]) == ("k7", 8)
