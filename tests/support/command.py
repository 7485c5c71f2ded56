"""Run the command ``maskmill`` in another process, as a user does, or within this one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from maskmill_bindings import _cli

Capture = pytest.CaptureFixture[str]

COMMAND = [sys.executable, "-c", "from maskmill_bindings._cli import main; main()"]


def run(*arguments: object, text: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command in another process; fail where it prints a traceback."""
    words = [*COMMAND, *map(str, arguments)]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", input=text, check=False, timeout=300)
    assert "Traceback" not in done.stderr
    return done


def run_here(capsys: Capture, *arguments: object) -> tuple[int, str, str]:
    """Run the command in this process, which is faster; return exit status, output and errors."""
    status = _cli.run([str(word) for word in arguments])
    return status, *capsys.readouterr()
