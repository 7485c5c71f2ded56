"""The command ``maskmill``: one module a command.

Exit status: 0 done; 1 with ``--strict`` where something has no mask; 2 wrong use; 130 interrupted; 141 nobody reads.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

WRONG_USE = 2
INTERRUPTED = 130
NOBODY_READS = 141


def main() -> None:
    """Run the command line of this process."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a label may hold what the terminal lacks
    try:
        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; return its exit status."""
    from cyclopts import CycloptsError

    from maskmill.errors import MaskmillError

    try:
        status = _app()(list(arguments), exit_on_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError:  # already told
        return WRONG_USE
    except MaskmillError as error:
        print(f"maskmill: {error}", file=sys.stderr)
        return WRONG_USE
    except OSError as error:  # of the standard output: files are seen to where they are used
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered has nowhere to go
        if isinstance(error, BrokenPipeError):
            return NOBODY_READS
        print(f"maskmill: expected an output that can be written, got {error.strerror}", file=sys.stderr)
        return WRONG_USE
    return status if isinstance(status, int) else 0


def _app() -> Any:
    from cyclopts import App, Parameter

    from .decode import decode
    from .demo import demo
    from .inspect import inspect
    from .warmup import warmup

    app = App(
        name="maskmill",
        help="Exact segmentation masks from any Gemini reply, and the reason for every mask that could not be made.",
        version=_version,
        default_parameter=Parameter(negative=()),
        suppress_keyboard_interrupt=False,
    )
    for command in (decode, inspect, demo, warmup):
        app.command(command)
    return app


def _version() -> str:
    from maskmill import __version__

    return __version__
