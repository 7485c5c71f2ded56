"""The whole path from PaliGemma's text and the file of its weights to masks, each step of it done again by others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import maskmill
from support.codebooks import reference_decoder
from support.command import run_process
from support.tiers import thorough

WIDTH, HEIGHT = 320, 240
ROWS = reference_decoder.every_token_everywhere()[:3]
BOXES = [(0, 0, 1023, 1023), (100, 200, 700, 900), (511, 30, 600, 1000)]
LABELS = ["cat", "a dog", "bird"]


def reply() -> str:
    items = []
    for row, box, label in zip(ROWS, BOXES, LABELS, strict=True):
        locations = "".join(f"<loc{v:04}>" for v in box)
        items.append(f"{locations} {''.join(f'<seg{v:03}>' for v in row)} {label}")
    return " ; ".join(items)


@pytest.fixture(scope="module")
def weights() -> reference_decoder.Weights:
    return reference_decoder.random_weights(5)


@pytest.fixture(scope="module")
def file(weights: reference_decoder.Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "vae-oid.npz"
    np.savez(path, **weights)
    return path


@pytest.fixture(scope="module")
def wanted(weights: reference_decoder.Weights) -> np.ndarray:
    """Pixels that are surely in or out: what of an output lies within 1e-4 of a step of a byte may round either way."""
    outputs = reference_decoder.decode(weights, ROWS)
    shares = np.clip(outputs * 0.5 + 0.5, 0, 1) * 255
    low, high = (np.floor(np.clip(shares + shift, 0, 255)).astype(np.uint8) for shift in (-0.02, 0.02))
    return np.array([[_placed(maps[i], BOXES[i]) for i in range(3)] for maps in (low, high)])


def _placed(pixels: np.ndarray, box: tuple[int, ...]) -> np.ndarray:
    y0, x0, y1, x1 = (v * side // 1024 for v, side in zip(box, (HEIGHT, WIDTH) * 2, strict=True))
    mask = np.zeros((HEIGHT, WIDTH), bool)
    small = Image.fromarray(pixels).resize((x1 - x0, y1 - y0), Image.Resampling.BILINEAR)
    mask[y0:y1, x0:x1] = np.asarray(small) > 127
    return mask


def test_from_text_to_masks(file: Path, wanted: np.ndarray) -> None:
    masks = maskmill.decode(reply(), (WIDTH, HEIGHT), codebook=file)
    assert masks.labels.tolist() == LABELS
    assert masks.status.tolist() == ["ok"] * 3
    assert masks.problems == ()
    surely_in, perhaps_in = wanted
    dense = masks.dense()
    assert (dense >= surely_in).all()
    assert (dense <= perhaps_in).all()
    assert np.count_nonzero(perhaps_in ^ surely_in) < 0.01 * surely_in.size


def test_the_environment_names_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    masks = maskmill.decode(reply(), (WIDTH, HEIGHT), codebook=file)
    monkeypatch.setenv("MASKMILL_CODEBOOK", str(file))
    assert maskmill.decode(reply(), (WIDTH, HEIGHT)).to_dict() == masks.to_dict()


@thorough
def test_the_commands(file: Path, tmp_path: Path) -> None:
    text = tmp_path / "reply.txt"
    text.write_text(reply())
    given = ["--size", f"{WIDTH}x{HEIGHT}", "--codebook", str(file)]
    assert run_process("decode", str(text), *given, "-o", str(tmp_path / "out"), "--strict").returncode == 0
    assert (tmp_path / "out" / "001_a_dog.png").exists()
    shown = run_process("inspect", str(text), *given)
    assert "ok" in shown.stdout
    assert "tokens," not in shown.stdout
