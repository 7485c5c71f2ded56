"""Skip these tests with the JIT off: the client has no kernels, and its tests wait for clocks."""

from __future__ import annotations

from numba import config

collect_ignore_glob = ["test_*.py"] if config.DISABLE_JIT else []
