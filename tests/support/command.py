"""The command ``maskmill``: in a process of its own, as a user runs it, and within this one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from maskmill_bindings import _cli

Capture = pytest.CaptureFixture[str]

COMMAND = [sys.executable, "-c", "from maskmill_bindings._cli import main; main()"]


def run(*arguments: object, text: str | None = None) -> subprocess.CompletedProcess[str]:
    words = [*COMMAND, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", input=text, check=False, timeout=300)
    assert "Traceback" not in done.stderr
    return done


def run_here(capsys: Capture, *arguments: object) -> tuple[int, str, str]:
    """The same within this process, which is faster: exit status, output, errors."""
    status = _cli.run([str(word) for word in arguments])
    return status, *capsys.readouterr()
