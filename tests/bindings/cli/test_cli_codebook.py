"""``maskmill codebook``: pairs in, a file and its quality out."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numba import config

from maskmill.codebooks import load
from maskmill.errors import ArgumentError
from maskmill_bindings._pairs_file import read_pairs_file
from support.codebooks.drawn_pairs import briefly, pairs
from support.command import Capture, run_here

BROKEN: dict[str, tuple[str, str]] = {
    "two tokens": ('{"tokens": [1, 2], "png": ""}', "expected 16 tokens from 0 to 127, got 2 of them - at `tokens`"),
    "a token too large": (json.dumps({"tokens": [128] * 16}), "16 tokens from 0 to 127"),
    "truth for tokens": (json.dumps({"tokens": [True] * 16}), "16 tokens from 0 to 127"),
    "no JSON": ("{", "expected a row of JSON, got broken JSON"),
    "a list": ("[]", "expected an object with tokens and png, got []"),
    "no PNG": (json.dumps({"tokens": [1] * 16}), "expected a PNG as base64 text, got None - at `png`"),
    "garbage for a PNG": (json.dumps({"tokens": [1] * 16, "png": "AAAA"}), "expected a PNG as base64 text"),
}


def png(pixels: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(cv2.imencode(".png", pixels)[1].tobytes()).decode()


def write(path: Path, n: int, *more: str, side: int = 256) -> Path:
    rows = [
        json.dumps({"tokens": row.tolist() if i % 2 else "".join(f"<seg_{t}>" for t in row), "png": png(pixels)})
        for i, (row, pixels) in enumerate(zip(*pairs(n, side=side, tokens=4), strict=True))
    ]
    path.write_text("\n".join([*rows, "", *more]) + "\n")
    return path


def test_pairs_are_read_in_every_writing(tmp_path: Path) -> None:
    tokens, maps = pairs(9, tokens=4)
    read = read_pairs_file(write(tmp_path / "pairs.jsonl", 9), "PAIRS")
    np.testing.assert_array_equal(read.tokens, tokens)
    np.testing.assert_array_equal(read.maps, maps)
    assert (read.weights.tolist(), read.unusable_lines) == ([1.0] * 9, [])


@pytest.mark.parametrize("breakage", BROKEN)
def test_a_broken_row_is_reported_with_its_line(breakage: str, tmp_path: Path) -> None:
    row, message = BROKEN[breakage]
    read = read_pairs_file(write(tmp_path / "pairs.jsonl", 2, row), "PAIRS")
    assert len(read.tokens) == 2
    assert [fault.line for fault in read.unusable_lines] == [4]
    assert message in read.unusable_lines[0].message


def test_a_map_of_another_size_and_a_bad_weight_are_left_out(tmp_path: Path) -> None:
    small = json.dumps({"tokens": [1] * 16, "png": png(np.zeros((64, 64), np.uint8))})
    light = json.dumps({"tokens": [1] * 16, "png": png(np.zeros((256, 256), np.uint8)), "weight": 0})
    read = read_pairs_file(write(tmp_path / "pairs.jsonl", 1, small, light), "PAIRS")
    assert [fault.message.rpartition(" - ")[2] for fault in read.unusable_lines] == ["at `png`", "at `weight`"]


def test_a_file_without_pairs_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "pairs.jsonl").write_text("\n{}\n")
    with pytest.raises(ArgumentError, match=r"first line 2: expected 16 tokens .* - at `PAIRS`"):
        read_pairs_file(tmp_path / "pairs.jsonl", "PAIRS")


def test_fit_writes_a_codebook_and_draws_nothing_unasked(tmp_path: Path, capsys: Capture) -> None:
    rows, out = write(tmp_path / "pairs.jsonl", 12, "{}", side=64), tmp_path / "a.npz"
    with briefly(), pytest.MonkeyPatch.context() as patch:
        patch.delattr("maskmill.codebooks._fitting.curve")
        status, text, _ = run_here(capsys, "codebook", "fit", rows, "-o", out)
    assert status == 0
    assert "line 14 left out: expected 16 tokens" in text
    assert f"12 pairs with 4 of 128 tokens. Written: {out}" in text
    status, text, _ = run_here(capsys, "codebook", "show", out)
    assert status == 0
    assert text.startswith("fitted: gemini's tokens, 128 of them, maps of 64x64\n")
    assert text.endswith("124 in none\nIn none: 4-127\n")
    assert f"{load(out).scores.fitted.median:.4f}" in text  # type: ignore[attr-defined]


@pytest.mark.skipif(config.DISABLE_JIT, reason="learning so often takes minutes without machine code")
def test_fit_draws_what_to_expect_of_how_many_pairs(tmp_path: Path, capsys: Capture) -> None:
    rows, plot = write(tmp_path / "pairs.jsonl", 30, "{}", side=64), tmp_path / "a.png"
    with briefly():
        status, text, _ = run_here(capsys, "codebook", "fit", rows, "-o", tmp_path / "a.npz", "--plot", plot, "--json")
    report = json.loads(text)
    assert (status, report["pairs"], [fault["line"] for fault in report["left_out"]]) == (0, 30, [32])
    assert report["curve"][-1]["pairs"] == 24
    assert cv2.imread(str(plot)).shape == (760, 1500, 3)


def test_fit_refuses_too_few_pairs_by_the_name_of_their_file(tmp_path: Path, capsys: Capture) -> None:
    rows = write(tmp_path / "pairs.jsonl", 7, side=64)
    status, _, errors = run_here(capsys, "codebook", "fit", rows, "-o", tmp_path / "a.npz")
    assert (status, errors) == (2, "maskmill: expected at least 8 pairs, got 7 - at `PAIRS`\n")


@pytest.mark.parametrize("option", ["--output", "--plot"])
def test_fit_looks_for_folders_before_it_learns(option: str, tmp_path: Path, capsys: Capture) -> None:
    files = {"--output": tmp_path / "a.npz", "--plot": tmp_path / "a.png", option: tmp_path / "none" / "a"}
    options = [word for pair in files.items() for word in pair]
    status, _, errors = run_here(capsys, "codebook", "fit", tmp_path / "missing.jsonl", *options)
    assert status == 2
    assert f"expected a file in a folder that is there, got {tmp_path / 'none' / 'a'} - at `{option}`" in errors


def test_fit_names_the_option_that_keeps_a_poor_codebook(tmp_path: Path, capsys: Capture) -> None:
    full = png(np.full((64, 64), 255, np.uint8))
    rows = [json.dumps({"tokens": [n % 3] * 16, "png": full}) for n in range(8)]
    (tmp_path / "pairs.jsonl").write_text("\n".join(rows))
    command = "codebook", "fit", tmp_path / "pairs.jsonl", "-o", tmp_path / "a.npz"
    with briefly():
        status, _, errors = run_here(capsys, *command)
        assert (status, (tmp_path / "a.npz").exists()) == (2, False)
        assert errors.endswith("filled box has 1.000 (--force keeps it) - at `PAIRS`\n")
        assert run_here(capsys, *command, "--force")[0] == 0
    assert (tmp_path / "a.npz").exists()


def test_show_refuses_what_is_no_codebook(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.npz").write_bytes(b"no archive")
    status, _, errors = run_here(capsys, "codebook", "show", tmp_path / "a.npz")
    assert status == 2
    assert "expected a whole .npz archive" in errors
