"""Print what an export format could not hold, and keys that come more than once."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loss_notice() -> Iterator[None]:
    """Print each `LossWarning` or `RepeatedKeyWarning` that is raised in here once, on the standard error."""
    from ...convert import RepeatedKeyWarning
    from ...exports import LossWarning

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", LossWarning)
        warnings.simplefilter("always", RepeatedKeyWarning)
        try:
            yield
        finally:
            for message in dict.fromkeys(str(warning.message) for warning in caught):
                print(f"maskmill: warning: {message}", file=sys.stderr)
