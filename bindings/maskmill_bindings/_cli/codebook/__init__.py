"""The commands ``maskmill codebook …``: one module per command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def codebook_app() -> Any:
    """Return the command line of the codebook commands."""
    from cyclopts import App

    from .collect import collect_command
    from .fit import fit_command
    from .show import show_command

    app = App(name="codebook", help="Learn what Gemini's mask tokens stand for, from pairs of tokens and masks.")
    commands: dict[str, Callable[..., Any]] = {"collect": collect_command, "fit": fit_command, "show": show_command}
    for name, command in commands.items():
        app.command(command, name=name)
    return app
