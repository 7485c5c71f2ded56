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
from llvmlite import ir
from numba import types as types
from numba.core import cgutils as cgutils
from numba.core.caching import FunctionCache
from numba.extending import intrinsic, overload, register_jitable

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


_ERRORS = "numpy"
"""No division is by zero; without the check for it loops become vectors, four times as fast where windows are made."""


def kernel(function: _F) -> _F:
    """Compile a driver: nopython, without the GIL, strict IEEE arithmetic, cached on disk where possible."""
    dispatcher: Any = numba.njit(nogil=True, error_model=_ERRORS)(function)
    if not _config.DISABLE_JIT:
        with suppress(RuntimeError):  # Numba found no writable place: every process compiles for itself
            dispatcher._cache = _KeyedCache(function)
    compiled: _F = dispatcher
    return compiled


def shared(function: _F) -> _F:
    """Mark scalar arithmetic that plain Python calls as it stands, and that kernels call too."""
    registered: _F = register_jitable(error_model=_ERRORS)(function)
    return registered


def step(function: _F) -> _F:
    """Mark scalar arithmetic that is inlined into the kernels of every target."""
    inlined: Any = numba.njit(inline="always", nogil=True, error_model=_ERRORS)(function)
    compiled: _F = inlined
    return compiled


def cuda_module() -> Any:
    """Return numba.cuda, which only modules of CUDA kernels ask for; it is not to warn of launches that are small."""
    from numba import cuda

    _config.CUDA_LOW_OCCUPANCY_WARNINGS = 0
    return cuda


def cuda_kernel(function: _F) -> _F:
    """Mark a CUDA kernel, compiled at its first launch: strict but for contractions, which no kernel may mind."""
    compiled: _F = cuda_module().jit(function, fastmath=False)
    return compiled


def by_hand(plain: Callable[..., Any]) -> Callable[[Callable[..., Any]], Any]:
    """Take `plain` where the JIT is off, else what the decorated function writes: it gives a type and a writer."""

    def choose(typing: Callable[..., Any]) -> Any:
        return plain if _config.DISABLE_JIT else intrinsic(typing)

    return choose


def is_simulated() -> bool:
    """Tell whether CUDA kernels run in Numba's simulator."""
    return bool(_config.ENABLE_CUDASIM)


def trailing_zeros(word: int) -> int:
    """Return how many zeros stand below the lowest bit that is set; `word` is not 0."""
    return int(word & -word).bit_length() - 1


def _cttz(_context: Any, word: Any) -> Any:
    def generate(_lowering: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return (types.int64(types.int64), generate) if isinstance(word, types.Integer) else None


_one_instruction: Any = intrinsic(_cttz)


@overload(trailing_zeros, inline="always")
def _trailing_zeros(word: Any) -> Any:
    """In kernels one instruction: counting the bits below the lowest, which needs no intrinsic, takes twelve."""

    def count(word: Any) -> Any:
        return _one_instruction(word)

    return count
