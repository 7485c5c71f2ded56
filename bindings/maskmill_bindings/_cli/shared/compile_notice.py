"""Word of the first run's wait."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from numba.core.event import Listener, install_listener


@contextmanager
def compilation_told() -> Iterator[None]:
    """Say on the standard error, once, when a kernel is compiled in here; one out of the cache is not."""
    with install_listener("numba:compile", _Word()):
        yield


class _Word(Listener):
    """Speaks at the first event."""

    def __init__(self) -> None:
        self._said = False

    def on_start(self, event: Any) -> None:
        """Numba begins to compile."""
        if not self._said:
            self._said = True
            print("maskmill: compiling the kernels once, for this and all later runs …", file=sys.stderr, flush=True)

    def on_end(self, event: Any) -> None:
        """Numba is done with one kernel."""
