"""The client has no kernel of its own, and its tests wait for clocks: with the JIT off they are not run."""

from __future__ import annotations

from numba import config

collect_ignore_glob = ["test_*.py"] if config.DISABLE_JIT else []
