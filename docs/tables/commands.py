"""Help of every command, by the generator of the library that makes the command line."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from unittest import mock

from cyclopts.docs.markdown import generate_markdown_docs

from maskmill_bindings._cli import _app
from maskmill_bindings._cli.shared.exit_status import ExitStatus

from .markdown import table

COMMANDS: Final = (
    "decode",
    "inspect",
    "convert",
    "segment",
    "models",
    "codebook",
    "emulator",
    "demo",
    "bench",
    "warmup",
)
_MEMBER: Final = re.compile(r'^    [A-Z_]+ = (\d+)\n    """(.+?)"""', re.MULTILINE | re.DOTALL)


def overview() -> str:
    """Return all commands with a sentence and a link."""
    app = _app()
    rows = ((f"[`maskmill {name}`]({name}.md)", _summary(app[name])) for name in COMMANDS)
    return table(("command", "what it does"), rows)


def exit_statuses() -> str:
    """Return the exit statuses of all commands."""
    return table(("status", "meaning"), _MEMBER.findall(inspect.getsource(ExitStatus)))


def helps() -> dict[str, Callable[[], str]]:
    """Return the tables of this module that are one per command."""
    return {f"help-{name}": partial(help_of, name) for name in COMMANDS}


def help_of(name: str) -> str:
    """Return the help of a command, and of the commands below it."""
    with mock.patch.object(sys, "argv", ["maskmill"]):  # from which the name of the program is read
        text = generate_markdown_docs(
            _app(),
            commands_filter=[name],
            no_root_title=True,
            heading_level=0,
            generate_toc=False,
            flatten_commands=True,
        )
    text = re.sub(r"^ (maskmill .*)$", r"## \1", text, flags=re.MULTILINE)
    text = text.replace("**Parameters**:", "**Options**:").replace("```console", "```text")
    return re.sub(r"`(--[\w-]+), --no-[\w-]+`", r"`\1`", text)


def _summary(app: Any) -> str:
    documented: str = app.help or app.default_command.__doc__ or ""
    return documented.strip().partition("\n\n")[0].replace("\n", " ")
