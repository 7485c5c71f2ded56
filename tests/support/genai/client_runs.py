"""Helpers for tests of the model client: short limits, images with known masks, a server with one fixed answer."""

from __future__ import annotations

import json
import threading
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from maskmill import Masks
from maskmill.samples import Shape
from maskmill_bindings.emulator import VOCABULARY, Emulator, scene, write_images
from maskmill_bindings.genai import Plan, RunLimits, SegmentConfig
from support.genai.emulator_clients import resized_map

pytest.importorskip("google.genai")

SIZE = (320, 240)
PNG, RING = "gemini-2.5-flash", "gemini-3.6-flash"
TODAY = date(2026, 11, 1)
SECRET = "AIzaNobodyMaySeeThisKey0123456789abcdef"


def quick(**options: Any) -> RunLimits:
    """Limits with short delays."""
    return RunLimits(**{"first_delay": 0.02, "longest_delay": 0.1, "timeout": 15.0, "deadline": 60.0} | options)


def plan(model: str = PNG, **options: Any) -> Plan:
    """A plan that asks for every label that a scene can hold."""
    return Plan(**{"labels": VOCABULARY, "model": model, "today": TODAY} | options)


def job(emulator: Emulator, limits: RunLimits | None = None, **options: Any) -> SegmentConfig:
    """Configuration of a run against the emulator."""
    return SegmentConfig(api_key=SECRET, base_url=emulator.url, limits=limits or quick(), **options)


def pictures(folder: Path, count: int, seed: int = 0) -> Path:
    """Write scenes to a folder; their names hold their seeds."""
    write_images(folder, count, seed, SIZE)
    return folder


def seed_of(name: str) -> int:
    """The seed of a picture's file."""
    return int(Path(name).stem.removeprefix("scene_"))


def rows_in(folder: Path) -> list[dict[str, Any]]:
    """The rows that a run wrote."""
    return [json.loads(line) for line in (folder / "replies.jsonl").read_text().splitlines()]


def pixels_of(shape: Shape, size: tuple[int, int], model: str) -> Any:
    """The true pixels of a mask: a polygon exactly; a map by Google's recipe, Pillow's bilinear resize above 127."""
    return shape.pixels(size) if model == RING else resized_map(shape, size)


def assert_true(masks: Masks | None, seed: int, model: str, size: tuple[int, int] = SIZE) -> None:
    """Assert that every mask is there and equal to the truth in each pixel."""
    assert masks is not None
    assert masks.labels.tolist() == [shape.label for shape in scene(seed)]
    for row, shape in zip(masks, scene(seed), strict=True):
        assert (row.dense() == pixels_of(shape, size, model)).all(), (seed, shape.label)


def assert_keyless(folder: Path, key: str = SECRET) -> None:
    """Assert that the key is in no file or file name under a folder, nor in the compressed bodies of a ledger."""
    for path in folder.rglob("*"):
        assert key not in str(path)
        if path.is_file():
            assert key.encode() not in path.read_bytes(), path
            if path.suffix == ".sqlite":
                assert not [body for body in _bodies(path) if key.encode() in body]


def _bodies(path: Path) -> Iterator[bytes]:
    import sqlite3

    base = sqlite3.connect(path)
    for table in ("answers", "former_answers"):
        yield from (zlib.decompress(body) for (body,) in base.execute(f"SELECT body FROM {table}") if body)
    base.close()


@contextmanager
def saying(
    status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> Iterator[tuple[str, Sequence[dict[str, str]]]]:
    """A server with one fixed answer: its address, and the headers of the requests it got."""
    requests: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: Any) -> None:
            """Log nothing."""

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(dict(self.headers.items()))
            answer = body.replace(b"{key}", self.headers["x-goog-api-key"].encode())
            self.send_response(status)
            for name, value in {"Content-Length": str(len(answer)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
