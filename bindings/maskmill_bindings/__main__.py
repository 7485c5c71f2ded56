"""The command as ``python -m maskmill_bindings``."""

from __future__ import annotations

from ._cli import main

if __name__ == "__main__":
    main()
