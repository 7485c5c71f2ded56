"""``maskmill codebook``: a command a module, joined here."""

from __future__ import annotations

from typing import Any


def codebook() -> Any:
    """The group of commands."""
    from cyclopts import App

    from .fit import fit
    from .show import show

    app = App(name="codebook", help="What mask tokens stand for: learn it from pairs, and see how well that went.")
    for command in (fit, show):
        app.command(command)
    return app
