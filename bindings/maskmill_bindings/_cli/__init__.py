"""The command line ``maskmill``: one module per command; exit statuses in `shared.exit_status`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from .shared.exit_status import ExitStatus


def main() -> None:
    """Run the command line of this process."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # matrices are small, and threads run outside of them
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a label may hold what the terminal lacks
    try:
        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(ExitStatus.INTERRUPTED)


def run(arguments: Sequence[str]) -> int:
    """Run one command line; return its exit status."""
    from cyclopts import CycloptsError

    from maskmill.errors import MaskmillError

    from .shared.messages import name_options

    try:
        status = _app()(list(arguments), exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError as error:
        return _refuse(_describe(error))
    except MaskmillError as error:
        return _refuse(name_options(error))
    except OSError as error:  # of the standard output: file errors are handled where files are used
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # drop the buffered output
        if isinstance(error, BrokenPipeError):
            return ExitStatus.OUTPUT_CLOSED
        return _refuse(f"expected an output that can be written, got {error.strerror}")
    return status if isinstance(status, int) else 0


def _refuse(message: str) -> int:
    print(f"maskmill: {message}", file=sys.stderr)
    return ExitStatus.WRONG_USE


def _describe(error: Any) -> str:
    """Return the message of a parser error; for a missing argument the parser would say that its value is missing."""
    from cyclopts import MissingArgumentError

    from maskmill.errors import ArgumentError, MaskmillError

    if isinstance(error.__cause__, MaskmillError):  # raised by one of our converters
        return str(error.__cause__)
    if isinstance(error, MissingArgumentError) and error.argument is not None and error.keyword is None:
        return str(ArgumentError(f"{error.argument.name}, which is required", "none", error.argument.name))
    return str(error)


def _app() -> Any:
    from cyclopts import App, Parameter

    from .bench import bench_command
    from .codebook import codebook_app
    from .convert import convert_command
    from .decode import decode_command
    from .demo import demo_command
    from .emulator import emulator_command
    from .inspect import inspect_command
    from .models import models_command
    from .segment import segment_command
    from .warmup import warmup_command

    app = App(
        name="maskmill",
        help="Exact segmentation masks from any Gemini reply, and the reason for every mask that could not be made.",
        version=_version,
        default_parameter=Parameter(negative=()),
        suppress_keyboard_interrupt=False,
    )
    commands: dict[str, Callable[..., Any]] = {
        "decode": decode_command,
        "inspect": inspect_command,
        "convert": convert_command,
        "segment": segment_command,
        "models": models_command,
        "demo": demo_command,
        "emulator": emulator_command,
        "bench": bench_command,
        "warmup": warmup_command,
    }
    for name, command in commands.items():
        app.command(command, name=name)
    app.command(codebook_app())
    return app


def _version() -> str:
    from maskmill import __version__

    return __version__
