"""Run commands in separate processes, in surroundings that are always the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

_FROZEN = Path(__file__).with_name("frozen")
_SECONDS = 150

_NORMAL = (
    (re.compile(r"127\.0\.0\.1:\d{4,5}"), "127.0.0.1:PORT"),  # the emulator takes any that is free
    (re.compile(r"\b\d+(\.\d+)?( ms| s| seconds| minutes)\b"), r"#\2"),  # how long it took
    (re.compile(r'("(?:seconds|took|duration)": ?)[0-9.e-]+'), r"\1#"),
    (re.compile(r'("rows_per_second": ?)[0-9.e-]+'), r"\1#"),
    (re.compile(r"^maskmill: compiling the kernels.*\n", re.MULTILINE), ""),  # depends on the cache
    (re.compile(r"Traceback \(most recent call last\).*\n(?=\S)", re.DOTALL), "Traceback …\n"),  # places in the code
    (re.compile(r'"(?:mtime_ns|times)": ?(?:\d+|\[[^\]]*\])'), '"times": #'),
    (re.compile(r"maskmill-behaviour-\w+"), "TEMPORARY"),
    (re.compile(r"/\S*/(?:site-packages|lib/python[0-9.]+)/"), "LIB/"),
)
"""Everything in texts that cannot be the same in two runs, and what stands for it."""


class Result(NamedTuple):
    """What a command came to."""

    status: int
    stdout: str
    stderr: str


def surroundings() -> dict[str, str]:
    """Of every command: no colours, a fixed width, a day that stands still, no settings of the user."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GEMINI", "GOOGLE", "MASKMILL", "PYTHON"))}
    fixed = {"NO_COLOR": "1", "COLUMNS": "120", "TERM": "dumb", "LC_ALL": "C.UTF-8", "GEMINI_API_KEY": "any"}
    return {**kept, **fixed, "PYTHONPATH": str(_FROZEN), "PYTHONHASHSEED": "0"}


def command(words: Sequence[str]) -> list[str]:
    """The words of a maskmill command for this interpreter."""
    return [sys.executable, "-m", "maskmill", *words]


def run(words: Sequence[str], folder: Path, stdin: bytes = b"", **more: str) -> Result:
    """Run ``maskmill WORDS`` in a folder; `more` is added to the environment."""
    try:
        done = subprocess.run(
            command(words),
            cwd=folder,
            input=stdin,
            capture_output=True,
            env={**surroundings(), **more},
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Result(124, "", "took too long")
    return Result(done.returncode, normal(done.stdout), normal(done.stderr))


def normal(data: bytes | str) -> str:
    """A text without what cannot be the same in two runs."""
    text = data.decode("utf-8", "backslashreplace") if isinstance(data, bytes) else data
    for pattern, instead in _NORMAL:
        text = pattern.sub(instead, text)
    return text


def prepare() -> None:
    """Compile every kernel, so that nothing later says so."""
    subprocess.run(command(["warmup"]), env=surroundings(), check=True, capture_output=True)


@contextmanager
def emulator(*words: str) -> Iterator[str]:
    """The address of an emulator of the service, which ends with the block."""
    words = ("emulator", "--port", "0", "--seed", "3", *words)
    playing = subprocess.Popen(command(words), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=surroundings())
    try:
        assert playing.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", playing.stdout.readline().decode())
        assert found, "the emulator did not print its address"
        yield found[0]
    finally:
        playing.terminate()
        playing.communicate()
