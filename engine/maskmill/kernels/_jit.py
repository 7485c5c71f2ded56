"""Every Numba option, and the key of the machine-code cache.

Numba keys a cached kernel on the file of that kernel alone, so a changed step in another file, or an upgraded package
whose old ``__pycache__`` survived, would run stale machine code. Here the key also holds a digest of every kernel
source and of the compiler switches that change the code. A package in a read-only place without a writable cache
directory is compiled anew in each process instead of failing at import.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba
from numba.core.caching import FunctionCache

_F = TypeVar("_F", bound=Callable[..., Any])
_config: Any = numba.config


@cache
def kernel_digest() -> str:
    """SHA-256 over the kernel sources and the compiler switches, as hexadecimal digits."""
    digest = hashlib.sha256(f"boundscheck={_config.BOUNDSCHECK} opt={_config.OPT}".encode())
    root = Path(__file__).parent
    for path in sorted(root.rglob("*.py")):
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


class _KeyedCache(FunctionCache):
    """Numba's own cache with the digest in its key; a cache that cannot be written is no error."""

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        return (*super()._index_key(sig, codegen), kernel_digest())

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except OSError:
            self.disable()


def kernel(function: _F) -> _F:
    """Compile a driver: nopython, without the GIL, strict IEEE arithmetic, cached on disk where possible."""
    dispatcher: Any = numba.njit(nogil=True)(function)
    if not _config.DISABLE_JIT:
        with suppress(RuntimeError):  # Numba found no writable place: every process compiles for itself
            dispatcher._cache = _KeyedCache(function)
    compiled: _F = dispatcher
    return compiled


def step(function: _F) -> _F:
    """Mark scalar arithmetic that is inlined into the kernels of every target."""
    inlined: Any = numba.njit(inline="always", nogil=True)(function)
    compiled: _F = inlined
    return compiled
