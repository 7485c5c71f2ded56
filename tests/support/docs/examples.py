"""Run the examples of a page of documentation in order, and compare their outputs.

Sybil evaluates the examples and knows what is skipped; the blocks come from `support.docs.pages`.
"""

from __future__ import annotations

import doctest
import importlib.util
import os
import random
import re
import socket
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from unittest import SkipTest, mock

from sybil import Document, Example, Region, Sybil
from sybil.evaluators.doctest import DocTest, OutputChecker
from sybil.example import SybilFailure
from sybil.parsers.markdown import SkipParser

from .pages import Block, find_blocks
from .shell import TIMEOUT, Shell, ShellError

WIDTH: Final = 84
_PORT: Final = "8080"
_INSTALLATION: Final = re.compile(r"^python -m pip install \S+ && ", re.MULTILINE)
"""What runs already is not installed again; `.ci/run` runs these lines as they stand."""

_SETTINGS: Final = {
    "COLUMNS": str(WIDTH),
    "MASKMILL_WIDTH": str(WIDTH),
    "NO_COLOR": "1",
    "TERM": "dumb",
    "LC_ALL": "C.UTF-8",
    "PYTHONUNBUFFERED": "1",  # keeps the order of output and errors, as on a terminal
    "PIP_DRY_RUN": "1",  # no example changes the environment of the tests
}
_OF_THE_USER: Final = ("GEMINI_", "GOOGLE_", "FORCE_COLOR")
"""Variables that a page must set by itself: no example asks Google with somebody's key."""

_STATUS: Final = re.compile(r"\(exit status (\d+)\)\s*\Z")


def run_page(page: Path, folder: Path, timeout: float = TIMEOUT) -> list[str]:
    """Run the examples of a page in new folders below `folder`; return each failure as ``page:line: …``."""
    inside, tools = folder / "page", folder / "tools"
    inside.mkdir()
    tools.mkdir()
    failures = []
    with _as_a_user(inside), _unraisable() as unraisable, Shell(inside, tools, timeout) as shell:
        runner = _Runner(shell, free_port())
        document = Sybil([SkipParser(), runner.find_regions]).parse(page)
        document.namespace = vars(sys.modules["__main__"])
        for example in document.examples():
            try:
                example.evaluate()
            except SybilFailure as failure:
                failures.append(failure.result)
            except ShellError as error:
                failures.append(_at(example, error.line, str(error)))
            except SkipTest:
                continue
            failures += [_at(example, example.line, f"in this block: {error}") for error in unraisable]
            unraisable.clear()
    return failures


def is_installed(module: str) -> bool:
    """Tell whether a module can be imported, for ``<!-- skip: next if(not installed("torch"), "reason") -->``."""
    return importlib.util.find_spec(module) is not None


def free_port() -> int:
    """Return a free port of four digits, as wide as that of the pages."""
    while True:
        port = random.randrange(2000, 10000)
        with socket.socket() as listening:
            try:
                listening.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


@contextmanager
def _as_a_user(folder: Path) -> Iterator[None]:
    """Work in `folder` with the settings of the examples; modules written there can be imported meanwhile."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(_OF_THE_USER)}
    main, sys.modules["__main__"] = sys.modules["__main__"], ModuleType("__main__")
    vars(sys.modules["__main__"])["installed"] = is_installed
    try:
        with (
            chdir(folder),
            mock.patch.dict(os.environ, kept | _SETTINGS, clear=True),
            mock.patch.object(sys, "path", [str(folder), *sys.path]),
        ):
            yield
    finally:
        sys.modules["__main__"] = main
        for name, module in list(sys.modules.items()):
            if (getattr(module, "__file__", None) or "").startswith(f"{folder}{os.sep}"):
                del sys.modules[name]


@contextmanager
def _unraisable() -> Iterator[list[str]]:
    """Collect warnings that no statement can raise, such as that of a file left open."""
    messages: list[str] = []

    def keep(error: Any) -> None:
        messages.append(f"{error.exc_type.__name__}: {error.exc_value}")

    with mock.patch.object(sys, "unraisablehook", keep):
        yield messages


def _at(example: Example, line: int, message: str) -> str:
    return f"{example.path}:{line}: {message}"


class _Runner:
    """Evaluates the examples of one page."""

    def __init__(self, shell: Shell, port: int) -> None:
        self.shell, self.port = shell, str(port)

    def find_regions(self, document: Document) -> Iterator[Region]:
        """Yield the blocks of a page; a parser of Sybil."""
        starts = [0, *(match.end() for match in re.finditer("\n", document.text)), len(document.text)]
        for block in find_blocks(document.text):
            source = _INSTALLATION.sub("", re.sub(rf"\b{_PORT}\b", self.port, block.source))
            yield Region(starts[block.first - 1], starts[block.last], block._replace(source=source), self.evaluate)

    def evaluate(self, example: Example) -> str:
        """Run one block; return what is wrong, or nothing."""
        block: Block = example.parsed
        if block.file is not None:
            return self.write_file(block)
        if block.language == "python":
            return run_session(example) if block.is_session else run_program(example)
        if block.language == "sh":
            return self.run_commands(example)
        return self.run_console(example) if block.language == "console" else ""

    def write_file(self, block: Block) -> str:
        """Write a block to the file that its comment names."""
        path = self.shell.folder / str(block.file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.source, encoding="utf-8")
        return ""

    def run_commands(self, example: Example) -> str:
        """Run commands, all of which must succeed."""
        outcome = self.shell.run(example.parsed.source, example.parsed.first + 1)
        if not outcome.status and outcome.failed_line is None:
            return ""
        line = outcome.failed_line or example.parsed.first + 1
        return _at(example, line, f"a command failed, the last exit status is {outcome.status}:\n{outcome.output}")

    def run_console(self, example: Example) -> str:
        """Run commands one by one, and compare the output and the exit status of each."""
        checks = (
            self.check_command(example, *command) for command in split_console(example.parsed, example.parsed.first + 1)
        )
        return "\n".join(filter(None, checks))

    def check_command(self, example: Example, line: int, command: str, expected: str) -> str:
        """Run one command; one in the background has time until it has printed what is expected."""
        stated = _STATUS.search(expected)
        wanted, status = _STATUS.sub("", expected), int(stated[1]) if stated else 0
        outcome = self.shell.run(command, line)
        deadline = time.monotonic() + self.shell.timeout
        if command.rstrip().endswith("&"):
            while wanted and not is_as_expected(wanted, outcome.output) and time.monotonic() < deadline:
                time.sleep(0.05)
        elif outcome.status != status:
            return _at(example, line, f"expected exit status {status}, got {outcome.status}:\n{outcome.output}")
        if is_as_expected(wanted, outcome.output) or (command.rstrip().endswith("&") and not wanted):
            return ""
        return _at(example, line, f"{command}\nexpected:\n{wanted}\ngot:\n{outcome.output}")


def split_console(block: Block, line: int) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the command and the expected output of each ``$ command`` of a block."""
    for part in re.split(r"^(?=\$ )", block.source, flags=re.MULTILINE)[1:]:
        command = re.match(r"\$ ((?:.*\\\n)*.*)", part)
        assert command
        yield line, re.sub(r"(?<=\\\n)> ", "", command[1]), part[command.end() + 1 :]
        line += part.count("\n")


def is_as_expected(expected: str, got: str) -> bool:
    """Compare outputs: ``...`` stands for anything, and trailing blanks do not count."""
    return OutputChecker().check_output(expected.rstrip() + "\n", got.rstrip() + "\n", doctest.ELLIPSIS)


def run_session(example: Example) -> str:
    """Run Python with prompts, and compare every output."""
    block: Block = example.parsed
    statements = doctest.DocTestParser().get_examples(block.source, example.path)
    for statement in statements:
        statement.lineno += block.first
    test = DocTest(statements, example.namespace, Path(example.path).name, example.path, 0, None)
    messages: list[str] = []
    runner = doctest.DocTestRunner(OutputChecker(), verbose=False, optionflags=doctest.ELLIPSIS)
    runner.run(test, out=messages.append, clear_globs=False)
    report = "".join(messages)
    line = re.search(r", line (\d+), in ", report)
    return _at(example, int(line[1]) if line else block.first, report) if report else ""


def run_program(example: Example) -> str:
    """Run Python without prompts; its lines are those of the page."""
    block: Block = example.parsed
    try:
        exec(compile("\n" * block.first + block.source, example.path, "exec"), example.namespace)
    except (Exception, SystemExit) as error:
        frames = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == example.path]
        in_syntax = error.lineno if isinstance(error, SyntaxError) and error.filename == example.path else None
        return _at(
            example,
            in_syntax or [block.first, *frames][-1] or block.first,
            "".join(traceback.format_exception_only(error)),
        )
    return ""
