"""The folder with everything that commands read, the same at each run, times of files included."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from maskmill import samples

from .generated_replies.replies import generate
from .run import run

_TIME = 1_790_000_000


_TABLES = ("masks.parquet", "coco.json", "masks.xml", "masks.geojson", "masks.npz", "masks.tar", "masks.arrow")
_FOLDERS = ("yolo", "labelme", "svg", "png", "png-maps", "coco-panoptic")


def furnish(folder: Path, shared: Path, tables: Sequence[str] = _TABLES, folders: Sequence[str] = _FOLDERS) -> None:
    """Make the inputs, most by commands of the package."""
    folder.mkdir(parents=True)
    _made(folder, "demo", "-o", "demo")
    _made(folder, "emulator", "--draw", "3", "--seed", "11", "--images", "photos")
    for name in ("corpus", "cases"):
        if (shared / name).is_dir():
            shutil.copytree(shared / name, folder / name, copy_function=shutil.copyfile)
            for path in [folder / name, *(folder / name).rglob("*")]:
                path.chmod(0o755 if path.is_dir() else 0o644)
    _replies(folder)
    _tables(folder, tables, folders)
    for path in sorted(folder.rglob("*")):
        os.utime(path, (_TIME, _TIME))


def _made(folder: Path, *words: str) -> None:
    result = run(words, folder)
    assert result.status == 0, (words, result)


def _replies(folder: Path) -> None:
    """Replies as rows, as batches and as a folder; codebook pairs; classes; wrong files."""
    texts = {sample.name: sample.text for sample in samples.samples()}
    (folder / "texts").mkdir()
    for name, text in list(texts.items())[:6]:
        (folder / "texts" / f"{name}.txt").write_text(text)
    rows = [
        {"key": name, "answer": reply, "w": size[0], "h": size[1], "file": f"{name}.jpg"}
        for name, reply, size in generate(120, seed=4)
        if not isinstance(reply, bytes) and size[0] * size[1] < 10**6
    ]
    _lines(folder / "named.jsonl", rows)
    plain = [{"key": key, "reply": text, "width": 240, "height": 160} for key, text in texts.items()]
    _lines(folder / "plain.jsonl", plain)
    (folder / "plain.jsonl.gz").write_bytes(gzip.compress((folder / "plain.jsonl").read_bytes(), mtime=0))
    part = {"content": {"parts": [{"text": texts["ring"]}], "role": "model"}, "finishReason": "STOP"}
    batch = [{"key": "a", "response": {"candidates": [part]}}, {"key": "b", "error": {"code": 8, "message": "quota"}}]
    _lines(folder / "batch.jsonl", batch)
    (folder / "broken.jsonl").write_text('{"key": "a", "reply": "[]"}\nno json\n{"reply": 5}\n[]\n{"key": 7}\n')
    (folder / "classes.txt").write_text("star\nfish\norange\nleaf\n")
    (folder / "empty.txt").write_text("")
    (folder / "bytes.bin").write_bytes(bytes(range(256)) * 4)
    (folder / "models.toml").write_text('[families."gemini-2.5-flash"]\noutput = 9.5\n')
    _lines(folder / "pairs.jsonl", _pairs())


def _pairs() -> list[dict[str, object]]:
    """Tokens each of which is a patch that is full or empty, with the map that they make."""
    import base64

    from .generated_replies.pngs import plain

    random = np.random.default_rng(8)
    rows = []
    for number in range(24):
        tokens = random.integers(0, 128, 16)
        pixels = np.kron(tokens.reshape(4, 4) % 2, np.ones((64, 64))).astype(np.uint8) * 255
        uri = "data:image/png;base64," + base64.b64encode(plain(pixels)).decode()
        rows.append({"key": f"p{number}", "tokens": tokens.tolist(), "png": uri, "weight": 1})
    return [*rows, {"tokens": [1, 2], "png": "x"}]


def _tables(folder: Path, tables: Sequence[str], folders: Sequence[str]) -> None:
    """Masks in formats that are read again."""
    for name in tables:
        _made(folder, "convert", "demo/replies.jsonl", "--size", "960x640", "-o", name)
    for name in folders:
        _made(folder, "convert", "masks.parquet", "--to", name, "-o", f"as-{name}")


def _lines(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
