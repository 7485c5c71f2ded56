"""Print one line when the first run compiles kernels."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from numba.core.event import Listener, install_listener

NOTICE: Final = "maskmill: compiling the kernels once, for this and all later runs …\n"


@contextmanager
def compile_notice() -> Iterator[None]:
    """Print a line on the standard error, once, if a kernel is compiled in here; a cached kernel is not."""
    with install_listener("numba:compile", _Notice()):
        yield


class _Notice(Listener):
    """Prints at the first event."""

    def __init__(self) -> None:
        self._is_printed = False

    def on_start(self, event: Any) -> None:
        """Numba begins to compile a kernel."""
        if not self._is_printed:
            self._is_printed = True
            print(NOTICE, end="", file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        """Numba has compiled a kernel."""
