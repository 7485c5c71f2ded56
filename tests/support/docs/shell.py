"""One bash process per page: what a block exports, starts or changes holds for later blocks."""

from __future__ import annotations

import contextlib
import os
import select
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

TIMEOUT: Final = 120.0
"""Seconds that one block may take."""

_START: Final = """
set -o pipefail
trap '[ $? = 141 ] || _failed=${_failed:-$LINENO}' ERR
"""
"""The first line that fails is kept, as `set -e` would find it; 141 is a command whose reader had enough."""


class ShellError(Exception):
    """The shell took too long, or has ended; `line` is that of the page."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class Outcome(NamedTuple):
    """The end of a block: its exit status, the line of the first command that failed, and where its output is."""

    status: int
    failed_line: int | None
    output_file: Path

    @property
    def output(self) -> str:
        """Standard output and errors, as far as they are written."""
        return self.output_file.read_text(encoding="utf-8", errors="replace")


class Shell:
    """A bash process in `folder`, in which `maskmill` and `python` are those of the running interpreter.

    `tools` is a folder for these commands, for the scripts and for their outputs. On exit, the process and all that it
    started are killed.
    """

    def __init__(self, folder: Path, tools: Path, timeout: float = TIMEOUT) -> None:
        self.folder, self.tools, self.timeout = folder, tools, timeout

    def __enter__(self) -> Self:
        _write_command(self.tools / "maskmill", [sys.executable, "-m", "maskmill"])
        _write_command(self.tools / "python", [sys.executable])
        path = f"{self.tools}{os.pathsep}{os.environ['PATH']}"
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=self.folder,
            env=os.environ | {"PATH": path},
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._feed(_START)
        return self

    def __exit__(self, *_: TracebackType | type[BaseException] | BaseException | None) -> None:
        self._kill()

    def run(self, source: str, line: int) -> Outcome:
        """Run commands, the first of which stands on `line` of the page; raises `ShellError`."""
        script, output = self.tools / f"line{line}.sh", self.tools / f"line{line}.out"
        script.write_text("\n" * (line - 1) + source, encoding="utf-8")
        self._feed(
            f"_failed=; source {shlex.quote(str(script))} >{shlex.quote(str(output))} 2>&1 </dev/null; "
            'echo "$? ${_failed:-0}"\n'
        )
        if self._process.poll() is not None or self._process.stdout is None:
            raise ShellError("the shell has ended before", line)
        ready, _, _ = select.select([self._process.stdout], [], [], self.timeout)
        if not ready:
            self._kill()
            raise ShellError(f"no end after {self.timeout:g} seconds; the output so far:\n{output.read_text()}", line)
        end = self._process.stdout.readline().split()
        if len(end) != 2:
            raise ShellError(f"the shell has ended; its output:\n{output.read_text()}", line)
        status = int(end[0])
        return Outcome(0 if status == 141 else status, int(end[1]) or None, output)

    def _feed(self, commands: str) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError, ValueError):  # it has ended; nobody will answer
                self._process.stdin.write(commands.encode())

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def _write_command(path: Path, command: list[str]) -> None:
    path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    path.chmod(0o755)
