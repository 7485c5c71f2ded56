"""``maskmill warmup``."""

from __future__ import annotations

from time import perf_counter


def warmup_command() -> None:
    """Compile every kernel once, so that the first reply does not wait."""
    start = perf_counter()
    import maskmill

    maskmill.warmup()
    print(f"ready after {perf_counter() - start:.1f} s")
