"""``maskmill codebook``: one module a command."""

from __future__ import annotations

from typing import Any


def codebook() -> Any:
    """The commands about codebooks, as one of the command line."""
    from cyclopts import App

    from .collect import collect
    from .fit import fit
    from .show import show

    app = App(name="codebook", help="Learn what Gemini's mask tokens stand for, from pairs of tokens and masks.")
    for command in (collect, fit, show):
        app.command(command)
    return app
