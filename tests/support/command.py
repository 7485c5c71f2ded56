"""Run the command ``maskmill`` in another process, as a user does, or within this one."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from unittest import mock

import pytest

from maskmill_bindings import _cli
from maskmill_bindings._cli.shared.compile_notice import NOTICE

Capture = pytest.CaptureFixture[str]

COMMAND = [sys.executable, "-c", "from maskmill_bindings._cli import main; main()"]


def take_interrupts() -> None:
    """Let a process be interrupted though its parent is not: what a shell starts in the background ignores Ctrl-C.

    For `subprocess.Popen(preexec_fn=…)` on POSIX.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def run_process(*arguments: object, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in another process; fail where it prints a traceback."""
    words = [*COMMAND, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", input=text, check=False, timeout=300)
    assert "Traceback" not in done.stderr
    return done


def run(*arguments: object, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in this process, which is faster, with streams made for it."""
    words = list(map(str, arguments))
    streams = [io.TextIOWrapper(io.BytesIO(content), "utf-8") for content in (text.encode(), b"", b"")]
    with mock.patch.multiple(sys, stdin=streams[0], stdout=streams[1], stderr=streams[2]):
        status = _cli.run(words)
    outputs = []
    for stream in streams[1:]:
        stream.flush()
        stream.seek(0)
        outputs.append(stream.read().replace(NOTICE, ""))
    return subprocess.CompletedProcess(words, status, *outputs)


def run_here(capsys: Capture, *arguments: object) -> tuple[int, str, str]:
    """Run the command in this process, which is faster; return exit status, output and errors."""
    status = _cli.run([str(word) for word in arguments])
    output, errors = capsys.readouterr()
    return status, output, errors.replace(NOTICE, "")
