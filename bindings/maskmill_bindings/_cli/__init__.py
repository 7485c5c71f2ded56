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
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # our products are small, and our threads are outside of them
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

    from .shared.messages import with_options

    try:
        status = _app()(list(arguments), exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        return _refuse(_told(error))
    except MaskmillError as error:
        return _refuse(with_options(str(error)))
    except OSError as error:  # of the standard output: files are seen to where they are used
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is buffered has nowhere to go
        if isinstance(error, BrokenPipeError):
            return NOBODY_READS
        return _refuse(f"expected an output that can be written, got {error.strerror}")
    return status if isinstance(status, int) else 0


def _refuse(message: str) -> int:
    print(f"maskmill: {message}", file=sys.stderr)
    return WRONG_USE


def _told(error: Any) -> str:
    """What the parser of the command line says; of what is missing altogether it would say that it lacks a value."""
    from cyclopts import MissingArgumentError

    from maskmill.errors import MaskmillError, told

    if isinstance(error.__cause__, MaskmillError):  # ours, from where a word is read
        return str(error.__cause__)
    if isinstance(error, MissingArgumentError) and error.argument is not None and error.keyword is None:
        return str(told(f"{error.argument.name}, which is required", "none", error.argument.name))
    return str(error)


def _app() -> Any:
    from cyclopts import App, Parameter

    from .bench import bench
    from .codebook import codebook
    from .convert import convert
    from .decode import decode
    from .demo import demo
    from .emulator import emulator
    from .inspect import inspect
    from .models import models
    from .segment import segment
    from .warmup import warmup

    app = App(
        name="maskmill",
        help="Exact segmentation masks from any Gemini reply, and the reason for every mask that could not be made.",
        version=_version,
        default_parameter=Parameter(negative=()),
        suppress_keyboard_interrupt=False,
    )
    for command in (decode, inspect, convert, segment, models, demo, emulator, bench, warmup):
        app.command(command)
    app.command(codebook())
    return app


def _version() -> str:
    from maskmill import __version__

    return __version__
